"""The two sides that are held against each other, as values."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lewisham_ta.dates import Period

BOOKED, LIVE, ENDED = "booked", "live", "ended"


@dataclass(frozen=True, slots=True)
class Stay:
    """A booking with its main applicant and unit. `claim` is its Academy reference as references are compared."""

    pk: int
    ref: str
    claim: str
    claim_ref: str
    household: int
    household_ref: str
    service: str
    surname: str
    forename: str
    born_on: date | None
    ni_number: str
    is_confidential: bool
    starts_on: date
    ends_on: date | None
    status: str
    is_split: bool
    split_reason: str
    address: str
    postcode: str
    size: str

    def is_live(self, today: date) -> bool:
        return self.status == BOOKED and Period(self.starts_on, self.ends_on).holds(today)


@dataclass(frozen=True, slots=True)
class Account:
    """An Academy account. `ends_on` is the day on which the tenancy ends; `claim` is its reference as compared."""

    pk: int
    ref: str
    claim: str
    surname: str
    forename: str
    born_on: date | None
    ni_number: str
    address: str
    postcode: str
    starts_on: date | None
    ends_on: date | None
    weekly_rent: Decimal | None
    weekly_benefit: Decimal | None
    status: str
    is_gone: bool

    def is_live(self, today: date) -> bool:
        return not self.is_gone and self.status == LIVE and (self.ends_on is None or self.ends_on > today)
