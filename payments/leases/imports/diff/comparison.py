"""The register held against the records on file."""

from collections.abc import Mapping

from lewisham_ta.imports import compare
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.preview import Plan
from payments.leases.imports.diff.work import Work
from payments.leases.imports.records import Records, Stored
from payments.leases.imports.sheets import Register


class Comparison(compare.Comparison):
    """The register and the records, and what was found so far: the plan that is shown and the work that is done."""

    def __init__(self, register: Register, records: Records) -> None:
        self.register, self.records = register, records
        self.work = Work()
        plan = Plan(doubtful=register.doubtful, notes=register.notes, work=self.work)
        super().__init__(plan, self.work.new, self.work.changed)
        self.refs = {
            name: {ref_key(row[column]): row[column] for row in found.rows}
            for name, found, column in (
                ("landlord", register.landlords, "Landlord Ref"),
                ("property", register.properties, "Property Ref"),
                ("lease", register.leases, "Lease Ref"),
            )
        }

    def ref(self, name: str, key: str) -> str:
        """A reference as the record has it, else as the register writes it."""
        stored: Mapping[str, Stored] = getattr(self.records, {"property": "properties"}.get(name, f"{name}s"))
        return stored[key].ref if key in stored else self.refs[name].get(key, key)
