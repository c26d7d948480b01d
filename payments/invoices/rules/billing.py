"""An invoice as billed, and what is to be said of it as a whole before any of its lines is paid."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from lewisham_ta.money import ZERO
from payments.invoices.rules.line import Billed
from payments.invoices.rules.matching import Given

TOTAL_DIFFERS, NEAR_NUMBER, OTHER_SUPPLIER = "TOTAL_DIFFERS", "NEAR_NUMBER", "OTHER_SUPPLIER"
SAME_NIGHTS, SAME_AMOUNT = "SAME_NIGHTS", "SAME_AMOUNT"
FILE_NUMBER, FILE_TOTAL = "FILE_NUMBER", "FILE_TOTAL"
SUPPLIER_UNKNOWN, NO_VAT_NUMBER = "SUPPLIER_UNKNOWN", "NO_VAT_NUMBER"


class LineAsBilled(NamedTuple):
    """A line as it came from a file or was typed. `ends_on` is the morning of departure."""

    number: int
    ref: str
    name: str
    unit: str
    address: str
    starts_on: date
    ends_on: date
    stated_nights: int | None
    rate: Decimal | None
    net: Decimal
    vat: Decimal = ZERO
    gross: Decimal | None = None

    @property
    def given(self) -> Given:
        return Given(self.ref, self.name, self.unit, self.address, self.starts_on, self.ends_on)

    @property
    def billed(self) -> Billed:
        return Billed(self.starts_on, self.ends_on, self.stated_nights, self.rate, self.net, self.vat, self.gross)


# So many lines are read, checked and claimed in about two seconds while the officer waits; nobody bills as many.
MOST_LINES = 2_000


def size_refusal(lines: int) -> str:
    """Why an invoice of so many lines is not taken in, or ""."""
    if not lines:
        return "The invoice has no line."
    if lines > MOST_LINES:
        return f"The invoice has {lines:,} lines, and at most {MOST_LINES:,} are taken: ask for it in parts."
    return ""


def line_refusal(line: LineAsBilled) -> str:
    """Why a line cannot stand on an invoice at all, or ""."""
    if line.ends_on <= line.starts_on:
        return f"Line {line.number}: the departure must be after the first night."
    if line.net < 0 or line.vat < 0:
        return f"Line {line.number}: an amount below zero is a credit and is not billed for nights."
    return ""


def number_refusal(number: str) -> str:
    """Why this cannot be an invoice's number, or ""."""
    if not re.search("[A-Za-z0-9]", number):
        return "Type the number of the invoice."
    return "The number of an invoice has at most 30 characters." if len(number) > 30 else ""


def number_key(number: str) -> str:
    """The number by which a near duplicate is noticed: no case, no punctuation, and no single letter after a digit."""
    key = re.sub(r"[^A-Z0-9]", "", number.upper())
    return re.sub(r"(?<=[0-9])[A-Z]$", "", key)


class Other(NamedTuple):
    """Another invoice that is neither rejected nor voided, as far as it may be the same one."""

    pk: int
    number: str
    provider: str
    is_same_provider: bool
    total: Decimal
    first_on: date | None
    ends_on: date | None


class InFile(NamedTuple):
    """What the provider's file says of the invoice, where it says it."""

    number: str = ""
    total: Decimal | None = None


class InvoiceFinding(NamedTuple):
    """Something about the whole invoice, with the key of the other invoice that it is about, if there is one."""

    code: str
    words: str
    other: int | None = None


def total_of(lines: Iterable[LineAsBilled]) -> Decimal:
    return sum((line.net + line.vat for line in lines), ZERO)


def file_findings(in_file: InFile, *, number: str, stated_total: Decimal | None) -> list[InvoiceFinding]:
    """Where the file says something else than what was typed when it was loaded."""
    found = []
    if in_file.number and " ".join(in_file.number.split()).casefold() != number.casefold():
        words = f"The file says that the invoice's number is {in_file.number}, and {number} was typed."
        found.append(InvoiceFinding(FILE_NUMBER, words))
    if in_file.total is not None and in_file.total != stated_total:
        typed = "no total" if stated_total is None else f"£{stated_total:,.2f}"
        words = f"The file says that the total is £{in_file.total:,.2f}, and {typed} was typed."
        found.append(InvoiceFinding(FILE_TOTAL, words))
    return found


def invoice_findings(
    *,
    number: str,
    lines: Sequence[LineAsBilled],
    stated_total: Decimal | None,
    has_supplier_number: bool,
    has_vat_number: bool,
    others: Sequence[Other],
    same_nights: Sequence[tuple[int, str, int]],
) -> list[InvoiceFinding]:
    """Everything to say of an invoice as a whole. `others` are those that could be the same: of one number key, or of
    the same provider and total. `same_nights` are key and number of other invoices with how many lines share nights."""
    found = []
    total = total_of(lines)
    if stated_total is not None and stated_total != total:
        words = f"The invoice says £{stated_total:,.2f} and its lines add up to £{total:,.2f}."
        found.append(InvoiceFinding(TOTAL_DIFFERS, words))
    first_on = min((line.starts_on for line in lines), default=None)
    ends_on = max((line.ends_on for line in lines), default=None)
    key = number_key(number)
    for other in others:
        if number_key(other.number) == key:
            if other.is_same_provider:
                words = f"The number {number} is all but that of invoice {other.number} of the same provider."
                found.append(InvoiceFinding(NEAR_NUMBER, words, other.pk))
            elif other.total == total:
                words = f"{other.provider} billed the same £{total:,.2f} as invoice {other.number}: one supplier twice?"
                found.append(InvoiceFinding(OTHER_SUPPLIER, words, other.pk))
        elif other.is_same_provider and other.total == total and (other.first_on, other.ends_on) == (first_on, ends_on):
            words = f"Invoice {other.number} is of the same provider, nights and amount (£{total:,.2f})."
            found.append(InvoiceFinding(SAME_AMOUNT, words, other.pk))
    for pk, other_number, count in same_nights:
        lines_words = "1 line bills" if count == 1 else f"{count} lines bill"
        words = f"{lines_words} nights that invoice {other_number} bills too."
        found.append(InvoiceFinding(SAME_NIGHTS, words, pk))
    if not has_supplier_number:
        found.append(InvoiceFinding(SUPPLIER_UNKNOWN, "The provider has no supplier number."))
    if not has_vat_number and any(line.vat for line in lines):
        found.append(InvoiceFinding(NO_VAT_NUMBER, "VAT is billed, and the provider has no VAT number."))
    return found
