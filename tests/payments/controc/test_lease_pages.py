"""What a schedule says on the pages of a lease and a property."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from lewisham_ta import files
from lewisham_ta.roles import CENTRAL_FINANCE
from payments.batches.models import Payment
from payments.controc import lease_pages
from payments.models import LeaseRent, PayeeTotal, Schedule, ScheduleLine
from tests.factories import LONG_AGO, LeaseFactory, UserFactory
from tests.payments.batches.factories import PaymentFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 31, 9, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def month_of(client, lease, **query):
    context = client.get(reverse("leases:lease_detail", args=[lease.ref]), query).context
    return next(each.context for each in context["sections"] if "rows" in each.context and "month" in each.context)


def test_a_month_of_a_lease_is_worked_out_run_by_run(officer):
    lease = LeaseFactory(starts_on=date(2026, 4, 15))
    LeaseRent.objects.create(
        lease=lease, from_on=date(2026, 7, 13), amount=Decimal("364.00"), set_by=UserFactory(), set_at=LONG_AGO
    )
    july = month_of(officer, lease, month="2026-07")
    assert [row["working"] for row in july["rows"]] == [
        "£350.00 ÷ 7 × 12 = £600.00",
        "£364.00 ÷ 7 × 19 = £988.00",
    ]
    assert (july["total"], july["days"], july["month_days"]) == (Decimal("1588.00"), 31, 31)


def test_what_a_month_lacks_is_said(officer):
    unpaid = LeaseFactory(rent=False)
    assert month_of(officer, unpaid)["rows"][0]["working"] == "No rent is set for these days"
    nobodys = LeaseFactory(payee=False)
    assert month_of(officer, nobodys)["rows"][0]["working"] == "Nobody is named who is paid for these days"
    assert month_of(officer, unpaid, month="2020-01")["rows"] == []


@pytest.mark.parametrize("wrong", ["2026-13", "9999-12", "last month"])
def test_a_month_that_is_none_is_said_and_this_month_shown(officer, wrong):
    section = month_of(officer, LeaseFactory(), month=wrong)
    assert section["form"].errors
    assert section["month"].day == 1


@pytest.fixture
def paid_in_october():
    """A lease with £1,550.00 of October signed off, and what went to its payee."""
    lease = LeaseFactory(ref="LS1")
    officer, leader = UserFactory(), UserFactory()
    pack = files.store("pack", b"x", "application/pdf", officer, NOW)
    schedule = Schedule.objects.create(month=OCTOBER, prepared_by=officer, generated_by=officer, generated_at=NOW)
    payee = lease.payees.get().payee
    for amount, held in (("1550.00", False), ("99.00", True)):
        ScheduleLine.objects.create(
            schedule=schedule,
            lease=lease,
            payee=payee,
            kind="backdated",
            for_month=OCTOBER,
            amount=Decimal(amount),
            is_held=held,
            working={},
        )
    payment = PaymentFactory(payee=payee, net=Decimal("1550.00"))
    zero = dict.fromkeys(
        ["rent", "released", "adjustments", "nrl_base", "nrl_tax", "brought_forward", "held", "carried_forward"],
        Decimal("0.00"),
    )
    PayeeTotal.objects.create(
        schedule=schedule, payee=payee, backdated=payment.net, net=payment.net, payment=payment, **zero
    )
    Schedule.objects.filter(pk=schedule.pk).update(
        status="signed_off",
        submitted_by=officer,
        submitted_at=NOW,
        signed_off_by=leader,
        signed_off_at=NOW,
        pack_pdf=pack,
        pack_xlsx=pack,
    )
    return lease, payment


def event_of(rf, lease, user):
    request = rf.get("/")
    request.user = user
    return list(lease_pages.paid_for_property(request, lease.property))


def test_what_was_signed_off_for_a_property_is_on_its_time_line(rf, paid_in_october):
    lease, _ = paid_in_october
    (event,) = event_of(rf, lease, UserFactory())
    assert (event.on, event.words) == (date(2026, 10, 31), "£1,550.00 signed off for lease LS1")
    assert event.detail.endswith(": to be batched")
    assert event_of(rf, lease, UserFactory(groups=[CENTRAL_FINANCE])) == []


def test_what_was_paid_for_a_property_stands_at_the_day_it_was_paid(rf, paid_in_october):
    lease, payment = paid_in_october
    for state in ("batched", "sent"):
        Payment.objects.filter(pk=payment.pk).update(state=state)
    Payment.objects.filter(pk=payment.pk).update(state="paid", paid_on=date(2026, 11, 3))
    (event,) = event_of(rf, lease, UserFactory())
    assert (event.on, event.words) == (date(2026, 11, 3), "£1,550.00 paid for lease LS1")
