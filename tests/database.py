"""The test session's own services and databases.

Every session has PostgreSQL and Valkey in a throw-away folder, so it neither needs nor touches anybody's data. The
migrations run once into a template. Each process of the session has a clone of it, and gets a fresh one after a test
that really commits: Django would empty the tables, and with them the rows that migrations put there. The migrated
cluster is kept between runs; a migration that is added is run on it, and one that is changed makes it anew.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from lewisham_ta import embedded

TEMPLATE = "ta_template"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
CLONE = f"ta_test_{WORKER or 'main'}"
CHECKOUT = Path(__file__).resolve().parent.parent
_is_replaced = False


def choose_services() -> None:
    """Point this process, and those it starts, at the session's services. Call before the settings are read."""
    os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "x" * 50)
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
    os.environ.setdefault("HTTPS", "0")
    if not WORKER:
        _clear_what_was_left()
        os.environ["TA_TEST_CACHE"] = str(embedded.data_dir() / "test-cluster")
        session = Path(tempfile.mkdtemp(prefix=f"ta-test-{os.getpid()}-"))
        session.chmod(0o711)  # as root, the services run as somebody else, who must get to what is theirs in it
        os.environ["TA_DATA_DIR"] = str(session)
        if url := os.environ.get("DATABASE_URL"):
            os.environ["TA_TEST_SERVER"] = url
    if url := os.environ.get("TA_TEST_SERVER"):
        os.environ["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{CLONE}").geturl()
    os.environ["TA_DATABASE_NAME"] = CLONE
    os.environ["TA_REDIS_DB"] = str(int(WORKER.removeprefix("gw") or "0") % 15)


def end_services() -> None:
    """Stop the session's services and remove its folder; xdist's processes leave that to the one that started them."""
    if not WORKER:
        embedded.stop()
        shutil.rmtree(os.environ["TA_DATA_DIR"], ignore_errors=True)


def _clear_what_was_left() -> None:
    """Stop and remove the services of sessions that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("ta-test-*"):
        owner = folder.name.split("-")[2]
        if not folder.is_dir() or folder.stat().st_uid != os.geteuid() or Path(f"/proc/{owner}").exists():
            continue
        os.environ["TA_DATA_DIR"], before = str(folder), os.environ.get("TA_DATA_DIR")
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)
        del os.environ["TA_DATA_DIR"]
        if before is not None:
            os.environ["TA_DATA_DIR"] = before


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """One process in the folder at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def ensure_template() -> None:
    """Start the services and make the migrated template, or take the one kept from an earlier run."""
    with _locked(Path(os.environ["TA_DATA_DIR"])) as folder:
        done = folder / "template.done"
        if done.exists():
            return
        if "TA_TEST_SERVER" in os.environ:
            embedded.ensure_running(durable=False)
            _execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)')
            _migrate_template()
        else:
            with _locked(Path(os.environ["TA_TEST_CACHE"])):  # another session may be at it
                _take_or_make(folder)
        done.touch()


def _take_or_make(folder: Path) -> None:
    if _take(_kept(), folder):
        return
    if not any(_take(kept, folder) for kept in _outgrown()):
        embedded.ensure_running(durable=False)
    _migrate_template()
    _keep(_kept(), folder)


def _digests(*files: Path) -> dict[str, str]:
    return {str(file.relative_to(CHECKOUT)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _migrations() -> dict[str, str]:
    """Every migration, and the libraries that bring some."""
    return _digests(*CHECKOUT.glob("*/migrations/0*.py"), CHECKOUT / "requirements.lock")


def _kept() -> Path:
    """Where the cluster is kept that was made by exactly this source."""
    roles = _digests(CHECKOUT / "lewisham_ta/roles.py", *(CHECKOUT / "lewisham_ta/embedded").glob("*.py"))
    name = hashlib.sha256(json.dumps(_migrations() | roles, sort_keys=True).encode()).hexdigest()[:16]
    return Path(os.environ["TA_TEST_CACHE"]) / name


def _outgrown() -> list[Path]:
    """A kept cluster to which migrations were only added since: those are all that has to be run."""
    now = _migrations()
    notes = Path(os.environ["TA_TEST_CACHE"]).glob("*.json")
    return [note.with_suffix("") for note in notes if json.loads(note.read_text()).items() <= now.items()]


def copy_cluster(folder: Path) -> None:
    """Put a copy of the migrated cluster into a data folder, for tests that start services of their own there."""
    if _kept().exists():
        subprocess.run(["cp", "-a", _kept(), folder / "postgres"], check=True)


def _take(kept: Path, folder: Path) -> bool:
    """Start from the cluster kept by an earlier run. One that does not start is thrown away."""
    if not kept.exists():
        return False
    subprocess.run(["cp", "-a", kept, folder / "postgres"], check=True)
    try:
        embedded.ensure_running(durable=False)
    except embedded.EmbeddedError:
        shutil.rmtree(folder / "postgres")
        shutil.rmtree(kept)
        return False
    return True


def _keep(kept: Path, folder: Path) -> None:
    """Keep the migrated cluster in place of those of older migrations. It is copied while it is stopped."""
    from django.db import connection

    connection.close()
    embedded.stop()
    for older in kept.parent.glob("*[!k]"):  # all but the lock
        shutil.rmtree(older) if older.is_dir() else older.unlink()
    fresh = kept.with_suffix(f".{os.getpid()}")
    subprocess.run(["cp", "-a", folder / "postgres", fresh], check=True)
    fresh.rename(kept)
    kept.with_suffix(".json").write_text(json.dumps(_migrations()))
    embedded.ensure_running(durable=False)


def _migrate_template() -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE])
        if not cursor.rowcount:
            cursor.execute(f'CREATE DATABASE "{TEMPLATE}"')
    connection.settings_dict["NAME"] = TEMPLATE
    try:
        call_command("migrate", verbosity=0)
        call_command("sync_roles", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = CLONE


def fresh_clone() -> None:
    """Give this process a new database, as it was after the migrations, whoever is still connected to the old one."""
    global _is_replaced
    drop_clone()
    _execute(f'CREATE DATABASE "{CLONE}" TEMPLATE "{TEMPLATE}"')
    _is_replaced = True


def forget_replaced_connections() -> None:
    """Close this thread's connections if the database was replaced since the last test began."""
    global _is_replaced
    from django.db import connections

    if _is_replaced:
        connections.close_all()
        _is_replaced = False


def drop_clone() -> None:
    from django.db import connections

    connections.close_all()
    _execute(f'DROP DATABASE IF EXISTS "{CLONE}" WITH (FORCE)')


def _execute(*statements: str) -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
