"""Web server, worker and beat of the demo, started and stopped together with the embedded services."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import urlopen

from django.core.management import CommandError
from django.db import connections

from lewisham_ta import embedded, start

HOST = "127.0.0.1"
USUAL_PORT = 8000
SECONDS_TO_START = 60
SECONDS_TO_STOP = 15


class ServeError(CommandError):
    """Something did not start or ended by itself. The message says what and where its log is."""


def serve(*, say: Callable[[str], object], lines: list[str]) -> None:
    """Run the demo until Ctrl-C or SIGTERM, then stop all of it. `lines` are printed below the address."""
    with _alone():
        _serve(say, lines)


@contextmanager
def _alone() -> Iterator[None]:
    """Refuse a second demo on the same data: whichever ended first would stop the services under the other."""
    embedded.data_dir().mkdir(parents=True, exist_ok=True)
    with (embedded.data_dir() / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServeError(f"It is being served from {embedded.data_dir()} already: stop that one first.") from None
        yield


def _serve(say: Callable[[str], object], lines: list[str]) -> None:
    port = free_port()
    start.prepare()
    connections.close_all()
    logs = embedded.data_dir() / "log"
    logs.mkdir(parents=True, exist_ok=True)
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in _commands(port).items():
            with (logs / f"{name}.log").open("wb") as log:
                children[name] = _start(command, log)
        _wait_for_web(children, port, logs)
        say(f"\n  http://{HOST}:{port}/\n")
        for line in lines:
            say(f"  {line}")
        say(f"\n  Logs are in {logs}. Ctrl-C stops everything.")
        while True:
            _look_after(children, logs)
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        _stop(children)
        embedded.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port() -> int:
    """The port of `PORT`, else the usual one, else any that is free."""
    if wanted := os.environ.get("PORT"):
        if not wanted.isdigit() or not _is_free(int(wanted)):
            raise ServeError(f"Port {wanted} cannot be used: set PORT to another one, or unset it.")
        return int(wanted)
    if _is_free(USUAL_PORT):
        return USUAL_PORT
    with socket.socket() as anywhere:
        anywhere.bind((HOST, 0))
        return int(anywhere.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _commands(port: int) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "--app", "lewisham_ta", "--quiet"]
    schedule = str(embedded.data_dir() / "celerybeat-schedule")
    return {
        "web": [sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{port}", "lewisham_ta.wsgi"],
        "worker": [*celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip"],
        "beat": [*celery, "beat", "--schedule", schedule, "--pidfile", ""],
    }


def _start(command: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches us alone, and we stop the others in order.
    return subprocess.Popen(
        command,
        cwd=embedded.CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "lewisham_ta.settings"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _look_after(children: dict[str, "subprocess.Popen[bytes]"], logs: Path) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise ServeError(f"The {name} ended by itself (code {child.returncode}): see {logs / name}.log.")


def _wait_for_web(children: dict[str, "subprocess.Popen[bytes]"], port: int, logs: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        _look_after(children, logs)
        try:
            with urlopen(f"http://{HOST}:{port}/health/live", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise ServeError(f"The web server does not answer: see {logs / 'web.log'}.")


def _stop(children: dict[str, "subprocess.Popen[bytes]"]) -> None:
    """Ask all to end, wait, and end by force what has not."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children.values():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
