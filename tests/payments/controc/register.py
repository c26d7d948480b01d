"""The sample registers put into the database without the importer."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from python_calamine import CalamineWorkbook

from contacts.models import Party
from payments.models import (
    Adjustment,
    BankDetails,
    Certificate,
    Hold,
    Lease,
    LeasePayee,
    LeaseRent,
    Payee,
    Property,
    Suspension,
)

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "psl"
KIND = {
    "individual": "individual",
    "company": "company",
    "agent": "agent",
    "housing association": "housing_association",
}


def text(cell):
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    return str(cell).replace("\xa0", " ").strip()


def day(cell):
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    cell = text(cell)
    if not cell:
        return None
    for form in ("%d/%m/%Y", "%d %b %Y", "%d-%m-%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007
        except ValueError:
            pass
    raise ValueError(cell)


def money(cell):
    return Decimal(re.sub(r"[£,\s\xa0]", "", str(cell))).quantize(Decimal("0.01"))


def sheet(book, name):
    rows = book.get_sheet_by_name(name).to_python()
    heads = [text(head) for head in rows[2]]
    for row in rows[3:]:
        if text(row[0]) and text(row[0]) != "TOTAL":
            yield dict(zip(heads, row, strict=False))


def load(month, asked_by, approved_by, now):
    book = CalamineWorkbook.from_path(SAMPLES / f"psl_register_{month}.xlsx")
    payees, properties, leases = {}, {}, {}
    for row in sheet(book, "Landlords"):
        ref = text(row["Landlord Ref"])
        party, _ = Party.objects.update_or_create(
            ref=ref, defaults={"name": text(row["Name"]), "kind": KIND[text(row["Payee type"]).lower()]}
        )
        payee, _ = Payee.objects.update_or_create(
            party=party,
            defaults={
                "is_overseas": {"Y": True, "N": False, "": None}[text(row["Overseas"])],
                "nrl_approval_ref": text(row["NRL approval ref"]),
            },
        )
        payees[ref] = payee
        sort_code, number = re.sub(r"\D", "", text(row["Sort code"])), text(row["Account No"])
        if number:
            sort_code, number = sort_code.zfill(6), number.zfill(8)
            old = payee.bank_details.filter(is_current=True).first()
            if old is None or (old.sort_code, old.account_number) != (sort_code, number):
                payee.bank_details.filter(is_current=True).update(is_current=False)
                BankDetails.objects.create(
                    payee=payee,
                    sort_code=sort_code,
                    account_number=number,
                    account_name=text(row["Account name"]),
                    source="register",
                    is_first=old is None,
                    status="approved",
                    requested_by=asked_by,
                    requested_at=now,
                    called_back_by=approved_by,
                    called_back_at=now,
                    decided_by=approved_by,
                    decided_at=now,
                    usable_from=now,
                    is_current=True,
                )
    for row in sheet(book, "Properties"):
        ref = text(row["Property Ref"])
        address = f"{text(row['Address'])} {text(row['Postcode'])}"
        properties[ref], _ = Property.objects.update_or_create(
            ref=ref,
            defaults={
                "uprn": text(row["UPRN"]),
                "address": text(row["Address"]),
                "postcode": text(row["Postcode"]),
                "bedrooms": int(row["Bedrooms"]),
                "address_key": re.sub(r"\W+", " ", address).upper(),
            },
        )
    for row in sheet(book, "Leases"):
        ref, start, end = text(row["Lease Ref"]), day(row["Start"]), day(row["End"])
        lease, _ = Lease.objects.update_or_create(
            ref=ref,
            defaults={
                "property": properties[text(row["Property Ref"])],
                "starts_on": start,
                "ends_on": end and end + timedelta(days=1),
                "keys_returned_on": day(row["Keys returned"]),
                "keys_day_paid": text(row["Keys day paid"]) != "N",
                "per": text(row["Per"]).lower(),
                "basis": text(row["Basis"]).lower(),
                "cost_code": text(row["Cost code"]),
            },
        )
        leases[ref] = lease
        LeasePayee.objects.get_or_create(lease=lease, from_on=start, payee=payees[text(row["Landlord Ref"])])
        LeaseRent.objects.get_or_create(
            lease=lease, from_on=start, amount=money(row["Rent"]), defaults={"set_by": asked_by, "set_at": now}
        )
    for row in sheet(book, "Rent changes"):
        LeaseRent.objects.get_or_create(
            lease=leases[text(row["Lease Ref"])],
            from_on=day(row["From"]),
            amount=money(row["New rent"]),
            defaults={"set_by": asked_by, "set_at": now},
        )
    for row in sheet(book, "Suspensions and holds"):
        model = Hold if text(row["Kind"]) == "Hold" else Suspension
        to = day(row["To"])
        model.objects.update_or_create(
            lease=leases[text(row["Lease Ref"])],
            starts_on=day(row["From"]),
            defaults={"ends_on": to and to + timedelta(days=1), "reason": text(row["Reason"])},
        )
    for row in sheet(book, "Adjustments"):
        Adjustment.objects.get_or_create(
            lease=leases[text(row["Lease Ref"])],
            month=date.fromisoformat(text(row["Month"]) + "-01"),
            kind=text(row["Type"]).lower(),
            amount=money(row["Amount"]),
            narrative=text(row["Narrative"]),
        )
    for row in sheet(book, "Certificates"):
        kind = {"Gas safety": "gas", "EICR": "eicr", "EPC": "epc"}[text(row["Certificate"])]
        Certificate.objects.update_or_create(
            property=properties[text(row["Property Ref"])],
            kind=kind,
            issued_on=day(row["Issued"]),
            defaults={"expires_on": day(row["Expires"])},
        )
