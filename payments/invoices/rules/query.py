"""The e-mail to a provider about lines that are in query, drafted from what the check found."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple


class Queried(NamedTuple):
    """A line in query. `words` are the check's, `reason` the officer's."""

    number: int
    ref: str
    name: str
    first_on: date
    last_on: date
    billed: str
    words: str
    reason: str


def draft(*, invoice: str, dated: str, provider: str, lines: Sequence[Queried], officer: str) -> str:
    """The text of the query, for the officer to send as it is or to change."""
    are = "this line" if len(lines) == 1 else f"these {len(lines)} lines"
    parts = [
        f"To {provider}",
        "",
        f"Your invoice {invoice}{dated}",
        "",
        f"We have checked your invoice against our bookings and ask about {are}:",
        "",
    ]
    for line in lines:
        what = ", ".join(filter(None, [line.ref, line.name]))
        nights = f"{_day(line.first_on)} to {_day(line.last_on)}"
        parts.append(f"Line {line.number}: {what}, nights {nights}, {line.billed}.")
        parts += [f"    {said}" for said in (line.words, line.reason) if said]
        parts.append("")
    parts += [
        "Please tell us what you know of it, or send a corrected invoice. The time for payment stands still until your "
        "answer is here.",
        "",
        officer,
        "London Borough of Lewisham, temporary accommodation payments",
    ]
    return "\n".join(parts)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
