"""Payments that are approved, refusals first."""

from datetime import date
from decimal import Decimal

import pytest

from lewisham_ta.models import ApprovalLimit
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import TEAM_LEADER
from payments.batches import services
from payments.batches.models import Payment
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.batches.factories import NOW, advice

pytestmark = pytest.mark.django_db


def row(**but):
    bank_details = but.pop("bank_details", None) or BankDetailsFactory()
    net = but.get("net", Decimal("1550.00"))
    return services.PaymentRow(
        **{
            "payee": bank_details.payee,
            "bank_details": bank_details,
            "source": "CONTROC 2026-10",
            "description": "Rent for October 2026",
            "reference": "LBL PSL 1026 L0001",
            "net": net,
            "coding": {"H4410-5520": net},
            "advice": advice(net),
            "due_on": date(2026, 10, 31),
            "prepared_by": UserFactory(),
            "approved_by": UserFactory(),
        }
        | but
    )


def test_a_payment_whose_coding_does_not_add_up_is_refused():
    with pytest.raises(Refused, match=r"add up to £1,549.99 and the payment is £1,550.00"):
        services.raise_payments([row(coding={"H4410-5520": Decimal("1549.99")})], now=NOW)


def test_a_payment_that_its_preparer_approved_is_refused():
    officer = UserFactory()
    with pytest.raises(Refused, match="someone else must approve it"):
        services.raise_payments([row(prepared_by=officer, approved_by=officer)], now=NOW)


@pytest.mark.parametrize("vat", [Decimal("0.00"), Decimal("310.00")])
def test_payments_above_the_approvers_limit_with_their_vat_are_refused_and_none_is_made(vat):
    leader = UserFactory(groups=[TEAM_LEADER])
    ApprovalLimit.objects.create(
        person=leader,
        from_on=date(2026, 11, 1),
        amount=Decimal("1549.99") + vat,
        reason="Scheme of delegation",
        set_by=UserFactory(),
        set_at=NOW,
    )
    within = row(net=Decimal("1200.00"), approved_by=leader)
    with pytest.raises(Refused, match=r"limit is £[\d,.]+ since 1 Nov 2026, and this is £(1,550|1,860)\.00\."):
        services.raise_payments([within, row(vat=vat, approved_by=leader)], now=NOW)
    assert not Payment.objects.exists()
    assert len(services.raise_payments([within], now=NOW)) == 1


def test_a_second_payment_from_the_same_source_is_refused_and_none_of_the_rest_is_made():
    bank_details = BankDetailsFactory()
    services.raise_payments([row(bank_details=bank_details)], now=NOW)
    with pytest.raises(Refused, match="already has a payment from this source"):
        services.raise_payments([row(), row(bank_details=bank_details)], now=NOW)
    assert Payment.objects.count() == 1


def test_no_payments_are_no_work():
    assert services.raise_payments([], now=NOW) == []


def test_many_payments_cost_as_many_queries_as_one(django_assert_num_queries):
    leader = UserFactory()
    rows = [row(approved_by=leader) for _ in range(20)]
    with django_assert_num_queries(6):  # the limit, two savepoints, the history's context and one insert
        payments = services.raise_payments(rows, now=NOW)
    assert [payment.payee for payment in payments] == [row.payee for row in rows]
    assert {payment.state for payment in payments} == {"payable"}


def test_a_payment_keeps_what_it_was_approved_with():
    wanted = row()
    [payment] = services.raise_payments([wanted], now=NOW)
    payment.refresh_from_db()
    assert payment.coding == {"H4410-5520": "1550.00"}
    assert payment.advice == advice(Decimal("1550.00")).to_json()
    assert (payment.approved_at, payment.approved_by) == (NOW, wanted.approved_by)
