"""The bridge: last month's total explained to this month's, lease by lease and in total (design 4.5).

Each lease's rent is walked from last month's lines to this month's, one cause at a time, by the amounts that the same
days would have cost before and after that cause. A step is given to a cause only where the facts of the lease say so:
a day without rent must be before its start, after its keys, or suspended. What no fact explains is "unexplained", and
so is any difference between the payees' totals and the lines below them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from lewisham_ta.dates import ONE_DAY, Period, days_in_month, next_month
from lewisham_ta.money import ZERO
from payments.controc.rules.entitlement import line_amount


class Cause(StrEnum):
    """Why this month's total differs from last month's, in the order in which the bridge is read."""

    NEW_LEASES = "New leases"
    HANDBACKS = "Handbacks"
    PART_MONTHS = "First and last part months"
    RENT_CHANGES = "Rent changes"
    DAYS_IN_MONTH = "Days in the month"
    SUSPENSIONS = "Suspensions"
    BACKDATING = "Backdating and corrections"
    ADJUSTMENTS = "Adjustments"
    HOLDS = "Holds"
    RELEASES = "Releases of held amounts"
    NRL = "Non-resident landlord tax"
    BROUGHT_FORWARD = "Balances brought and carried forward"
    UNEXPLAINED = "Unexplained"


class BridgeLine(NamedTuple):
    """A schedule line as the bridge sees it. Rent lines have their days `[starts_on, ends_on)` and their rent."""

    lease: int
    kind: str
    amount: Decimal
    is_held: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    rent: Decimal = ZERO
    basis: str = ""


@dataclass(frozen=True, slots=True)
class LeaseFacts:
    """What is known of a lease today: the days on which rent can be due, and the suspended ones."""

    in_force: Period
    suspensions: tuple[Period, ...] = ()


NOTHING_KNOWN = LeaseFacts(Period(date.min))  # no reason why a day has no rent


@dataclass(frozen=True, slots=True)
class PayeeFigures:
    """A payee's amounts in one month, summed over its schedules."""

    net: Decimal
    nrl_tax: Decimal
    brought_forward: Decimal
    carried_forward: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """All schedules of one month: their lines and what each payee got."""

    month: date
    lines: tuple[BridgeLine, ...]
    payees: Mapping[int, PayeeFigures]

    @property
    def total(self) -> Decimal:
        return sum((payee.net for payee in self.payees.values()), ZERO)


@dataclass(slots=True)
class Bridge:
    """Amounts by lease and cause, by payee and cause, and what is left over."""

    last_total: Decimal
    this_total: Decimal
    by_lease: dict[int, dict[Cause, Decimal]] = field(default_factory=dict)
    by_payee: dict[int, dict[Cause, Decimal]] = field(default_factory=dict)
    unexplained_total: Decimal = ZERO

    @property
    def by_cause(self) -> dict[Cause, Decimal]:
        """Every cause with its sum, UNEXPLAINED last and whole: in the leases and between lines and totals."""
        sums = dict.fromkeys(Cause, ZERO)
        for rows in (self.by_lease, self.by_payee):
            for causes in rows.values():
                for cause, amount in causes.items():
                    sums[cause] += amount
        sums[Cause.UNEXPLAINED] += self.unexplained_total
        return sums

    @property
    def unexplained(self) -> Decimal:
        return self.by_cause[Cause.UNEXPLAINED]

    @property
    def closes(self) -> bool:
        """Nothing is unexplained, in any lease and in total. Two errors that cancel out do not close it."""
        in_leases = any(causes.get(Cause.UNEXPLAINED) for causes in self.by_lease.values())
        return not in_leases and self.unexplained_total == 0

    def to_json(self) -> dict[str, Any]:
        """Plain values to freeze with a schedule that is signed off: amounts as text, causes by name."""

        def plain(rows: Mapping[int, Mapping[Cause, Decimal]]) -> dict[str, dict[str, str]]:
            return {
                str(pk): {cause.name: str(amount) for cause, amount in causes.items()} for pk, causes in rows.items()
            }

        return {
            "last_total": str(self.last_total),
            "this_total": str(self.this_total),
            "by_lease": plain(self.by_lease),
            "by_payee": plain(self.by_payee),
            "unexplained_total": str(self.unexplained_total),
        }

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> "Bridge":
        def rich(rows: Mapping[str, Mapping[str, str]]) -> dict[int, dict[Cause, Decimal]]:
            return {
                int(pk): {Cause[name]: Decimal(amount) for name, amount in causes.items()}
                for pk, causes in rows.items()
            }

        return cls(
            last_total=Decimal(frozen["last_total"]),
            this_total=Decimal(frozen["this_total"]),
            by_lease=rich(frozen["by_lease"]),
            by_payee=rich(frozen["by_payee"]),
            unexplained_total=Decimal(frozen["unexplained_total"]),
        )


def leases_with_gaps(*months: Month) -> set[int]:
    """The leases that have a line in one of the months and a day without rent in one: those whose facts are needed."""
    lines = [_by_lease(month.lines) for month in months]
    leases = {lease for of_month in lines for lease in of_month}
    return {
        lease
        for lease in leases
        if not all(
            _is_whole(month.month, _rent_lines(of_month.get(lease, ())))
            for month, of_month in zip(months, lines, strict=True)
        )
    }


def bridge(last: Month, this: Month, facts: Mapping[int, LeaseFacts]) -> Bridge:
    """Explain `this` month's total by `last` month's. `facts` must know every lease with a gap (`leases_with_gaps`)."""
    result = Bridge(last_total=last.total, this_total=this.total)
    last_lines, this_lines = _by_lease(last.lines), _by_lease(this.lines)
    for lease in last_lines.keys() | this_lines.keys():
        causes = lease_causes(
            last.month,
            last_lines.get(lease, ()),
            this.month,
            this_lines.get(lease, ()),
            facts.get(lease, NOTHING_KNOWN),
        )
        if causes:
            result.by_lease[lease] = causes
    nobody = PayeeFigures(ZERO, ZERO, ZERO, ZERO)
    for payee in last.payees.keys() | this.payees.keys():
        before, after = last.payees.get(payee, nobody), this.payees.get(payee, nobody)
        causes = _present(
            {
                Cause.NRL: before.nrl_tax - after.nrl_tax,
                Cause.BROUGHT_FORWARD: (after.brought_forward - after.carried_forward)
                - (before.brought_forward - before.carried_forward),
            }
        )
        if causes:
            result.by_payee[payee] = causes
    result.unexplained_total = this.total - last.total - sum(result.by_cause.values(), ZERO)
    return result


def lease_causes(
    last_month: date,
    last_lines: Iterable[BridgeLine],
    this_month: date,
    this_lines: Iterable[BridgeLine],
    facts: LeaseFacts,
) -> dict[Cause, Decimal]:
    """The difference of one lease by cause, without the causes that come to nothing."""
    last_lines, this_lines = tuple(last_lines), tuple(this_lines)
    causes: dict[Cause, Decimal] = defaultdict(lambda: ZERO)
    for cause, kind in (
        (Cause.BACKDATING, "backdated"),
        (Cause.ADJUSTMENTS, "adjustment"),
        (Cause.RELEASES, "released"),
    ):
        causes[cause] = _sum(this_lines, kind) - _sum(last_lines, kind)
    causes[Cause.HOLDS] = _held(last_lines) - _held(this_lines)
    for cause, amount in _rent_causes(last_month, _rent_lines(last_lines), this_month, _rent_lines(this_lines), facts):
        causes[cause] += amount
    return _present(causes)


def _rent_causes(
    last_month: date,
    last: list[BridgeLine],
    this_month: date,
    this: list[BridgeLine],
    facts: LeaseFacts,
) -> Iterable[tuple[Cause, Decimal]]:
    """Steps from last month's rent to this month's; they add up to the difference by construction."""
    due_last, due_this = sum((line.amount for line in last), ZERO), sum((line.amount for line in this), ZERO)
    if not last and not this:
        return
    if not last:
        missing = _missing(last_month, last, facts)
        yield (Cause.SUSPENSIONS if missing.all_suspended else Cause.NEW_LEASES), due_this
        return
    if not this:
        missing = _missing(this_month, this, facts)
        if missing.unknown:
            cause = Cause.UNEXPLAINED
        else:
            cause = Cause.SUSPENSIONS if missing.all_suspended else Cause.HANDBACKS
        yield cause, -due_last
        return

    closing = last[-1]

    @cache  # of a whole month nearly every step comes to the same
    def at_closing_rent(days: int, month: date) -> Decimal:
        return line_amount(closing.rent, closing.basis, days, days_in_month(month))

    # Last month as it would have been: at its closing rent, then without suspensions, then whole.
    missing = _missing(last_month, last, facts)
    at_one_rent = sum((at_closing_rent(_days(line), last_month) for line in last), ZERO)
    as_one_run = at_closing_rent(missing.paid, last_month)
    unsuspended = at_closing_rent(missing.paid + missing.suspended, last_month)
    known = at_closing_rent(missing.paid + missing.suspended + missing.outside, last_month)
    whole_last = at_closing_rent(days_in_month(last_month), last_month)
    yield Cause.RENT_CHANGES, at_one_rent - due_last
    # Two runs are rounded each by itself; the odd penny belongs to what cut the month in two.
    yield _cut(missing), as_one_run - at_one_rent
    yield Cause.SUSPENSIONS, unsuspended - as_one_run
    yield Cause.PART_MONTHS, known - unsuspended
    # A day that went unpaid for a reason since taken back: last month is signed off, so this is a correction of it.
    yield Cause.BACKDATING, whole_last - known

    # The same month of this month's length, then cut down to this month's days, then at this month's rents.
    whole_this = at_closing_rent(days_in_month(this_month), this_month)
    yield Cause.DAYS_IN_MONTH, whole_this - whole_last
    missing = _missing(this_month, this, facts)
    known = at_closing_rent(days_in_month(this_month) - missing.unknown, this_month)
    in_force = at_closing_rent(missing.paid + missing.suspended, this_month)
    as_one_run = at_closing_rent(missing.paid, this_month)
    at_one_rent = sum((at_closing_rent(_days(line), this_month) for line in this), ZERO)
    yield Cause.UNEXPLAINED, known - whole_this
    yield Cause.PART_MONTHS, in_force - known
    yield Cause.SUSPENSIONS, as_one_run - in_force
    yield _cut(missing), at_one_rent - as_one_run
    yield Cause.RENT_CHANGES, due_this - at_one_rent


@dataclass(frozen=True, slots=True)
class _Missing:
    """Days of a month with rent (`paid`) and without: suspended, outside the lease, or for no reason we know."""

    paid: int
    suspended: int
    outside: int
    unknown: int

    @property
    def all_suspended(self) -> bool:
        return self.suspended > 0 and self.paid == self.unknown == 0


def _is_whole(month: date, lines: Iterable[BridgeLine]) -> bool:
    """Whether the rent lines, earliest first, have every day of the month."""
    day: date | None = month
    for line in lines:
        if line.starts_on != day:
            return False
        day = line.ends_on
    return day == next_month(month)


def _missing(month: date, lines: list[BridgeLine], facts: LeaseFacts) -> _Missing:
    if _is_whole(month, lines):
        return _Missing(days_in_month(month), 0, 0, 0)
    paid = suspended = outside = unknown = 0
    day = month
    while day < next_month(month):
        if any(line.starts_on <= day < line.ends_on for line in lines if line.starts_on and line.ends_on):
            paid += 1
        elif not facts.in_force.holds(day):
            outside += 1
        elif any(suspension.holds(day) for suspension in facts.suspensions):
            suspended += 1
        else:
            unknown += 1
        day += ONE_DAY
    return _Missing(paid, suspended, outside, unknown)


def _cut(missing: _Missing) -> Cause:
    return Cause.SUSPENSIONS if missing.suspended else Cause.RENT_CHANGES


def _by_lease(lines: Iterable[BridgeLine]) -> dict[int, list[BridgeLine]]:
    groups: dict[int, list[BridgeLine]] = defaultdict(list)
    for line in lines:
        groups[line.lease].append(line)
    return groups


def _rent_lines(lines: Iterable[BridgeLine]) -> list[BridgeLine]:
    return sorted((line for line in lines if line.kind == "rent"), key=lambda line: (line.starts_on, line.ends_on))


def _days(line: BridgeLine) -> int:
    return (line.ends_on - line.starts_on).days if line.starts_on and line.ends_on else 0


def _sum(lines: Iterable[BridgeLine], kind: str) -> Decimal:
    return sum((line.amount for line in lines if line.kind == kind), ZERO)


def _held(lines: Iterable[BridgeLine]) -> Decimal:
    return sum((line.amount for line in lines if line.is_held), ZERO)


def _present(causes: Mapping[Cause, Decimal]) -> dict[Cause, Decimal]:
    return {cause: amount for cause, amount in causes.items() if amount}
