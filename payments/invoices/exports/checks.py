"""The checks of a month as a CSV file: a row a line, what was billed and what is payable."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from typing import Any

from payments.invoices.rules.check import AGREED
from payments.invoices.selectors.lists import lines_checked_in

COLUMNS = (
    *("invoice", "line", "booking", "codes", "billed_net", "billed_vat"),
    *("payable_nights", "payable_net", "payable_vat"),
)


def checks_csv(month: date) -> bytes:
    """Every line of the invoices for a month, in the order in which they were checked; codes in alphabetical order."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(month))
    return out.getvalue().encode()


def _rows(month: date) -> Iterator[Sequence[Any]]:
    for line in lines_checked_in(month):
        yield (
            line.invoice.number,
            line.number,
            line.booking.ref if line.booking else "",
            " ".join(sorted(line.codes)) or AGREED,
            line.net,
            line.vat,
            line.payable_nights,
            line.payable_net,
            line.payable_vat,
        )
