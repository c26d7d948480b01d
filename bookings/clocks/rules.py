"""What the law and the services give a limited time for: nights counted, the last lawful one, and how near it is.

Everything is counted in nights, tonight's included: placed on 1 April, 12 May is the 42nd night and 13 May the breach.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lewisham_ta.dates import ONE_DAY, Period

HOME = "lewisham"


class Kind(StrEnum):
    SIX_WEEKS = "six_weeks"
    SERVICE_LIMIT = "service_limit"
    SECTION_208 = "section_208"
    ENDING = "ending"


class Level(StrEnum):
    """How near the limit is, worst first."""

    OVER = "over"
    LAST = "last"
    SOON = "soon"
    WARNED = "warned"
    RUNNING = "running"
    DONE = "done"


KIND_WORDS = {
    Kind.SIX_WEEKS: "Six weeks in B&B",
    Kind.SERVICE_LIMIT: "Limit of the service",
    Kind.SECTION_208: "Section 208 notice",
    Kind.ENDING: "Booking ends",
}
TONES = {
    Level.OVER: "error",
    Level.LAST: "error",
    Level.SOON: "error",
    Level.WARNED: "warning",
    Level.RUNNING: "info",
    Level.DONE: "ok",
}
LEVEL_WORDS = {
    Level.OVER: "Over the limit",
    Level.LAST: "Last day",
    Level.SOON: "Urgent",
    Level.WARNED: "Soon",
    Level.RUNNING: "In time",
    Level.DONE: "Done",
}
TO_ACT_ON = (Level.OVER, Level.LAST, Level.SOON, Level.WARNED)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many nights, warned of from the `alerts`. A run of `reset` nights elsewhere starts again; 0 never does."""

    nights: int
    alerts: Sequence[int] = ()
    reset: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """Nights so far, the last lawful one (if they stay on, where it is still to come), and the first one over."""

    nights: int
    since: date
    last_on: date
    level: Level
    over_since: date | None = None


def count(spells: Iterable[Period], *, limit: Limit, today: date, since: date | None = None) -> Count | None:
    """The nights of all spells together up to tonight, from `since` on where that is later; None if there are none."""
    runs = _since_reset(_merged(spells, Period(since or date.min, today + ONE_DAY)), limit.reset)
    if not runs:
        return None
    nights = sum(_length(run) for run in runs)
    last_on = _night(runs, limit.nights) or today + timedelta(days=limit.nights - nights)
    return Count(
        nights=nights,
        since=runs[0].starts_on,
        last_on=last_on,
        level=level(nights, limit),
        over_since=_night(runs, limit.nights + 1),
    )


def level(nights: int, limit: Limit) -> Level:
    if nights > limit.nights:
        return Level.OVER
    if nights == limit.nights:
        return Level.LAST
    passed = [alert for alert in limit.alerts if nights >= alert]
    if not passed:
        return Level.RUNNING
    return Level.SOON if len(passed) == len(limit.alerts) else Level.WARNED


def is_out_of_borough(district: str) -> bool:
    """Whether a unit is known to lie in another council's area. What is not known is not counted."""
    return bool(district.strip()) and HOME not in district.casefold()


def notice(*, available_on: date, today: date, days: int, alert_day: int) -> Count:
    """The section 208 clock of one placement: day 1 is the day on which the accommodation was available."""
    day = (today - available_on).days + 1
    return Count(
        nights=day,
        since=available_on,
        last_on=available_on + timedelta(days=days - 1),
        level=_notice_level(day, days, alert_day),
        over_since=available_on + timedelta(days=days) if day > days else None,
    )


def _notice_level(day: int, days: int, alert_day: int) -> Level:
    if day > days:
        return Level.OVER
    if day == days:
        return Level.LAST
    return Level.WARNED if day >= alert_day else Level.RUNNING


def notice_refusal(*, starts_on: date, sent_on: date, today: date, district: str, is_homeless: bool) -> str:
    """Why a notice cannot be recorded so, or ""."""
    if not is_homeless:
        return "Section 208 is of the Housing Act: no notice is due for a placement of another service."
    if not is_out_of_borough(district):
        return "The unit is not known to be in another council's area, so there is nobody to tell."
    if sent_on > today:
        return "A notice is recorded when it has been sent."
    if sent_on < starts_on - timedelta(days=90):
        return "Check the date: that is months before the accommodation was available."
    return ""


def ending(*, ends_on: date, starts_on: date, today: date) -> Count:
    """A booking that ends soon, as a clock: its last night is the last one paid for."""
    nights = (min(ends_on, today + ONE_DAY) - starts_on).days
    is_near = ends_on - today <= ONE_DAY
    return Count(nights, starts_on, ends_on - ONE_DAY, Level.SOON if is_near else Level.WARNED)


def _merged(spells: Iterable[Period], within: Period) -> list[Period]:
    """The nights of the spells inside a closed period as runs in order: a night in two places is one night."""
    runs: list[Period] = []
    for spell in sorted(spells, key=lambda each: each.starts_on):
        part = spell.overlap(within)
        if part is None or part.ends_on is None:
            continue
        last = runs[-1] if runs else None
        if last is not None and last.ends_on is not None and part.starts_on <= last.ends_on:
            runs[-1] = Period(last.starts_on, max(last.ends_on, part.ends_on))
        else:
            runs.append(part)
    return runs


def _since_reset(runs: list[Period], reset: int) -> list[Period]:
    for index in range(len(runs) - 1, 0, -1):
        before = runs[index - 1].ends_on
        if reset and before is not None and (runs[index].starts_on - before).days >= reset:
            return runs[index:]
    return runs


def _night(runs: list[Period], number: int) -> date | None:
    """The day of the so-manieth night of the runs, None where they are fewer."""
    for run in runs:
        length = _length(run)
        if number <= length:
            return run.starts_on + timedelta(days=number - 1)
        number -= length
    return None


def _length(run: Period) -> int:
    assert run.ends_on is not None
    return (run.ends_on - run.starts_on).days
