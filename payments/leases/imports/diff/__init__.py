"""What would change: the register held against the records, without writing. Nothing here asks the database."""

from lewisham_ta.imports.preview import Plan
from payments.leases.imports.diff import landlords, leases, properties, terms
from payments.leases.imports.diff.comparison import Comparison
from payments.leases.imports.diff.work import PayeeFrom, Update, Work
from payments.leases.imports.records import Records
from payments.leases.imports.sheets import Register

__all__ = ["PayeeFrom", "Update", "Work", "compare"]


def compare(register: Register, records: Records) -> Plan:
    """The plan of a register in which no cell is wrong."""
    diff = Comparison(register, records)
    landlords.landlords(diff)
    properties.properties(diff)
    leases.leases(diff)
    terms.rent_changes(diff)
    terms.spells(diff)
    terms.adjustments(diff)
    properties.certificates(diff)
    return diff.plan
