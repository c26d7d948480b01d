"""What is wrong or doubtful in the register once its sheets are held against each other and against the records."""

from collections.abc import Callable, Hashable
from typing import Any

from lewisham_ta.addresses import address_key
from lewisham_ta.dates import Period, end_after
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import key_of
from lewisham_ta.imports.overlaps import Taken, complain_of_overlaps
from lewisham_ta.imports.table import Found, Row
from lewisham_ta.templatetags import ta
from payments.leases import rules
from payments.leases.imports.records import Records, Stored
from payments.leases.imports.sheets import Register


def check(register: Register, records: Records) -> None:
    """Complain about every cell that the other sheets or the records contradict."""
    _check_refs(register, records)
    _check_same_twice(register)
    _check_supplier_numbers(register, records)
    _check_property_days(register, records)
    _check_starts(register, records)
    _check_spell_days(register, records)
    _check_rent_changes(register)
    _doubt_same_dwelling(register, records)
    _doubt_odd_rows(register, records)


def _check_refs(register: Register, records: Records) -> None:
    for found, column, defined, recorded, what in (
        (register.leases, "Property Ref", register.properties, records.properties, "property"),
        (register.leases, "Landlord Ref", register.landlords, records.payee_ids, "landlord"),
        (register.rent_changes, "Lease Ref", register.leases, records.leases, "lease"),
        (register.spells, "Lease Ref", register.leases, records.leases, "lease"),
        (register.adjustments, "Lease Ref", register.leases, records.leases, "lease"),
        (register.certificates, "Property Ref", register.properties, records.properties, "property"),
    ):
        known = {key_of(row, f"{what.capitalize()} Ref") for row in defined.rows} | recorded.keys()
        for row in found.rows:
            if (key := key_of(row, column)) and key not in known:
                found.complain(row, column, f"no such {what}")


def _check_same_twice(register: Register) -> None:
    once: list[tuple[Found, str, str, Callable[[Row], Hashable]]] = [
        (register.landlords, "Landlord Ref", "ref", lambda row: key_of(row, "Landlord Ref")),
        (register.properties, "Property Ref", "ref", lambda row: key_of(row, "Property Ref")),
        (register.leases, "Lease Ref", "ref", lambda row: key_of(row, "Lease Ref")),
        (register.rent_changes, "From", "rent change", lambda row: _whole(key_of(row, "Lease Ref"), row.get("From"))),
        (
            register.certificates,
            "Certificate",
            "certificate",
            lambda row: _whole(key_of(row, "Property Ref"), row.get("Certificate"), row.get("Issued")),
        ),
    ]
    for found, column, what, key_of_row in once:
        first: dict[Hashable, int] = {}
        for row in found.rows:
            key = key_of_row(row)
            if key and first.setdefault(key, row.number) != row.number:
                found.complain(row, column, f"the same {what} twice, first in row {first[key]}")


def _check_supplier_numbers(register: Register, records: Records) -> None:
    found = register.landlords
    refs = {key_of(row, "Landlord Ref") for row in found.rows}
    holder = {
        ref_key(stored.values["supplier_number"]): stored.ref
        for key, stored in records.landlords.items()
        if stored.values["supplier_number"] and key not in refs
    }
    for row in found.rows:
        if number := key_of(row, "Supplier No"):
            if number in holder:
                found.complain(row, "Supplier No", f"{holder[number]} has this supplier number")
            else:
                holder[number] = f"the landlord in row {row.number}"


def _check_property_days(register: Register, records: Records) -> None:
    """A property is let to the council once at a time: to the day of the keys, and without end while they are out."""
    found = register.leases
    days: dict[str, list[Taken]] = {}
    refs = {key_of(row, "Lease Ref") for row in found.rows}
    for row in found.rows:
        key, starts_on = key_of(row, "Property Ref"), row.get("Start")
        if key and starts_on and "Keys returned" in row.values and "Keys day paid" in row.values:
            keys = {"keys_returned_on": row["Keys returned"], "keys_day_paid": row["Keys day paid"] is not False}
            stored = records.leases.get(key_of(row, "Lease Ref"))
            if stored and keys_are_kept(row, stored):
                keys = {name: stored.values[name] for name in keys}
            held = rules.days_held(starts_on=starts_on, ends_on=None, **keys)
            if held:
                days.setdefault(key, []).append(Taken(held, row, f"the lease in row {row.number}"))
    for key, stored in records.leases.items():
        terms = ("starts_on", "ends_on", "keys_returned_on", "keys_day_paid")
        held = rules.days_held(**{name: stored.values[name] for name in terms})
        if held and key not in refs:
            name = f"lease {stored.ref}, which is recorded and not in this workbook"
            days.setdefault(stored.values["property"], []).append(Taken(held, None, name))
    complain_of_overlaps(found, "Property Ref", days.values())


def _check_spell_days(register: Register, records: Records) -> None:
    found = register.spells
    days: dict[tuple[str, str], list[Taken]] = {}
    listed = set()
    for row in found.rows:
        lease, kind, starts_on = key_of(row, "Lease Ref"), row.get("Kind"), row.get("From")
        if lease and kind and starts_on and "To" in row.values:
            listed.add((lease, kind, starts_on))
            ends_on = end_after(row["To"])
            if ends_on is None or ends_on > starts_on:
                taken = Taken(Period(starts_on, ends_on), row, f"the {kind} in row {row.number}")
                days.setdefault((lease, kind), []).append(taken)
    for key, stored in records.spells.items():
        if key not in listed:
            lease, kind, starts_on = key
            name = f"the {kind} recorded from {ta.day(starts_on)}, which is not in this workbook"
            days.setdefault((lease, kind), []).append(Taken(Period(starts_on, stored.values["ends_on"]), None, name))
    complain_of_overlaps(found, "From", days.values())


def _check_starts(register: Register, records: Records) -> None:
    """A first day may not be moved past a change of rent or payee that is recorded."""
    for row in register.leases.rows:
        key, starts_on = key_of(row, "Lease Ref"), row.get("Start")
        stored = records.leases.get(key)
        if stored and starts_on and starts_on != stored.values["starts_on"]:
            series = {
                "rent": [rent.from_on for rent in records.rents.get(key, [])],
                "payee": [paid.from_on for paid in records.payees.get(key, [])],
            }
            old = stored.values["starts_on"]
            if reason := rules.start_refusal(starts_on=starts_on, old_start=old, series=series):
                register.leases.complain(row, "Start", reason)


def _check_rent_changes(register: Register) -> None:
    leases = {key_of(row, "Lease Ref"): row for row in register.leases.rows}
    for row in register.rent_changes.rows:
        lease, from_on = leases.get(key_of(row, "Lease Ref")), row.get("From")
        starts_on = lease and lease.get("Start")
        if not lease or not from_on or not starts_on:
            continue
        if from_on < starts_on:
            register.rent_changes.complain(row, "From", f"before the lease starts, on {ta.day(starts_on)}")
        elif from_on == starts_on and row.get("New rent") != lease.get("Rent"):
            reason = "the lease starts on this day: this rent is taken and not the one in Leases"
            register.doubt(register.rent_changes, row, "New rent", reason)


def _doubt_same_dwelling(register: Register, records: Records) -> None:
    found = register.properties
    refs = {key_of(row, "Property Ref") for row in found.rows}
    first: dict[str, str] = {}
    for key, stored in records.properties.items():
        if key not in refs:
            for same in (stored.values["address_key"], stored.values["uprn"]):
                if same:
                    first.setdefault(same, stored.ref)
    for row in found.rows:
        address, postcode = row.get("Address"), row.get("Postcode")
        keys = {"UPRN": row.get("UPRN"), "Address": address and postcode and address_key(address, postcode)}
        for column, same in keys.items():
            if same and (other := first.setdefault(same, row.get("Property Ref") or "")) != row.get("Property Ref"):
                register.doubt(found, row, column, f"the same dwelling as {other}")


def _doubt_odd_rows(register: Register, records: Records) -> None:
    for row in register.landlords.rows:
        if row.get("NRL approval ref") and row.get("Overseas") is not True:
            register.doubt(register.landlords, row, "NRL approval ref", "an approval, but not marked as overseas")
    for row in register.leases.rows:
        if row.get("Rent") == 0:
            register.doubt(register.leases, row, "Rent", "no rent")
    seen: dict[tuple[Any, ...], int] = {}
    for row in register.adjustments.rows:
        key = adjustment_key(row)
        if None not in key and seen.setdefault(key, row.number) != row.number:
            reason = f"the same adjustment as in row {seen[key]}: both are taken"
            register.doubt(register.adjustments, row, "Amount", reason)
    starts = {key_of(row, "Lease Ref"): row.get("Start") for row in register.leases.rows}
    for row in register.spells.rows:
        starts_on, from_on = starts.get(key_of(row, "Lease Ref")), row.get("From")
        if starts_on and from_on and from_on < starts_on:
            register.doubt(register.spells, row, "From", f"before the lease starts, on {ta.day(starts_on)}")


def keys_are_kept(row: Row, stored: Stored) -> bool:
    """Whether the record knows of keys returned that the register does not: they were recorded on the lease's page."""
    return row.get("Keys returned") is None and stored.values["keys_returned_on"] is not None


def adjustment_key(row: Row) -> tuple[Any, ...]:
    columns = ("Month", "Type", "Amount", "Narrative")
    return (key_of(row, "Lease Ref") or None, *(row.get(column) for column in columns))


def _whole(*parts: Any) -> tuple[Any, ...]:
    """A key of several parts, empty where one of them is missing."""
    return parts if all(parts) else ()
