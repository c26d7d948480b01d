"""Adjustments that are withdrawn, and those that come after their month was signed off."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lewisham_ta.refusals import Refused
from payments.controc import services
from payments.leases import locks
from payments.leases import services as leases
from payments.models import Adjustment, ScheduleLine
from tests.factories import LeaseFactory, UserFactory
from tests.payments.controc.helpers import SEPTEMBER, lease

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


def adjustments_scheduled():
    return list(ScheduleLine.objects.filter(kind="adjustment").order_by("pk").values_list("amount", flat=True))


def test_a_withdrawn_adjustment_is_not_paid():
    officer, lease = UserFactory(), LeaseFactory()
    wrong, right = (
        leases.add_adjustment(
            lease_id=lease.pk,
            month=OCTOBER,
            kind="recharge",
            amount=Decimal(amount),
            narrative="Boiler",
            by=officer,
            now=NOW,
        )
        for amount in ("800.00", "80.00")
    )
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert sorted(adjustments_scheduled()) == [Decimal("-800.00"), Decimal("-80.00")]
    leases.withdraw_adjustment(adjustment_id=wrong.pk, why="£80, not £800", by=officer, now=NOW)
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert adjustments_scheduled() == [-right.amount]


def test_what_came_after_its_month_was_signed_off_is_paid_with_the_next_or_taken_back(officer, close):
    terms = {"lease": lease(), "month": SEPTEMBER, "kind": "recharge", "narrative": "Lock"}
    early = Adjustment.objects.create(amount=Decimal("10.00"), **terms)
    close(SEPTEMBER)
    late, wrong = (Adjustment.objects.create(amount=Decimal(amount), **terms) for amount in ("40.00", "400.00"))
    assert locks.late_months() == [SEPTEMBER]
    acts = {"why": "Not theirs", "by": officer, "now": NOW}
    with pytest.raises(Refused, match=r"is signed off with this adjustment.* the opposite one for October 2026"):
        leases.withdraw_adjustment(adjustment_id=early.pk, **acts)
    leases.withdraw_adjustment(adjustment_id=wrong.pk, **acts)
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert adjustments_scheduled() == [Decimal("-10.00"), -late.amount]
