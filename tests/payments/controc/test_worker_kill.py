"""A real worker killed with SIGKILL when a schedule is half written again."""

from dataclasses import asdict

import pytest
from django.db import transaction

from lewisham_ta.money import ZERO
from payments.controc import selectors
from payments.controc.rules.totals import Sums, payee_total
from payments.controc.services import generate
from payments.controc.tasks import request_generation
from payments.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from tests.lewisham_ta.test_jobs_killed import kill_all, wait_for, worker
from tests.payments.controc.helpers import NOW, SEPTEMBER, lease

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def everything():
    """The rows themselves, keys and all: generating again would give others."""
    models = (ScheduleLine, PayeeTotal, Anomaly)
    return [list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in models]


def test_a_worker_killed_in_the_middle_leaves_the_schedule_and_the_next_one_ends_it_once(services, officer, tmp_path):
    lease()
    schedule = generate(month=SEPTEMBER, by=officer, now=NOW)
    before = everything()
    new = lease()
    job = request_generation(month=SEPTEMBER, by=officer, now=NOW)
    with worker(tmp_path) as first, transaction.atomic():
        # The worker writes the lines and then waits: this total is in the way of its own.
        zero = asdict(payee_total(new.payees.get().payee_id, Sums(), brought_forward=ZERO, tax_percent=ZERO))
        PayeeTotal.objects.create(schedule=schedule, payee_id=zero.pop("payee"), **zero)
        wait_for(job, state="running", progress="2 of 2 leases")
        kill_all(first)
        transaction.set_rollback(True)
    assert everything() == before
    assert Schedule.objects.get().version == schedule.version
    with worker(tmp_path):
        done = wait_for(job, seconds=60, state="done")
    assert done.attempts == 2
    assert Schedule.objects.get().version == schedule.version + 1
    totals = selectors.control_totals(Schedule.objects.get())
    assert (totals.lines, totals.payees, totals.net) == (2, 2, 3000)
