"""An adjustment that was withdrawn while a draft had it is left out when the month is generated again."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from payments.controc import services
from payments.leases import services as leases
from payments.models import ScheduleLine
from tests.factories import LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


def adjustments_scheduled():
    return list(ScheduleLine.objects.filter(kind="adjustment").values_list("amount", flat=True))


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
