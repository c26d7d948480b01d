"""The month's schedule asked for by itself, on the day that the team leader set."""

from datetime import date

import pytest

from lewisham_ta import jobs
from lewisham_ta.models import Job, User
from payments.controc import services
from payments.controc.tasks import generate, request_monthly_run
from payments.models import Schedule
from tests.payments.controc.helpers import NOW, OCTOBER, SEPTEMBER, lease

pytestmark = pytest.mark.django_db


def run(day: date) -> Job | None:
    return request_monthly_run(today=day, now=NOW)


def test_nothing_is_asked_for_before_anything_was_signed_off():
    lease()
    assert run(date(2026, 10, 20)) is None


def test_nothing_is_asked_for_before_the_day(close):
    lease()
    close(SEPTEMBER)
    assert run(date(2026, 10, 19)) is None


def test_nothing_is_asked_for_where_the_month_has_been_begun(close, officer):
    lease()
    close(SEPTEMBER)
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert run(date(2026, 10, 20)) is None


def test_nothing_is_asked_for_while_the_month_before_is_open(close, officer):
    lease()
    close(SEPTEMBER)
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert run(date(2026, 11, 20)) is None


@pytest.mark.parametrize("day", [20, 25])  # the day itself, or later if nobody was there to run it
def test_the_month_is_asked_for_once_by_somebody_who_can_never_sign(day, close):
    lease()
    close(SEPTEMBER)
    job = run(date(2026, 10, day))
    assert (job.kind, job.key) == ("controc.generate", "2026-10/0")
    assert run(date(2026, 10, day)) is None
    result = generate(job, lambda *step: None)
    assert isinstance(result, jobs.Result)
    assert Schedule.objects.get(month=OCTOBER).prepared_by.username == "monthly-run"
    nobody = User.objects.get(username="monthly-run")
    assert not nobody.is_active
    assert not nobody.has_usable_password()
    assert not services.may_sign(nobody, NOW)
