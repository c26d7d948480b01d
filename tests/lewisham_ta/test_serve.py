"""The demo's processes, started for real in a folder of the test's own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from lewisham_ta import embedded, serve
from tests import database

PROGRAM = """
import django; django.setup()
from lewisham_ta.serve import serve
serve(say=lambda words: print(words, flush=True), lines=["officer  practice"])
"""


@pytest.fixture
def taken_port():
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield somebody.getsockname()[1]


def test_a_taken_port_is_passed_over(monkeypatch, taken_port):
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setattr(serve, "USUAL_PORT", taken_port)
    assert serve.free_port() not in {taken_port, 0}


@pytest.mark.parametrize("wanted", ["http", "99999"])
def test_a_port_that_is_none_is_refused(monkeypatch, wanted):
    monkeypatch.setenv("PORT", wanted)
    with pytest.raises(serve.ServeError, match=f"Port {wanted} cannot be used"):
        serve.free_port()


def test_a_port_that_was_asked_for_and_is_taken_is_refused(monkeypatch, taken_port):
    monkeypatch.setenv("PORT", str(taken_port))
    with pytest.raises(serve.ServeError, match="set PORT to another one"):
        serve.free_port()


def test_a_second_one_on_the_same_data_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("TA_DATA_DIR", str(tmp_path))
    with serve._alone(), pytest.raises(serve.ServeError, match="stop that one first"):
        serve.serve(say=print, lines=[])


@pytest.fixture
def installed(services):
    """A data folder of the test's own, with a copy of the migrated cluster where there is one."""
    folder = Path(tempfile.mkdtemp(prefix="ta-serve-"))
    folder.chmod(0o711)
    database.copy_cluster(folder)
    yield folder
    shutil.rmtree(folder)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def asked(address: str) -> tuple[int, str]:
    try:
        with urlopen(address, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_everything_starts_says_what_is_away_and_stops_at_a_signal(installed, monkeypatch):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=embedded.CHECKOUT,
        env={
            "TA_DATA_DIR": str(installed),
            "TA_DATABASE_NAME": database.TEMPLATE,
            "DJANGO_SETTINGS_MODULE": "lewisham_ta.settings",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        printed = []
        while not any("Ctrl-C" in line for line in printed):
            line = process.stdout.readline()
            assert line, (printed, *(log.read_text() for log in installed.glob("log/*.log")))
            printed.append(line.strip())
        assert "officer  practice" in printed
        address = next(line for line in printed if line.startswith("http"))
        assert asked(f"{address}health/ready") == (200, "ready\n")

        monkeypatch.setenv("TA_DATA_DIR", str(installed))
        monkeypatch.setenv("TA_DATABASE_NAME", database.TEMPLATE)
        for name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        away = (503, "not ready\nThe database does not answer.\nThe broker does not answer.\n")
        answer, until = None, time.monotonic() + 60
        while answer != away and time.monotonic() < until:
            embedded.stop()  # again, where worker or beat were still starting and brought one of them, or both, back
            answer = asked(f"{address}health/ready")
        assert answer == away
        assert asked(f"{address}health/live") == (200, "live\n")
        embedded.ensure_running(durable=False)
        assert asked(f"{address}health/ready") == (200, "ready\n")

        children = children_of(process.pid)
        assert len(children) == 3  # web, worker, beat
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert not any(Path(f"/proc/{child}").exists() for child in children)
        assert not list(installed.glob("postgres/data/postmaster.pid"))
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(timeout=60)
        process.stdout.close()
