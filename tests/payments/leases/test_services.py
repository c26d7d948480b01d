"""What people do to properties and leases: refusals first, then what is recorded."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lewisham_ta import files
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Clash, Refused
from lewisham_ta.roles import TEAM_LEADER
from lewisham_ta.versions import Stale, version_of
from payments.leases import locks, services
from payments.models import (
    Adjustment,
    Hold,
    Lease,
    LeasePayee,
    LeaseRent,
    Property,
    RentCap,
    Schedule,
    ScheduleLine,
    Suspension,
)
from tests.factories import CertificateFactory, LeaseFactory, PayeeFactory, PropertyFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def acts():
    return {"by": UserFactory(), "now": NOW}


@pytest.fixture
def sign_october_off(monkeypatch):
    """Call it, and October 2026 is the last month that is signed off."""
    return lambda: monkeypatch.setattr(locks, "_source", lambda: date(2026, 10, 1))


def start(acts, **terms):
    usual = {"ref": "LS1", "starts_on": date(2026, 4, 15), "ends_on": date(2029, 4, 15), "rent": Decimal("350.00")}
    usual |= {"per": "week", "basis": "days"} | acts | terms
    usual.setdefault("property_id", 0)
    usual["property_id"] = usual["property_id"] or PropertyFactory().pk
    return services.start_lease(payee_id=PayeeFactory().pk, **usual)


def change(lease, acts, **terms):
    names = ["starts_on", "ends_on", "per", "basis", "cost_code", "break_on", "notice_given_on"]
    as_it_is = {name: getattr(lease, name) for name in names}
    return services.change_lease(lease_id=lease.pk, **as_it_is | acts | terms)


# Properties ---------------------------------------------------------------------------------------------------------


def test_a_property_reference_is_used_once(acts):
    PropertyFactory(ref="P1")
    with pytest.raises(Refused, match="Another property has this reference"):
        services.add_property(ref="P1", address="1 High Rd", postcode="SE6 9ZZ", bedrooms=2, **acts)


def test_a_property_is_added_with_the_key_its_address_is_compared_by(acts):
    added = services.add_property(ref="P1", address="1 High Rd", postcode="SE6 9ZZ", bedrooms=2, **acts)
    assert Property.objects.get().address_key == "1 HIGH ROAD SE69ZZ"
    assert AuditEvent.objects.get(action="property.added").subject_id == added.pk


def test_a_property_changed_meanwhile_is_not_changed_again(acts):
    row = PropertyFactory(bedrooms=2)
    seen = version_of(row)
    new = {"uprn": "", "address": "1 High Road", "postcode": "SE6 9ZZ", "kind": "House"}
    services.change_property(property_id=row.pk, bedrooms=3, seen=seen, **new, **acts)
    with pytest.raises(Stale, match="Somebody changed this property while you were reading it"):
        services.change_property(property_id=row.pk, bedrooms=4, seen=seen, **new, **acts)
    row.refresh_from_db()
    assert (row.bedrooms, row.address_key) == (3, "1 HIGH ROAD SE69ZZ")


def test_a_certificate_is_recorded_once_and_corrected(acts):
    dates = {"kind": "gas", "issued_on": date(2026, 1, 5), "expires_on": date(2027, 1, 4)}
    home = PropertyFactory()
    row = services.add_certificate(property_id=home.pk, **dates, **acts)
    with pytest.raises(Refused, match="already recorded"):
        services.add_certificate(property_id=home.pk, **dates, **acts)
    with pytest.raises(Refused, match="must expire after it was issued"):
        services.change_certificate(
            certificate_id=row.pk, kind="gas", issued_on=date(2026, 1, 5), expires_on=date(2026, 1, 5), **acts
        )
    changed = dates | {"expires_on": date(2027, 1, 5)}
    assert services.change_certificate(certificate_id=row.pk, **changed, **acts).expires_on == date(2027, 1, 5)


def test_a_certificate_changed_meanwhile_is_not_changed_again(acts):
    row = CertificateFactory()
    with pytest.raises(Stale):
        services.change_certificate(
            certificate_id=row.pk, kind="gas", issued_on=row.issued_on, expires_on=row.expires_on, seen="old", **acts
        )


# Leases -------------------------------------------------------------------------------------------------------------


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


# Rents --------------------------------------------------------------------------------------------------------------


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


# Suspensions and holds ----------------------------------------------------------------------------------------------


def test_a_day_is_suspended_once(acts):
    lease = start(acts)
    spell = {"lease_id": lease.pk, "reason": "Fire", **acts}
    with pytest.raises(Refused, match="its suspension cannot begin before that"):
        services.suspend(starts_on=date(2026, 4, 14), ends_on=None, **spell)
    row = services.suspend(starts_on=date(2026, 9, 1), ends_on=None, **spell)
    with pytest.raises(Refused, match="Another suspension of this lease covers some of these days"):
        services.suspend(starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 8), **spell)
    services.end_suspension(suspension_id=row.pk, ends_on=date(2026, 10, 1), **acts)
    with pytest.raises(Refused, match="already ends on 30 Sep 2026"):
        services.end_suspension(suspension_id=row.pk, ends_on=date(2026, 10, 5), **acts)
    assert services.suspend(starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 8), **spell).pk


def test_a_suspension_that_was_a_mistake_is_withdrawn(acts):
    lease = start(acts)
    row = services.suspend(lease_id=lease.pk, starts_on=date(2026, 9, 1), ends_on=None, reason="Fire", **acts)
    services.withdraw_suspension(suspension_id=row.pk, why="Next door", **acts)
    assert not Suspension.objects.exists()
    assert AuditEvent.objects.get(action="lease.suspension_withdrawn").subject_id == lease.pk


def test_the_day_of_release_is_the_first_day_not_held(acts):
    lease = start(acts)
    row = services.hold(lease_id=lease.pk, starts_on=date(2026, 10, 1), reason="Ownership", must_act="Legal", **acts)
    with pytest.raises(Refused, match="has at least that day"):
        services.release_hold(hold_id=row.pk, released_on=date(2026, 10, 1), **acts)
    services.release_hold(hold_id=row.pk, released_on=date(2026, 10, 31), **acts)
    assert not Hold.objects.filter(starts_on__lte=date(2026, 10, 31), ends_on__gt=date(2026, 10, 31)).exists()
    assert Hold.objects.filter(ends_on__gt=date(2026, 10, 30)).exists()


def test_a_day_is_held_once_and_a_mistaken_hold_is_withdrawn(acts):
    lease = start(acts)
    new = {"lease_id": lease.pk, "starts_on": date(2026, 10, 1), "reason": "Ownership", **acts}
    row = services.hold(**new)
    with pytest.raises(Refused, match="Another hold of this lease covers some of these days"):
        services.hold(**new)
    services.withdraw_hold(hold_id=row.pk, why="Wrong lease", **acts)
    assert not Hold.objects.exists()


# Adjustments --------------------------------------------------------------------------------------------------------


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
