"""How amounts and runs of days are written in an anomaly."""

from datetime import date
from decimal import Decimal

from lewisham_ta.dates import ONE_DAY, say


def pounds(amount: Decimal) -> str:
    return f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}"


def spell_words(starts_on: date, ends_on: date | None) -> str:
    return f"from {say(starts_on)} " + (f"to {say(ends_on - ONE_DAY)}" if ends_on else "until further notice")
