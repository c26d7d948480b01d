"""What the database lets nobody do to payments and batches, each broken by name."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError

from lewisham_ta import files
from payments.batches import rules
from payments.batches.models import Batch, BatchItem, Payment, PaymentStop, Remittance
from tests.factories import BankDetailsFactory, PayeeFactory, UserFactory
from tests.payments.batches.factories import NOW, PaymentFactory

pytestmark = pytest.mark.django_db

# Written out once more, so that a change of rules.MOVES alone does not pass.
LEGAL = {
    ("payable", "batched"),
    ("payable", "withdrawn"),
    ("batched", "payable"),
    ("batched", "sent"),
    ("sent", "paid"),
    ("sent", "returned"),
    ("paid", "returned"),
    ("returned", "payable"),
    ("returned", "paid"),
    ("returned", "withdrawn"),
}
STATES = ["payable", "batched", "sent", "paid", "returned", "withdrawn"]


def batch(**but):
    return Batch.objects.create(
        **{"number": f"B{Batch.objects.count() + 1:06d}", "made_by": UserFactory(), "made_at": NOW} | but
    )


def item(**but):
    payment = but.pop("payment", None) or PaymentFactory()
    return BatchItem.objects.create(
        **{
            "batch": but.pop("batch", None) or batch(),
            "payment": payment,
            "net": payment.net,
            "bank_details": payment.bank_details,
        }
        | but
    )


def stored():
    return files.store("a.csv", b"a", files.CSV, None, NOW)


def send(one):
    Batch.objects.filter(pk=one.pk).update(
        status="sent", sent_by=one.made_by, sent_at=NOW, sheet=stored(), csv=stored(), count=1, total=Decimal("1550.00")
    )


def broken(name, make):
    with pytest.raises(DatabaseError, match=name):
        make()


@pytest.mark.parametrize(
    ("name", "but"),
    [
        ("payment_above_zero", {"net": Decimal("0.00")}),
        ("payment_above_zero", {"vat": Decimal("-0.01")}),
        ("payment_reference_is_bacs", {"reference": "lower case"}),
        ("payment_reference_is_bacs", {"reference": ""}),
        ("payment_state_is_known", {"state": "lost"}),
        ("payment_paid_has_a_date", {"state": "paid"}),
        ("payment_returned_says_why", {"state": "returned", "returned_on": date(2026, 11, 23)}),
        ("payment_returned_says_why", {"state": "returned", "return_reason": "closed"}),
        ("payment_withdrawn_says_why", {"state": "withdrawn"}),
    ],
)
def test_a_payment_that_cannot_be(name, but):
    broken(name, lambda: PaymentFactory(**but))


def test_a_payment_is_not_approved_by_its_preparer():
    officer = UserFactory()
    broken("payment_approver_did_not_prepare", lambda: PaymentFactory(prepared_by=officer, approved_by=officer))


def test_a_source_pays_a_payee_once():
    first = PaymentFactory()
    broken("payment_once_a_source_and_payee", lambda: PaymentFactory(bank_details=first.bank_details))


@pytest.mark.parametrize(
    "change", [{"net": Decimal("1.00")}, {"reference": "X"}, {"coding": {}}, {"advice": {}}, {"source": "X"}]
)
def test_what_was_approved_is_never_changed(change):
    payment = PaymentFactory()
    broken("Cannot update", lambda: Payment.objects.filter(pk=payment.pk).update(**change))


def test_a_payment_is_never_deleted():
    payment = PaymentFactory()
    broken("or delete rows", payment.delete)


@pytest.mark.parametrize("there", STATES)
@pytest.mark.parametrize("here", STATES)
def test_a_payment_moves_only_as_the_table_says(here, there):
    said = {"paid_on": NOW.date(), "returned_on": NOW.date(), "return_reason": "closed", "withdrawn_reason": "x"}
    payment = PaymentFactory(state=here, **said)
    moved = Payment.objects.filter(pk=payment.pk)
    if here == there or (here, there) in LEGAL:
        moved.update(state=there)
        assert here == there or there in rules.MOVES[here]
    else:
        broken("Invalid transition", lambda: moved.update(state=there))
        assert there not in rules.MOVES[here]


def test_a_payment_is_in_one_live_batch():
    payment = item().payment
    broken("payment_in_one_live_batch", lambda: item(payment=payment))


def test_whoever_recorded_a_return_cannot_be_who_put_it_right():
    officer = UserFactory()
    broken("payment_put_right_by_another", lambda: PaymentFactory(returned_by=officer, put_right_by=officer))


def test_a_payment_is_once_in_a_batch():
    first = item(is_live=False, outcome="returned", outcome_on=NOW.date(), outcome_reason="closed")
    broken("batch_item_once", lambda: item(batch=first.batch, payment=first.payment))


@pytest.mark.parametrize(
    ("name", "but"),
    [
        ("batch_item_live_unless_returned", {"is_live": False}),
        (
            "batch_item_live_unless_returned",
            {"outcome": "returned", "outcome_on": NOW.date(), "outcome_reason": "closed"},
        ),
        ("batch_item_above_zero", {"net": Decimal("0.00")}),
        ("batch_outcome_is_known", {"outcome": "lost", "outcome_on": NOW.date()}),
        ("batch_outcome_has_a_date", {"outcome": "paid"}),
        ("batch_outcome_has_a_date", {"outcome_on": NOW.date()}),
        ("batch_returned_says_why", {"outcome": "returned", "outcome_on": NOW.date(), "is_live": False}),
    ],
)
def test_a_batch_item_that_cannot_be(name, but):
    broken(name, lambda: item(**but))


@pytest.mark.parametrize("change", ["net", "vat", "bank_details_id"])
def test_an_item_keeps_its_amount_and_account(change):
    one = item()
    value = BankDetailsFactory().pk if change == "bank_details_id" else Decimal("1.00")
    broken("Cannot update", lambda: BatchItem.objects.filter(pk=one.pk).update(**{change: value}))


def test_nothing_goes_into_or_out_of_a_batch_that_was_sent():
    one = item()
    send(one.batch)
    broken("batch that was sent", lambda: item(batch=one.batch))


def test_nothing_is_taken_out_of_a_batch_that_was_sent():
    one = item()
    send(one.batch)
    broken("batch that was sent", one.delete)


@pytest.mark.parametrize("figures", [{"count": 2}, {"total": Decimal("1550.01")}])
def test_a_batch_is_sent_only_with_the_figures_of_its_payments(figures):
    one = item().batch
    files_of = {"sheet": stored(), "csv": stored(), "sent_by": one.made_by, "sent_at": NOW}
    right = {"count": 1, "total": Decimal("1550.00")}
    broken(
        "control count and total",
        lambda: Batch.objects.filter(pk=one.pk).update(status="sent", **files_of, **right | figures),
    )


def test_an_empty_batch_is_not_sent():
    one = batch()
    files_of = {"sheet": stored(), "csv": stored(), "sent_by": one.made_by, "sent_at": NOW}
    broken("control count and total", lambda: Batch.objects.filter(pk=one.pk).update(status="sent", **files_of))


@pytest.mark.parametrize("change", [{"total": Decimal("1.00")}, {"status": "open"}, {"number": "B9"}, {"count": 7}])
def test_a_sent_batch_is_never_changed(change):
    one = item().batch
    send(one)
    broken("Cannot update", lambda: Batch.objects.filter(pk=one.pk).update(**change))


def test_a_sent_batch_is_never_deleted():
    one = item().batch
    send(one)
    broken("or delete rows", lambda: Batch.objects.filter(pk=one.pk)._raw_delete("default"))


@pytest.mark.parametrize(
    ("name", "but"),
    [
        # An unknown status breaks both, and PostgreSQL names the first in the alphabet.
        ("batch_sent_is_whole|batch_status_is_known", {"status": "lost"}),
        ("batch_sent_is_whole", {"sent_at": NOW}),
    ],
)
def test_a_batch_that_cannot_be(name, but):
    broken(name, lambda: batch(**but))


def test_a_batch_is_sent_with_its_files():
    one = item().batch
    broken(
        "batch_sent_is_whole",
        lambda: Batch.objects.filter(pk=one.pk).update(
            status="sent", sent_by=one.made_by, sent_at=NOW, count=1, total=Decimal("1550.00")
        ),
    )


def test_a_number_is_used_once():
    with pytest.raises(IntegrityError, match="number"):
        batch(number=batch().number)


def remittance(**but):
    return Remittance.objects.create(**{"batch": batch(), "payee": PayeeFactory(), "file": stored()} | but)


def test_a_payee_gets_one_advice_a_batch():
    first = remittance()
    broken("remittance_once_a_batch_and_payee", lambda: remittance(batch=first.batch, payee=first.payee))


@pytest.mark.parametrize(
    ("name", "but"),
    [
        ("remittance_emailed_was_claimed", {"emailed_at": NOW, "email_to": "a@example.org"}),
        ("remittance_emailed_has_an_address", {"emailed_at": NOW, "claimed_at": NOW}),
    ],
)
def test_an_advice_that_cannot_be(name, but):
    broken(name, lambda: remittance(**but))


def test_an_advice_is_kept_as_it_was_made():
    one = remittance()
    broken("Cannot update", lambda: Remittance.objects.filter(pk=one.pk).update(file=stored()))


def test_an_advice_is_never_deleted():
    broken("or delete rows", remittance().delete)


def stop(**but):
    return PaymentStop.objects.create(
        **{"payee": PayeeFactory(), "reason": "court order", "stopped_by": UserFactory(), "stopped_at": NOW} | but
    )


@pytest.mark.parametrize(
    ("name", "but"),
    [
        ("payment_stop_says_why", {"reason": ""}),
        ("payment_stop_lift_is_whole", {"lifted_at": NOW, "lift_note": "set aside"}),
    ],
)
def test_a_stop_that_cannot_be(name, but):
    broken(name, lambda: stop(**but))


def test_the_lifting_of_a_stop_says_why():
    broken("payment_stop_lift_says_why", lambda: stop(lifted_at=NOW, lifted_by=UserFactory()))


def test_one_stop_stands_for_a_payee():
    first = stop()
    broken("payment_stop_one_stands", lambda: stop(payee=first.payee))
