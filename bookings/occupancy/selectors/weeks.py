"""A week of providers: who was there, what is not answered, and how the lists stand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum

from bookings.households.models import Member
from bookings.occupancy import rules
from bookings.occupancy.models import NightsConfirmed, OccupancyList
from bookings.occupancy.rules import WEEK, Nights, nights_to_confirm
from bookings.occupancy.selectors.nights import nights_said
from bookings.stays.models import Booking
from bookings.stays.selectors import touching
from bookings.units.models import Provider
from lewisham_ta.dates import ONE_DAY, Period
from lewisham_ta.models import User

LIST_STATES = {
    "none": ("Not made", "neutral"),
    "made": ("Made", "info"),
    "waiting": ("To be e-mailed", "info"),
    "check": ("E-mail not known to have left", "warning"),
    "sent": ("E-mailed", "info"),
    "closed": ("All answered", "ok"),
}


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A booking of a week as the provider's list names it."""

    ref: str
    name: str
    unit: str
    address: str
    first_on: date
    last_on: date


@dataclass(slots=True)
class WeekLine:
    """One provider's week in figures: nights that are over, and what was said about them."""

    provider_id: int
    ref: str
    name: str
    email: str
    list_state: str = "none"
    has_file: bool = False
    bookings: int = 0
    nights: int = 0
    there: int = 0
    absent: int = 0

    @property
    def unconfirmed(self) -> int:
        return self.nights - self.there - self.absent

    @property
    def list_words(self) -> str:
        return LIST_STATES[self.list_state][0]

    @property
    def tone(self) -> str:
        return LIST_STATES[self.list_state][1]


@dataclass(frozen=True, slots=True)
class SaidRun:
    """What is recorded about a run of nights, and who recorded it."""

    starts_on: date
    ends_on: date
    was_there: bool
    note: str
    how: str
    by: str


@dataclass(slots=True)
class WeekRow:
    """One booking in a provider's week: its nights, what is said about them, and the runs nobody answered."""

    pk: int
    ref: str
    name: str
    unit: str
    address: str
    nights: Period
    is_hidden: bool
    said: list[SaidRun] = field(default_factory=list)
    unsaid: list[Period] = field(default_factory=list)


def list_state(row: OccupancyList | None, *, unconfirmed: int) -> str:
    """How a list stands. A night that was booked after all were answered opens it again."""
    if row is None:
        return "none"
    if row.closed_at and not unconfirmed:
        return "closed"
    if row.sent_at:
        return "sent"
    if row.claimed_at:
        return "check"
    if row.sent_to:
        return "waiting"
    return "made" if row.file_id else "none"


def bookings_of_week(week: date) -> QuerySet[Booking]:
    """Every booking with a night in the week."""
    return Booking.objects.filter(touching(week, week + WEEK), status=Booking.Status.BOOKED)


def week_lines(week: date, today: date, *, provider_ids: Iterable[int] | None = None) -> list[WeekLine]:
    """Every provider with a booking in the week, or those named: four queries, however many there are."""
    rows = bookings_of_week(week)
    providers = Provider.objects.filter(pk__in=rows.values("unit__provider"))
    if provider_ids is not None:
        chosen = list(provider_ids)
        rows, providers = rows.filter(unit__provider__in=chosen), providers.filter(pk__in=chosen)
    found = {
        pk: WeekLine(pk, ref, name, email)
        for pk, ref, name, email in providers.order_by("party__name", "pk").values_list(
            "pk", "party__ref", "party__name", "party__email"
        )
    }
    stays = list(rows.values_list("pk", "unit__provider", "starts_on", "ends_on"))
    said = nights_said({pk for pk, *_ in stays}, Period(week, week + WEEK))
    for pk, provider, starts_on, ends_on in stays:
        _count(found[provider], nights_to_confirm(Period(starts_on, ends_on), week=week, today=today), said.get(pk, []))
    for made in OccupancyList.objects.filter(week=week, provider__in=found):
        line = found[made.provider_id]
        line.list_state = list_state(made, unconfirmed=line.unconfirmed)
        found[made.provider_id].has_file = made.file_id is not None
    return list(found.values())


def lists_missing(week: date) -> int:
    """How many providers with a booking in the week have no list of it yet."""
    made = OccupancyList.objects.filter(week=week, file__isnull=False)
    asked = Provider.objects.filter(pk__in=bookings_of_week(week).values("unit__provider"))
    return asked.exclude(pk__in=made.values("provider")).count()


def _count(line: WeekLine, nights: Period | None, said: list[Nights]) -> None:
    line.bookings += 1
    if nights is None:
        return
    line.nights += _length(nights)
    for run in said:
        part = Period(run.starts_on, run.ends_on).overlap(nights)
        if part is None:
            continue
        if run.was_there:
            line.there += _length(part)
        else:
            line.absent += _length(part)


def rows_to_ask(provider: Provider, week: date) -> list[AskedRow]:
    """What a provider is asked about a week: each booking's nights in it, in the order of the units."""
    return [
        AskedRow(row.ref, name, row.unit.ref, row.unit.address, nights.starts_on, nights.ends_on - ONE_DAY)
        for row, name, nights in _stays(provider, week)
    ]


def provider_week(provider: Provider, week: date, today: date) -> list[WeekRow]:
    """The page of one provider and week, in the order of the units."""
    found = []
    stays = list(_stays(provider, week))
    recorded = _recorded({row.pk for row, *_ in stays}, Period(week, week + WEEK))
    for row, name, nights in stays:
        said = recorded.get(row.pk, [])
        over = nights_to_confirm(nights, week=week, today=today)
        runs = [Nights(run.starts_on, run.ends_on, run.was_there) for run in said]
        found.append(
            WeekRow(
                pk=row.pk,
                ref=row.ref,
                name=name,
                unit=row.unit.ref,
                address=row.unit.address,
                nights=nights,
                is_hidden=row.household.is_confidential,
                said=said,
                unsaid=rules.unsaid(over, runs) if over else [],
            )
        )
    return found


def _stays(provider: Provider, week: date) -> Iterator[tuple[Booking, str, Any]]:
    """Each booking of a provider in a week, its name (none where the address is confidential), its nights in it."""
    rows = bookings_of_week(week).filter(unit__provider=provider).select_related("unit", "household")
    rows = list(rows.order_by("unit__ref", "starts_on", "pk"))
    mains = Member.objects.filter(is_main=True, household__in={row.household_id for row in rows})
    names = {member.household_id: str(member) for member in mains}
    for row in rows:
        name = "" if row.household.is_confidential else names.get(row.household_id, "")
        yield row, name, Period(row.starts_on, row.ends_on).overlap(Period(week, week + WEEK))


def confidential_in(provider: Provider, week: date) -> list[int]:
    """The households with a provider in a week whose address is confidential."""
    rows = bookings_of_week(week).filter(unit__provider=provider, household__is_confidential=True)
    return sorted(rows.values_list("household", flat=True).distinct())


def _recorded(booking_ids: set[int], period: Period) -> dict[int, list[SaidRun]]:
    rows = NightsConfirmed.objects.filter(
        booking__in=booking_ids, starts_on__lt=period.ends_on, ends_on__gt=period.starts_on
    ).select_related("confirmed_by")
    found: dict[int, list[SaidRun]] = defaultdict(list)
    for row in rows.order_by("starts_on", "pk"):
        found[row.booking_id].append(
            SaidRun(row.starts_on, row.ends_on, row.was_there, row.note, row.how, str(row.confirmed_by))
        )
    return found


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """What was recorded about nights until a correction took its place, who corrected it, and why."""

    starts_on: date
    ends_on: date
    was_there: bool
    corrected_by: str
    corrected_at: datetime
    why: str


def said_before(booking: Booking) -> list[SaidBefore]:
    """What was said about a booking's nights and has been corrected since, latest first."""
    events = NightsConfirmed.pgh_event_model.objects.filter(booking=booking.pk, pgh_label="delete")
    rows = list(events.select_related("pgh_context").order_by("-pgh_id"))
    about = {row.pk: row.pgh_context.metadata if row.pgh_context else {} for row in rows}
    people = User.objects.in_bulk({each["user"] for each in about.values() if each.get("user")})
    return [
        SaidBefore(
            row.starts_on,
            row.ends_on,
            row.was_there,
            str(people.get(about[row.pk].get("user"), "the system")),
            row.pgh_created_at,
            about[row.pk].get("why", ""),
        )
        for row in rows
    ]


def absences() -> QuerySet[Any]:
    """Bookings whose household was not there when last asked, though the booking goes on: does it end?

    A booking that ended by then needs nothing more, nor does one whose household was seen again later.
    """
    later = NightsConfirmed.objects.filter(
        booking=OuterRef("booking"), was_there=True, starts_on__gt=OuterRef("starts_on")
    )
    still = Q(booking__ends_on__isnull=True) | Q(booking__ends_on__gt=F("starts_on"))
    return (
        NightsConfirmed.objects.filter(still, ~Exists(later), was_there=False, booking__status=Booking.Status.BOOKED)
        .values(
            "booking_id",
            "booking__ref",
            "booking__ends_on",
            "booking__household_id",
            "booking__household__ref",
            "booking__household__is_confidential",
            "booking__unit__ref",
            "booking__unit__provider__party__name",
        )
        .annotate(
            first_on=Min("starts_on"),
            until_on=Max("ends_on"),
            nights=Sum(F("ends_on") - F("starts_on")),
            said_at=Max("confirmed_at"),
            note=Max("note"),
        )
        .order_by("first_on", "booking_id")
    )


def unanswered(week: date) -> dict[str, int]:
    """How many bookings of a week nothing is said about, and of how many providers; counted in SQL."""
    said = NightsConfirmed.objects.filter(booking=OuterRef("pk"), starts_on__lt=week + WEEK, ends_on__gt=week)
    silent = bookings_of_week(week).filter(~Exists(said))
    return silent.aggregate(bookings=Count("pk"), providers=Count("unit__provider", distinct=True))


def emails_to_check() -> QuerySet[OccupancyList]:
    """Lists whose e-mail was taken up and is not known to have left."""
    return OccupancyList.objects.filter(claimed_at__isnull=False, sent_at=None).exclude(sent_to="")


def _length(run: Period) -> int:
    assert run.ends_on is not None
    return (run.ends_on - run.starts_on).days
