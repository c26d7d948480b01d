"""The records as they are now, keyed as the register keys them: one query a table, whatever the size."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from pghistory.models import Context

from contacts.models import Party
from lewisham_ta.dates import next_month
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import Stored
from payments.leases import locks
from payments.leases.imports.sheets import HOLD, SUSPENSION
from payments.leases.models import (
    Adjustment,
    Certificate,
    Hold,
    Lease,
    LeasePayee,
    LeaseRent,
    Property,
    Suspension,
)
from payments.payees.models import Payee
from payments.payees.selectors import AccountsOnFile, accounts_on_file

PARTY_FIELDS = ("name", "kind", "email", "telephone", "address", "vat_number")
PAYEE_FIELDS = ("supplier_number", "is_overseas", "nrl_approval_ref")
PROPERTY_FIELDS = ("uprn", "address", "postcode", "bedrooms", "kind")
LEASE_FIELDS = ("starts_on", "ends_on", "keys_returned_on", "keys_day_paid", "per", "basis", "cost_code")
WHY = "register load"  # the reason in the history of everything that a load writes
NO_PAYEE_YET: dict[str, Any] = {"supplier_number": "", "is_overseas": None, "nrl_approval_ref": ""}

AdjustmentKey = tuple[str, date, str, Decimal, str]
SpellKey = tuple[str, str, date]  # lease, suspension or hold, first day
CertificateKey = tuple[str, str, date]  # property, kind, issued


class Rent(NamedTuple):
    pk: int
    from_on: date
    amount: Decimal
    reason: str


class Paid(NamedTuple):
    """Who is paid for a lease from a day on."""

    pk: int
    from_on: date
    landlord: str


@dataclass(slots=True)
class Records:
    """`open_from` is the first day of the first month that is not signed off; None before the first sign-off.
    `late_months` are the signed-off months of which the next schedule takes what came late. `payees_before` is, for
    leases whose payee somebody changed on a page since a register last set it, whom that register had set.
    """

    landlords: dict[str, Stored] = field(default_factory=dict)
    payee_ids: dict[str, int] = field(default_factory=dict)
    accounts: dict[int, AccountsOnFile] = field(default_factory=dict)
    properties: dict[str, Stored] = field(default_factory=dict)
    leases: dict[str, Stored] = field(default_factory=dict)
    rents: dict[str, list[Rent]] = field(default_factory=dict)
    payees: dict[str, list[Paid]] = field(default_factory=dict)
    spells: dict[SpellKey, Stored] = field(default_factory=dict)
    adjustments: Counter[AdjustmentKey] = field(default_factory=Counter)
    certificates: dict[CertificateKey, Stored] = field(default_factory=dict)
    open_from: date | None = None
    late_months: list[date] = field(default_factory=list)
    payees_before: dict[str, str] = field(default_factory=dict)

    def first_rent(self, lease: str) -> Rent | None:
        """The rent that a lease began with: the one of its first day, else its earliest."""
        rents = self.rents.get(lease, [])
        starts_on = self.leases[lease].values["starts_on"]
        return next((rent for rent in rents if rent.from_on == starts_on), rents[0] if rents else None)


def read_records() -> Records:
    """Everything that the register speaks of, always in the same order: a plan is compared with one made later.

    A withdrawn adjustment counts: loading must not bring it back. Keys are followed here and not by joins: right after
    a first load PostgreSQL has no statistics yet, and joined 90,000 certificates to 30,000 properties for minutes.
    """
    signed_off = locks.last_signed_off_month()
    records = Records(open_from=signed_off and next_month(signed_off), late_months=locks.late_months())
    landlords = _read_landlords(records)
    properties = _read_properties(records)
    leases = _read_leases(records, properties)
    for lease, *values in _rows(LeaseRent, "lease_id", "pk", "from_on", "amount", "reason"):
        records.rents.setdefault(leases[lease], []).append(Rent(*values))
    for lease, pk, from_on, payee in _rows(LeasePayee, "lease_id", "pk", "from_on", "payee_id"):
        records.payees.setdefault(leases[lease], []).append(Paid(pk, from_on, landlords[payee]))
    _read_payees_before(records, leases, landlords)
    for model, kind in ((Suspension, SUSPENSION), (Hold, HOLD)):
        for lease, pk, starts_on, ends_on, reason in _rows(model, "lease_id", "pk", "starts_on", "ends_on", "reason"):
            spell = {"ends_on": ends_on, "reason": reason}
            records.spells[leases[lease], kind, starts_on] = Stored(pk, records.leases[leases[lease]].ref, spell)
    for lease, *key in _rows(Adjustment, "lease_id", "month", "kind", "amount", "narrative"):
        records.adjustments[leases[lease], *key] += 1
    for home, pk, kind, issued_on, expires_on in _rows(
        Certificate, "property_id", "pk", "kind", "issued_on", "expires_on"
    ):
        ref = records.properties[properties[home]].ref
        records.certificates[properties[home], kind, issued_on] = Stored(pk, ref, {"expires_on": expires_on})
    return records


def _read_landlords(records: Records) -> dict[int, str]:
    """Read everybody the council deals with, and say by which key each payee is known."""
    records.accounts = accounts_on_file()
    keys = {}
    paid = {party: values for party, *values in _rows(Payee, "party_id", "pk", *PAYEE_FIELDS)}
    for pk, ref, *values in _rows(Party, "pk", "ref", *PARTY_FIELDS):
        key, stored = ref_key(ref), dict(zip(PARTY_FIELDS, values, strict=True))
        if pk in paid:
            payee_id, *theirs = paid[pk]
            stored |= dict(zip(PAYEE_FIELDS, theirs, strict=True))
            records.payee_ids[key], keys[payee_id] = payee_id, key
        else:
            stored |= NO_PAYEE_YET
        records.landlords[key] = Stored(pk, ref, stored)
    return keys


def _read_properties(records: Records) -> dict[int, str]:
    """Read the properties, and say by which key each row is known."""
    keys = {}
    for pk, ref, key, *values in _rows(Property, "pk", "ref", "address_key", *PROPERTY_FIELDS):
        stored = dict(zip(PROPERTY_FIELDS, values, strict=True)) | {"address_key": key}
        keys[pk] = ref_key(ref)
        records.properties[keys[pk]] = Stored(pk, ref, stored)
    return keys


def _read_leases(records: Records, properties: dict[int, str]) -> dict[int, str]:
    """Read the leases, and say by which key each row is known."""
    keys = {}
    for pk, ref, home, *values in _rows(Lease, "pk", "ref", "property_id", *LEASE_FIELDS):
        stored = dict(zip(LEASE_FIELDS, values, strict=True)) | {"property": properties[home]}
        keys[pk] = ref_key(ref)
        records.leases[keys[pk]] = Stored(pk, ref, stored)
    return keys


def _read_payees_before(records: Records, leases: dict[int, str], landlords: dict[int, str]) -> None:
    """Read the history of who is paid: what a load wrote is known by the reason that it is stamped with."""
    loads = set(Context.objects.filter(metadata__why=WHY).values_list("pk", flat=True))
    history = LeasePayee.pgh_event_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
    columns = ("lease_id", "pgh_obj_id", "payee_id", "pgh_label", "pgh_context_id")
    loaded: dict[int, int] = {}
    by_hand: set[int] = set()
    payee_of: dict[int, int] = {}
    for lease, row, payee, label, context in history.values_list(*columns):
        if label == "update" and payee_of.get(row) == payee:
            continue  # only its first day moved
        payee_of[row] = payee
        if context in loads:
            loaded[lease] = payee
            by_hand.discard(lease)
        else:
            by_hand.add(lease)
    for lease in by_hand & loaded.keys():
        if lease in leases and loaded[lease] in landlords:
            records.payees_before[leases[lease]] = landlords[loaded[lease]]


def _rows(model: Any, *columns: str) -> Iterable[tuple[Any, ...]]:
    """The rows of a table; those of a series in the order of its days."""
    order = "from_on" if model in (LeaseRent, LeasePayee) else "pk"
    found: Iterable[tuple[Any, ...]] = model.objects.order_by(order, "pk").values_list(*columns)
    return found
