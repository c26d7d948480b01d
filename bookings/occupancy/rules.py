"""Nights in hand: what a provider said about which, what is left unsaid, and when a unit stands free."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lewisham_ta.dates import ONE_DAY, Period

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Nights:
    """A run of nights about which one thing was said: the household was there, or it was not."""

    starts_on: date
    ends_on: date
    was_there: bool


@dataclass(frozen=True, slots=True)
class Said:
    """An answer about one booking, with what was noted beside it."""

    booking_id: int
    answer: "Answer"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about a booking's nights of a week: there from the first to the last, but for those `away`."""

    first_on: date
    last_on: date
    was_there: bool
    away_from: date | None = None
    away_to: date | None = None

    @property
    def nights(self) -> list[Nights]:
        """What the answer says, run by run. Of a household that was not there no nights named means none at all."""
        ends_on = self.last_on + ONE_DAY
        if self.was_there:
            return [Nights(self.first_on, ends_on, True)]
        away = Nights(self.away_from or self.first_on, (self.away_to or self.last_on) + ONE_DAY, False)
        runs = [Nights(self.first_on, away.starts_on, True), away, Nights(away.ends_on, ends_on, True)]
        return [run for run in runs if run.starts_on < run.ends_on]


def monday_of(day: date) -> date:
    """The first day of the week (Monday to Sunday) that a day is in."""
    return day - day.weekday() * ONE_DAY


def answer_refusal(answer: Answer) -> str:
    """Why an answer says nothing that can be recorded, or ""."""
    if answer.was_there and (answer.away_from or answer.away_to):
        return "Either the household was there every night, or it was away on the nights named."
    away_from, away_to = answer.away_from or answer.first_on, answer.away_to or answer.last_on
    if away_to < away_from:
        return "The last night away cannot be before the first."
    if away_from < answer.first_on or away_to > answer.last_on:
        return f"The nights away must be between {_day(answer.first_on)} and {_day(answer.last_on)}."
    return ""


def nights_refusal(answer: Answer, *, stay: Period, today: date) -> str:
    """Why nothing can be recorded about nights that are not this stay's, or not over, or ""."""
    if stay.overlap(Period(answer.first_on, answer.last_on + ONE_DAY)) != Period(
        answer.first_on, answer.last_on + ONE_DAY
    ):
        return "The booking does not have these nights any more. Look at the page again."
    if answer.last_on >= today:
        return "Some of these nights are still to come."
    return ""


def week_refusal(*, week: date, today: date) -> str:
    """Why nothing can be asked about a week, or ""."""
    if week.weekday():
        return "A week begins on a Monday."
    if week > today:
        return "This week has not begun."
    return ""


def nights_to_confirm(stay: Period, *, week: date, today: date) -> Period | None:
    """The nights of a stay in a week that are over: nobody can say yet who will sleep there tonight."""
    return stay.overlap(Period(week, min(week + WEEK, today))) if week < today else None


def unsaid(period: Period, said: Iterable[Nights]) -> list[Period]:
    """The runs of a closed period about which nothing is said."""
    return gaps(period, [Period(run.starts_on, run.ends_on) for run in said])


def gaps(period: Period, taken: Iterable[Period]) -> list[Period]:
    """The runs of a closed period that none of the others touches."""
    assert period.ends_on is not None
    free, starts_on = [], period.starts_on
    for other in sorted(taken, key=lambda run: run.starts_on):
        if starts_on >= period.ends_on:
            break
        if other.starts_on > starts_on:
            free.append(Period(starts_on, min(other.starts_on, period.ends_on)))
        starts_on = max(starts_on, other.ends_on or period.ends_on)
    if starts_on < period.ends_on:
        free.append(Period(starts_on, period.ends_on))
    return free


def differing(said: Sequence[Nights], recorded: Sequence[Nights]) -> list[Nights]:
    """The runs of what is said now that are not recorded so already."""
    return [
        Nights(run.starts_on, run.ends_on, new.was_there)
        for new in said
        for run in gaps(
            Period(new.starts_on, new.ends_on),
            [Period(old.starts_on, old.ends_on) for old in recorded if old.was_there == new.was_there],
        )
        if run.ends_on is not None
    ]


def remains(recorded: Nights, said: Iterable[Nights]) -> list[Nights]:
    """What stands of a recorded run when something else is said about some of its nights."""
    runs = gaps(
        Period(recorded.starts_on, recorded.ends_on),
        [Period(new.starts_on, new.ends_on) for new in said],
    )
    return [Nights(run.starts_on, run.ends_on, recorded.was_there) for run in runs if run.ends_on is not None]


def weeks_of_month(month: date, cell: Callable[[date], "Cell"]) -> list[list["Cell | None"]]:
    """A month as rows of Monday to Sunday; None where a day belongs to another month."""
    day, rows = monday_of(month), []
    while day <= month or day.month == month.month:
        week = [day + count * ONE_DAY for count in range(7)]
        rows.append([cell(each) if each.month == month.month else None for each in week])
        day += WEEK
    return rows


@dataclass(frozen=True, slots=True)
class Cell:
    """One night of a calendar: a word, its tone, and whose or where."""

    day: date
    word: str
    tone: str = "neutral"
    detail: str = ""


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
