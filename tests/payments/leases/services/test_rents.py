"""Rents and caps, dated."""

from datetime import date
from decimal import Decimal

import pytest

from lewisham_ta.refusals import Refused
from lewisham_ta.roles import TEAM_LEADER
from lewisham_ta.versions import Stale, version_of
from payments.leases import services
from payments.models import (
    LeaseRent,
    RentCap,
    Schedule,
    ScheduleLine,
)
from tests.factories import UserFactory
from tests.payments.leases.services.helpers import NOW, start

pytestmark = pytest.mark.django_db


def test_a_rent_is_set_from_a_day_once(acts):
    lease = start(acts)
    new = {"lease_id": lease.pk, "amount": Decimal("364.00"), "reason": "Review", **acts}
    with pytest.raises(Refused, match="its rent cannot begin before that"):
        services.set_rent(from_on=date(2026, 4, 14), **new)
    services.set_rent(from_on=date(2026, 7, 13), **new)
    with pytest.raises(Refused, match="already changes on that day"):
        services.set_rent(from_on=date(2026, 7, 13), **new)
    with pytest.raises(Refused, match="cannot be below zero"):
        services.set_rent(from_on=date(2026, 8, 1), **new | {"amount": Decimal("-1.00")})


def test_a_rent_is_corrected_and_says_who_did_it(acts):
    lease = start(acts)
    row = lease.rents.get()
    other = acts | {"by": UserFactory()}
    right = {"rent_id": row.pk, "amount": Decimal("355.00"), "why": "Typed wrongly", **other}
    with pytest.raises(Refused, match="first rent begins with the lease"):
        services.correct_rent(from_on=date(2026, 5, 1), **right)
    with pytest.raises(Stale):
        services.correct_rent(from_on=row.from_on, seen="old", **right)
    corrected = services.correct_rent(from_on=row.from_on, seen=version_of(row), **right)
    assert (corrected.amount, corrected.set_by) == (Decimal("355.00"), other["by"])


def test_only_a_later_rent_is_withdrawn(acts):
    lease = start(acts)
    with pytest.raises(Refused, match="first rent"):
        services.withdraw_rent(rent_id=lease.rents.get().pk, why="x", **acts)
    later = services.set_rent(
        lease_id=lease.pk, from_on=date(2026, 7, 13), amount=Decimal("364.00"), reason="Review", **acts
    )
    services.withdraw_rent(rent_id=later.pk, why="Not agreed", **acts)
    assert LeaseRent.objects.count() == 1


def test_a_rent_that_a_schedule_used_is_corrected_and_not_withdrawn(acts):
    lease = start(acts)
    later = services.set_rent(
        lease_id=lease.pk, from_on=date(2026, 10, 1), amount=Decimal("364.00"), reason="Review", **acts
    )
    schedule = Schedule.objects.create(
        month=date(2026, 10, 1), prepared_by=acts["by"], generated_by=acts["by"], generated_at=NOW
    )
    ScheduleLine.objects.create(
        schedule=schedule,
        lease=lease,
        payee=lease.payees.get().payee,
        kind="rent",
        for_month=date(2026, 10, 1),
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 11, 1),
        days=31,
        rent=Decimal("364.00"),
        amount=Decimal("1612.00"),
        lease_rent=later,
    )
    with pytest.raises(Refused, match=r"Correct its amount to the rent before it, £350\.00"):
        services.withdraw_rent(rent_id=later.pk, why="Not agreed", **acts)
    assert LeaseRent.objects.filter(pk=later.pk).exists()


def test_a_cap_is_set_once_a_day_and_can_be_taken_back(acts):
    acts = acts | {"by": UserFactory(groups=[TEAM_LEADER])}
    cap = {"bedrooms": 2, "from_on": date(2026, 4, 1), "weekly_amount": Decimal("450.00"), **acts}
    row = services.set_rent_cap(**cap)
    with pytest.raises(Refused, match="cap for this size already changes"):
        services.set_rent_cap(**cap)
    with pytest.raises(Refused, match="A cap is above zero"):
        services.set_rent_cap(**cap | {"bedrooms": 3, "weekly_amount": Decimal("0.00")})
    services.withdraw_rent_cap(cap_id=row.pk, why="Wrong size", **acts)
    assert not RentCap.objects.exists()
