"""Writes what a plan says, in bulk: a few statements a table, with the history written by the database as always."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from contacts.models import Party
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.writing import BATCH, analyse, check_keys_at_once, create, only, update
from lewisham_ta.models import User
from payments.leases.imports.diff import Update, Work
from payments.leases.imports.records import LEASE_FIELDS, PARTY_FIELDS, PAYEE_FIELDS, PROPERTY_FIELDS, WHY
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
from payments.payees.services import request_from_register

Progress = Callable[[int, int, str], None]


def apply(work: Work, *, by: User, now: datetime, progress: Progress) -> None:
    """Write the work. The caller holds the transaction, and says in the history who does it."""
    _Writer(work, by=by, now=now, progress=progress).write()


class _Writer:
    def __init__(self, work: Work, *, by: User, now: datetime, progress: Progress) -> None:
        self.work, self.by, self.now = work, by, now
        self.steps: Sequence[tuple[str, Callable[[], None]]] = (
            ("landlords", self._landlords),
            ("bank details", self._accounts),
            ("properties", self._properties),
            ("leases", self._leases),
            ("payees of leases", self._payees),
            ("rents", self._rents),
            ("suspensions and holds", self._spells),
            ("adjustments", self._adjustments),
            ("certificates", self._certificates),
        )
        self.progress = progress
        self.payee_ids: dict[str, int] = {}
        self.property_ids: dict[str, int] = {}
        self.lease_ids: dict[str, int] = {}

    def write(self) -> None:
        # The history's triggers open a subtransaction a row, and each costs more the more foreign keys wait to be
        # checked at the end: 30,000 leases took eleven minutes that way. What is referred to is written first here.
        check_keys_at_once()
        for done, (words, step) in enumerate(self.steps):
            self.progress(done, len(self.steps), f"Writing {words}")
            step()
        if sum(map(len, self.work.new.values())) > BATCH:
            analyse((Party, Payee, Property, Lease, LeasePayee, LeaseRent, Suspension, Hold, Adjustment, Certificate))
        self.progress(len(self.steps), len(self.steps), "Written")

    def _landlords(self) -> None:
        fresh = self.work.new.get("Landlord", [])
        parties = create(Party, (Party(ref=row["ref"], **only(row, PARTY_FIELDS)) for row in fresh))
        payees = [Payee(party=party, **only(row, PAYEE_FIELDS)) for party, row in zip(parties, fresh, strict=True)]
        updates = self.work.changed.get("Landlord", [])
        update(Party, updates, PARTY_FIELDS)
        known = dict(Payee.objects.filter(party__in=[row.pk for row in updates]).values_list("party", "pk"))
        update(Payee, [Update(known[row.pk], row.values) for row in updates if row.pk in known], PAYEE_FIELDS)
        payees += [Payee(party_id=pk, **only(row, PAYEE_FIELDS)) for pk, row in updates if pk not in known]
        create(Payee, payees)
        refs = dict(Party.objects.values_list("pk", "ref"))
        self.payee_ids = {ref_key(refs[party]): pk for party, pk in Payee.objects.values_list("party_id", "pk")}

    def _accounts(self) -> None:
        payees = Payee.objects.in_bulk([self.payee_ids[key] for key in self.work.accounts])
        rows = [(payees[self.payee_ids[key]], *account) for key, account in self.work.accounts.items()]
        request_from_register(rows, by=self.by, now=self.now)

    def _properties(self) -> None:
        fields = (*PROPERTY_FIELDS, "address_key")
        create(Property, (Property(ref=row["ref"], **only(row, fields)) for row in self.work.new.get("Property", [])))
        update(Property, self.work.changed.get("Property", []), fields)
        self.property_ids = {ref_key(ref): pk for ref, pk in Property.objects.values_list("ref", "pk")}

    def _leases(self) -> None:
        """Leases that free days of their property are changed before those that take some."""
        updates = [
            Update(pk, row | {"property_id": self.property_ids[row["property"]]})
            for pk, row in self.work.changed.get("Lease", [])
        ]
        updates.sort(key=lambda update: update.values["keys_returned_on"] or update.values["ends_on"] or date.max)
        update(Lease, updates, (*LEASE_FIELDS, "property_id"))
        create(
            Lease,
            (
                Lease(ref=row["ref"], property_id=self.property_ids[row["property"]], **only(row, LEASE_FIELDS))
                for row in self.work.new.get("Lease", [])
            ),
        )
        self.lease_ids = {ref_key(ref): pk for ref, pk in Lease.objects.values_list("ref", "pk")}

    def _payees(self) -> None:
        corrected = {row.pk: self.payee_ids[row.landlord] for row in self.work.payees if row.pk}
        rows = LeasePayee.objects.in_bulk(list(corrected))
        for pk, row in rows.items():
            row.payee_id, row.reason = corrected[pk], WHY
        LeasePayee.objects.bulk_update(rows.values(), ["payee", "reason"], batch_size=BATCH)
        added = [(row.lease, row.landlord, row.from_on, WHY) for row in self.work.payees if not row.pk]
        added += [
            (ref_key(row["ref"]), row["landlord"], row["starts_on"], "") for row in self.work.new.get("Lease", [])
        ]
        create(
            LeasePayee,
            (
                LeasePayee(
                    lease_id=self.lease_ids[lease], payee_id=self.payee_ids[landlord], from_on=from_on, reason=reason
                )
                for lease, landlord, from_on, reason in added
            ),
        )

    def _rents(self) -> None:
        moved = {self.lease_ids[lease]: days for lease, days in self.work.moved.items()}
        for model in (LeaseRent, LeasePayee):
            rows: list[Any] = [
                row for row in model.objects.filter(lease__in=moved) if row.from_on == moved[row.lease_id][0]
            ]
            for row in rows:
                row.from_on = moved[row.lease_id][1]
            model.objects.bulk_update(rows, ["from_on"], batch_size=BATCH)
        mark = {"set_by_id": self.by.pk, "set_at": self.now}
        firsts = [Update(pk, row | mark) for pk, row in self.work.first_rents]
        update(LeaseRent, firsts, ("amount", "set_by_id", "set_at"))
        changes = [Update(pk, row | mark) for pk, row in self.work.changed.get("Rent change", [])]
        update(LeaseRent, changes, ("amount", "reason", "set_by_id", "set_at"))
        firsts_of_new = (
            {"lease": ref_key(row["ref"]), "from_on": row["starts_on"], "amount": row["rent"], "reason": ""}
            for row in self.work.new.get("Lease", [])
        )
        create(
            LeaseRent,
            (
                LeaseRent(lease_id=self.lease_ids[row["lease"]], **only(row, ("from_on", "amount", "reason")), **mark)
                for row in (*firsts_of_new, *self.work.new.get("Rent change", []))
            ),
        )

    def _spells(self) -> None:
        for what, model in (("Suspension", Suspension), ("Hold", Hold)):
            # Those that end earlier first, so that one that grows finds its new days free.
            updates = sorted(self.work.changed.get(what, []), key=lambda row: row.values["ends_on"] or date.max)
            update(model, updates, ("ends_on", "reason"))
            create(
                model,
                (
                    model(lease_id=self.lease_ids[row["lease"]], **only(row, ("starts_on", "ends_on", "reason")))
                    for row in self.work.new.get(what, [])
                ),
            )

    def _adjustments(self) -> None:
        create(
            Adjustment,
            (
                Adjustment(lease_id=self.lease_ids[lease], month=month, kind=kind, amount=amount, narrative=narrative)
                for lease, month, kind, amount, narrative in self.work.adjustments
            ),
        )

    def _certificates(self) -> None:
        update(Certificate, self.work.changed.get("Certificate", []), ("expires_on",))
        fields = ("kind", "issued_on", "expires_on")
        create(
            Certificate,
            (
                Certificate(property_id=self.property_ids[row["property"]], **only(row, fields))
                for row in self.work.new.get("Certificate", [])
            ),
        )
