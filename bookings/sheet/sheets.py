"""The sheets and columns of the nightly-paid workbook, and what one row says by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookings.households.models import Service
from bookings.stays.models import Booking
from bookings.units.models import Provider, Size
from lewisham_ta.imports import cells
from lewisham_ta.imports.table import Column, Found, Table, Wrong, read_tables
from lewisham_ta.imports.workbook import Sheet

Status = Booking.Status

REF = cells.ref(20)
RATE = cells.money("100000")
BELOW_ZERO = "a nightly rate cannot be below zero"
NO_NIGHT = "not after the check-in: a booking has at least one night"

SIZES = {size.label: size for size in Size}
SIZES |= {"Single": Size.SINGLE, "Double": Size.DOUBLE, "Family": Size.FAMILY, "Studio flat": Size.STUDIO}
for number in range(1, 7):
    SIZES |= dict.fromkeys([f"{number}-bed", f"{number}bed", f"{number} bedroom", f"{number} beds"], Size(str(number)))
SERVICES = {service.label: service for service in Service}
SERVICES |= dict.fromkeys(
    ["Children", "Childrens", "Children's", "Children’s", "Childrens services", "Children’s services"],  # noqa: RUF001
    Service.CHILDREN,
)
SERVICES |= {"Homelessness": Service.HOMELESS, "Adult": Service.ADULTS, "Adults' services": Service.ADULTS}

PROVIDERS = Table(
    "Providers",
    [
        Column("Provider Ref", REF, needed=True, synonyms=["Provider reference"]),
        Column("Name", cells.text(120), needed=True, synonyms=["Provider name", "Provider"]),
        Column("Supplier No", cells.ref(30), synonyms=["Supplier number"]),
        Column(
            "VAT",
            cells.choice(
                {
                    "Exempt": Provider.Vat.EXEMPT,
                    "Standard": Provider.Vat.STANDARD,
                    "Standard rated": Provider.Vat.STANDARD,
                }
            ),
            needed=True,
            synonyms=["VAT status"],
        ),
        Column("VAT No", cells.ref(20), optional=True, synonyms=["VAT number", "VAT reg no"]),
    ],
)
UNITS = Table(
    "Units",
    [
        Column("Unit Ref", REF, needed=True, synonyms=["Unit reference", "Unit"]),
        Column("Provider Ref", REF, needed=True, synonyms=["Provider reference"]),
        Column("Address", cells.text(200), needed=True),
        Column("Postcode", cells.postcode, needed=True, synonyms=["Post code"]),
        Column("Size", cells.choice(SIZES), needed=True, synonyms=["Unit size", "Room type"]),
        Column("Self contained", cells.yes_no, needed=True, synonyms=["Selfcontained"]),
        Column("B&B (2003 Order)", cells.yes_no, needed=True, synonyms=["B&B", "Bed and breakfast", "BB"]),
        Column("Nightly rate", RATE, synonyms=["Rate", "Agreed rate", "Rate per night"]),
    ],
)
BOOKINGS = Table(
    "Bookings",
    [
        Column("Booking Ref", REF, needed=True, synonyms=["Booking reference"]),
        Column("Household Ref", REF, needed=True, synonyms=["Household reference"]),
        Column("Forename", cells.text(60), synonyms=["First name", "Forenames"]),
        Column("Surname", cells.text(60), needed=True, synonyms=["Last name"]),
        Column("DOB", cells.day, synonyms=["Date of birth", "D.O.B."]),
        Column("Adults", cells.whole_number(30), needed=True),
        Column("Children", cells.whole_number(30), needed=True),
        Column("Service", cells.choice(SERVICES), needed=True),
        Column("Unit Ref", REF, needed=True, synonyms=["Unit reference", "Unit"]),
        Column("Check in", cells.day, needed=True, synonyms=["Checkin", "Check in date", "Arrival", "First night"]),
        Column("Check out", cells.day, synonyms=["Checkout", "Check out date", "Departure"]),
        Column(
            "Status",
            cells.choice(
                {
                    "Booked": Status.BOOKED,
                    "Cancelled": Status.CANCELLED,
                    "No show": Status.NO_SHOW,
                    "Canceled": Status.CANCELLED,
                    "No-show": Status.NO_SHOW,
                    "Did not arrive": Status.NO_SHOW,
                }
            ),
            needed=True,
        ),
        Column("Nightly rate", RATE, needed=True, synonyms=["Rate", "Agreed rate", "Rate per night"]),
        Column("Academy Ref", REF, synonyms=["Academy claim ref", "Academy reference", "Claim Ref"]),
    ],
)
RATE_CHANGES = Table(
    "Rate changes",
    [
        Column("Booking Ref", REF, needed=True, synonyms=["Booking reference"]),
        Column("From", cells.day, needed=True, synonyms=["From date", "Effective from"]),
        Column("New nightly rate", RATE, needed=True, synonyms=["New rate", "Nightly rate"]),
    ],
    optional=True,
)
TABLES = [PROVIDERS, UNITS, BOOKINGS, RATE_CHANGES]


@dataclass(slots=True)
class Nightly:
    """The sheets as they were read, with the complaints about cells so far."""

    providers: Found
    units: Found
    bookings: Found
    rate_changes: Found

    @property
    def sheets(self) -> list[Found]:
        return [self.providers, self.units, self.bookings, self.rate_changes]

    @property
    def wrong(self) -> list[Wrong]:
        return [cell for sheet in self.sheets for cell in sorted(sheet.wrong)]

    @property
    def notes(self) -> list[str]:
        return [note for sheet in self.sheets for note in sheet.notes]

    @property
    def is_readable(self) -> bool:
        """Whether the sheets that must be there are, so that they can be held against each other."""
        return not any(sheet.is_missing or not sheet.columns for sheet in self.sheets[:3])


def read(sheets: Sequence[Sheet]) -> Nightly:
    """The workbook, with every cell complained about that is wrong whatever stands elsewhere."""
    found = read_tables(sheets, TABLES)
    nightly = Nightly(*(found[table.name] for table in TABLES))
    for sheet, column in (
        (nightly.units, "Nightly rate"),
        (nightly.bookings, "Nightly rate"),
        (nightly.rate_changes, "New nightly rate"),
    ):
        for row in sheet.rows:
            if (row.get(column) or 0) < 0:
                sheet.complain(row, column, BELOW_ZERO)
    for row in nightly.bookings.rows:
        starts_on, ends_on = row.get("Check in"), row.get("Check out")
        if starts_on and ends_on and ends_on <= starts_on:
            nightly.bookings.complain(row, "Check out", NO_NIGHT)
        if row.get("Adults") == 0:
            nightly.bookings.complain(row, "Adults", "a household has at least one adult")
    return nightly
