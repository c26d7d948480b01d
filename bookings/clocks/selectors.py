"""Every clock that runs tonight: four queries, however many households are placed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from bookings.clocks import rules
from bookings.clocks.rules import KIND_WORDS, LEVEL_WORDS, TONES, Count, Kind, Level, Limit
from bookings.households.models import Member, Service
from bookings.households.rules import CONFIDENTIAL
from bookings.stays.models import Booking
from lewisham_ta import dated
from lewisham_ta.dates import Period
from lewisham_ta.templatetags.ta import day

SETTINGS = [
    "bb_limit_nights",
    "bb_alert_nights",
    "clock_reset_nights",
    *(f"limit_weeks_{service}" for service in Service.values),
    "limit_alert_weeks",
    "section_208_days",
    "section_208_alert_day",
    "booking_ending_days",
]
ORDER = list(Level)


class Stay(NamedTuple):
    """A booking with what the clocks ask of it, its household and its unit."""

    pk: int
    ref: str
    starts_on: date
    ends_on: date | None
    service: str
    household_id: int
    household_ref: str
    children: int
    is_pregnant: bool
    family_from: date | None
    is_confidential: bool
    is_bed_and_breakfast: bool
    district: str
    provider: str
    told: str | None
    told_on: date | None

    @property
    def nights(self) -> Period:
        return Period(self.starts_on, self.ends_on)


FIELDS = [
    "pk",
    "ref",
    "starts_on",
    "ends_on",
    "service",
    "household_id",
    "household__ref",
    "household__children",
    "household__is_pregnant",
    "household__family_from",
    "household__is_confidential",
    "unit__is_bed_and_breakfast",
    "unit__district",
    "unit__provider__party__name",
    "section_208_notice__council",
    "section_208_notice__sent_on",
]


@dataclass(frozen=True, slots=True)
class Line:
    """One clock of one household: how far it has run, and what is known about it."""

    kind: Kind
    level: Level
    stay: Stay
    count: Count
    limit: int
    name: str
    place: str
    state: str

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def service_words(self) -> str:
        return Service(self.stay.service).label

    @property
    def tone(self) -> str:
        return TONES[self.level]

    @property
    def takes_notice(self) -> bool:
        return self.kind == Kind.SECTION_208

    @property
    def is_told(self) -> bool:
        return self.level == Level.DONE


@dataclass(frozen=True, slots=True)
class Tally:
    """How many clocks of a kind stand at a level, and the first date among them."""

    kind: Kind
    level: Level
    count: int
    soonest: date


def lines(today: date, *, household_id: int | None = None) -> list[Line]:
    """Every running clock, or those of one household, worst and soonest first.

    With which provider, or in whose area, a confidential household is stays unsaid.
    """
    stays = _stays(today, household_id)
    names = dict(
        Member.objects.filter(is_main=True, household__in={stay.household_id for stay in stays}).values_list(
            "household_id", "surname"
        )
    )
    found = []
    for kind, stay, counted, limit in _clocks(stays, today):
        is_told = kind == Kind.SECTION_208 and stay.told_on is not None
        level = Level.DONE if is_told else counted.level
        found.append(
            Line(
                kind=kind,
                level=level,
                stay=stay,
                count=counted,
                limit=limit,
                name=names.get(stay.household_id, ""),
                place=_place(kind, stay),
                state=f"Told {day(stay.told_on)}" if is_told else LEVEL_WORDS[level],
            )
        )
    return sorted(found, key=lambda line: (ORDER.index(line.level), line.count.last_on, line.stay.pk))


def tallies(today: date) -> list[Tally]:
    """The clocks to act on, counted by kind and level: what the work list shows."""
    soonest: dict[tuple[Kind, Level], list[date]] = defaultdict(list)
    for kind, stay, counted, _ in _clocks(_stays(today), today):
        if counted.level in rules.TO_ACT_ON and not (kind == Kind.SECTION_208 and stay.told_on):
            soonest[kind, counted.level].append(counted.last_on)
    return [Tally(kind, level, len(days), min(days)) for (kind, level), days in sorted(soonest.items())]


def chosen(found: Sequence[Line], *, kind: str = "", state: str = "", service: str = "") -> list[Line]:
    """The lines that the filters leave; without a state those to act on, with "all" every one."""
    levels = {"": set(rules.TO_ACT_ON), "all": set(Level)}.get(state) or {Level(state)}
    return [
        line
        for line in found
        if line.level in levels and kind in ("", line.kind) and service in ("", line.stay.service)
    ]


def bookings_abroad() -> QuerySet[Booking]:
    """Bookings with what a section 208 notice is about."""
    return Booking.objects.select_related("unit", "household", "section_208_notice")


def _stays(today: date, household_id: int | None = None) -> list[Stay]:
    """All bookings, past and future ones too, of the households that are placed tonight."""
    placed = Booking.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today), status=Booking.Status.BOOKED, starts_on__lte=today
    )
    if household_id is not None:
        placed = placed.filter(household=household_id)
    rows = Booking.objects.filter(status=Booking.Status.BOOKED, household__in=placed.values("household"))
    return [Stay(*row) for row in rows.order_by("household_id", "starts_on", "pk").values_list(*FIELDS)]


def _clocks(stays: Iterable[Stay], today: date) -> Iterator[tuple[Kind, Stay, Count, int]]:
    """Each household's clocks: kind, the booking it runs for, how far it is, and the limit."""
    settings = dated.values(SETTINGS, today)
    households: dict[int, list[Stay]] = defaultdict(list)
    for stay in stays:
        households[stay.household_id].append(stay)
    for own in households.values():
        tonight = [stay for stay in own if stay.nights.holds(today)]
        yield from _six_weeks(own, tonight, today, settings)
        yield from _service_limits(own, tonight, today, settings)
        yield from _notices(tonight, today, settings)
        yield from _endings(own, tonight, today, settings)


def _six_weeks(own: list[Stay], tonight: list[Stay], today: date, settings: dict[str, str]) -> Iterator[Any]:
    hotels = [stay for stay in tonight if stay.is_bed_and_breakfast]
    if not hotels or not (hotels[0].children or hotels[0].is_pregnant):
        return
    limit = Limit(
        int(settings["bb_limit_nights"]),
        [int(part) for part in settings["bb_alert_nights"].split(",")],
        int(settings["clock_reset_nights"]),
    )
    spells = [stay.nights for stay in own if stay.is_bed_and_breakfast]
    if counted := rules.count(spells, limit=limit, today=today, since=hotels[0].family_from):
        yield Kind.SIX_WEEKS, hotels[-1], counted, limit.nights


def _service_limits(own: list[Stay], tonight: list[Stay], today: date, settings: dict[str, str]) -> Iterator[Any]:
    for service in dict.fromkeys(stay.service for stay in tonight):
        weeks = int(settings[f"limit_weeks_{service}"])
        if not weeks:
            continue
        alert = max(weeks - int(settings["limit_alert_weeks"]), 0) * 7
        limit = Limit(weeks * 7, [alert], int(settings["clock_reset_nights"]))
        mine = [stay for stay in own if stay.service == service]
        if counted := rules.count([stay.nights for stay in mine], limit=limit, today=today):
            yield Kind.SERVICE_LIMIT, [stay for stay in tonight if stay.service == service][-1], counted, limit.nights


def _notices(tonight: list[Stay], today: date, settings: dict[str, str]) -> Iterator[Any]:
    days, alert_day = int(settings["section_208_days"]), int(settings["section_208_alert_day"])
    for stay in tonight:
        if stay.service == Service.HOMELESS and rules.is_out_of_borough(stay.district):
            counted = rules.notice(available_on=stay.starts_on, today=today, days=days, alert_day=alert_day)
            yield Kind.SECTION_208, stay, counted, days


def _endings(own: list[Stay], tonight: list[Stay], today: date, settings: dict[str, str]) -> Iterator[Any]:
    """Bookings that end soon with nothing booked after them."""
    until = today + timedelta(days=int(settings["booking_ending_days"]))
    for stay in tonight:
        if stay.ends_on and stay.ends_on <= until and not any(other.starts_on == stay.ends_on for other in own):
            counted = rules.ending(starts_on=stay.starts_on, ends_on=stay.ends_on, today=today)
            yield Kind.ENDING, stay, counted, (stay.ends_on - stay.starts_on).days


def _place(kind: Kind, stay: Stay) -> str:
    if stay.is_confidential:
        return CONFIDENTIAL
    return stay.district if kind == Kind.SECTION_208 else stay.provider
