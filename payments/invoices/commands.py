"""What the commands of this room share with nobody else: arguments, and an invoice in words."""

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import date

from lewisham_ta.dates import parse_month
from payments.invoices.imports.layout import Reading
from payments.invoices.models import Invoice
from payments.invoices.rules.check import AGREED


def month(text: str) -> date:
    try:
        return parse_month(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day: write it as 2026-11-07") from None


def layout_words(reading: Reading) -> Iterator[str]:
    """How a file is read, for whoever confirms it."""
    if not reading.is_known:
        yield f"Sheet {reading.sheet} is read so, which --confirm confirms for this provider:"
        yield from (f"  {words}: {heading}" for words, heading in reading.layout.words())
    yield from reading.notes


def check_words(invoice: Invoice) -> Iterator[str]:
    """What the check found, line by line and in all."""
    lines = list(invoice.lines.order_by("number"))
    for line in lines:
        if line.codes:
            words = " ".join(finding["words"] for finding in line.findings)
            yield f"{line.number}\t{line.given_ref or line.given_name}\t{' '.join(line.codes)}\t{words}"
    yield from (f"{found['code']}\t{found['words']}" for found in invoice.findings)
    counts = Counter(code for line in lines for code in line.codes or [AGREED])
    yield ", ".join(f"{count} {code}" for code, count in counts.most_common())
    billed = sum(line.net + line.vat for line in lines)
    payable = sum(line.payable_net + line.payable_vat for line in lines)
    yield f"{invoice.number}: {len(lines)} lines, £{billed:,.2f} billed, £{payable:,.2f} payable."
