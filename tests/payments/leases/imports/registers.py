"""Small registers for tests, as sheets and as workbooks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lewisham_ta.imports.preview import Plan, State
from lewisham_ta.imports.workbook import Sheet
from payments.leases.imports.sheets import TABLES
from tests.lewisham_ta.imports.books import xlsx

SAMPLES = Path(__file__).resolve().parents[3] / "samples/psl"
SEPTEMBER, OCTOBER = SAMPLES / "psl_register_2026-09.xlsx", SAMPLES / "psl_register_2026-10.xlsx"
WRONG = SAMPLES / "wrong_register.xlsx"

DEFAULTS: dict[str, dict[str, Any]] = {
    "Landlords": {
        "Landlord Ref": "L1",
        "Name": "Jo Invented",
        "Payee type": "Individual",
        "Supplier No": "600001",
        "Sort code": "08-99-99",
        "Account No": "03686214",
        "Account name": "JO INVENTED",
        "Email": "jo@example.org",
        "Telephone": "020 7946 0001",
        "Overseas": "N",
    },
    "Properties": {"Property Ref": "P1", "Address": "1 Cedar Rise", "Postcode": "SE6 9ZZ", "Bedrooms": 2},
    "Leases": {
        "Lease Ref": "LS1",
        "Property Ref": "P1",
        "Landlord Ref": "L1",
        "Start": "01/04/2025",
        "End": "31/03/2028",
        "Keys day paid": "Y",
        "Rent": 350.0,
        "Per": "Week",
        "Basis": "Days",
    },
    "Rent changes": {"Lease Ref": "LS1", "From": "01/10/2025", "New rent": 364.0, "Reason": "Annual review"},
    "Suspensions and holds": {
        "Lease Ref": "LS1",
        "Kind": "Hold",
        "From": "01/09/2026",
        "Reason": "Gas safety record awaited",
    },
    "Adjustments": {
        "Lease Ref": "LS1",
        "Month": "2026-09",
        "Type": "Recharge",
        "Amount": 25.0,
        "Narrative": "Repair in default",
    },
    "Certificates": {"Property Ref": "P1", "Certificate": "EPC", "Issued": "01/04/2025", "Expires": "31/03/2035"},
}
SHEETS = {
    "landlords": "Landlords",
    "properties": "Properties",
    "leases": "Leases",
    "rent_changes": "Rent changes",
    "spells": "Suspensions and holds",
    "adjustments": "Adjustments",
    "certificates": "Certificates",
}


def sheets(*, without: Sequence[str] = (), **rows: Sequence[dict[str, Any]]) -> list[Sheet]:
    """A register with one landlord, property and lease. `rows` gives a sheet's rows, as differences from the usual."""
    made = []
    usual = {"landlords": [{}], "properties": [{}], "leases": [{}]} | rows
    for table, (key, name) in zip(TABLES, SHEETS.items(), strict=True):
        if name not in without:
            headings = [column.name for column in table.columns]
            body = [[(DEFAULTS[name] | row).get(heading, "") for heading in headings] for row in usual.get(key, [])]
            made.append(Sheet(name, [headings, *body]))
    return made


def workbook_of(*, without: Sequence[str] = (), **rows: Sequence[dict[str, Any]]) -> bytes:
    return xlsx({sheet.name: sheet.rows for sheet in sheets(without=without, **rows)})


def items(plan: Plan, *states: State) -> list[str]:
    """The items of a plan in words, without those that stayed as they are."""
    return [str(item) for item in plan.items if not states or item.state in states]


def complaints(plan: Plan) -> list[tuple[str, int, str, str]]:
    return [(cell.sheet, cell.row, cell.column, cell.reason) for cell in plan.wrong]


def doubts(plan: Plan) -> list[tuple[str, int, str, str]]:
    return [(cell.sheet, cell.row, cell.column, cell.reason) for cell in plan.doubtful]
