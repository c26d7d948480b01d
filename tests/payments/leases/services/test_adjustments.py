"""Adjustments of a month that is not signed off."""

from datetime import date
from decimal import Decimal

import pytest

from lewisham_ta import files
from lewisham_ta.refusals import Refused
from payments.leases import locks, services
from payments.models import (
    Adjustment,
    Schedule,
)
from tests.factories import LeaseFactory, UserFactory
from tests.payments.leases.services.helpers import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_october_off(monkeypatch):
    """Call it, and October 2026 is the last month that is signed off."""
    return lambda: monkeypatch.setattr(locks, "_source", lambda: date(2026, 10, 1))


def recharge(lease, acts, month=date(2026, 11, 1), amount="80.00"):
    return services.add_adjustment(
        lease_id=lease.pk, month=month, kind="recharge", amount=Decimal(amount), narrative="Boiler", **acts
    )


def test_a_signed_off_month_takes_no_adjustment(acts, sign_october_off):
    sign_october_off()
    with pytest.raises(Refused, match=r"October 2026 is signed off\. Record it for November 2026"):
        recharge(LeaseFactory(), acts, month=date(2026, 10, 1))
    assert not Adjustment.objects.exists()


def test_the_last_month_that_is_signed_off_is_known_here(acts):
    """What controc hands to leases/locks.py when the app starts."""
    assert locks.last_signed_off_month() is None
    signatory, pack = UserFactory(), files.store("pack.pdf", b"x", "application/pdf", acts["by"], NOW)
    for month in (date(2026, 8, 1), date(2026, 9, 1)):
        Schedule.objects.create(
            month=month,
            status=Schedule.Status.SIGNED_OFF,
            prepared_by=acts["by"],
            generated_by=acts["by"],
            generated_at=NOW,
            submitted_by=acts["by"],
            submitted_at=NOW,
            signed_off_by=signatory,
            signed_off_at=NOW,
            pack_pdf=pack,
            pack_xlsx=pack,
        )
    Schedule.objects.create(month=date(2026, 10, 1), prepared_by=signatory, generated_by=signatory, generated_at=NOW)
    assert locks.last_signed_off_month() == date(2026, 9, 1)


def test_an_adjustment_that_was_signed_off_stays(acts, sign_october_off, monkeypatch):
    row = recharge(LeaseFactory(), acts, month=date(2026, 10, 1))
    sign_october_off()
    monkeypatch.setattr(locks, "_scheduled", set)
    with pytest.raises(Refused, match="Record the opposite one for November 2026 instead"):
        services.withdraw_adjustment(adjustment_id=row.pk, why="Wrong lease", **acts)


def test_an_adjustment_is_above_zero(acts):
    with pytest.raises(Refused, match="An adjustment is above zero"):
        recharge(LeaseFactory(), acts, amount="0.00")


def test_a_withdrawn_adjustment_stays_on_record_and_is_withdrawn_once(acts):
    row = recharge(LeaseFactory(), acts)
    services.withdraw_adjustment(adjustment_id=row.pk, why="Wrong lease", **acts)
    assert Adjustment.objects.get().withdrawn_at == NOW
    with pytest.raises(Refused, match="already withdrawn"):
        services.withdraw_adjustment(adjustment_id=row.pk, why="Wrong lease", **acts)


def test_adjustments_are_recorded_all_or_none(acts):
    lease = LeaseFactory()
    good = services.NewAdjustment(lease.pk, "credit", Decimal("10.00"), "Keys")
    with pytest.raises(Refused):
        services.add_adjustments(
            month=date(2026, 11, 1),
            rows=[good, services.NewAdjustment(lease.pk, "credit", Decimal("0.00"), "Nothing")],
            **acts,
        )
    assert not Adjustment.objects.exists()
    assert len(services.add_adjustments(month=date(2026, 11, 1), rows=[good, good], **acts)) == 2
