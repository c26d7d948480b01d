"""Calendar months and half-open periods. A period is `[starts_on, ends_on)`; no end means still open."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

ONE_DAY = timedelta(days=1)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


@cache  # asked of a month by every lease of it
def next_month(month: date) -> date:
    """The first day of the month after the one that `month` is in."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """The first day of the month before the one that `month` is in."""
    return first_of_month(first_of_month(month) - ONE_DAY)


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months after (or, if negative, before) the one that `month` is in."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


@cache
def days_in_month(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def last_of_month(month: date) -> date:
    return month.replace(day=days_in_month(month))


def last_day(ends_on: date | None) -> date | None:
    """The last day, as people say it, of a period that the database ends on the morning after."""
    return ends_on and ends_on - ONE_DAY


def end_after(last: date | None) -> date | None:
    """The exclusive end of a period whose last day a person typed."""
    return last and last + ONE_DAY


def parse_month(text: str) -> date:
    """The first day of a month written YYYY-MM. Raises ValueError with the words to show."""
    try:
        year, month = text.strip().split("-")
        if len(year) != 4 or len(month) != 2:
            raise ValueError
        return date(int(year), int(month), 1)
    except ValueError:
        raise ValueError(f"{text!r} is not a month: write it as 2026-11.") from None


@cache
def say(day: date) -> str:
    """23 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def say_month(month: date) -> str:
    """November 2026."""
    return f"{month:%B %Y}"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `starts_on` up to, but not including, `ends_on`. No end means still open."""

    starts_on: date
    ends_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    def overlap(self, other: "Period") -> "Period | None":
        starts_on = max(self.starts_on, other.starts_on)
        ends_on = min((day for day in (self.ends_on, other.ends_on) if day), default=None)
        return None if ends_on is not None and ends_on <= starts_on else Period(starts_on, ends_on)
