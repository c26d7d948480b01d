"""A real Celery worker for tests, on the database and the broker of the session."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def worker(folder: Path, *, processes: int = 1, include: Sequence[str] = ()) -> "Iterator[subprocess.Popen[bytes]]":
    """A worker with its sweep, in a process group of its own. Its mail goes nowhere."""
    command = [sys.executable, "-m", "celery", "-A", "lewisham_ta", "worker", f"--concurrency={processes}", "--beat"]
    options = [*(f"--include={module}" for module in include), f"--schedule={folder / 'beat'}", "--loglevel=info"]
    environment = os.environ | {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *options], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            kill_all(process)


def kill_all(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to the worker, its pool and its beat at once, as when the machine's memory runs out."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
