"""The check of an invoice as a workbook: every line as billed, as booked, and as decided."""

from typing import Any

from lewisham_ta.dates import ONE_DAY
from lewisham_ta.exports import workbook
from payments.invoices.models import Invoice
from payments.invoices.rules.moves import PAID
from payments.invoices.selectors.check_page import Check, Group, Row, Unbilled

COLUMNS = [
    *("Group", "Row", "Booking", "Name", "Unit", "From", "Last night", "Nights", "Rate £", "Net £", "VAT £"),
    *("Our from", "Our last night", "Our nights", "Our rate £", "Our net £", "Our VAT £", "Difference £"),
    *("Why", "Decision", "Reason", "Payable net £", "Payable VAT £", "Paid net £", "Paid VAT £"),
]


def check_workbook(invoice: Invoice, check: Check) -> bytes:
    rows = [cells for group in check.groups for cells in _cells_of(group)]
    rows.sort(key=lambda cells: (cells[1] is None, cells[1] or 0))
    return workbook(f"Invoice {invoice.number}", COLUMNS, rows)


def _cells_of(group: Group) -> list[list[Any]]:
    return [_line(group, row) for row in group.rows] + [_missing(group, each) for each in group.missing]


def _line(group: Group, row: Row) -> list[Any]:
    line, ours = row.line, row.ours
    return [
        *(group.title, line.number, row.ref, row.who),
        *(row.place, line.starts_on, line.ends_on - ONE_DAY, row.nights, line.rate),
        *(line.net, line.vat, ours.first_on, ours.last_on, ours.nights or None),
        *(", ".join(f"{rate:.2f}" for rate in ours.rates), ours.net, ours.vat, row.difference),
        *(" ".join(why.words for why in row.why), line.get_decision_display(), line.reason),
        *(line.payable_net, line.payable_vat),
        *((line.paid_net, line.paid_vat) if line.decision in PAID else (None, None)),
    ]


def _missing(group: Group, each: Unbilled) -> list[Any]:
    return [
        *(group.title, None, each.booking.ref, "", each.place, None, None, None, None, None, None),
        *(each.starts_on, each.ends_on - ONE_DAY, each.nights, ", ".join(f"{rate:.2f}" for rate in each.rates)),
        *(each.net, None, -each.net, "Booked, and not on this invoice.", "", "", None, None, None, None),
    ]
