"""What Central Payments answered, and what comes of it."""

from datetime import date

import pytest

from lewisham_ta.refusals import Refused
from lewisham_ta.roles import CENTRAL_FINANCE
from payments.batches import services
from tests.factories import UserFactory
from tests.payments.batches.factories import NOW, PaymentFactory
from tests.payments.batches.services.helpers import in_batch, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague():
    return UserFactory()


def outcome(item_id, kind, officer, *, on, reason=""):
    services.record_outcome(item_id=item_id, outcome=kind, on=on, reason=reason, by=officer, now=NOW)


def item_of(payment):
    return payment.items.order_by("-pk").first()


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 11, 22), "The batch was sent on 23 Nov 2026: the day cannot be earlier."),
        (date(2026, 11, 24), "The day is in the future."),
    ],
)
def test_a_payment_is_not_paid_before_it_left_or_tomorrow(officer, on, words):
    _, [payment] = sent(officer, 1)
    with pytest.raises(Refused, match=words):
        outcome(item_of(payment).pk, "paid", officer, on=on)


def test_a_payment_of_an_open_batch_has_no_outcome(officer):
    _, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match="has not been sent"):
        outcome(item_of(payment).pk, "paid", officer, on=NOW.date())


def test_a_return_says_why(officer):
    _, [payment] = sent(officer, 1)
    with pytest.raises(Refused, match="Say why the payment was returned"):
        outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason=" ")


def test_the_same_outcome_twice_is_refused(officer):
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "paid", officer, on=NOW.date())
    with pytest.raises(Refused, match="recorded as paid already, on 23 Nov 2026"):
        outcome(item_of(payment).pk, "paid", officer, on=NOW.date())


def returned(officer):
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="account closed")
    payment.refresh_from_db()
    return payment


def test_nobody_alone_pays_a_payment_twice(officer):
    """Paid, said by another person to have come back, and sent once more: the second time needs somebody else."""
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "paid", UserFactory(groups=[CENTRAL_FINANCE]), on=NOW.date())
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="made up")
    with pytest.raises(Refused, match="You recorded the return, so someone else must put it right"):
        services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    with pytest.raises(Refused, match="say what was put right"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def test_the_return_that_counts_is_the_last_one(officer, colleague):
    payment = returned(colleague)
    services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    batch = services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)
    services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="account closed")
    payment.refresh_from_db()
    assert (payment.returned_by, payment.put_right_by) == (officer, None)
    with pytest.raises(Refused, match="You recorded the return"):
        services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    services.put_right(payment_id=payment.pk, note="checked", by=colleague, now=NOW)


def test_a_returned_payment_waits_until_it_is_put_right(officer, colleague):
    payment = returned(colleague)
    assert (payment.state, payment.return_reason) == ("returned", "account closed")
    with pytest.raises(Refused, match="say what was put right"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)
    with pytest.raises(Refused, match="Say what was put right"):
        services.put_right(payment_id=payment.pk, note="", by=officer, now=NOW)
    services.put_right(payment_id=payment.pk, note="new account approved", by=officer, now=NOW)
    batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
    assert batch.number == "B000002"
    assert [item.batch.number for item in payment.items.filter(is_live=True).select_related("batch")] == ["B000002"]


def test_only_a_returned_payment_is_put_right(officer):
    with pytest.raises(Refused, match="Only a payment that was returned"):
        services.put_right(payment_id=PaymentFactory().pk, note="x", by=officer, now=NOW)


def test_a_return_can_turn_out_paid_only_while_the_payment_has_not_gone_on(officer, colleague):
    payment = returned(officer)
    first = item_of(payment)
    outcome(first.pk, "paid", officer, on=NOW.date())
    payment.refresh_from_db()
    assert payment.state == "paid"

    payment = returned(colleague)
    first = item_of(payment)
    services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    with pytest.raises(Refused, match="has gone on since"):
        outcome(first.pk, "paid", officer, on=NOW.date())


def test_money_that_was_paid_can_come_back(officer):
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "paid", officer, on=NOW.date())
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="account closed")
    payment.refresh_from_db()
    assert (payment.state, payment.paid_on) == ("returned", None)
