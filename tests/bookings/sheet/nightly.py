"""Small nightly-paid sheets for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bookings.sheet.imports import NIGHTLY_PAID
from bookings.sheet.sheets import TABLES
from lewisham_ta.imports.preview import Plan, State
from lewisham_ta.imports.uploads import no_progress
from lewisham_ta.imports.workbook import Sheet
from tests.factories import LONG_AGO
from tests.lewisham_ta.imports.books import xlsx

SAMPLE = Path(__file__).resolve().parents[2] / "samples/nightly/nightly_paid_2026-10.xlsx"

DEFAULTS: dict[str, dict[str, Any]] = {
    "Providers": {"Provider Ref": "PR1", "Name": "Invented Rooms Ltd", "Supplier No": 700000, "VAT": "Exempt"},
    "Units": {
        "Unit Ref": "U1",
        "Provider Ref": "PR1",
        "Address": "1 Invented Walk",
        "Postcode": "SE6 9ZZ",
        "Size": "2 bed",
        "Self contained": "Y",
        "B&B (2003 Order)": "N",
        "Nightly rate": 60,
    },
    "Bookings": {
        "Booking Ref": "B1",
        "Household Ref": "H1",
        "Forename": "Ada",
        "Surname": "Invented",
        "DOB": "01/01/1980",
        "Adults": 1,
        "Children": 0,
        "Service": "Homeless",
        "Unit Ref": "U1",
        "Check in": "03/10/2026",
        "Check out": "10/10/2026",
        "Status": "Booked",
        "Nightly rate": "£60.00",
        "Academy Ref": "A1",
    },
    "Rate changes": {"Booking Ref": "B1", "From": "05/10/2026", "New nightly rate": 55},
}


def sheets(*, without: Sequence[str] = (), **rows: Sequence[dict[str, Any]]) -> list[Sheet]:
    """A sheet with one provider, unit and booking. `rows` gives a sheet's rows, as differences from the usual."""
    made = []
    usual = {"providers": [{}], "units": [{}], "bookings": [{}]} | rows
    for table in TABLES:
        if table.name not in without:
            headings = [column.name for column in table.columns]
            body = [
                [(DEFAULTS[table.name] | row).get(heading, "") for heading in headings]
                for row in usual.get(table.name.lower().replace(" ", "_"), [])
            ]
            made.append(Sheet(table.name, [headings, *body]))
    return made


def workbook_of(**rows: Sequence[dict[str, Any]]) -> bytes:
    return xlsx({sheet.name: sheet.rows for sheet in sheets(**rows)})


def plan(**rows: Any) -> Plan:
    return NIGHTLY_PAID.plan(sheets(**rows))


def load(by: Any, **rows: Any) -> Plan:
    """Load a sheet in which nothing is wrong, and say what that changed."""
    made = plan(**rows)
    assert not made.wrong, made.wrong
    NIGHTLY_PAID.apply(made, by=by, now=LONG_AGO, progress=no_progress)
    return made


def changed(made: Plan) -> list[str]:
    return [str(item) for item in made.items if item.state != State.NEW]


def complaints(made: Plan) -> list[tuple[str, int, str, str]]:
    return [(cell.sheet, cell.row, cell.column, cell.reason) for cell in made.wrong]


def doubts(made: Plan) -> list[tuple[str, int, str, str]]:
    return [(cell.sheet, cell.row, cell.column, cell.reason) for cell in made.doubtful]
