"""Where the embedded services of this checkout listen."""

import os
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    return Path(os.environ.get("TA_DATA_DIR") or BASE_DIR / "var")


def database_url() -> str:
    return f"postgres://lewisham_ta@{quote(str(data_dir() / 'run'), safe='')}/lewisham_ta"


def redis_url() -> str:
    return f"redis+socket://{data_dir() / 'run' / 'valkey.sock'}"
