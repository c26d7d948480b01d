"""What would change: the register held against the records, without writing. Nothing here asks the database."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from contacts.models import Party
from lewisham_ta.addresses import address_key
from lewisham_ta.dates import end_after, last_day
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.preview import Change, Item, Plan, State
from lewisham_ta.imports.table import Found, Row
from lewisham_ta.templatetags import ta
from payments.leases.imports.checks import adjustment_key, keys_are_kept
from payments.leases.imports.records import AdjustmentKey, Paid, Records, Stored
from payments.leases.imports.sheets import HOLD, Register
from payments.leases.models import Adjustment, Certificate, Lease
from payments.payees.selectors import Account, AccountsOnFile


class Field(NamedTuple):
    """A column of the register and of the records. `keeps`: a blank cell says nothing and the record stays."""

    name: str
    column: str
    say: Callable[[Any], str] = str
    keeps: bool = False
    blank: Any = ""


def _day(value: date | None) -> str:
    return ta.day(value) if value else ""


def _last_day(value: date | None) -> str:
    return _day(last_day(value))


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "Y" if value else "N"


def _label(choices: Any) -> Callable[[str], str]:
    return lambda value: str(dict(choices.choices)[value])


LANDLORD = [
    Field("name", "Name"),
    Field("kind", "Payee type", _label(Party.Kind)),
    Field("email", "Email", keeps=True),
    Field("telephone", "Telephone", keeps=True),
    Field("address", "Address", keeps=True),
    Field("vat_number", "VAT No", keeps=True),
    Field("supplier_number", "Supplier No", keeps=True),
    Field("is_overseas", "Overseas", _yes_no, keeps=True, blank=None),
    Field("nrl_approval_ref", "NRL approval ref", keeps=True),
]
PROPERTY = [
    Field("uprn", "UPRN", keeps=True),
    Field("address", "Address"),
    Field("postcode", "Postcode"),
    Field("bedrooms", "Bedrooms"),
    Field("kind", "Type", keeps=True),
]
LEASE = [
    Field("property", "Property Ref"),
    Field("starts_on", "Start", _day),
    Field("ends_on", "End", _last_day),
    Field("keys_returned_on", "Keys returned", _day),
    Field("keys_day_paid", "Keys day paid", _yes_no),
    Field("rent", "Rent", ta.pounds),
    Field("per", "Per", _label(Lease.Per)),
    Field("basis", "Basis", _label(Lease.Basis)),
    Field("cost_code", "Cost code", keeps=True),
]
RENT_CHANGE = [Field("amount", "New rent", ta.pounds), Field("reason", "Reason", keeps=True)]
SPELL = [Field("ends_on", "To", _last_day), Field("reason", "Reason", keeps=True)]
CERTIFICATE = [Field("expires_on", "Expires", _day)]
# Columns whose loss of leading zeros is no change: the record keeps the longer spelling.
REFERENCES = {"property", "supplier_number"}


class Update(NamedTuple):
    pk: int
    values: dict[str, Any]


class PayeeFrom(NamedTuple):
    """Who is to be paid for a lease. `pk` is the row to correct, or None where a row is added."""

    pk: int | None
    lease: str
    landlord: str
    from_on: date


@dataclass(slots=True)
class Work:
    """What `apply` writes, in the words of the records: rows of values by kind, references as keys."""

    new: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[str, list[Update]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    payees: list[PayeeFrom] = field(default_factory=list)
    moved: dict[str, tuple[date, date]] = field(default_factory=dict)  # lease → its old and its new first day
    first_rents: list[Update] = field(default_factory=list)
    adjustments: list[AdjustmentKey] = field(default_factory=list)


def compare(register: Register, records: Records) -> Plan:
    """The plan of a register in which no cell is wrong."""
    return _Comparison(register, records).plan


class _Comparison:
    """Goes through the register once, sheet by sheet, filling the plan that is shown and the work that is done."""

    def __init__(self, register: Register, records: Records) -> None:
        self.register, self.records = register, records
        self.work = Work()
        self.plan = Plan(doubtful=register.doubtful, notes=register.notes, work=self.work)
        self.refs = {
            name: {ref_key(row[column]): row[column] for row in found.rows}
            for name, found, column in (
                ("landlord", register.landlords, "Landlord Ref"),
                ("property", register.properties, "Property Ref"),
                ("lease", register.leases, "Lease Ref"),
            )
        }
        self._landlords()
        self._properties()
        self._leases()
        self._rent_changes()
        self._spells()
        self._adjustments()
        self._certificates()

    # One record ------------------------------------------------------------------------------------------------------

    def _compare(
        self, found: Found, row: Row, fields: Sequence[Field], values: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Change]]:
        """The values that the record would have, and how they differ from those it has."""
        merged, changes = dict(stored), []
        for one in fields:
            now, was = values[one.name], stored[one.name]
            if now == was or (one.name in REFERENCES and ref_key(str(now)) == ref_key(str(was)) and now):
                continue
            if one.keeps and now == one.blank:
                if one.column in found.columns:
                    self.register.doubt(found, row, one.column, f"blank here: the record keeps {one.say(was)}")
                continue
            merged[one.name] = now
            changes.append(Change(one.column, _said(one, was), _said(one, now)))
        return merged, changes

    def _new(self, what: str, ref: str, values: dict[str, Any], words: str = "") -> None:
        self.work.new.setdefault(what, []).append(values)
        self.plan.items.append(Item(what, ref, State.NEW, words))

    def _known(
        self,
        what: str,
        ref: str,
        pk: int,
        values: dict[str, Any],
        changes: Sequence[Change],
        others: Sequence[Change] = (),
    ) -> None:
        """A record that is there already. `others` are changes that are written to other rows than its own."""
        if changes:
            self.work.changed.setdefault(what, []).append(Update(pk, values))
        if changes or others:
            self.plan.items.append(Item(what, ref, State.CHANGED, changes=(*changes, *others)))
        else:
            self.plan.unchanged[what] += 1

    def _gone(self, what: str, ref: str, words: str = "") -> None:
        self.plan.items.append(Item(what, ref, State.GONE, words))

    def _ref(self, name: str, key: str) -> str:
        """A reference as the record has it, else as the register writes it."""
        stored: Mapping[str, Stored] = getattr(self.records, {"property": "properties"}.get(name, f"{name}s"))
        return stored[key].ref if key in stored else self.refs[name].get(key, key)

    # Landlords and their accounts ------------------------------------------------------------------------------------

    def _landlords(self) -> None:
        for row in self.register.landlords.rows:
            key = ref_key(row["Landlord Ref"])
            values = {one.name: _value(row, one) for one in LANDLORD}
            if stored := self.records.landlords.get(key):
                merged, changes = self._compare(self.register.landlords, row, LANDLORD, values, stored.values)
                if key not in self.records.payee_ids:
                    changes.append(Change("Payee", "", "is paid from now on"))
                self._known("Landlord", stored.ref, stored.pk, merged | {"key": key}, changes)
            else:
                self._new("Landlord", row["Landlord Ref"], values | {"ref": row["Landlord Ref"]}, values["name"])
            self._account(row, key)
        for key, stored in self.records.landlords.items():
            if key not in self.refs["landlord"] and key in self.records.payee_ids:
                self._gone("Landlord", stored.ref, stored.values["name"])

    def _account(self, row: Row, key: str) -> None:
        """A request for the account, if it is not in use and was not asked for before. A blank asks for nothing."""
        if not row.get("Account No"):
            return
        account = Account(row["Sort code"], row["Account No"], row["Account name"])
        payee_id = self.records.payee_ids.get(key)
        on_file = self.records.accounts.get(payee_id, AccountsOnFile()) if payee_id else AccountsOnFile()
        ref = self._ref("landlord", key)
        if not on_file.is_news(account):
            self.plan.unchanged["Bank details"] += 1
            return
        self.work.accounts[key] = account
        was = on_file.current or on_file.waiting
        if was is None:
            self.plan.items.append(Item("Bank details", ref, State.NEW, f"{_masked(account)}, to be approved"))
        else:
            change = Change("Account", _masked(was), f"{_masked(account)}, to be called back and approved")
            self.plan.items.append(Item("Bank details", ref, State.CHANGED, changes=(change,)))

    # Properties ------------------------------------------------------------------------------------------------------

    def _properties(self) -> None:
        for row in self.register.properties.rows:
            key = ref_key(row["Property Ref"])
            values = {one.name: _value(row, one) for one in PROPERTY}
            if stored := self.records.properties.get(key):
                merged, changes = self._compare(self.register.properties, row, PROPERTY, values, stored.values)
                self._known("Property", stored.ref, stored.pk, _with_key(merged), changes)
            else:
                words = f"{values['address']}, {values['postcode']}"
                self._new("Property", row["Property Ref"], _with_key(values) | {"ref": row["Property Ref"]}, words)
        for key, stored in self.records.properties.items():
            if key not in self.refs["property"]:
                self._gone("Property", stored.ref, stored.values["address"])

    # Leases, their first rent and who is paid ------------------------------------------------------------------------

    def _leases(self) -> None:
        instead = self._rents_of_first_days()
        for row in self.register.leases.rows:
            key, landlord = ref_key(row["Lease Ref"]), ref_key(row["Landlord Ref"])
            values = {one.name: _value(row, one) for one in LEASE}
            values |= {"property": ref_key(row["Property Ref"]), "ends_on": end_after(row["End"])}
            values |= {"keys_day_paid": row["Keys day paid"] is not False, "rent": instead.get(key, row["Rent"])}
            if stored := self.records.leases.get(key):
                self._known_lease(row, stored, values, landlord)
            else:
                words = (
                    f"{self._ref('property', values['property'])}, {self._ref('landlord', landlord)} is paid, "
                    f"from {ta.day(values['starts_on'])}, {ta.pounds(values['rent'])} a {values['per']}"
                )
                self._new("Lease", row["Lease Ref"], values | {"ref": row["Lease Ref"], "landlord": landlord}, words)
        for key, stored in self.records.leases.items():
            if key not in self.refs["lease"]:
                self._gone("Lease", stored.ref)

    def _rents_of_first_days(self) -> dict[str, Decimal]:
        """Lease → the rent of a rent change dated on the lease's first day, which is its first rent."""
        starts = {ref_key(row["Lease Ref"]): row["Start"] for row in self.register.leases.rows}
        return {
            key: row["New rent"]
            for row in self.register.rent_changes.rows
            if starts.get(key := ref_key(row["Lease Ref"])) == row["From"]
        }

    def _known_lease(self, row: Row, stored: Stored, values: dict[str, Any], landlord: str) -> None:
        key = ref_key(stored.ref)
        rent = self.records.first_rent(key)
        old = stored.values | {"rent": rent and rent.amount}
        if keys_are_kept(row, stored):
            words = (
                f"the register has no keys returned, the record has {_day(old['keys_returned_on'])}: "
                "the record is kept; undo the handback on the lease's page if it is wrong"
            )
            self.register.doubt(self.register.leases, row, "Keys returned", words)
            values |= {name: old[name] for name in ("keys_returned_on", "keys_day_paid")}
        merged, changes = self._compare(self.register.leases, row, LEASE, values, old)
        others = [change for change in changes if change.field == "Rent"]
        changes = [self._with_property_refs(change) for change in changes if change.field != "Rent"]
        if merged["starts_on"] != old["starts_on"]:
            self.work.moved[key] = (old["starts_on"], merged["starts_on"])
        if rent is None:
            first = {"lease": key, "from_on": merged["starts_on"], "amount": merged["rent"], "reason": ""}
            self.work.new.setdefault("Rent change", []).append(first)
        elif merged["rent"] != rent.amount:
            self.work.first_rents.append(Update(rent.pk, {"amount": merged["rent"]}))
        if change := self._payee_change(row, key, landlord, merged["starts_on"]):
            others.append(change)
        self._known("Lease", stored.ref, stored.pk, merged, changes, others)

    def _with_property_refs(self, change: Change) -> Change:
        if change.field != "Property Ref":
            return change
        return Change(change.field, self._ref("property", change.was), self._ref("property", change.now))

    def _payee_change(self, row: Row, lease: str, landlord: str, starts_on: date) -> Change | None:
        """What another landlord in the register means: paid from the first day that is not signed off.

        Somebody who is to be paid from a later day is known already, and no change either. A register that still has
        whom it had before somebody changed the payee on the lease's page knows nothing of that, and changes nothing.
        """
        series = self.records.payees.get(lease, [])
        open_from = self.records.open_from
        before = [paid for paid in series if open_from is None or paid.from_on <= open_from]
        current = before[-1] if before else series[0] if series else None
        if current is None:
            self.work.payees.append(PayeeFrom(None, lease, landlord, starts_on))
            return Change("Landlord Ref", "", self._ref("landlord", landlord))
        if landlord in {current.landlord, *(paid.landlord for paid in series if paid.from_on > current.from_on)}:
            return None
        if self.records.payees_before.get(lease) == landlord:
            words = (
                f"as in the last load, and {self._ref('landlord', current.landlord)} was recorded on the lease's page "
                "since: the record is kept; change the payee there if the register is right"
            )
            self.register.doubt(self.register.leases, row, "Landlord Ref", words)
            return None
        pk, from_on = self._payee_day(current)
        self.work.payees.append(PayeeFrom(pk, lease, landlord, from_on))
        words = f"{self._ref('landlord', landlord)} from {ta.day(from_on)}"
        return Change("Landlord Ref", self._ref("landlord", current.landlord), words)

    def _payee_day(self, current: Paid) -> tuple[int | None, date]:
        """The row to correct, while no month that it decided is signed off, or the day of a row to add."""
        open_from = self.records.open_from
        if open_from is None or current.from_on >= open_from:
            return current.pk, current.from_on
        return None, open_from

    # What hangs on leases and properties -----------------------------------------------------------------------------

    def _rent_changes(self) -> None:
        found, listed = self.register.rent_changes, set()
        starts = {ref_key(row["Lease Ref"]): row["Start"] for row in self.register.leases.rows}
        known = {
            (lease, rent.from_on): rent
            for lease, rents in self.records.rents.items()
            for rent in rents
            if rent != self.records.first_rent(lease)
        }
        for row in found.rows:
            lease, from_on = ref_key(row["Lease Ref"]), row["From"]
            if starts.get(lease) == from_on:
                continue
            listed.add((lease, from_on))
            ref = f"{self._ref('lease', lease)} from {ta.day(from_on)}"
            values = {"amount": row["New rent"], "reason": row.get("Reason") or ""}
            if rent := known.get((lease, from_on)):
                stored = {"amount": rent.amount, "reason": rent.reason}
                self._known("Rent change", ref, rent.pk, *self._compare(found, row, RENT_CHANGE, values, stored))
            else:
                values |= {"lease": lease, "from_on": from_on}
                self._new("Rent change", ref, values, ta.pounds(values["amount"]))
        self._gone_unless(found, "Rent change", listed, known)

    def _spells(self) -> None:
        found, listed = self.register.spells, set()
        for row in found.rows:
            key = (ref_key(row["Lease Ref"]), row["Kind"], row["From"])
            listed.add(key)
            what = "Hold" if key[1] == HOLD else "Suspension"
            ref = f"{self._ref('lease', key[0])} from {ta.day(key[2])}"
            ends_on = end_after(row["To"])
            values = {"ends_on": ends_on, "reason": row.get("Reason") or ""}
            if stored := self.records.spells.get(key):
                self._known(what, ref, stored.pk, *self._compare(found, row, SPELL, values, stored.values))
            else:
                words = f"to {_last_day(ends_on) or 'further notice'}"
                self._new(what, ref, values | {"lease": key[0], "starts_on": key[2]}, words)
        for kind in ("Suspension", "Hold"):
            theirs = {(key[0], key[2]): None for key in self.records.spells if key[1] == kind.lower()}
            self._gone_unless(found, kind, {(key[0], key[2]) for key in listed if key[1] == kind.lower()}, theirs)

    def _adjustments(self) -> None:
        found = self.register.adjustments
        left = Counter(self.records.adjustments)
        fresh: list[tuple[Row, AdjustmentKey]] = []
        for row in found.rows:
            key: AdjustmentKey = adjustment_key(row)
            if left[key]:
                left[key] -= 1
                self.plan.unchanged["Adjustment"] += 1
            else:
                fresh.append((row, key))
        gone = list(left.elements()) if not found.is_missing else []
        beside: dict[tuple[Any, ...], list[AdjustmentKey]] = {}
        for key in gone:
            beside.setdefault(key[:3], []).append(key)
        for row, key in fresh:
            self.work.adjustments.append(key)
            self.plan.items.append(Item("Adjustment", self._adjustment_ref(key), State.NEW, _adjustment_words(key)))
            for other in beside.get(key[:3], []):
                words = f"taken beside the recorded {_adjustment_words(other)}: withdraw that if this replaces it"
                self.register.doubt(found, row, "Amount", words)
            if self.records.open_from and key[1] < self.records.open_from:
                is_late = key[1] in self.records.late_months
                words = "this will be paid with the next schedule" if is_late else "no schedule will pay this any more"
                self.register.doubt(found, row, "Month", f"{ta.month(key[1])} is signed off: {words}")
        for key in gone:
            self._gone("Adjustment", self._adjustment_ref(key), _adjustment_words(key))

    def _certificates(self) -> None:
        found, listed = self.register.certificates, set()
        for row in found.rows:
            key = (ref_key(row["Property Ref"]), row["Certificate"], row["Issued"])
            listed.add(key)
            ref = self._certificate_ref(key)
            values = {"expires_on": row["Expires"]}
            if stored := self.records.certificates.get(key):
                self._known(
                    "Certificate", ref, stored.pk, *self._compare(found, row, CERTIFICATE, values, stored.values)
                )
            else:
                values |= {"property": key[0], "kind": key[1], "issued_on": key[2]}
                self._new("Certificate", ref, values, f"expires {ta.day(values['expires_on'])}")
        if not found.is_missing:
            for key in self.records.certificates:
                if key not in listed:
                    self._gone("Certificate", self._certificate_ref(key))

    def _gone_unless(self, found: Found, what: str, listed: set[Any], known: Mapping[tuple[str, date], Any]) -> None:
        """Records of a lease that the sheet does not have. A sheet that is missing says nothing about them."""
        if not found.is_missing:
            for lease, day in known:
                if (lease, day) not in listed:
                    self._gone(what, f"{self._ref('lease', lease)} from {ta.day(day)}")

    def _adjustment_ref(self, key: AdjustmentKey) -> str:
        return f"{self._ref('lease', key[0])} for {ta.month(key[1])}"

    def _certificate_ref(self, key: tuple[str, str, date]) -> str:
        kind = _label(Certificate.Kind)(key[1])
        return f"{self._ref('property', key[0])} {kind} issued {ta.day(key[2])}"


def _value(row: Row, one: Field) -> Any:
    value = row.get(one.column)
    return one.blank if value is None and one.keeps else value


def _said(one: Field, value: Any) -> str:
    return "" if value is None or value == "" else one.say(value)


def _masked(account: Account) -> str:
    return f"••-••-{account.sort_code[-2:]} ••••{account.account_number[-4:]} {account.account_name}"


def _adjustment_words(key: AdjustmentKey) -> str:
    return f"{_label(Adjustment.Kind)(key[2])} {ta.pounds(key[3])}, {key[4]}"


def _with_key(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"address_key": address_key(values["address"], values["postcode"])}
