"""The boards: tonight by unit, arrivals and departures of a day, free runs. A handful of queries, however many units.

A board of units says of a confidential household only that the unit is let; a board of households does not say where
such a household is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet

from bookings.households.models import Member
from bookings.households.rules import CONFIDENTIAL
from bookings.occupancy.rules import gaps
from bookings.stays.models import Booking, Void
from bookings.stays.selectors import occupied_on, touching
from bookings.units.models import Size, Unit
from lewisham_ta.dates import Period

STATES = {"let": ("Let", "ok"), "void": ("Void", "warning"), "free": ("Free", "info")}
SIZES = dict(Size.choices)


@dataclass(frozen=True, slots=True)
class UnitTonight:
    """A unit on one night: let, void or free, to whom and until when."""

    unit_id: int
    unit: str
    provider_id: int
    provider: str
    address: str
    size: str
    state: str
    booking: str = ""
    who: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    note: str = ""

    @property
    def state_words(self) -> str:
        return STATES[self.state][0]

    @property
    def tone(self) -> str:
        return STATES[self.state][1]


@dataclass(slots=True)
class ProviderTonight:
    """How many of a provider's units are let, void and free on one night."""

    provider_id: int
    name: str
    units: int = 0
    let: int = 0
    void: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """A household that arrives or leaves on a day."""

    what: str
    what_words: str
    tone: str
    household_id: int
    household: str
    name: str
    booking: str
    people: int
    provider: str
    unit: str
    address: str
    note: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Nights in a row for which a unit is neither let nor void."""

    unit_id: int
    unit: str
    provider: str
    address: str
    size: str
    starts_on: date
    ends_on: date

    @property
    def nights(self) -> int:
        return (self.ends_on - self.starts_on).days


def tonight(night: date) -> list[UnitTonight]:
    """Every unit that can be let on a night, by provider and unit."""
    bookings = Booking.objects.filter(occupied_on(night)).select_related("household")
    let = {row.unit_id: row for row in bookings.order_by("pk")}
    names = main_names({row.household_id for row in let.values()})
    void = dict(
        Void.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=night), starts_on__lte=night).values_list(
            "unit_id", "reason"
        )
    )
    units = open_units(night) | Unit.objects.filter(pk__in=let)
    found = []
    for row in _with_provider(units):
        booking = let.get(row["pk"])
        unit = _unit(row)
        if booking:
            found.append(UnitTonight(**unit, state="let", **_let(booking, names)))
        elif row["pk"] in void:
            found.append(UnitTonight(**unit, state="void", note=void[row["pk"]]))
        else:
            found.append(UnitTonight(**unit, state="free"))
    return found


def by_provider(units: Iterable[UnitTonight]) -> list[ProviderTonight]:
    """The same night in figures, a line a provider."""
    found: dict[int, ProviderTonight] = {}
    for unit in units:
        line = found.setdefault(unit.provider_id, ProviderTonight(unit.provider_id, unit.provider))
        line.units += 1
        line.let += unit.state == "let"
        line.void += unit.state == "void"
        line.free += unit.state == "free"
    return list(found.values())


def units_found(units: Iterable[UnitTonight], *, provider: str = "", state: str = "") -> list[UnitTonight]:
    return [unit for unit in units if provider in ("", str(unit.provider_id)) and state in ("", unit.state)]


def movements(on: date) -> list[Movement]:
    """Who arrives on a day and who leaves on it, arrivals first."""
    rows = list(
        Booking.objects.filter(Q(starts_on=on) | Q(ends_on=on), status=Booking.Status.BOOKED)
        .select_related("household", "unit__provider__party", "moved_to")
        .order_by("unit__provider__party__name", "unit__ref", "pk")
    )
    names = main_names({row.household_id for row in rows})
    arrivals = [_movement(row, "arrival", names) for row in rows if row.starts_on == on]
    return arrivals + [_movement(row, "departure", names) for row in rows if row.ends_on == on]


def free_runs(period: Period, *, nights: int = 1, provider: str = "", size: str = "") -> list[Gap]:
    """The free runs of units within a closed period, the longest first."""
    units = open_units(period.starts_on)
    if provider:
        units = units.filter(provider=provider)
    if size:
        units = units.filter(size=size)
    taken: dict[int, list[Period]] = defaultdict(list)
    spells = touching(period.starts_on, period.ends_on)
    bookings = Booking.objects.filter(spells, status=Booking.Status.BOOKED)
    for rows in (bookings, Void.objects.filter(spells)):
        for unit_id, starts_on, ends_on in rows.values_list("unit_id", "starts_on", "ends_on"):
            taken[unit_id].append(Period(starts_on, ends_on))
    found = []
    for row in _with_provider(units):
        if row["closed_on"]:
            taken[row["pk"]].append(Period(row["closed_on"]))
        unit = {key: value for key, value in _unit(row).items() if key != "provider_id"}
        for run in gaps(period, taken[row["pk"]]):
            if run.ends_on and (run.ends_on - run.starts_on).days >= nights:
                found.append(Gap(**unit, starts_on=run.starts_on, ends_on=run.ends_on))
    return sorted(found, key=lambda gap: (-gap.nights, gap.provider, gap.unit, gap.starts_on))


def open_units(night: date) -> QuerySet[Unit]:
    """Units that can be let on a night."""
    return Unit.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=night))


def main_names(household_ids: set[int]) -> dict[int, str]:
    """The main applicants' names."""
    mains = Member.objects.filter(is_main=True, household__in=household_ids)
    return {member.household_id: str(member) for member in mains}


def _with_provider(units: QuerySet[Unit]) -> Iterable[dict]:
    return (
        units.annotate(provider_name=F("provider__party__name"))
        .order_by("provider_name", "provider_id", "ref", "pk")
        .values("pk", "ref", "provider_id", "provider_name", "address", "postcode", "size", "closed_on")
    )


def _unit(row: dict) -> dict:
    return {
        "unit_id": row["pk"],
        "unit": row["ref"],
        "provider_id": row["provider_id"],
        "provider": row["provider_name"],
        "address": f"{row['address']}, {row['postcode']}",
        "size": SIZES[row["size"]],
    }


def _let(booking: Booking, names: dict[int, str]) -> dict:
    dates = {"starts_on": booking.starts_on, "ends_on": booking.ends_on}
    if booking.household.is_confidential:
        return dates | {"who": CONFIDENTIAL}
    who = " ".join(filter(None, [booking.household.ref, names.get(booking.household_id, "")]))
    return dates | {"booking": booking.ref, "who": who}


def _movement(row: Booking, what: str, names: dict[int, str]) -> Movement:
    if what == "arrival":
        words, note = "Arrives", "Moves from another unit" if row.moved_from_id else ""
    else:
        words, note = "Leaves", "Moves to another unit" if hasattr(row, "moved_to") else ""
    is_hidden = row.household.is_confidential
    return Movement(
        what=what,
        what_words=words,
        tone="info" if what == "arrival" else "neutral",
        household_id=row.household_id,
        household=row.household.ref,
        name=names.get(row.household_id, ""),
        booking=row.ref,
        people=row.household.adults + row.household.children,
        provider=CONFIDENTIAL if is_hidden else row.unit.provider.party.name,
        unit=CONFIDENTIAL if is_hidden else row.unit.ref,
        address=CONFIDENTIAL if is_hidden else f"{row.unit.address}, {row.unit.postcode}",
        note=note,
    )


def chosen(found: Sequence[Movement], what: str) -> list[Movement]:
    return [line for line in found if what in ("", line.what)]
