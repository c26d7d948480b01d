"""A real worker killed with SIGKILL when a schedule is half written again, or half signed off."""

import pytest
from django.db import transaction

from lewisham_ta.models import StoredFile
from lewisham_ta.money import ZERO
from payments.controc import selectors
from payments.controc.rules.totals import Sums, payee_total
from payments.controc.services import generate
from payments.controc.services.paying import source
from payments.controc.tasks import request_generation, request_sign_off
from payments.models import Anomaly, PayeeTotal, Payment, Schedule, ScheduleLine
from tests.lewisham_ta.test_jobs_killed import kill_all, wait_for, worker
from tests.payments.batches.factories import PaymentFactory
from tests.payments.controc.helpers import NOW, SEPTEMBER, lease, submitted

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
        zero = payee_total(new.payees.get().payee_id, Sums(), brought_forward=ZERO, tax_percent=ZERO)._asdict()
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


def test_a_worker_killed_in_a_sign_off_leaves_nothing_signed_or_paid_and_the_next_one_ends_it_once(
    services, officer, leader, tmp_path
):
    payee = lease().payees.get().payee
    schedule = submitted(SEPTEMBER, by=officer)
    job = request_sign_off(schedule=schedule, seen_version=schedule.version, note="Read", by=leader, now=NOW)
    with worker(tmp_path) as first, transaction.atomic():
        # The worker works the month out again and then waits: this payment is in the way of its own.
        PaymentFactory(payee=payee, bank_details=payee.bank_details.get(), source=source(schedule))
        wait_for(job, state="running", progress="Raising the payments")
        kill_all(first)
        transaction.set_rollback(True)
    assert Schedule.objects.get().status == "ready"
    assert not Payment.objects.exists()
    assert not StoredFile.objects.exists()
    with worker(tmp_path):
        done = wait_for(job, seconds=60, state="done")
    assert (done.attempts, done.result) == (2, "September 2026 is signed off. Its payments can be batched.")
    signed = Schedule.objects.get()
    assert (signed.status, signed.signed_off_by, signed.sign_off_note) == ("signed_off", leader, "Read")
    assert Payment.objects.count() == 1
    assert StoredFile.objects.count() == 2
