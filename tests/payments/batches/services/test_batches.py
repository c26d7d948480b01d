"""Batches: what may go into one, and what a sent one is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lewisham_ta.models import Job
from lewisham_ta.refusals import Refused
from payments.batches import services
from payments.batches.models import Batch, BatchItem, Payment
from payments.payees.models import BankDetails
from tests.factories import BankDetailsFactory
from tests.payments.batches.factories import NOW, PaymentFactory
from tests.payments.batches.services.helpers import in_batch, sent

pytestmark = pytest.mark.django_db


def test_a_batch_of_nothing_is_not_made(officer):
    for chosen in (None, []):
        with pytest.raises(Refused, match="nothing to put into a batch"):
            services.make_batch(payment_ids=chosen, by=officer, now=NOW)


def test_one_payment_that_may_not_go_keeps_the_whole_batch_from_being_made(officer):
    good, bad = PaymentFactory(), PaymentFactory()
    services.stop_payments(payee=bad.payee, reason="court order", by=officer, now=NOW)
    with pytest.raises(Refused, match="Payments to this payee are stopped: court order"):
        services.make_batch(payment_ids=[good.pk, bad.pk], by=officer, now=NOW)
    assert not Batch.objects.exists()
    assert not BatchItem.objects.exists()


def test_a_payment_in_a_batch_is_refused_by_another(officer):
    batch, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match=f"It is in batch {batch.number}."):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def test_a_waiting_change_of_bank_details_keeps_a_payment_back(officer):
    payment = PaymentFactory()
    BankDetailsFactory(payee=payment.payee, waiting=True)
    with pytest.raises(Refused, match="is waiting for approval"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def changed_account(payment, usable_from):
    BankDetails.objects.filter(pk=payment.bank_details_id).update(is_current=False)
    return BankDetailsFactory(payee=payment.payee, usable_from=usable_from)


def test_a_new_account_is_used_once_it_has_cooled_off_and_not_before(officer):
    payment = PaymentFactory()
    new = changed_account(payment, NOW + timedelta(hours=1))
    with pytest.raises(Refused, match="cool off until 23 Nov 2026, 13:00"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)
    services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW + timedelta(hours=1))
    assert BatchItem.objects.get().bank_details == new


def test_all_that_may_go_is_batched_and_the_rest_stays(officer):
    good, bad = PaymentFactory(), PaymentFactory()
    services.stop_payments(payee=bad.payee, reason="court order", by=officer, now=NOW)
    batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
    assert (batch.count, batch.total) == (1, good.net)
    bad.refresh_from_db()
    assert bad.state == "payable"


def test_numbers_run_on_and_a_batch_that_was_not_made_takes_none(officer):
    first, _ = in_batch(officer)
    with pytest.raises(Refused):
        services.make_batch(payment_ids=[999_999], by=officer, now=NOW)
    second, _ = in_batch(officer)
    assert (first.number, second.number) == ("B000001", "B000002")


@pytest.mark.parametrize("verb", ["add_to_batch", "take_out_of_batch"])
def test_a_stale_page_changes_nothing(officer, verb):
    batch, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match="changed while you were reading"):
        getattr(services, verb)(
            batch_id=batch.pk, payment_ids=[payment.pk], seen_version=batch.version - 1, by=officer, now=NOW
        )


def test_a_batch_seen_before_somebody_added_to_it_is_not_sent(officer):
    batch, _ = in_batch(officer)
    services.add_to_batch(
        batch_id=batch.pk, payment_ids=[PaymentFactory().pk], seen_version=batch.version, by=officer, now=NOW
    )
    with pytest.raises(Refused, match="changed while you were reading"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def test_what_is_not_in_a_batch_cannot_be_taken_out_of_it(officer):
    batch, _ = in_batch(officer)
    for chosen in ([], [PaymentFactory().pk]):
        with pytest.raises(Refused, match=f"Choose payments that are in {batch.number}"):
            services.take_out_of_batch(
                batch_id=batch.pk, payment_ids=chosen, seen_version=batch.version, by=officer, now=NOW
            )


def test_adding_and_taking_out_keep_the_control_figures(officer):
    batch, [one, _] = in_batch(officer, 2)
    three = PaymentFactory(net=Decimal("10.01"))
    batch = services.add_to_batch(
        batch_id=batch.pk, payment_ids=[three.pk], seen_version=batch.version, by=officer, now=NOW
    )
    assert (batch.count, batch.total) == (3, Decimal("3110.01"))
    batch = services.take_out_of_batch(
        batch_id=batch.pk, payment_ids=[one.pk], seen_version=batch.version, by=officer, now=NOW
    )
    assert (batch.count, batch.total) == (2, Decimal("1560.01"))
    one.refresh_from_db()
    assert one.state == "payable"
    again = services.add_to_batch(
        batch_id=batch.pk, payment_ids=[one.pk], seen_version=batch.version, by=officer, now=NOW
    )
    assert again.count == 3


def test_an_empty_batch_is_not_sent(officer):
    batch, [payment] = in_batch(officer, 1)
    batch = services.take_out_of_batch(
        batch_id=batch.pk, payment_ids=[payment.pk], seen_version=batch.version, by=officer, now=NOW
    )
    with pytest.raises(Refused, match="nothing in B000001"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def test_a_batch_is_asked_about_again_when_it_is_sent(officer):
    batch, [payment] = in_batch(officer, 1)
    stop = services.stop_payments(payee=payment.payee, reason="court order", by=officer, now=NOW)
    with pytest.raises(Refused, match="are stopped: court order"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    services.lift_stop(stop_id=stop.pk, note="set aside", by=officer, now=NOW)
    changed_account(payment, NOW)
    with pytest.raises(Refused, match="The bank details changed since it was put into the batch"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    batch.refresh_from_db()
    assert batch.status == "open"


def test_a_sent_batch_is_locked(officer):
    batch, [payment] = sent(officer, 1)
    for verb in (services.add_to_batch, services.take_out_of_batch):
        with pytest.raises(Refused, match="B000001 was sent and is locked"):
            verb(batch_id=batch.pk, payment_ids=[payment.pk], seen_version=batch.version, by=officer, now=NOW)
    with pytest.raises(Refused, match="B000001 was sent and is locked"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def test_sending_freezes_both_files_and_asks_for_the_advices(officer):
    batch, _ = sent(officer)
    assert batch.sheet.name == "TA payments B000001.xlsx"
    assert batch.csv.name == "TA payments B000001.csv"
    assert {payment.state for payment in Payment.objects.all()} == {"sent"}
    job = Job.objects.get()
    assert (job.kind, job.key, job.parameters) == ("batches.remittances", "B000001", {"batch_id": batch.pk})


def test_a_batch_of_many_costs_as_many_queries_as_a_batch_of_few(officer, django_assert_num_queries):
    officer.get_all_permissions()  # asked once a person and request
    counts = []
    for size in (2, 12):
        for _ in range(size):
            PaymentFactory()
        with CaptureQueriesContext(connection) as queries:
            batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
            services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]
