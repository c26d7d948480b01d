"""Two people at one schedule, each on a connection of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from lewisham_ta import jobs, roles
from lewisham_ta.models import Job, StoredFile
from lewisham_ta.refusals import Refused
from payments.controc import services
from payments.controc.tasks import request_sign_off
from payments.models import Payment, Schedule, ScheduleLine
from tests.factories import UserFactory
from tests.payments.controc.helpers import NOW, SEPTEMBER, lease, submitted

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works) -> list[str]:
    """What each came to: "done", or why it was refused."""
    start = Barrier(len(works))

    def run(work):
        try:
            start.wait(10)
            work()
        except Refused as refusal:
            return str(refusal)
        else:
            return "done"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def signing(schedule, by):
    return lambda: services.sign_off(schedule_id=schedule.pk, seen_version=schedule.version, by=by, now=NOW)


def test_two_sign_off_and_one_does(officer, leader):
    manager = UserFactory(groups=[roles.SERVICE_MANAGER])
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    came_to = at_once(signing(schedule, leader), signing(schedule, manager))
    assert sorted(came_to) == ["This schedule changed while you were reading it. Check it again.", "done"]
    assert Payment.objects.count() == 1


def test_two_ask_for_a_sign_off_and_there_is_one_job(officer, leader):
    manager = UserFactory(groups=[roles.SERVICE_MANAGER])
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    came_to = at_once(asking(schedule, leader), asking(schedule, manager))
    job = Job.objects.select_related("requested_by").get()
    assert sorted(came_to) == sorted([f"{job.requested_by} is signing this off already.", "done"])


def asking(schedule, by):
    return lambda: request_sign_off(schedule=schedule, seen_version=schedule.version, note="", by=by, now=NOW)


def test_a_job_and_a_command_sign_and_one_does(officer, leader):
    manager = UserFactory(groups=[roles.SERVICE_MANAGER])
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    job = asking(schedule, leader)()
    came_to = at_once(lambda: jobs.run(job.pk), signing(schedule, manager))
    job.refresh_from_db()
    signatory = Schedule.objects.get().signed_off_by
    assert (job.state, signatory, came_to[1] == "done") in (("done", leader, False), ("failed", manager, True))
    assert (job.error or came_to[1]) == "This schedule changed while you were reading it. Check it again."
    assert Payment.objects.count() == 1
    assert StoredFile.objects.count() == 2


def test_a_generation_asked_for_while_a_job_signs_changes_nothing_that_is_signed(officer, leader):
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    job = asking(schedule, leader)()
    came_to = at_once(lambda: jobs.run(job.pk), lambda: services.generate(month=SEPTEMBER, by=officer, now=NOW))
    job.refresh_from_db()
    assert (job.state, Schedule.objects.get().status) == ("done", "signed_off")
    assert came_to[1].startswith(("September 2026 is signed off", "September 2026 awaits sign-off"))
    assert ScheduleLine.objects.count() == 1


def test_generating_while_somebody_signs_changes_nothing_that_is_signed(officer, leader):
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    came_to = at_once(signing(schedule, leader), lambda: services.generate(month=SEPTEMBER, by=officer, now=NOW))
    assert came_to[0] == "done"
    assert came_to[1] in (
        "September 2026 is signed off, so it cannot be generated again.",
        "September 2026 awaits sign-off: it must be returned before it is generated again.",
    )
    assert Schedule.objects.get().status == "signed_off"
    assert ScheduleLine.objects.count() == 1


def test_two_generate_and_there_is_one_schedule(officer):
    other = UserFactory()
    lease()
    works = [lambda by=by: services.generate(month=SEPTEMBER, by=by, now=NOW) for by in (officer, other)]
    assert at_once(*works) == ["done", "done"]
    assert Schedule.objects.get().version == 2
    assert ScheduleLine.objects.count() == 1
