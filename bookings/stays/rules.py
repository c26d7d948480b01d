"""Nights and what they cost. A stay is half-open: from its first night to the morning of departure."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from lewisham_ta.dates import ONE_DAY, Period, say
from lewisham_ta.money import total


class Rate(Protocol):
    """A row of a dated series: what a night costs from a day on."""

    @property
    def from_on(self) -> date: ...

    @property
    def amount(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Stay(Period):
    """Nights from `starts_on` up to, but not including, `ends_on`. No end means still there."""

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("A stay is at least one night.")


@dataclass(frozen=True, slots=True)
class Run:
    """Nights in a row at one rate. No rate is none agreed for these nights."""

    starts_on: date
    ends_on: date
    rate: Decimal | None

    @property
    def nights(self) -> int:
        return nights(self.starts_on, self.ends_on)


def nights(starts_on: date, ends_on: date) -> int:
    """How many nights: the morning of departure is not one of them."""
    return (ends_on - starts_on).days


def nights_until(starts_on: date, ends_on: date | None, until: date) -> int:
    """The nights slept before a day, of a stay that may be open or not have begun."""
    end = until if ends_on is None else min(ends_on, until)
    return max(0, nights(starts_on, end))


def rate_on(rates: Iterable[Rate], night: date) -> Decimal | None:
    """The rate of a night: the latest that starts on or before it, in whatever order they come. None before any."""
    begun = [rate for rate in rates if rate.from_on <= night]
    return max(begun, key=lambda rate: rate.from_on).amount if begun else None


def runs(starts_on: date, ends_on: date, rates: Iterable[Rate]) -> list[Run]:
    """The nights between two days, in runs of one rate."""
    known = list(rates)
    changes = sorted({rate.from_on for rate in known if starts_on < rate.from_on < ends_on})
    edges = [starts_on, *changes, ends_on] if starts_on < ends_on else []
    found: list[Run] = []
    for start, end in itertools.pairwise(edges):
        rate = rate_on(known, start)
        if found and found[-1].rate == rate:
            found[-1] = Run(found[-1].starts_on, end, rate)
        else:
            found.append(Run(start, end, rate))
    return found


def cost(starts_on: date, ends_on: date, rates: Iterable[Rate]) -> Decimal:
    """What the nights between two days cost at the agreed rates, without VAT. Nights without a rate cost nothing."""
    return total(run.nights * run.rate for run in runs(starts_on, ends_on, rates) if run.rate is not None)


# Rates ---------------------------------------------------------------------------------------------------------------


def agreed_series(rates: Iterable[Rate], starts_on: date, ends_on: date | None) -> list[tuple[date, Decimal]]:
    """What a stay costs as the unit's rates are agreed: from its first night, and from each later change on."""
    known = list(rates)
    first = rate_on(known, starts_on)
    later = sorted(
        (rate.from_on, rate.amount)
        for rate in known
        if starts_on < rate.from_on and (ends_on is None or rate.from_on < ends_on)
    )
    return [] if first is None else [(starts_on, first), *later]


def cap_refusal(*, rate: Decimal, cap: Decimal | None, approver_may: bool | None, is_booker: bool) -> str:
    """Why a rate may not be agreed, or "". `approver_may` is None where nobody is named as its approver."""
    if cap is None or rate <= cap:
        return ""
    if approver_may is None:
        return f"£{rate:,.2f} a night is over the cap of £{cap:,.2f}: name who approved it, and why."
    if is_booker:
        return "Whoever books or changes a rate cannot approve it: name somebody else."
    return "" if approver_may else "The person named may not approve rates over the cap."


def cap_reason_refusal(*, reason: str) -> str:
    return "" if reason.strip() else "Say why the rate may be over the cap."


def approval_refusal(*, is_over: bool, is_approved: bool, is_booker: bool, set_rate: bool) -> str:
    """Why a person may not approve a booking's rate, or ""."""
    if not is_over:
        return "No rate of this booking is over the cap."
    if is_approved:
        return "The rate of this booking is approved already."
    if is_booker:
        return "You booked this stay, so someone else must approve its rate."
    return "You set the rate that is over the cap, so someone else must approve it." if set_rate else ""


def new_rate_refusal(*, status: str, from_on: date, starts_on: date, ends_on: date | None) -> str:
    """Why the rate of a booking may not change on a day, or ""."""
    if status != BOOKED:
        return f"The booking is {WORDS[status]}: it has no rate."
    if from_on <= starts_on:
        return f"The first night is {say(starts_on)}: correct the rate it began with, or choose a later night."
    if ends_on is not None and from_on >= ends_on:
        return f"The last night is {say(ends_on - ONE_DAY)}: choose an earlier one."
    return ""


# Where a booking may go ----------------------------------------------------------------------------------------------

BOOKED, CANCELLED, NO_SHOW = "booked", "cancelled", "no_show"
WORDS = {BOOKED: "booked", CANCELLED: "cancelled", NO_SHOW: "marked as not arrived"}
MOVES = {BOOKED: {CANCELLED, NO_SHOW}, CANCELLED: {BOOKED}, NO_SHOW: {BOOKED}}
# A stay that began so long ago is not taken back without a question: nobody is missed for a week unnoticed.
LONG_AGO = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class State:
    """What of a booking decides what may be done to it."""

    status: str
    starts_on: date
    ends_on: date | None
    has_departed: bool
    moved_to: str = ""

    def refusal(self, verb: str) -> str:
        """Why nothing can be done to it any more, or ""."""
        if self.status != BOOKED:
            return f"The booking is {WORDS[self.status]}, so it cannot be {verb}."
        if self.moved_to:
            return f"The household moved on to booking {self.moved_to}: work on that one."
        if self.has_departed:
            return f"The departure is recorded, so the booking cannot be {verb}. Undo the departure first."
        return ""


def dates_refusal(*, starts_on: date, ends_on: date | None, closed_on: date | None) -> str:
    """Why a unit cannot be booked for these nights, clashes apart, or ""."""
    if ends_on is not None and ends_on <= starts_on:
        return "The departure must be after the first night."
    if closed_on is not None and (ends_on is None or ends_on > closed_on):
        return f"The unit is not let from {say(closed_on)} on: the departure must be on that day or before."
    return ""


LATE = 28  # days after its first night a booking is taken without a reason


def late_refusal(*, starts_on: date, today: date, reason: str) -> str:
    """Why a booking of nights long past is not taken yet, or ""."""
    days = (today - starts_on).days
    if days <= LATE or reason.strip():
        return ""
    return f"The first night is {days:,} days ago. Check the date; if it is right, say why it is booked only now."


def grade_refusal(*, warning: str, warned: bool) -> str:
    """Why a unit without a good grade is not booked yet, or ""."""
    return f"{warning} Tick that you have read this, or choose another unit." if warning and not warned else ""


def extend_refusal(state: State, *, ends_on: date | None, today: date) -> str:
    """Why the day on which a household is meant to leave may not be set to `ends_on`, or ""."""
    if reason := state.refusal("extended"):
        return reason
    if ends_on == state.ends_on:
        return "That is the departure as it is recorded already."
    if ends_on is not None and ends_on <= state.starts_on:
        return "The departure must be after the first night."
    if ends_on is not None and ends_on < today:
        return "That day is past: record the departure instead."
    return ""


def depart_refusal(state: State, *, departed_on: date, today: date) -> str:
    """Why a departure on a day may not be recorded, or ""."""
    if reason := state.refusal("ended"):
        return reason
    if departed_on > today:
        return "A departure is recorded when it has happened. What is intended is changed by extending or shortening."
    if departed_on <= state.starts_on:
        return "Who left on the first day slept no night here: cancel the booking, or mark that nobody arrived."
    return ""


def undo_departure_refusal(state: State) -> str:
    if state.moved_to:
        return f"The household moved on to booking {state.moved_to}: work on that one."
    return "" if state.has_departed else "No departure is recorded."


def move_refusal(state: State, *, moved_on: date, same_unit: bool) -> str:
    """Why a household may not move on a day, or ""."""
    if reason := state.refusal("moved"):
        return reason
    if same_unit:
        return "The household is in this unit: choose another."
    if moved_on <= state.starts_on:
        return "A move is after the first night. Before that, cancel the booking and book the other unit."
    if state.ends_on is not None and moved_on > state.ends_on:
        return (
            f"The household is booked here until the morning of {say(state.ends_on)}: it moves on that day or before."
        )
    return ""


def cancel_refusal(state: State) -> str:
    return state.refusal("cancelled")


def no_show_refusal(state: State, *, today: date) -> str:
    if reason := state.refusal("marked as not arrived"):
        return reason
    return f"The first night is {say(state.starts_on)}: wait until then, or cancel." if today < state.starts_on else ""


def begun_words(*, starts_on: date, nights: int, cost: Decimal, today: date) -> str:
    """What is said of a stay that began long ago before it is taken back, or ""."""
    if not nights or today - starts_on < LONG_AGO:
        return ""
    count = "1 night" if nights == 1 else f"{nights:,} nights"
    return f"It began on {say(starts_on)}: by our records {count}, £{cost:,.2f} at the agreed rates."


def never_was_refusal(*, forbidding: Sequence[str], asking: Sequence[str], sure: bool) -> str:
    """Why it may not be said of a stay that it never was, or "". `forbidding` is put right first; to what is `asking` a
    person answers that they are sure."""
    if forbidding:
        return " ".join(forbidding)
    if asking and not sure:
        return f"{' '.join(asking)} Tick that you are sure, or record a departure if anybody slept there."
    return ""


def reinstate_refusal(status: str) -> str:
    """Why a booking cannot be booked again as it was, or ""."""
    return "" if BOOKED in MOVES[status] else "The booking stands: it was neither cancelled nor marked as not arrived."


# Clashes -------------------------------------------------------------------------------------------------------------


def until_words(ends_on: date | None) -> str:
    return f"to the morning of {say(ends_on)}" if ends_on else "with no end yet"


def unit_clash_words(*, unit: str, other: str, starts_on: date, ends_on: date | None) -> str:
    return f"Unit {unit} is let on some of these nights: booking {other}, {say(starts_on)} {until_words(ends_on)}."


def confidential_clash_words(*, unit: str, starts_on: date, ends_on: date | None) -> str:
    """Of a confidential household nobody is told in passing that it lives here."""
    return f"Unit {unit} is let on some of these nights: {say(starts_on)} {until_words(ends_on)}, confidentially."


def household_clash_words(*, household: str, other: str, starts_on: date, ends_on: date | None) -> str:
    return (
        f"Household {household} is booked already on some of these nights: booking {other}, {say(starts_on)} "
        f"{until_words(ends_on)}. If it is split over two places, say why."
    )


def void_clash_words(*, unit: str, starts_on: date, ends_on: date | None) -> str:
    until = f"to the night of {say(ends_on - ONE_DAY)}" if ends_on else "with no end yet"
    return f"Unit {unit} is recorded as void on some of these nights, {say(starts_on)} {until}: withdraw that first."


# What the household was told, and voids ------------------------------------------------------------------------------


def acknowledge_refusal(*, sheet_made_on: date | None, on: date, today: date) -> str:
    """Why an acknowledgement may not be recorded, or ""."""
    if sheet_made_on is None:
        return "Make the licence sheet first: it is what the household acknowledges."
    if on > today:
        return "It is recorded when the household has been told."
    if on < sheet_made_on:
        return f"The sheet was made on {say(sheet_made_on)}: the household cannot have had it before."
    return ""


def void_end_refusal(*, starts_on: date, ends_on: date | None, new_end: date) -> str:
    if ends_on is not None:
        return f"This void has ended already: its last night was {say(ends_on - ONE_DAY)}."
    return "The last night of a void cannot be before its first." if new_end <= starts_on else ""
