"""The sheets and columns of the register, and what one row says by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.models import Party
from lewisham_ta.imports import cells
from lewisham_ta.imports.cells import said
from lewisham_ta.imports.table import Column, Doubtful, Found, Row, Table, Wrong, read_tables
from lewisham_ta.imports.workbook import Sheet
from payments.leases.models import Adjustment, Certificate, Lease

Kind, Per, Basis = Party.Kind, Lease.Per, Lease.Basis
SUSPENSION, HOLD = "suspension", "hold"

REF = cells.ref(20)
RENT = cells.money("100000")
AMOUNT = cells.money("10000000")
REASON = cells.text(200)

LANDLORDS = Table(
    "Landlords",
    [
        Column("Landlord Ref", REF, needed=True, synonyms=["LL Ref"]),
        Column("Name", cells.text(120), needed=True, synonyms=["Landlord name"]),
        Column(
            "Payee type",
            cells.choice(
                {
                    "Individual": Kind.INDIVIDUAL,
                    "Company": Kind.COMPANY,
                    "Agent": Kind.AGENT,
                    "Housing association": Kind.HOUSING_ASSOCIATION,
                }
            ),
            needed=True,
        ),
        Column("Supplier No", cells.ref(30), synonyms=["Supplier number"]),
        Column("Sort code", cells.digits(6, "a sort code")),
        Column("Account No", cells.digits(8, "an account number"), synonyms=["Account number"]),
        Column("Account name", cells.text(60)),
        Column("Email", cells.email, optional=True, synonyms=["E-mail"]),
        Column("Telephone", cells.telephone, optional=True, synonyms=["Phone", "Tel"]),
        Column("Address", cells.text(200), optional=True),
        Column("VAT No", cells.ref(20), optional=True, synonyms=["VAT number"]),
        Column("Overseas", cells.yes_no),
        Column("NRL approval ref", cells.ref(40), synonyms=["NRL ref", "NRL approval"]),
    ],
    synonyms=["Landlords and agents", "Payees"],
)
PROPERTIES = Table(
    "Properties",
    [
        Column("Property Ref", REF, needed=True),
        Column("UPRN", cells.uprn, optional=True),
        Column("Address", cells.text(200), needed=True),
        Column("Postcode", cells.postcode, needed=True, synonyms=["Post code"]),
        Column("Bedrooms", cells.whole_number(50), needed=True, synonyms=["Beds"]),
        Column("Type", cells.text(30), optional=True, synonyms=["Property type"]),
    ],
)
LEASES = Table(
    "Leases",
    [
        Column("Lease Ref", REF, needed=True),
        Column("Property Ref", REF, needed=True),
        Column("Landlord Ref", REF, needed=True, synonyms=["LL Ref"]),
        Column("Start", cells.day, needed=True, synonyms=["Start date", "Lease start"]),
        Column("End", cells.day, synonyms=["End date", "Lease end"]),
        Column("Keys returned", cells.day),
        Column("Keys day paid", cells.yes_no),
        Column("Rent", RENT, needed=True),
        Column("Per", cells.choice({"Week": Per.WEEK, "Month": Per.MONTH}), needed=True),
        Column(
            "Basis",
            cells.choice({"Days": Basis.DAYS, "52/12": Basis.WEEKS_52, "365/84": Basis.DAYS_365, "Month": Basis.MONTH}),
            needed=True,
        ),
        Column("Cost code", cells.text(30), optional=True),
    ],
)
RENT_CHANGES = Table(
    "Rent changes",
    [
        Column("Lease Ref", REF, needed=True),
        Column("From", cells.day, needed=True),
        Column("New rent", RENT, needed=True),
        Column("Reason", REASON, optional=True),
    ],
    optional=True,
)
SPELLS = Table(
    "Suspensions and holds",
    [
        Column("Lease Ref", REF, needed=True),
        Column("Kind", cells.choice({"Suspension": SUSPENSION, "Hold": HOLD}), needed=True),
        Column("From", cells.day, needed=True),
        Column("To", cells.day),
        Column("Reason", REASON, optional=True),
    ],
    optional=True,
)
ADJUSTMENTS = Table(
    "Adjustments",
    [
        Column("Lease Ref", REF, needed=True),
        Column("Month", cells.month, needed=True),
        Column(
            "Type",
            cells.choice({"Recharge": Adjustment.Kind.RECHARGE, "Credit": Adjustment.Kind.CREDIT}),
            needed=True,
        ),
        Column("Amount", AMOUNT, needed=True),
        Column("Narrative", REASON, needed=True),
    ],
    optional=True,
)
CERTIFICATES = Table(
    "Certificates",
    [
        Column("Property Ref", REF, needed=True),
        Column(
            "Certificate",
            cells.choice(
                {"Gas safety": Certificate.Kind.GAS, "EICR": Certificate.Kind.EICR, "EPC": Certificate.Kind.EPC}
            ),
            needed=True,
        ),
        Column("Issued", cells.day, needed=True),
        Column("Expires", cells.day, needed=True),
    ],
    optional=True,
)
TABLES = [LANDLORDS, PROPERTIES, LEASES, RENT_CHANGES, SPELLS, ADJUSTMENTS, CERTIFICATES]

BELOW_ZERO = "rent below zero"
NOT_ABOVE_ZERO = "an adjustment is above zero: its type says whether it is taken off or added"


@dataclass(slots=True)
class Register:
    """The sheets as they were read, with the complaints about cells so far."""

    landlords: Found
    properties: Found
    leases: Found
    rent_changes: Found
    spells: Found
    adjustments: Found
    certificates: Found
    doubtful: list[Doubtful] = field(default_factory=list)

    @property
    def sheets(self) -> list[Found]:
        return [getattr(self, name) for name in NAMES]

    @property
    def wrong(self) -> list[Wrong]:
        return [cell for sheet in self.sheets for cell in sorted(sheet.wrong)]

    @property
    def notes(self) -> list[str]:
        return [note for sheet in self.sheets for note in sheet.notes]

    def doubt(self, found: Found, row: Row, column: str, reason: str) -> None:
        self.doubtful.append(Doubtful(found.sheet, row.number, column, said(row.cells.get(column)), reason))


NAMES = ("landlords", "properties", "leases", "rent_changes", "spells", "adjustments", "certificates")


def read(sheets: Sequence[Sheet]) -> Register:
    """The register, with every cell complained about that is wrong whatever stands elsewhere."""
    found = read_tables(sheets, TABLES)
    register = Register(**{name: found[table.name] for name, table in zip(NAMES, TABLES, strict=True)})
    for sheet, check in (
        (register.landlords, _check_landlord),
        (register.leases, _check_lease),
        (register.rent_changes, _check_rent_change),
        (register.spells, _check_spell),
        (register.adjustments, _check_adjustment),
        (register.certificates, _check_certificate),
    ):
        _check_rows(sheet, check)
    return register


Complaint = tuple[str, str]


def _check_rows(found: Found, check: Callable[[Row], list[Complaint]]) -> None:
    for row in found.rows:
        for column, reason in check(row):
            found.complain(row, column, reason)


def _is_before(row: Row, column: str, other: str, *, or_same: bool = False) -> bool:
    first, second = row.get(other), row.get(column)
    return first is not None and second is not None and (second < first or (or_same and second == first))


def _check_landlord(row: Row) -> list[Complaint]:
    bank = ("Sort code", "Account No", "Account name")
    if not any(row.get(column) for column in bank):
        return []
    return [
        (column, "needed with the other bank details")
        for column in bank
        if column in row.values and row[column] is None
    ]


def _check_lease(row: Row) -> list[Complaint]:
    found: list[Complaint] = []
    if _is_before(row, "End", "Start"):
        found.append(("End", "it ends before it starts"))
    if _is_before(row, "Keys returned", "Start"):
        found.append(("Keys returned", "keys back before it started"))
    if _is_below_zero(row.get("Rent")):
        found.append(("Rent", BELOW_ZERO))
    per, basis = row.get("Per"), row.get("Basis")
    if per == Per.WEEK and basis == Basis.MONTH:
        found.append(("Basis", "a weekly rent is paid by Days, 52/12 or 365/84"))
    if per == Per.MONTH and basis not in (None, Basis.MONTH):
        found.append(("Basis", "a monthly rent is paid by Month"))
    return found


def _check_rent_change(row: Row) -> list[Complaint]:
    return [("New rent", BELOW_ZERO)] if _is_below_zero(row.get("New rent")) else []


def _check_spell(row: Row) -> list[Complaint]:
    return [("To", "it ends before it starts")] if _is_before(row, "To", "From") else []


def _check_adjustment(row: Row) -> list[Complaint]:
    amount = row.get("Amount")
    return [("Amount", NOT_ABOVE_ZERO)] if amount is not None and amount <= 0 else []


def _check_certificate(row: Row) -> list[Complaint]:
    return [("Expires", "expires before it was issued")] if _is_before(row, "Expires", "Issued", or_same=True) else []


def _is_below_zero(amount: Any) -> bool:
    return amount is not None and amount < 0
