"""What may be done to a lease and when, and what was typed or pasted, in words an officer can act on."""

import hashlib
from collections.abc import Iterable
from datetime import date

from lewisham_ta.dates import ONE_DAY, Period


def say(day: date) -> str:
    """23 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def version(values: Iterable[object]) -> str:
    """A short digest of a row as a page showed it, by which an edit of something older is noticed."""
    return hashlib.sha256("\x1f".join(map(repr, values)).encode()).hexdigest()[:16]


def days_held(
    *, starts_on: date, ends_on: date | None, keys_returned_on: date | None, keys_day_paid: bool
) -> Period | None:
    """The days on which a lease holds its property: as the database's DaysHeld, or None where there is not one."""
    end = ends_on if keys_returned_on is None else keys_returned_on + keys_day_paid * ONE_DAY
    return None if end is not None and end <= starts_on else Period(starts_on, end)


def clash_words(*, ref: str, held: Period) -> str:
    """That another lease holds the property, and when."""
    until = f"to {say(held.ends_on - ONE_DAY)}" if held.ends_on else "with no end"
    return f"Lease {ref} holds this property from {say(held.starts_on)} {until}."
