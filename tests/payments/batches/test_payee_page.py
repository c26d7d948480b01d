"""What a payee's page tells about payments."""

from datetime import date

import pytest
from django.urls import reverse

from lewisham_ta.roles import AUDITOR
from payments.batches.models import Payment, PaymentStop
from tests.factories import LONG_AGO, UserFactory
from tests.payments.batches.factories import PaymentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    """The text of a payee's page."""
    client.force_login(UserFactory(groups=[AUDITOR]))
    return lambda payee: client.get(reverse("payees:detail", args=[payee.party.ref])).content.decode()


def test_a_payment_is_on_the_time_line_on_the_day_it_was_paid(page):
    payment = PaymentFactory(state=Payment.State.PAID, paid_on=date(2026, 10, 30), source="CONTROC 2026-10")
    assert "Paid £1,550.00, CONTROC 2026-10" in page(payment.payee)


def test_a_payment_that_came_back_is_told_with_its_reason(page):
    payment = PaymentFactory(state=Payment.State.RETURNED, returned_on=date(2026, 10, 30), return_reason="No account")
    shown = page(payment.payee)
    assert "Returned £1,550.00" in shown
    assert "No account" in shown


def test_a_payment_of_another_payee_is_not_told(page):
    PaymentFactory(state=Payment.State.PAID, paid_on=date(2026, 10, 30))
    assert "Paid £" not in page(PaymentFactory().payee)


def test_a_stop_stands_at_the_top_until_it_is_lifted(page):
    payee = PaymentFactory().payee
    stop = PaymentStop.objects.create(
        payee=payee, reason="Disputed repairs", stopped_by=UserFactory(), stopped_at=LONG_AGO
    )
    assert "Payments are stopped" in page(payee)
    stop.lifted_by, stop.lifted_at, stop.lift_note = UserFactory(), LONG_AGO, "Settled"
    stop.save()
    shown = page(payee)
    assert "Payments are stopped" not in shown
    assert "Settled" in shown
