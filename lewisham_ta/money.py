"""Pounds and pence. Amounts are `Decimal` pounds with two places; each line is rounded once, half up."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

PENNY = Decimal("0.01")
ZERO = Decimal("0.00")
# A binary double holds a hundred million pounds to about a hundred-millionth, so noise stays far below this.
FLOAT_NOISE = Decimal("0.00001")


def to_penny(amount: Decimal) -> Decimal:
    """Round pounds to whole pence, half up (half away from zero for a negative amount)."""
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def pence(amount: Decimal) -> int:
    """Whole pence of an amount that has no more than two places. Raises ValueError for a part of a penny."""
    in_pence = amount * 100
    if in_pence != in_pence.to_integral_value():
        raise ValueError(f"{amount} is not whole pence.")
    return int(in_pence)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of rounded amounts, £0.00 when there are none."""
    return sum(amounts, ZERO)


def share_out(amount: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """Split `amount` by weight so that the parts add back to it exactly.

    Floor first, then give the odd pennies to the largest remainders, earliest first. Rounding each part and
    correcting afterwards can leave a part on the wrong side of zero.
    """
    whole = sum(weights)
    sign = -1 if amount < 0 else 1
    shares = [divmod(pence(abs(amount)) * weight, whole) for weight in weights]
    odd_pennies = pence(abs(amount)) - sum(floor for floor, _ in shares)
    lucky = set(sorted(range(len(shares)), key=lambda i: -shares[i][1])[:odd_pennies])
    return [sign * (floor + (i in lucky)) * PENNY for i, (floor, _) in enumerate(shares)]


def from_cell(cell: object) -> Decimal:
    """Pounds typed or stored in a spreadsheet cell: a number, or text with £, commas and spaces.

    Excel hands back binary floats: they are read through `str`, and a value that is not whole pence but for float
    noise is refused. Raises ValueError with a few words an officer can act on.
    """
    if isinstance(cell, bool):
        raise ValueError("not an amount")
    text = str(cell).replace("\xa0", " ").strip().replace("\u2212", "-")
    bare = text.replace("£", "").replace(",", "").replace(" ", "")
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    if "_" in bare:  # Python would read 1_000
        raise ValueError("not an amount")
    try:
        amount = Decimal(bare)
        rounded = to_penny(amount)  # refuses more digits than a Decimal works with
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not rounded.is_finite():
        raise ValueError("not an amount")
    if abs(amount - rounded) >= FLOAT_NOISE:
        raise ValueError("more than two decimal places")
    return rounded
