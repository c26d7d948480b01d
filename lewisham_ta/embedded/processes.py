"""Programs of the services: run as somebody without rights, found by their pid file, stopped."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from lewisham_ta.embedded.places import EmbeddedError, service_user


def run_as_service(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a program as the user who runs the services, away from our folder and with nothing of our environment."""
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        options = {"user": service_user().pw_uid, "group": service_user().pw_gid, "extra_groups": []}
    # Not a pipe: the server would inherit it, and we would wait for its end.
    with tempfile.TemporaryFile("w+") as output:
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


def first_line(path: Path) -> str:
    try:
        return path.read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return ""


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error:" in line]
    return (fatal or lines or ["it said nothing"])[-1]


def is_running(pid: str, words: str) -> bool:
    """Whether a process lives with these words in its command line: its number alone may be another's by now."""
    try:
        return pid.isdigit() and words.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def stop_process(pid: str, words: str, how: signal.Signals, *, seconds: float = 20) -> bool:
    """Send a signal to the process that a pid file names and wait until it has ended. False if it was not there."""
    if not is_running(pid, words):
        return False
    os.kill(int(pid), how)
    deadline = time.monotonic() + seconds
    while is_running(pid, words):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Process {pid} ({words}) does not end: look what holds it, then stop it by hand.")
        time.sleep(0.01)
    return True
