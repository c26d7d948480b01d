"""What is counted in SQL is what the rule says payment by payment; how far the payments of a source are."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments.batches import selectors, services
from payments.batches.models import BatchItem
from payments.payees.models import BankDetails
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.batches.factories import NOW, PaymentFactory, open_batch

pytestmark = pytest.mark.django_db


def stopped(payment):
    services.stop_payments(payee=payment.payee, reason="court order", by=UserFactory(), now=NOW)


def changing(payment):
    BankDetailsFactory(payee=payment.payee, waiting=True)


def without_account(payment):
    BankDetails.objects.filter(payee=payment.payee).update(is_current=False)


def cooling_off(payment, usable_from=NOW + timedelta(seconds=1)):
    without_account(payment)
    BankDetailsFactory(payee=payment.payee, usable_from=usable_from)


def cooled_off(payment):
    cooling_off(payment, usable_from=NOW)


def in_a_batch_by_mistake(payment):
    """No service leaves a payment so: a live item, and its state says that it is to be batched."""
    BatchItem.objects.create(batch=open_batch(), payment=payment, net=payment.net, bank_details=payment.bank_details)


@pytest.mark.parametrize(
    ("happens", "may_go"),
    [
        (stopped, False),
        (changing, False),
        (without_account, False),
        (cooling_off, False),
        (in_a_batch_by_mistake, False),
        (cooled_off, True),
    ],
)
def test_the_figures_are_those_of_the_rule(happens, may_go):
    PaymentFactory(net=Decimal("10.01"), vat=Decimal("2.00"))
    payment = PaymentFactory(net=Decimal("100.00"))
    happens(payment)
    waiting = selectors.waiting(NOW)
    assert (waiting.payable, waiting.refused) == ((2, 0) if may_go else (1, 1))
    assert waiting.total == (Decimal("112.01") if may_go else Decimal("12.01"))
    found = selectors.payments().get(pk=payment.pk)
    assert (selectors.refusal(found, NOW) == "") is may_go
    assert (payment.pk in selectors.payable_ids(NOW)) is may_go


@pytest.mark.parametrize("rows", [0, 2, 8])
def test_the_figures_cost_one_query_and_no_payment(rows, django_assert_num_queries):
    for _ in range(rows):
        PaymentFactory()
    with django_assert_num_queries(1):
        waiting = selectors.waiting(NOW)
    assert (waiting.payable, waiting.total) == (rows, rows * Decimal("1550.00"))


SEPTEMBER = "CONTROC 2026-09"


def having(*states):
    facts = {
        "paid": {"paid_on": NOW.date()},
        "returned": {"returned_on": NOW.date(), "return_reason": "closed"},
        "withdrawn": {"withdrawn_reason": "never"},
    }
    for state in states:
        PaymentFactory(source=SEPTEMBER, state=state, **facts.get(state, {}))
    PaymentFactory(source="CONTROC 2026-10")


@pytest.mark.parametrize(
    ("states", "is_paid"),
    [
        ((), False),
        (("withdrawn",), False),
        (("paid", "sent"), False),
        (("paid", "returned"), False),
        (("paid", "withdrawn"), True),
    ],
)
def test_a_source_is_paid_when_all_its_payments_are_that_are_not_withdrawn(states, is_paid):
    having(*states)
    assert selectors.is_paid(SEPTEMBER) is is_paid
