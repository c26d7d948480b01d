"""That a unit is let once and a household is in one place: found first, so that the refusal names the other booking.

The database refuses it too; it cannot say which booking it is. Two people who book the same unit or household at the
same moment wait for each other at its row: at the constraint they could block each other.
"""

from typing import Any, NoReturn

from django.db.models import QuerySet

from bookings.households.models import Household
from bookings.stays import rules, selectors
from bookings.stays.models import Booking, Void
from bookings.units.models import Unit
from lewisham_ta.refusals import Clash, Refused


def lock_both(household_id: int, unit_id: int) -> tuple[Household, Unit]:
    """The household and then the unit, each kept from other bookings until this transaction ends."""
    household = Household.objects.select_for_update(no_key=True).get(pk=household_id)
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
    return household, unit


def refuse_clash(booking: Booking, household: Household, unit: Unit) -> None:
    """Refuse, naming the other, if the booking would have a night of another booking of its unit or household."""
    if other := _other(booking, unit=unit):
        refuse_let(unit, other)
    if booking.is_split:
        return
    if other := _other(booking, household=household, is_split=False):
        raise Clash(rules.household_clash_words(household=household.ref, **_named(other)), other)


def refuse_let(unit: Unit, other: Booking) -> NoReturn:
    """Refuse because the unit is let, naming and linking the other booking unless where it is is confidential."""
    if other.household.is_confidential:
        words = rules.confidential_clash_words(unit=unit.ref, starts_on=other.starts_on, ends_on=other.ends_on)
        raise Refused(words)
    raise Clash(rules.unit_clash_words(unit=unit.ref, **_named(other)), other)


def refuse_void(booking: Booking, unit: Unit) -> None:
    """Refuse, naming it, if a void of the unit begins on one of the booking's nights."""
    voids = _voids(booking, unit).filter(starts_on__gte=booking.starts_on)
    if void := voids.first():
        raise Clash(rules.void_clash_words(unit=unit.ref, starts_on=void.starts_on, ends_on=void.ends_on), void)


def refuse_any_void(booking: Booking, unit: Unit) -> None:
    """Refuse, naming it, if the unit is void on one of the booking's nights."""
    if void := _voids(booking, unit).first():
        raise Clash(rules.void_clash_words(unit=unit.ref, starts_on=void.starts_on, ends_on=void.ends_on), void)


def end_void_before(booking: Booking, unit: Unit) -> None:
    """A void that began before the first night ends there; one that begins later is a clash."""
    refuse_void(booking, unit)
    for void in _voids(booking, unit):
        void.ends_on = booking.starts_on
        void.save(update_fields=["ends_on"])


def _voids(booking: Booking, unit: Unit) -> "QuerySet[Void]":
    nights = selectors.touching(booking.starts_on, booking.ends_on)
    return Void.objects.filter(nights, unit=unit).order_by("starts_on", "pk")


def _other(booking: Booking, **whose: Any) -> Booking | None:
    found = Booking.objects.filter(
        selectors.touching(booking.starts_on, booking.ends_on), status=Booking.Status.BOOKED, **whose
    )
    return found.exclude(pk=booking.pk).select_related("household").order_by("starts_on", "pk").first()


def _named(other: Booking) -> dict[str, Any]:
    return {"other": other.ref, "starts_on": other.starts_on, "ends_on": other.ends_on}
