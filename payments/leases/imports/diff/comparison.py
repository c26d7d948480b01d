"""One record of the register held against the one on file."""

from collections.abc import Mapping, Sequence
from typing import Any

from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.preview import Change, Item, Plan, State
from lewisham_ta.imports.table import Found, Row
from payments.leases.imports.diff.fields import REFERENCES, Field, said
from payments.leases.imports.diff.work import Update, Work
from payments.leases.imports.records import Records, Stored
from payments.leases.imports.sheets import Register


class Comparison:
    """The register and the records, and what was found so far: the plan that is shown and the work that is done."""

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

    def compare(
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
            changes.append(Change(one.column, said(one, was), said(one, now)))
        return merged, changes

    def new(self, what: str, ref: str, values: dict[str, Any], words: str = "") -> None:
        self.work.new.setdefault(what, []).append(values)
        self.plan.items.append(Item(what, ref, State.NEW, words))

    def known(
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

    def gone(self, what: str, ref: str, words: str = "") -> None:
        self.plan.items.append(Item(what, ref, State.GONE, words))

    def ref(self, name: str, key: str) -> str:
        """A reference as the record has it, else as the register writes it."""
        stored: Mapping[str, Stored] = getattr(self.records, {"property": "properties"}.get(name, f"{name}s"))
        return stored[key].ref if key in stored else self.refs[name].get(key, key)
