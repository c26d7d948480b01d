"""Nights, days and pounds as the check writes them."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from payments.invoices.rules.runs import Run


def say_nights(count: int) -> str:
    return "1 night" if count == 1 else f"{count} nights"


def say_day(day: date) -> str:
    return f"{day.day} {day:%b}"


def say_span(starts_on: date, ends_on: date) -> str:
    """First and last night, in words."""
    last = ends_on - timedelta(days=1)
    return say_day(last) if last <= starts_on else f"{say_day(starts_on)} to {say_day(last)}"


def say_spans(runs: Iterable[Run]) -> str:
    return ", ".join(say_span(*run) for run in runs)


def say_pounds(amount: Decimal) -> str:
    return f"£{amount:,.2f}"


def say_ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
