"""The nightly side's files as the team and its providers would write them: the sheet, the extract, the invoices."""

import csv
from collections.abc import Iterable
from datetime import timedelta
from io import BytesIO, StringIO

from openpyxl import Workbook

from payments.demo.nights import BilledLine, BilledMonth, InventedStay, Nights
from payments.demo.register import add_sheet

# Size → the weekly charge and what Housing Benefit pays of it.
CHARGES = {
    "Single room": ("186.40", "168.90"),
    "Double room": ("221.75", "203.10"),
    "Family room": ("276.90", "254.35"),
    "Studio": ("268.30", "244.20"),
    "1 bed": ("298.15", "271.40"),
    "2 bed": ("356.80", "329.65"),
    "3 bed": ("431.25", "402.50"),
}


def nightly_sheet(nights: Nights) -> bytes:
    """The nightly-paid workbook, in the shape of the team's own."""
    book = Workbook(write_only=True)
    add_sheet(
        book,
        "Providers",
        "Provider Ref,Name,Supplier No,VAT,VAT No",
        (
            (one.ref, one.name, one.supplier_number, "Standard" if one.vat_number else "Exempt", one.vat_number)
            for one in nights.providers
        ),
    )
    add_sheet(
        book,
        "Units",
        "Unit Ref,Provider Ref,Address,Postcode,Size,Self contained,B&B (2003 Order),Nightly rate",
        (
            (
                unit.ref,
                unit.provider.ref,
                unit.address,
                unit.postcode,
                unit.size,
                "N" if "room" in unit.size else "Y",
                "Y" if "room" in unit.size else "N",
                unit.rate,
            )
            for unit in nights.units
        ),
    )
    add_sheet(
        book,
        "Bookings",
        "Booking Ref,Household Ref,Forename,Surname,DOB,Adults,Children,Service,Unit Ref,Check in,Check out,Status,"
        "Nightly rate,Academy Ref",
        (_booking(stay) for stay in nights.stays),
    )
    add_sheet(
        book,
        "Rate changes",
        "Booking Ref,From,New nightly rate",
        ((stay.ref, from_on, rate) for stay in nights.stays for from_on, rate in stay.rates[1:]),
    )
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _booking(stay: InventedStay) -> tuple[object, ...]:
    return (
        stay.ref,
        stay.household,
        stay.forename,
        stay.surname,
        stay.born_on,
        stay.adults,
        stay.children,
        stay.service,
        stay.unit.ref,
        stay.starts_on,
        stay.ends_on,
        "Cancelled" if stay.is_cancelled else "Booked",
        stay.rates[0][1],
        "" if stay.claim_fault == "no reference" else stay.claim_ref,
    )


def academy_extract(nights: Nights) -> bytes:
    """The extract of the benefits system. One household in twenty has no claim, or one that ended or is suspended.

    Of a few it has another start, charge or address than the bookings, no benefit, or no end though they left.
    """
    headings = "Claim Ref,Surname,Forename,DOB,Address,Postcode,Tenancy Start,Tenancy End,Weekly Rent,Weekly HB,Status"
    rows: list[Iterable[object]] = [headings.split(",")]
    for stay in nights.stays:
        if not stay.claim or stay.is_cancelled:
            continue
        ends_on = None if stay.claim_fault == "still live" else stay.claim_ends_on or stay.ends_on
        is_over = ends_on is not None and ends_on <= nights.today
        starts_on = stay.starts_on + timedelta(days=3) if stay.claim_fault == "dates" else stay.starts_on
        address = stay.unit.address
        if stay.claim_fault == "address":  # the home before
            address = f"{9 + len(rows) % 40} Bygone Road"
        charge, benefit = CHARGES[stay.unit.size]
        if stay.claim_fault == "charge":
            charge = CHARGES["1 bed" if stay.unit.size != "1 bed" else "2 bed"][0]
        rows.append(
            [
                stay.claim_ref,
                stay.surname,
                stay.forename,
                f"{stay.born_on:%d/%m/%Y}",
                address,
                stay.unit.postcode,
                f"{starts_on:%d/%m/%Y}",
                f"{ends_on:%d/%m/%Y}" if ends_on else "",
                charge,
                "0.00" if stay.claim_fault == "no benefit" else benefit,
                "Ended" if is_over and stay.claim == "Live" else stay.claim,
            ]
        )
    return _csv(rows)


def invoice_file(billed: BilledMonth) -> tuple[str, bytes]:
    """The name and the content of an invoice, in its provider's own layout."""
    if billed.provider.layout == "plain":
        headings = "booking_ref,guest,unit,from,to_exclusive,nights,rate,amount"
        return f"{billed.number}.csv", _csv([headings.split(","), *(_plain(line) for line in billed.lines)])
    headings, row = LAYOUTS[billed.provider.layout]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Invoice")
    sheet.append([billed.provider.name])
    sheet.append(["Invoice no", billed.number, None, "Invoice date", billed.dated_on])
    if billed.provider.vat_number:
        sheet.append(["VAT registration", billed.provider.vat_number])
    sheet.append(["To: The Council, Housing Needs"])
    sheet.append([])
    sheet.append(headings.split(","))
    for line in billed.lines:
        sheet.append(row(line))
    sheet.append([])
    total = sum(line.net + line.vat for line in billed.lines)
    sheet.append([None] * (headings.count(",") - 1) + ["TOTAL DUE", total])
    out = BytesIO()
    book.save(out)
    return f"{billed.number}.xlsx", out.getvalue()


def _departure(line: BilledLine) -> list[object]:
    dates = [line.starts_on, line.ends_on]
    return [line.ref, line.name, line.unit.ref, *dates, line.nights, line.rate, line.net]


def _last_night(line: BilledLine) -> list[object]:
    address = f"{line.unit.address}, {line.unit.postcode}"
    last_night = line.ends_on.fromordinal(line.ends_on.toordinal() - 1)
    return [line.name, address, line.starts_on, last_night, line.nights, line.rate, line.net]


def _vat(line: BilledLine) -> list[object]:
    money = [line.rate, line.net, line.vat, line.net + line.vat]
    return [line.ref, line.name, line.starts_on, line.ends_on, line.nights, *money]


def _statement(line: BilledLine) -> list[object]:
    dates = [f"{line.starts_on:%d %b %Y}", f"{line.ends_on:%d %b %Y}"]
    return [*dates, line.nights, line.unit.address, line.name, line.ref, f"£{line.rate:,.2f}", f"£{line.net:,.2f}"]


def _plain(line: BilledLine) -> list[object]:
    dates = [f"{line.starts_on:%Y-%m-%d}", f"{line.ends_on:%Y-%m-%d}"]
    return [line.ref, line.name, line.unit.ref, *dates, line.nights, line.rate, f"{line.net:.2f}"]


LAYOUTS = {
    "departure": ("Booking Ref,Client,Room,Arrival,Departure,Nights,Rate,Total", _departure),
    "last_night": ("Name,Address,From,To (last night),No. of nights,£ per night,Amount £", _last_night),
    "vat": ("Your ref,Resident,Check in,Check out,Days,Nightly charge,Net,VAT,Gross", _vat),
    "statement": ("Date in,Date out,Nts,Property,Occupant,Reference,Price per night,Line total", _statement),
}


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")
