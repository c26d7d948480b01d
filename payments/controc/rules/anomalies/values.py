"""What the rules of anomalies look at and what they find, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from lewisham_ta.money import ZERO
from payments.controc.rules.backdating import Correction
from payments.controc.rules.entitlement import LeaseTerms, Run, Stretch

STOP, CHECK, NOTE = "STOP", "CHECK", "NOTE"
SEVERITY = {
    "LEASE_EXPIRED": CHECK,
    "NEW_LEASE": CHECK,
    "HANDED_BACK": NOTE,
    "RENT_CHANGED": CHECK,
    "RENT_MISSING": STOP,
    "RENT_SUSPENDED": NOTE,
    "ON_HOLD": NOTE,
    "BACKDATED": CHECK,
    "CERTIFICATE_EXPIRED": CHECK,
    "DUPLICATE_PROPERTY": STOP,
    "RENT_OVER_CAP": CHECK,
    "MOVED": CHECK,
    "NO_BANK_DETAILS": STOP,
    "BANK_DETAILS_CHANGED": CHECK,  # STOP within the cooling-off time
    "BANK_CHANGE_PENDING": STOP,
    "SHARED_BANK_ACCOUNT": CHECK,
    "NRL_STATUS_UNKNOWN": STOP,
    "NEGATIVE_NET": NOTE,
}
# What a rule says of a case: the words and the figures behind them.
Words = tuple[str, dict[str, Any]]


class Finding(NamedTuple):
    """An anomaly as a value. It is about a lease or about a payee."""

    code: str
    severity: str
    words: str
    figures: dict[str, Any]
    lease: int | None = None
    payee: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    starts_on: date
    ends_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest weekly rent from a day on."""

    from_on: date
    weekly_amount: Decimal


@dataclass(frozen=True, slots=True)
class Twin:
    """Another lease of what looks like the same dwelling, and the days on which both are payable."""

    lease_ref: str
    same: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Scale:
    """What every lease of a month is measured by. `caps` are by bedrooms."""

    month: date
    last_day: date
    caps: Mapping[int, Sequence[Cap]]
    moved_percent: Decimal
    moved_amount: Decimal


class LeaseInMonth(NamedTuple):
    """What the rules look at in a lease.

    `certificates` is None where the latest of each kind is in date on the month's last day; otherwise it has their
    expiries, None for a kind that there is none of. `last_rent` is what last month's schedules have for the lease,
    None if last month has none that is signed off. `is_late` is a lease that only a supplementary schedule pays.
    """

    scale: Scale
    terms: LeaseTerms
    ends_on: date | None
    stretches: Sequence[Stretch]
    runs: Sequence[Run]
    corrections: Sequence[Correction] = ()
    hold: Hold | None = None
    certificates: Mapping[str, date | None] | None = None
    bedrooms: int = 0
    twins: Sequence[Twin] = ()
    last_rent: Decimal | None = None
    is_late: bool = False


class PayeeInMonth(NamedTuple):
    """What the rules look at in a payee. Accounts are (sort code, account number); `used` is that of last time.

    `pays` is whether a line of the payee is above zero, held or not; `sharers` are others on the schedule with the
    same account.
    """

    payee: int
    pays: bool
    account: tuple[str, str] | None
    used: tuple[str, str] | None
    usable_from: datetime | None
    is_change_waiting: bool
    is_tax_unknown: bool
    sharers: tuple[str, ...] = ()
    carried_forward: Decimal = ZERO
