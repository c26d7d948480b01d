"""What there is to write when a register is loaded."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from lewisham_ta.imports.compare import Update
from payments.leases.imports.records import AdjustmentKey
from payments.payees.selectors import Account


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
