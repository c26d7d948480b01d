"""The embedded services, started for real in a folder of the test's own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from lewisham_ta import embedded

STARTED_AT = "SELECT pg_postmaster_start_time()"


@pytest.fixture
def folder(monkeypatch):
    """A data folder of the test's own, with nothing in it. Services started there are stopped afterwards."""
    path = Path(tempfile.mkdtemp(prefix="ta-embedded-"))
    path.chmod(0o711)
    for name in ("DATABASE_URL", "REDIS_URL", "TA_DATABASE_NAME", "TA_REDIS_DB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TA_DATA_DIR", str(path))
    yield path
    embedded.stop()
    shutil.rmtree(path)


def ask(statement: str, name: str | None = None) -> object:
    with psycopg.connect(embedded.database_url(name)) as connection:
        return connection.execute(statement).fetchone()[0]


def postgres_pid(folder: Path) -> int:
    return int((folder / "postgres/data/postmaster.pid").read_text().splitlines()[0])


def test_an_address_is_known_without_starting_anything(folder):
    assert embedded.database_url().endswith("/lewisham_ta")
    assert embedded.redis_url() == f"redis+socket://{folder}/run/valkey.sock?virtual_host=0"
    assert list(folder.iterdir()) == []


def test_a_service_that_is_given_is_not_started(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db/ta")
    monkeypatch.setenv("REDIS_URL", "redis://redis/0")
    embedded.ensure_running()
    assert list(folder.iterdir()) == []


def test_a_start_makes_the_database_and_a_second_start_changes_nothing(folder):
    embedded.ensure_running()
    started_at = ask(STARTED_AT)
    before = monotonic()
    embedded.ensure_running()
    assert monotonic() - before < 0.5
    assert ask(STARTED_AT) == started_at
    assert ask("SHOW fsync") == "on"
    assert ask("SHOW listen_addresses") == ""


def test_what_was_written_is_there_after_a_stop_and_a_start(folder):
    embedded.ensure_running()
    with psycopg.connect(embedded.database_url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert embedded.stop()
    embedded.ensure_running()
    assert ask("SELECT answer FROM kept") == 42


def test_stopping_what_does_not_run_says_so(folder):
    assert embedded.stop() is False


def test_four_processes_that_start_at_once_end_with_one_server(folder):
    code = (
        "import psycopg; from lewisham_ta import embedded; embedded.ensure_running();"
        f"print(psycopg.connect(embedded.database_url()).execute('{STARTED_AT}').fetchone()[0])"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=embedded.CHECKOUT, stdout=subprocess.PIPE) for _ in range(4)
    ]
    answers = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(set(answers)) == 1


def test_a_server_that_was_killed_is_started_again(folder):
    embedded.ensure_running()
    started_at = ask(STARTED_AT)
    valkey_pid = int((folder / "run/valkey.pid").read_text())
    for pid in (postgres_pid(folder), valkey_pid):
        os.kill(pid, signal.SIGKILL)
    embedded.ensure_running()
    assert ask(STARTED_AT) != started_at
    assert int((folder / "run/valkey.pid").read_text()) != valkey_pid


def test_a_pid_file_that_names_somebody_elses_process_is_not_believed(folder):
    embedded.ensure_running()
    embedded.stop()
    (folder / "postgres/data/postmaster.pid").write_text(f"{os.getpid()}\n{folder}/postgres/data\n")
    (folder / "run/valkey.pid").write_text(f"{os.getpid()}\n")
    assert embedded.stop() is False
    embedded.ensure_running()
    assert postgres_pid(folder) != os.getpid()
    assert int((folder / "run/valkey.pid").read_text()) != os.getpid()


def test_a_folder_that_was_half_made_is_made_again(folder):
    half = folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    embedded.ensure_running()
    assert ask("SELECT 1") == 1


def test_a_path_too_long_for_a_socket_is_shortened(folder, monkeypatch):
    deep = folder / ("long" * 25)
    deep.mkdir()
    monkeypatch.setenv("TA_DATA_DIR", str(deep))
    embedded.ensure_running()
    try:
        assert ask("SELECT 1") == 1
        assert "/tmp/lewisham-ta-" in embedded.redis_url()
    finally:
        embedded.stop()
        shutil.rmtree(embedded.socket_dir())


def test_a_data_folder_that_is_deleted_under_its_server_starts_empty(folder, monkeypatch):
    deep = folder / ("long" * 25)  # the socket is elsewhere, so the old server still listens there
    monkeypatch.setenv("TA_DATA_DIR", str(deep))
    embedded.ensure_running()
    try:
        with psycopg.connect(embedded.database_url()) as connection:
            connection.execute("CREATE TABLE gone AS SELECT 1")
        shutil.rmtree(deep)
        embedded.ensure_running()
        assert ask("SELECT to_regclass('gone')") is None
    finally:
        embedded.stop()
        shutil.rmtree(embedded.socket_dir())


def test_a_missing_postgresql_is_named_with_what_to_install(folder, monkeypatch):
    monkeypatch.setattr(embedded.postgres, "package_folder", lambda package: None)
    monkeypatch.setattr(embedded.postgres, "SYSTEM_POSTGRES", folder / "nothing")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(embedded.EmbeddedError, match="apt-get install postgresql"):
        embedded.ensure_running()


def test_a_missing_valkey_is_named_with_what_to_install(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://db/ta")
    monkeypatch.setattr(embedded.valkey, "package_folder", lambda package: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(embedded.EmbeddedError, match="apt-get install redis-server"):
        embedded.ensure_running()


def test_a_data_folder_that_cannot_be_written_is_named(folder, monkeypatch):
    (folder / "file").touch()
    monkeypatch.setenv("TA_DATA_DIR", str(folder / "file" / "var"))
    with pytest.raises(embedded.EmbeddedError, match="set TA_DATA_DIR"):
        embedded.ensure_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the services as somebody else")
def test_as_root_a_closed_home_stays_closed(folder, monkeypatch):
    home = folder / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("TA_DATA_DIR", str(home / "var"))
    monkeypatch.setattr(embedded.places, "ROOT_STORE", folder / "store")
    embedded.ensure_running()
    try:
        assert ask("SELECT 1") == 1
        assert home.stat().st_mode & 0o777 == 0o700
        assert (home / "var/postgres").resolve().is_relative_to(folder / "store")
    finally:
        embedded.stop()
        shutil.rmtree(embedded.socket_dir())
