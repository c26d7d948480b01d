"""Nights for which another booking of the same household or unit is billed: a unit is let to one household at a time.

A booking that was cancelled, marked as not arrived or cut after it was billed leaves its nights free to be booked, and
so to be billed once more. The morning of a move is no night, and a household that is knowingly in two places is paid
for in both.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from payments.invoices.rules.line import Finding
from payments.invoices.rules.runs import Run, nights_in
from payments.invoices.rules.words import say_nights, say_spans


class Place(NamedTuple):
    """Whose a booking is, and where, by the keys of the rows."""

    household: int
    unit: int
    is_split: bool
    is_confidential: bool


class Beside(NamedTuple):
    """Nights of another booking that a line is paid for, and which line that is: its key, and in words."""

    place: Place
    starts_on: date
    ends_on: date
    line: int
    words: str


def notes(place: Place, runs: Sequence[Run], beside: Iterable[Beside]) -> list[Finding]:
    """A note for each other line that is paid for payable nights of the same household or unit."""
    shared: dict[tuple[str, int | None, str], list[Run]] = {}
    for other in beside:
        same = _same(place, other.place)
        nights = [
            (max(run[0], other.starts_on), min(run[1], other.ends_on))
            for run in runs
            if run[0] < other.ends_on and other.starts_on < run[1]
        ]
        if same and nights:
            # Where a confidential household is would be said by naming the other line of the same unit.
            is_hidden = "household" not in same and (place.is_confidential or other.place.is_confidential)
            key = (same, None, "confidentially") if is_hidden else (same, other.line, other.words)
            shared.setdefault(key, []).extend(nights)
    return [
        Finding(
            "",
            f"{say_nights(nights_in(nights))} {'is' if nights_in(nights) == 1 else 'are'} billed under another booking "
            f"of the same {same}, {words}: {say_spans(nights)}.",
            is_held=True,
            other=line,
        )
        for (same, line, words), nights in shared.items()
    ]


def _same(place: Place, other: Place) -> str:
    """What two bookings have in common that cannot be paid for twice on a night, in words, or ""."""
    is_split = place.is_split or other.is_split
    same = [
        word
        for word, is_same in (
            ("household", place.household == other.household and not is_split),
            ("unit", place.unit == other.unit),
        )
        if is_same
    ]
    return " and ".join(same)
