"""A payee's net as a workbook: what is added up on one sheet, what is held on another."""

from collections.abc import Iterator, Sequence
from typing import Any

from lewisham_ta.exports import Sheet, workbook_of
from payments.controc.nets.selectors import Net, Row, Step

COLUMNS = ("Part", "Lease", "Property", "Address", "Line", "Working", "Amount £")
HELD = (*COLUMNS, "Why held", "Who must act")


def net_xlsx(net: Net) -> bytes:
    held = [(*_cells("Held", row), row.line.held_because, row.must_act) for row in net.held]
    rows = [cells for step in net.steps for cells in _step_rows(step)]
    totals = ("To pay", "", "", "", "", "", net.total.net)
    return workbook_of([Sheet("Net", COLUMNS, rows, totals), Sheet("Held, not paid", HELD, held)])


def file_name(net: Net) -> str:
    return f"Net {net.total.schedule} {net.total.payee.party.ref}.xlsx"


def _step_rows(step: Step) -> Iterator[Sequence[Any]]:
    """The lines of the step, or its one figure: the column adds up to the net."""
    if not step.rows:
        yield step.words, "", "", "", "", step.note, step.amount
    for row in step.rows:
        yield _cells(step.words, row)


def _cells(part: str, row: Row) -> Sequence[Any]:
    lease = row.line.lease
    address = f"{lease.property.address}, {lease.property.postcode}"
    return part, lease.ref, lease.property.ref, address, row.what, row.working, row.line.amount
