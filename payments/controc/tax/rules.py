"""The quarters of the non-resident landlord scheme: they end in June, September, December and March."""

from datetime import date, timedelta

from lewisham_ta.dates import add_months

DAYS_TO_PAY = 30


def quarter_of(month: date) -> date:
    """The first month of the quarter that a month is in."""
    return date(month.year, (month.month - 1) // 3 * 3 + 1, 1)


def due_on(quarter: date) -> date:
    """The last day on which the tax of a quarter is paid to HMRC: 30 July for the quarter to June."""
    return add_months(quarter, 3) - timedelta(days=1) + timedelta(days=DAYS_TO_PAY)
