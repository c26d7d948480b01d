"""Where the embedded services' things are, and who may get to them."""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]
USER = "lewisham_ta"
LONGEST_SOCKET_PATH = 107  # sun_path of <sys/un.h>, without its closing zero
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
# Where root keeps what the unprivileged user runs and writes when the checkout is in a home that only root may enter.
ROOT_STORE = Path("/var/lib/lewisham-ta")


class EmbeddedError(Exception):
    """A service that cannot be found or started. The message says what to install or where to look."""


# Path arithmetic only, so that settings can ask without starting anything.


def data_dir() -> Path:
    """The folder that holds everything the embedded services keep."""
    return Path(os.path.abspath(os.environ.get("TA_DATA_DIR") or CHECKOUT / "var"))


def database_name() -> str:
    """The database's name; a test session gives each of its processes another one."""
    return os.environ.get("TA_DATABASE_NAME", "lewisham_ta")


def database_url(name: str | None = None) -> str:
    """The address of a database of the embedded PostgreSQL, running or not."""
    return f"postgresql://{USER}@{quote(str(socket_dir()), safe='')}/{name or database_name()}"


def redis_url() -> str:
    """The address of the embedded Valkey in the form that Celery takes, running or not."""
    return (
        f"redis+socket://{quote(str(socket_dir() / VALKEY_SOCKET))}?virtual_host={os.environ.get('TA_REDIS_DB', '0')}"
    )


def socket_dir() -> Path:
    """`run` in the data folder, or a folder in /tmp where the socket's path would be too long or out of reach."""
    run = data_dir() / "run"
    if len(str(run / POSTGRES_SOCKET).encode()) <= LONGEST_SOCKET_PATH and reachable(data_dir()):
        return run
    # Not the temporary folder of TMPDIR: two shells of one person may differ in it and must meet at one socket.
    return Path("/tmp") / f"lewisham-ta-{service_user().pw_uid}-{digest(data_dir())}"


def digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def service_user() -> pwd.struct_passwd:
    """Who runs the services: ourselves, but for root, whom PostgreSQL refuses, an unprivileged user."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL does not run as root and there is no user postgres or nobody: add one.")


def reachable(path: Path) -> bool:
    """Whether the user who runs the services may enter every folder above and up to `path` that is there already."""
    if os.geteuid() != 0:
        return True
    user = service_user()
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


# Folders that are made.


@contextmanager
def locked() -> Iterator[None]:
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


def own_folder(path: Path) -> Path:
    """Make a folder that only the user who runs the services may open. One that somebody else made first is refused."""
    user = service_user()
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


def kept_folder(name: str) -> Path:
    """A service's own folder in the data folder, or, out of the service's reach, a link there to one that is not."""
    path = data_dir() / name
    if reachable(data_dir()):
        return own_folder(path)
    if not path.is_symlink():
        # A new name each time: a data folder that was deleted starts empty and never opens its predecessor's rows.
        path.symlink_to(tempfile.mkdtemp(prefix=f"{digest(data_dir())}-", dir=_root_store()))
    return own_folder(path.resolve())


def within_reach(folder: Path, *parts: str, name: str) -> Path:
    """`folder`, or a copy of its `parts` where the user who runs the services can read them."""
    if reachable(folder):
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


def package_folder(package: str) -> Path | None:
    """Where a wheel's package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
