"""The lines of a schedule as values: what is written for a lease before any of it is in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from lewisham_ta.money import ZERO
from payments.controc.rules.backdating import Correction
from payments.controc.rules.entitlement import LeaseTerms, Run, formula, per

RENT, BACKDATED, ADJUSTMENT, RELEASED = "rent", "backdated", "adjustment", "released"
RECHARGE = "recharge"


class Line(NamedTuple):
    """One amount for one payee and lease. The fields are the columns of the table; see ScheduleLine."""

    lease: int
    payee: int
    kind: str
    for_month: date
    amount: Decimal
    starts_on: date | None = None
    ends_on: date | None = None
    days: int | None = None
    rent: Decimal | None = None
    per: str = ""
    basis: str = ""
    cost_code: str = ""
    lease_rent: int | None = None
    adjustment: int | None = None
    releases: int | None = None
    working: dict[str, Any] | None = None
    is_held: bool = False
    held_because: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """An adjustment of a lease that no schedule has yet."""

    id: int
    month: date
    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line of a signed-off schedule that was held and is not released yet.

    `codes` are those of the anomalies by whose decision it was held, each with the severity that it had: none where
    the lease itself was on hold.
    """

    id: int
    line: Line
    codes: frozenset[tuple[str, str]]


def rent_line(month: date, run: Run, lease: LeaseTerms, cost_code: str, held_because: str = "") -> Line:
    return Line(
        lease=lease.lease,
        payee=run.payee,
        kind=RENT,
        for_month=month,
        amount=run.amount,
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        days=run.days,
        rent=run.rent.amount,
        per=per(lease.basis),
        basis=lease.basis,
        cost_code=cost_code,
        lease_rent=run.rent.id,
        is_held=bool(held_because),
        held_because=held_because,
    )


def backdated_line(correction: Correction, lease: LeaseTerms, cost_code: str, held_because: str = "") -> Line:
    return Line(
        lease=lease.lease,
        payee=correction.payee,
        kind=BACKDATED,
        for_month=correction.month,
        amount=correction.amount,
        per=per(lease.basis),
        basis=lease.basis,
        cost_code=cost_code,
        working={
            "due": str(correction.due),
            "scheduled": str(correction.scheduled),
            "runs": [_run_words(run, lease.basis, correction.month_days) for run in correction.runs],
        },
        is_held=bool(held_because),
        held_because=held_because,
    )


def adjustment_line(charge: Charge, payee: int, lease: LeaseTerms, cost_code: str, held_because: str = "") -> Line:
    """A recharge is taken off, a credit added."""
    return Line(
        lease=lease.lease,
        payee=payee,
        kind=ADJUSTMENT,
        for_month=charge.month,
        amount=-charge.amount if charge.kind == RECHARGE else charge.amount,
        cost_code=cost_code,
        adjustment=charge.id,
        is_held=bool(held_because),
        held_because=held_because,
    )


def released_line(held: HeldLine) -> Line:
    """The held line again, payable now. It keeps its days, rent and adjustment, which also say what it was."""
    return held.line._replace(kind=RELEASED, releases=held.id, is_held=False, held_because="")


def first_kind(line: Line) -> str:
    """What a line was before anything was held: of a released one, the kind of the line that it pays."""
    if line.kind != RELEASED:
        return line.kind
    if line.adjustment is not None:
        return ADJUSTMENT
    return BACKDATED if line.starts_on is None else RENT


def any_above_zero(lines: Iterable[Line]) -> bool:
    return any(line.amount > ZERO for line in lines)


def _run_words(run: Run, basis: str, month_days: int) -> dict[str, Any]:
    return {
        "starts_on": run.starts_on.isoformat(),
        "ends_on": run.ends_on.isoformat(),
        "days": run.days,
        "rent": str(run.rent.amount),
        "lease_rent": run.rent.id,
        "amount": str(run.amount),
        "sum": formula(run.rent.amount, basis, run.days, month_days),
    }
