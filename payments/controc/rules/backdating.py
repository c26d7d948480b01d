"""Earlier months worked out again: what is due by the terms known now, less what was scheduled so far."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lewisham_ta.dates import add_months, days_in_month
from lewisham_ta.money import ZERO, total
from payments.controc.rules.entitlement import LeaseTerms, Run, runs_in_month


@dataclass(frozen=True, slots=True)
class Correction:
    """A month of a lease in which a payee is due something else than was scheduled. `runs` are what is due."""

    month: date
    payee: int
    due: Decimal
    scheduled: Decimal
    runs: tuple[Run, ...]

    @property
    def amount(self) -> Decimal:
        return self.due - self.scheduled

    @property
    def month_days(self) -> int:
        return days_in_month(self.month)


def months_to_look_at(month: date, signed: Iterable[date], months_back: int) -> list[date]:
    """The earlier months with a signed-off schedule that are not further back than the setting, earliest first."""
    return sorted(earlier for earlier in signed if add_months(month, -months_back) <= earlier < month)


def corrections(
    terms: LeaseTerms, months: Iterable[date], scheduled: Mapping[tuple[date, int], Decimal]
) -> list[Correction]:
    """What to add or take off, by month and payee. A payee changed in the past gives minus to one and plus to the
    other."""
    found = []
    for month in months:
        runs_of: dict[int, list[Run]] = defaultdict(list)
        for run in runs_in_month(terms, month):
            runs_of[run.payee].append(run)
        for payee in sorted(runs_of.keys() | {payee for earlier, payee in scheduled if earlier == month}):
            due = total(run.amount for run in runs_of[payee])
            so_far = scheduled.get((month, payee), ZERO)
            if due != so_far:
                found.append(Correction(month, payee, due, so_far, tuple(runs_of[payee])))
    return found
