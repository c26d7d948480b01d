"""What people do to leases, from the start to the keys: refusals first, then what is recorded."""

from datetime import date
from decimal import Decimal

import pytest

from lewisham_ta.refusals import Clash, Refused
from lewisham_ta.versions import Stale, version_of
from payments.leases import services
from payments.models import (
    Lease,
    LeasePayee,
)
from tests.factories import LeaseFactory, PayeeFactory
from tests.payments.leases.services.helpers import start

pytestmark = pytest.mark.django_db


def change(lease, acts, **terms):
    names = ["starts_on", "ends_on", "per", "basis", "cost_code", "break_on", "notice_given_on"]
    as_it_is = {name: getattr(lease, name) for name in names}
    return services.change_lease(lease_id=lease.pk, **as_it_is | acts | terms)


def test_a_lease_that_overlaps_another_is_refused_and_the_other_named(acts):
    there = LeaseFactory(ref="LS0")
    with pytest.raises(Clash, match="Lease LS0 holds this property from 1 Apr 2024 to 31 Mar 2029") as clash:
        start(acts, property_id=there.property_id)
    assert clash.value.other.ref == "LS0"
    assert Lease.objects.count() == 1


def test_a_lease_that_ends_before_it_starts_is_refused(acts):
    with pytest.raises(Refused, match="must end after it starts"):
        start(acts, ends_on=date(2026, 4, 15))


def test_a_monthly_rent_is_not_paid_by_days(acts):
    with pytest.raises(Refused, match="a monthly rent by Month"):
        start(acts, per="month")


def test_a_lease_starts_with_a_payee_and_a_rent(acts):
    lease = start(acts)
    assert lease.payees.get().from_on == lease.rents.get().from_on == date(2026, 4, 15)
    assert lease.rents.get().set_by == acts["by"]


def test_the_next_lease_begins_the_day_after_the_keys(acts):
    there = LeaseFactory(keys_returned_on=date(2026, 4, 14))
    assert start(acts, property_id=there.property_id).pk


def test_a_lease_holding_over_may_have_a_successor(acts):
    there = LeaseFactory(ends_on=date(2026, 4, 15))
    assert start(acts, property_id=there.property_id).pk


def test_a_lease_changed_meanwhile_is_not_changed_again(acts):
    lease = start(acts)
    seen = version_of(lease)
    change(lease, acts, cost_code="H1", seen=seen)
    with pytest.raises(Stale):
        change(lease, acts, cost_code="H2", seen=seen)
    assert Lease.objects.get().cost_code == "H1"


def test_the_first_rent_and_payee_move_with_the_start(acts):
    lease = start(acts)
    services.set_rent(lease_id=lease.pk, from_on=date(2026, 7, 13), amount=Decimal("364.00"), reason="Review", **acts)
    change(lease, acts, starts_on=date(2026, 4, 20))
    assert set(lease.rents.values_list("from_on", flat=True)) == {date(2026, 4, 20), date(2026, 7, 13)}
    assert lease.payees.get().from_on == date(2026, 4, 20)
    with pytest.raises(Refused, match="The rent of this lease changes on 13 Jul 2026"):
        change(lease, acts, starts_on=date(2026, 7, 13))


def test_a_lease_is_not_made_longer_over_its_successor(acts):
    there = LeaseFactory(ends_on=date(2026, 4, 15))
    start(acts, property_id=there.property_id)
    with pytest.raises(Clash, match="Lease LS1 holds this property"):
        change(there, acts, ends_on=date(2027, 4, 15))


def test_keys_come_back_once_and_can_be_undone(acts):
    lease = start(acts)
    with pytest.raises(Refused, match="cannot be returned before"):
        services.hand_back(lease_id=lease.pk, keys_returned_on=date(2026, 4, 14), keys_day_paid=True, **acts)
    services.hand_back(lease_id=lease.pk, keys_returned_on=date(2026, 8, 20), keys_day_paid=False, **acts)
    with pytest.raises(Refused, match="recorded as returned on 20 Aug 2026"):
        services.hand_back(lease_id=lease.pk, keys_returned_on=date(2026, 8, 21), keys_day_paid=True, **acts)
    undone = services.undo_hand_back(lease_id=lease.pk, why="Wrong lease", **acts)
    assert undone.keys_returned_on is None
    with pytest.raises(Refused, match="No return of the keys"):
        services.undo_hand_back(lease_id=lease.pk, why="Wrong lease", **acts)


def test_a_handback_is_not_undone_once_the_property_is_leased_again(acts):
    lease = start(acts)
    services.hand_back(lease_id=lease.pk, keys_returned_on=date(2026, 8, 20), keys_day_paid=True, **acts)
    start(acts, ref="LS2", property_id=lease.property_id, starts_on=date(2026, 8, 21))
    with pytest.raises(Clash, match="Lease LS2 holds this property"):
        services.undo_hand_back(lease_id=lease.pk, why="Wrong lease", **acts)


def test_a_lease_has_one_payee_a_day_and_keeps_its_first(acts):
    lease = start(acts)
    new = {"lease_id": lease.pk, "payee_id": PayeeFactory().pk, "reason": "Sold", **acts}
    with pytest.raises(Refused, match="its payee cannot begin before that"):
        services.change_payee(from_on=date(2026, 4, 14), **new)
    row = services.change_payee(from_on=date(2026, 9, 1), **new)
    with pytest.raises(Refused, match="already changes on that day"):
        services.change_payee(from_on=date(2026, 9, 1), **new)
    with pytest.raises(Refused, match="first payee"):
        services.withdraw_payee(lease_payee_id=lease.payees.earliest("from_on").pk, why="x", **acts)
    services.withdraw_payee(lease_payee_id=row.pk, why="Not sold", **acts)
    assert LeasePayee.objects.count() == 1


def test_a_reason_is_kept_in_the_history(acts):
    lease = start(acts)
    services.hand_back(
        lease_id=lease.pk, keys_returned_on=date(2026, 8, 20), keys_day_paid=True, why="Keys signed for", **acts
    )
    context = lease.events.latest("pgh_id").pgh_context.metadata
    assert (context["user"], context["why"]) == (acts["by"].pk, "Keys signed for")
