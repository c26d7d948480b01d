"""From the lines of a payee to what the payee gets: tax, brought forward, held, net, carried forward."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from lewisham_ta.money import ZERO, to_penny, total
from payments.controc.rules.lines import ADJUSTMENT, BACKDATED, RELEASED, RENT, Line, first_kind


@dataclass(slots=True)
class Sums:
    """A payee's lines added up as they come. `taxable` is rent paid less recharges taken off, now or on release."""

    rent: Decimal = ZERO
    backdated: Decimal = ZERO
    released: Decimal = ZERO
    adjustments: Decimal = ZERO
    held: Decimal = ZERO
    taxable: Decimal = ZERO
    pays: bool = False

    def add(self, line: Line) -> None:
        self.pays = self.pays or line.amount > 0
        if line.is_held:
            self.held += line.amount
            return
        if line.kind == RENT:
            self.rent += line.amount
        elif line.kind == BACKDATED:
            self.backdated += line.amount
        elif line.kind == RELEASED:
            self.released += line.amount
        else:
            self.adjustments += line.amount
        if first_kind(line) != ADJUSTMENT or line.amount < 0:
            self.taxable += line.amount


class Total(NamedTuple):
    """What one payee gets from one schedule. The fields are the columns of the table; see PayeeTotal."""

    payee: int
    rent: Decimal
    backdated: Decimal
    released: Decimal
    adjustments: Decimal
    nrl_base: Decimal
    nrl_tax: Decimal
    brought_forward: Decimal
    held: Decimal
    net: Decimal
    carried_forward: Decimal


def payee_total(payee: int, sums: Sums, *, brought_forward: Decimal, tax_percent: Decimal) -> Total:
    """`tax_percent` is zero for a payee that is paid gross. A balance below zero is carried forward and not paid."""
    base = max(ZERO, sums.taxable) if tax_percent else ZERO
    tax = to_penny(base * tax_percent / 100) if base else ZERO
    balance = sums.rent + sums.backdated + sums.released + sums.adjustments - tax + brought_forward
    return Total(
        payee=payee,
        rent=sums.rent,
        backdated=sums.backdated,
        released=sums.released,
        adjustments=sums.adjustments,
        nrl_base=base,
        nrl_tax=tax,
        brought_forward=brought_forward,
        held=sums.held,
        net=max(ZERO, balance),
        carried_forward=min(ZERO, balance),
    )


# The money among the control totals, in the order in which it is read.
MONEY = (
    "rent",
    "backdated",
    "released",
    "adjustments",
    "nrl_tax",
    "brought_forward",
    "net",
    "held",
    "carried_forward",
)


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """The figures by which two people agree that they look at the same schedule."""

    lines: int
    payees: int
    rent: Decimal
    backdated: Decimal
    released: Decimal
    adjustments: Decimal
    nrl_tax: Decimal
    brought_forward: Decimal
    net: Decimal
    held: Decimal
    carried_forward: Decimal


def control_totals(totals: Sequence[Total], *, lines: int) -> ControlTotals:
    return ControlTotals(
        lines=lines,
        payees=len(totals),
        **{name: total(getattr(row, name) for row in totals) for name in MONEY},
    )
