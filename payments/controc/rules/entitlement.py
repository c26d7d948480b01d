"""What a lease earns in a month: its payable days, cut into runs at one rent and one payee, and what each run costs.

Values of which every lease has some are NamedTuples here: as frozen as a dataclass, and made in half the time.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar

from lewisham_ta.dates import Period, days_in_month, next_month
from lewisham_ta.money import to_penny

DAYS, WEEKS_52, DAYS_365, MONTH = "days", "52/12", "365/84", "month"


class Rent(NamedTuple):
    """Pounds per week or month from a day on; `id` is the row that says so."""

    from_on: date
    amount: Decimal
    id: int | None = None


class PaidTo(NamedTuple):
    """Who is paid from a day on."""

    from_on: date
    payee: int


class LeaseTerms(NamedTuple):
    """Everything that decides what the days of a lease cost and who is paid for them.

    The contractual end is not among it: an expired lease whose keys are not back is holding over and is paid.
    """

    lease: int
    starts_on: date
    keys_returned_on: date | None
    keys_day_paid: bool
    basis: str
    rents: tuple[Rent, ...]
    payees: tuple[PaidTo, ...]
    suspensions: tuple[Period, ...] = ()


class Stretch(NamedTuple):
    """Unbroken payable days at one rent and one payee, either of which may be missing."""

    starts_on: date
    ends_on: date
    rent: Rent | None
    payee: int | None


class Run(NamedTuple):
    """Unbroken payable days at one rent and one payee, and what they cost."""

    starts_on: date
    ends_on: date
    days: int
    rent: Rent
    payee: int
    amount: Decimal


def per(basis: str) -> str:
    """What a rent on this basis is quoted for: a week or a month."""
    return "month" if basis == MONTH else "week"


def line_amount(rent: Decimal, basis: str, days: int, days_in_month: int) -> Decimal:
    """What `days` of a month cost: one division and one rounding, so that the result is exact to the penny.

    A quotient that is not exactly half a penny is further from it than the 28 digits of the division can lose.
    """
    match basis:
        case "days":
            return to_penny(rent * days / 7)
        case "52/12":
            return to_penny(rent * 52 * days / (12 * days_in_month))
        case "365/84":
            return to_penny(rent * 365 * days / (84 * days_in_month))
        case "month":
            return to_penny(rent * days / days_in_month)
    raise ValueError(f"{basis!r} is not a basis.")


def formula(rent: Decimal, basis: str, days: int, days_in_month: int) -> str:
    """The sum of `line_amount` as a person would write it."""
    times = {
        DAYS: f"÷ 7 × {days}",
        WEEKS_52: f"× 52 ÷ 12 × {days} ÷ {days_in_month}",
        DAYS_365: f"× 365 ÷ 84 × {days} ÷ {days_in_month}",
        MONTH: f"× {days} ÷ {days_in_month}",
    }
    return f"£{rent:,.2f} {times[basis]} = £{line_amount(rent, basis, days, days_in_month):,.2f}"


def days_in_force(terms: LeaseTerms) -> Period:
    """From the lease's start to the keys: with the day they came back, unless the lease says that it is not paid."""
    back = terms.keys_returned_on
    return Period(terms.starts_on, None if back is None else back + timedelta(days=terms.keys_day_paid))


def payable_periods(terms: LeaseTerms, month: date) -> list[Period]:
    """The payable days of the month, earliest first: those in force, less what is suspended."""
    starts_on, ends_on = max(month, terms.starts_on), next_month(month)
    if terms.keys_returned_on is not None:
        ends_on = min(ends_on, terms.keys_returned_on + timedelta(days=terms.keys_day_paid))
    periods = []
    for suspension in sorted(terms.suspensions, key=lambda period: period.starts_on):
        if suspension.starts_on >= ends_on:
            break
        if starts_on < suspension.starts_on:
            periods.append(Period(starts_on, suspension.starts_on))
        starts_on = max(starts_on, suspension.ends_on or ends_on)
    if starts_on < ends_on:
        periods.append(Period(starts_on, ends_on))
    return periods


def stretches(terms: LeaseTerms, month: date) -> list[Stretch]:
    """The payable days of the month, cut where the rent or the payee changes. A change to the same cuts nothing."""
    found: list[Stretch] = []
    for period in payable_periods(terms, month):
        starts_on, ends_on = period.starts_on, period.ends_on or next_month(month)
        cuts = {rent.from_on for rent in terms.rents if starts_on < rent.from_on < ends_on}
        cuts |= {payee.from_on for payee in terms.payees if starts_on < payee.from_on < ends_on}
        for first, after in pairwise(sorted([starts_on, *cuts, ends_on])):
            paid_to = in_force(terms.payees, first)
            now = Stretch(first, after, in_force(terms.rents, first), paid_to.payee if paid_to else None)
            if found and _goes_on(found[-1], now):
                found[-1] = found[-1]._replace(ends_on=after)
            else:
                found.append(now)
    return found


def priced(stretches: Iterable[Stretch], basis: str, month: date) -> list[Run]:
    """What the stretches that have a rent and a payee cost."""
    month_days = days_in_month(month)
    runs = []
    for stretch in stretches:
        if stretch.rent is not None and stretch.payee is not None:
            days = (stretch.ends_on - stretch.starts_on).days
            amount = line_amount(stretch.rent.amount, basis, days, month_days)
            runs.append(Run(stretch.starts_on, stretch.ends_on, days, stretch.rent, stretch.payee, amount))
    return runs


def runs_in_month(terms: LeaseTerms, month: date) -> list[Run]:
    """What the lease earns in the month whose first day is `month`, one run for each line of the schedule."""
    return priced(stretches(terms, month), terms.basis, month)


class _Dated(Protocol):
    @property
    def from_on(self) -> date: ...


_Row = TypeVar("_Row", bound=_Dated)


def in_force(rows: Iterable[_Row], day: date) -> _Row | None:
    """The latest of the rows that take effect on or before the day."""
    latest = None
    for row in rows:
        if row.from_on <= day and (latest is None or row.from_on > latest.from_on):
            latest = row
    return latest


def _goes_on(before: Stretch, after: Stretch) -> bool:
    return (
        before.ends_on == after.starts_on
        and before.payee == after.payee
        and (before.rent and before.rent.amount) == (after.rent and after.rent.amount)
    )
