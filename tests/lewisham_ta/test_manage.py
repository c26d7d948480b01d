"""`manage.py` as a newcomer meets it: an empty folder, an empty environment, and mistakes answered in one line."""

import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lewisham_ta import embedded, roles
from lewisham_ta.management.base import OfficerCommand
from lewisham_ta.refusals import Refused
from tests.factories import UserFactory


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=embedded.CHECKOUT,
        env={"TA_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(folder: Path, *words: str) -> tuple[int, str, str]:
    process = start(folder, *words)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def folder():
    path = Path(tempfile.mkdtemp(prefix="ta-manage-"))
    path.chmod(0o711)
    yield path
    manage(path, "stop_embedded")
    shutil.rmtree(path)


def test_what_needs_no_database_starts_nothing(folder):
    before = sorted(folder.iterdir())
    assert manage(folder, "help")[0] == 0
    assert manage(folder, "check")[0] == 0
    assert manage(folder, "practice_users", "--help")[0] == 0
    assert sorted(folder.iterdir()) == before


def test_two_commands_at_once_set_an_empty_folder_up_and_work(folder):
    """With the services stopped and started again in between, what they wrote is still there."""
    processes = [start(folder, "practice_users"), start(folder, "showmigrations"), start(folder, "practice_users")]
    answers = [process.communicate(timeout=600) for process in processes]
    assert [(process.returncode, err) for process, (_, err) in zip(processes, answers, strict=True)] == [(0, "")] * 3
    assert "practice-officer-2026" in answers[0][0]
    assert answers[0] == answers[2]

    assert manage(folder, "stop_embedded") == (0, "Stopped.\n", "")
    assert manage(folder, "stop_embedded") == (0, "Nothing was running.\n", "")
    assert manage(folder, "shell", "-v", "0", "-c", "print(User.objects.count())") == (0, "6\n", "")


def test_a_word_too_many_is_answered_in_one_line(folder):
    assert manage(folder, "stop_embedded", "now") == (1, "", "Unrecognized arguments: now.\n")


def test_a_folder_that_cannot_be_written_is_answered_in_one_line(folder):
    (folder / "file").touch()
    code, out, err = manage(folder / "file" / "var", "practice_users")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "TA_DATA_DIR" in err


class SignOff(OfficerCommand):
    """A command of the test's own: it refuses one month and remembers who did the others."""

    permission = "payments.sign_off_schedule"
    done: list[tuple[str, str]] = []

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("month")

    def act(self, *, by, now, month, **options):
        assert isinstance(now, datetime)
        if month == "2026-10":
            raise Refused("You prepared this schedule, so someone else must sign it off.")
        self.done.append((by.username, month))


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(SignOff(), *words)
    assert caught.value.returncode == 1
    return str(caught.value)


def test_a_name_that_nobody_has_is_refused(db):
    assert refusal("2026-09", "--by", "nobody") == "There is no user with the name nobody."


def test_a_closed_log_in_is_refused(db):
    UserFactory(username="gone", is_active=False)
    assert refusal("2026-09", "--by", "gone") == "The log-in gone has been closed."


def test_a_role_that_may_not_is_refused(db):
    UserFactory(username="aud", groups=[roles.AUDITOR])
    assert refusal("2026-09", "--by", "aud") == "The role of aud does not allow this."


def test_nobody_is_not_an_officer(db):
    assert "--by" in refusal("2026-09")


def test_what_the_service_refuses_the_command_refuses_with_the_same_words(db):
    UserFactory(username="dee", groups=[roles.TEAM_LEADER])
    assert refusal("2026-10", "--by", "dee") == "You prepared this schedule, so someone else must sign it off."


def test_an_officer_who_may_is_passed_on(db):
    UserFactory(username="dee", groups=[roles.TEAM_LEADER])
    call_command(SignOff(), "2026-09", "--by", "dee")
    assert SignOff.done == [("dee", "2026-09")]
