"""The register workbook of an invented borough, in the shape of the team's own."""

from collections.abc import Iterable
from datetime import date
from io import BytesIO

from openpyxl import Workbook

from payments.demo.borough import Borough, Dated


def register(borough: Borough, known_on: date) -> bytes:
    """The register workbook as the team would keep it on a day, in the shape of its own."""
    book = Workbook(write_only=True)
    leases = [lease for lease in borough.leases if lease.known_on <= known_on]
    homes = {lease.number for lease in leases}
    refs = {lease.ref for lease in leases}

    def known(rows: list[Dated]) -> Iterable[tuple[object, ...]]:
        latest = {row.row[:3]: row.row for row in rows if row.known_on <= known_on and row.row[0] in refs}
        return latest.values()

    add_sheet(
        book,
        "Landlords",
        "Landlord Ref,Name,Payee type,Supplier No,Sort code,Account No,Account name,Email,Telephone,Address,VAT No,"
        "Overseas,NRL approval ref",
        (
            (
                payee.ref,
                payee.name,
                payee.kind,
                payee.supplier_number,
                "08-99-99" if payee.account else "",
                payee.new_account if payee.new_account_on <= known_on else payee.account,
                payee.name.upper()[:18] if payee.account else "",
                f"payee{payee.supplier_number - 700_000}@example.org",
                f"020 7946 0{payee.supplier_number % 1000:03d}",
                payee.address,
                "",
                payee.overseas,
                payee.approval,
            )
            for payee in borough.payees
            if payee.known_on <= known_on
        ),
    )
    add_sheet(
        book,
        "Properties",
        "Property Ref,UPRN,Address,Postcode,Bedrooms,Type",
        (home for number, home in enumerate(borough.homes, 1) if number in homes),
    )
    add_sheet(
        book,
        "Leases",
        "Lease Ref,Property Ref,Landlord Ref,Start,End,Keys returned,Keys day paid,Rent,Per,Basis,Cost code",
        (
            (
                lease.ref,
                f"P{lease.number:05d}",
                lease.payee.ref,
                lease.starts_on,
                lease.last_day,
                lease.keys_on if lease.keys_known_on <= known_on else None,
                "Y" if lease.keys_day_paid else "N",
                lease.rent,
                lease.per,
                lease.basis,
                lease.cost_code,
            )
            for lease in leases
        ),
    )
    add_sheet(book, "Rent changes", "Lease Ref,From,New rent,Reason", known(borough.rents))
    add_sheet(book, "Suspensions and holds", "Lease Ref,Kind,From,To,Reason", known(borough.spells))
    add_sheet(book, "Adjustments", "Lease Ref,Month,Type,Amount,Narrative", known(borough.adjustments))
    add_sheet(
        book,
        "Certificates",
        "Property Ref,Certificate,Issued,Expires",
        (row for row in borough.certificates if int(str(row[0])[1:]) in homes),
    )
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def add_sheet(book: Workbook, title: str, headings: str, rows: Iterable[tuple[object, ...]]) -> None:
    """A sheet with a title, a blank row and its headings above the rows, as the team writes them."""
    sheet = book.create_sheet(title)
    sheet.append([f"{title.upper()} (invented)"])
    sheet.append([])
    sheet.append(headings.split(","))
    for row in rows:
        sheet.append(row)
