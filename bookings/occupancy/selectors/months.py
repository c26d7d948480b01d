"""A month of a unit or of a household, night by night."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bookings.households.models import Household
from bookings.households.rules import CONFIDENTIAL
from bookings.occupancy.rules import Cell, Nights, weeks_of_month
from bookings.occupancy.selectors.boards import main_names
from bookings.occupancy.selectors.nights import nights_said
from bookings.stays.models import Booking, Void
from bookings.stays.selectors import touching
from bookings.units.models import Unit
from lewisham_ta.dates import Period, next_month

WORDS = {True: ("There", "ok"), False: ("Away", "error"), None: ("Stay", "info")}


@dataclass(frozen=True, slots=True)
class StayShown:
    """A booking or void of the month, under the calendar."""

    starts_on: date
    ends_on: date | None
    what: str
    detail: str = ""
    booking: str = ""
    household_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """The calendar, and in words what is in it."""

    weeks: list[list[Cell | None]]
    stays: list[StayShown]
    nights: int


def of_unit(unit: Unit, month: date) -> Month:
    """Let, void, free or closed, night by night; who was said to be there or away."""
    period = Period(month, next_month(month))
    bookings = _bookings(period).filter(unit=unit).select_related("household")
    voids = Void.objects.filter(touching(period.starts_on, period.ends_on), unit=unit).order_by("starts_on", "pk")
    said, names = _said(bookings, period), main_names({row.household_id for row in bookings})

    def cell(day: date) -> Cell:
        for row in bookings:
            if Period(row.starts_on, row.ends_on).holds(day):
                return _booked(day, row, said, CONFIDENTIAL if row.household.is_confidential else row.household.ref)
        if any(Period(row.starts_on, row.ends_on).holds(day) for row in voids):
            return Cell(day, "Void", "warning")
        if unit.closed_on and day >= unit.closed_on:
            return Cell(day, "Closed")
        return Cell(day, "Free")

    stays = [_in_unit(row, names) for row in bookings]
    stays += [
        StayShown(row.starts_on, row.ends_on, "Void", f"{row.reason}; {row.get_paid_by_display().lower()} pays")
        for row in voids
    ]
    return Month(weeks_of_month(month, cell), stays, _nights(bookings, period))


def of_household(household: Household, month: date) -> Month:
    """Where the household is booked, night by night; two places on one night are said as such."""
    period = Period(month, next_month(month))
    bookings = _bookings(period).filter(household=household).select_related("unit__provider__party")
    said = _said(bookings, period)

    def cell(day: date) -> Cell:
        held = [row for row in bookings if Period(row.starts_on, row.ends_on).holds(day)]
        if len(held) > 1:
            return Cell(day, "Split", "warning")
        if not held:
            return Cell(day, "None")
        return _booked(day, held[0], said, CONFIDENTIAL if household.is_confidential else held[0].unit.ref)

    stays = [_of_household(row, is_hidden=household.is_confidential) for row in bookings]
    return Month(weeks_of_month(month, cell), stays, _nights(bookings, period))


def _in_unit(row: Booking, names: dict[int, str]) -> StayShown:
    """Who is in the unit, but for a confidential household."""
    if row.household.is_confidential:
        return StayShown(row.starts_on, row.ends_on, CONFIDENTIAL)
    who = f"{row.household.ref} {names.get(row.household_id, '')}".strip()
    return StayShown(row.starts_on, row.ends_on, row.ref, who, booking=row.ref, household_id=row.household_id)


def _of_household(row: Booking, *, is_hidden: bool) -> StayShown:
    """Where the household is, but for a confidential one."""
    if is_hidden:
        return StayShown(row.starts_on, row.ends_on, row.ref, CONFIDENTIAL, booking=row.ref)
    where = f"{row.unit.ref}, {row.unit.address}, {row.unit.provider.party.name}"
    return StayShown(row.starts_on, row.ends_on, row.ref, where, booking=row.ref, unit_id=row.unit_id)


def _bookings(period: Period):
    rows = Booking.objects.filter(touching(period.starts_on, period.ends_on), status=Booking.Status.BOOKED)
    return rows.order_by("starts_on", "pk")


def _said(bookings: Iterable[Booking], period: Period) -> dict[int, list[Nights]]:
    return nights_said({row.pk for row in bookings}, period)


def _booked(day: date, row: Booking, said: dict[int, list[Nights]], whose: str) -> Cell:
    """A night of a booking, with whose it is, or where; the first one says that it is the first."""
    runs = said.get(row.pk, [])
    was_there = next((run.was_there for run in runs if run.starts_on <= day < run.ends_on), None)
    return Cell(day, *WORDS[was_there], f"{whose}, first night" if day == row.starts_on else whose)


def _nights(bookings: Iterable[Booking], period: Period) -> int:
    parts = [Period(row.starts_on, row.ends_on).overlap(period) for row in bookings]
    return sum((part.ends_on - part.starts_on).days for part in parts if part and part.ends_on)
