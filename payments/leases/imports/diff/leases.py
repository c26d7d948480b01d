"""Leases, their first rent, and who is paid."""

from datetime import date
from decimal import Decimal
from typing import Any

from lewisham_ta.dates import end_after
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import say_day
from lewisham_ta.imports.preview import Change
from lewisham_ta.imports.table import Row
from lewisham_ta.templatetags import ta
from payments.leases.imports.checks import keys_are_kept
from payments.leases.imports.diff.comparison import Comparison
from payments.leases.imports.diff.fields import LEASE
from payments.leases.imports.diff.work import PayeeFrom, Update
from payments.leases.imports.records import Paid, Stored


def leases(diff: Comparison) -> None:
    instead = _rents_of_first_days(diff)
    for row in diff.register.leases.rows:
        key, landlord = ref_key(row["Lease Ref"]), ref_key(row["Landlord Ref"])
        values = {one.name: one.of(row) for one in LEASE}
        values |= {"property": ref_key(row["Property Ref"]), "ends_on": end_after(row["End"])}
        values |= {"keys_day_paid": row["Keys day paid"] is not False, "rent": instead.get(key, row["Rent"])}
        if stored := diff.records.leases.get(key):
            _known_lease(diff, row, stored, values, landlord)
        else:
            words = (
                f"{diff.ref('property', values['property'])}, {diff.ref('landlord', landlord)} is paid, "
                f"from {ta.day(values['starts_on'])}, {ta.pounds(values['rent'])} a {values['per']}"
            )
            diff.add_new("Lease", row["Lease Ref"], values | {"ref": row["Lease Ref"], "landlord": landlord}, words)
    for key, stored in diff.records.leases.items():
        if key not in diff.refs["lease"]:
            diff.add_gone("Lease", stored.ref)


def _rents_of_first_days(diff: Comparison) -> dict[str, Decimal]:
    """Lease → the rent of a rent change dated on the lease's first day, which is its first rent."""
    starts = {ref_key(row["Lease Ref"]): row["Start"] for row in diff.register.leases.rows}
    return {
        key: row["New rent"]
        for row in diff.register.rent_changes.rows
        if starts.get(key := ref_key(row["Lease Ref"])) == row["From"]
    }


def _known_lease(diff: Comparison, row: Row, stored: Stored, values: dict[str, Any], landlord: str) -> None:
    key = ref_key(stored.ref)
    rent = diff.records.first_rent(key)
    old = stored.values | {"rent": rent and rent.amount}
    if keys_are_kept(row, stored):
        words = (
            f"the register has no keys returned, the record has {say_day(old['keys_returned_on'])}: "
            "the record is kept; undo the handback on the lease's page if it is wrong"
        )
        diff.register.doubt(diff.register.leases, row, "Keys returned", words)
        values |= {name: old[name] for name in ("keys_returned_on", "keys_day_paid")}
    merged, changes = diff.differences(diff.register.leases, row, LEASE, values, old)
    others = [change for change in changes if change.field == "Rent"]
    changes = [_with_property_refs(diff, change) for change in changes if change.field != "Rent"]
    if merged["starts_on"] != old["starts_on"]:
        diff.work.moved[key] = (old["starts_on"], merged["starts_on"])
    if rent is None:
        first = {"lease": key, "from_on": merged["starts_on"], "amount": merged["rent"], "reason": ""}
        diff.work.new.setdefault("Rent change", []).append(first)
    elif merged["rent"] != rent.amount:
        diff.work.first_rents.append(Update(rent.pk, {"amount": merged["rent"]}))
    if change := _payee_change(diff, row, key, landlord, merged["starts_on"]):
        others.append(change)
    diff.add_known("Lease", stored.ref, stored.pk, merged, changes, others)


def _with_property_refs(diff: Comparison, change: Change) -> Change:
    if change.field != "Property Ref":
        return change
    return Change(change.field, diff.ref("property", change.was), diff.ref("property", change.now))


def _payee_change(diff: Comparison, row: Row, lease: str, landlord: str, starts_on: date) -> Change | None:
    """What another landlord in the register means: paid from the first day that is not signed off.

    Somebody who is to be paid from a later day is known already, and no change either. A register that still has
    whom it had before somebody changed the payee on the lease's page knows nothing of that, and changes nothing.
    """
    series = diff.records.payees.get(lease, [])
    open_from = diff.records.open_from
    before = [paid for paid in series if open_from is None or paid.from_on <= open_from]
    current = before[-1] if before else series[0] if series else None
    if current is None:
        diff.work.payees.append(PayeeFrom(None, lease, landlord, starts_on))
        return Change("Landlord Ref", "", diff.ref("landlord", landlord))
    if landlord in {current.landlord, *(paid.landlord for paid in series if paid.from_on > current.from_on)}:
        return None
    if diff.records.payees_before.get(lease) == landlord:
        words = (
            f"as in the last load, and {diff.ref('landlord', current.landlord)} was recorded on the lease's page "
            "since: the record is kept; change the payee there if the register is right"
        )
        diff.register.doubt(diff.register.leases, row, "Landlord Ref", words)
        return None
    pk, from_on = _payee_day(diff, current)
    diff.work.payees.append(PayeeFrom(pk, lease, landlord, from_on))
    words = f"{diff.ref('landlord', landlord)} from {ta.day(from_on)}"
    return Change("Landlord Ref", diff.ref("landlord", current.landlord), words)


def _payee_day(diff: Comparison, current: Paid) -> tuple[int | None, date]:
    """The row to correct, while no month that it decided is signed off, or the day of a row to add."""
    open_from = diff.records.open_from
    if open_from is None or current.from_on >= open_from:
        return current.pk, current.from_on
    return None, open_from
