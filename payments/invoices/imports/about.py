"""What an invoice says of itself outside its lines: its number and date above them, its total below."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lewisham_ta.imports import cells
from lewisham_ta.imports.cells import said
from payments.invoices.imports import headings

_NUMBER = re.compile(
    r"(?:tax |vat )?inv(?:oice)?\.? ?(?:number|num|no|reference|ref|#)?\.? ?[:#]? ?(.*)", re.IGNORECASE
)
_DATE = re.compile(r"(?:inv(?:oice)? ?date|date(?: of (?:the )?invoice)?|tax point|dated)\.? ?:? ?(.*)", re.IGNORECASE)
# Somebody may be called Total Lettings, so what follows the word must go with it.
_TOTAL = re.compile(
    r"(?:grand |sub-? ?|net |gross |invoice |vat |overall )?totals?:?"
    r"(?: ?\(.*| (?:for|of|in|this|per|all|due|payable|amount|net|vat|gross|nights|invoice|incl?|excl?|to)\b.*)?"
    r"|(?:amount|balance|sum) (?:due|payable|owed|outstanding)\b.*|vat(?: @ ?[0-9.]+ ?%)?:?|please pay\b.*",
    re.IGNORECASE,
)
_FINAL = re.compile(r"grand|due|payable|gross|incl?\b|please pay|owed|outstanding", re.IGNORECASE)
_PARTIAL = re.compile(r"sub|\bvat\b|\bnet\b|excl?\b", re.IGNORECASE)


def is_total(row: Sequence[Any]) -> bool:
    """Whether a row adds up the others. The word may stand in any column."""
    return any(isinstance(cell, str) and _TOTAL.fullmatch(cell.strip()) for cell in row)


def total(rows: Sequence[Sequence[Any]], columns: Mapping[str, int]) -> Decimal | None:
    """The amount that the invoice asks for with VAT: of several totals the one that is due, else the last whole one."""
    found: list[tuple[int, Decimal]] = []
    for row in rows:
        if is_total(row) and (amount := _amount_of(row, columns)) is not None:
            words = " ".join(cell for cell in row if isinstance(cell, str))
            found.append((2 if _FINAL.search(words) else 0 if _PARTIAL.search(words) else 1, amount))
    best = max((rank for rank, _ in found), default=0)
    return next((amount for rank, amount in reversed(found) if rank == best), None)


def _amount_of(row: Sequence[Any], columns: Mapping[str, int]) -> Decimal | None:
    """The gross of a row of totals: under the gross, else the last amount of the row that is not a count of nights."""
    gross = columns.get(headings.GROSS)
    places = [gross] if gross is not None and gross < len(row) else []
    others = [index for index in range(len(row) - 1, -1, -1) if index != columns.get(headings.NIGHTS)]
    for index in [*places, *others]:
        try:
            amount: Decimal | None = cells.money("1000000000")(row[index])
        except ValueError:
            continue
        if amount is not None:
            return amount
    return None


def number_and_date(rows: Sequence[Sequence[Any]]) -> tuple[str, date | None]:
    """Number and date as they stand above the lines, each beside its words or in the same cell; "" and None if not."""
    number, dated_on = "", None
    for row in rows:
        for index, cell in enumerate(row):
            if not isinstance(cell, str):
                continue
            rest = [other for other in row[index + 1 :] if said(other)]
            words = cell.strip()
            if parts := _DATE.fullmatch(words):
                dated_on = dated_on or _day(parts[1] or (rest[0] if rest else None))
            elif not number and (parts := _NUMBER.fullmatch(words)):
                number = _number(parts[1] or (rest[0] if rest else ""))
    return number, dated_on


def _number(cell: Any) -> str:
    """A number has a digit, and is not the words of the next heading."""
    try:
        value: str = cells.text(30)(cell) or ""
    except ValueError:
        return ""
    return value if re.search("[0-9]", value) and not _DATE.fullmatch(value) else ""


def _day(cell: Any) -> date | None:
    try:
        day: date | None = cells.day(cell)
    except ValueError:
        return None
    return day
