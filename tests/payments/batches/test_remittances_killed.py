"""The advices made by a real worker, which may not fork, and which is killed with SIGKILL half way."""

import pytest
from django.db import transaction

from lewisham_ta import files
from payments.batches import services as batch_services
from payments.batches.models import Batch, Remittance
from tests.factories import UserFactory
from tests.lewisham_ta.test_jobs_killed import kill_all, wait_for, worker
from tests.payments.batches.factories import NOW, PaymentFactory

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

ADVICES = 6


def test_a_worker_killed_half_way_leaves_no_advice_and_the_next_one_makes_each_once(services, tmp_path):
    officer = UserFactory()
    payments = PaymentFactory.create_batch(ADVICES)
    batch = batch_services.make_batch(payment_ids=[payment.pk for payment in payments], by=officer, now=NOW)
    batch = batch_services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    job = batch_services.request_remittances(batch=batch, by=officer, now=NOW)
    with worker(tmp_path) as first, transaction.atomic():
        # The worker makes the others and then waits: this advice is in the way of its own.
        file = files.store("Remittance.pdf", b"%PDF", files.PDF, None, NOW)
        Remittance.objects.create(batch=batch, payee=payments[-1].payee, file=file)
        wait_for(job, state="running", progress=f"{ADVICES - 1} of {ADVICES} advices made")
        kill_all(first)
        transaction.set_rollback(True)
    assert not Remittance.objects.exists()
    with worker(tmp_path):
        done = wait_for(job, seconds=90, state="done")
    assert (done.attempts, done.result) == (2, f"{ADVICES} advices made.")
    assert Remittance.objects.filter(batch=batch).values("payee").distinct().count() == ADVICES
    assert Batch.objects.get().advice_print_file.name == "Remittances to print B000001.pdf"
