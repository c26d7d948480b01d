"""Payments that are withdrawn, and payees that are stopped."""

import pytest

from lewisham_ta.refusals import Refused
from payments.batches import services
from tests.payments.batches.factories import NOW, PaymentFactory
from tests.payments.batches.services.helpers import in_batch

pytestmark = pytest.mark.django_db


def test_a_payment_in_a_batch_is_not_withdrawn(officer, leader):
    _, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match="can be withdrawn"):
        services.withdraw(payment_id=payment.pk, reason="paid twice", by=leader, now=NOW)


def test_a_withdrawal_says_why_and_is_final(officer, leader):
    payment = PaymentFactory()
    with pytest.raises(Refused, match="Say why the payment is withdrawn"):
        services.withdraw(payment_id=payment.pk, reason="", by=leader, now=NOW)
    services.withdraw(payment_id=payment.pk, reason="landlord died", by=leader, now=NOW)
    with pytest.raises(Refused, match="It was withdrawn"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def test_a_payee_is_stopped_once_and_lifted_once(officer):
    payee = PaymentFactory().payee
    with pytest.raises(Refused, match="Say why payments to this payee are stopped"):
        services.stop_payments(payee=payee, reason="", by=officer, now=NOW)
    stop = services.stop_payments(payee=payee, reason="court order", by=officer, now=NOW)
    with pytest.raises(Refused, match="are stopped already"):
        services.stop_payments(payee=payee, reason="again", by=officer, now=NOW)
    with pytest.raises(Refused, match="Say why the stop is lifted"):
        services.lift_stop(stop_id=stop.pk, note="", by=officer, now=NOW)
    services.lift_stop(stop_id=stop.pk, note="set aside", by=officer, now=NOW)
    with pytest.raises(Refused, match="lifted already"):
        services.lift_stop(stop_id=stop.pk, note="again", by=officer, now=NOW)
