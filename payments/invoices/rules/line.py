"""What the check of a line looks at, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from lewisham_ta.money import ZERO
from payments.invoices.rules.runs import Run, left_of


class Billed(NamedTuple):
    """A line as the provider wrote it. `ends_on` is the morning of departure, which is not charged."""

    starts_on: date
    ends_on: date
    stated_nights: int | None
    rate: Decimal | None
    net: Decimal
    vat: Decimal = ZERO
    gross: Decimal | None = None


class Academy(NamedTuple):
    """The claim of a household. `ends_on` is the tenancy's end as Academy has it; an ended one may be without."""

    ref: str
    is_suspended: bool
    ends_on: date | None
    is_ended: bool = False


class Confirmed(NamedTuple):
    """Nights about which the provider said whether the household was there."""

    starts_on: date
    ends_on: date
    was_there: bool


class Booked(NamedTuple):
    """What we booked. `rates` are (from, pounds), earliest first, and the first is of the first night.

    `stay_since` is the first night of the unbroken stay: that of the booking, or of the one that the household moved
    from on the same day within the same provider. `over_cap` has the cap of each rate that is over it and that
    nobody approved.
    """

    ref: str
    starts_on: date
    ends_on: date | None
    status: str
    rates: Sequence[tuple[date, Decimal]]
    stay_since: date
    academy: Academy | None
    confirmed: Sequence[Confirmed] | None = None
    over_cap: Mapping[Decimal, Decimal] = {}


class Claimed(NamedTuple):
    """Nights of the booking that an earlier line claims."""

    starts_on: date
    ends_on: date
    words: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the provider and the day: VAT by the night of the stay."""

    is_exempt: bool
    vat_percent: Decimal = Decimal(20)
    long_stay_percent: Decimal = Decimal(4)
    long_stay_after: int = 28


class Finding(NamedTuple):
    """Something the check has to say. A note has no code, and does not change the verdict.

    A line with a note that `is_held` is for a person to pass, with a reason. The words of one that `is_to_come` change
    from day to day. `other` is the key of the line that a note is about.
    """

    code: str
    words: str
    runs: Sequence[Run] = ()
    is_away: bool = False
    is_held: bool = False
    other: int | None = None
    is_to_come: bool = False


class Checked(NamedTuple):
    """What is payable of a line, and everything that was found, in the order of the check."""

    findings: Sequence[Finding]
    runs: Sequence[Run]
    nights: int
    net: Decimal
    vat: Decimal

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings if finding.code]

    @property
    def was_away(self) -> bool:
        """Whether the provider said of a payable night that nobody was there."""
        return any(finding.is_away for finding in self.findings)

    @property
    def runs_there(self) -> list[Run]:
        """The payable nights but those on which the provider said that nobody was there."""
        return left_of(self.runs, [run for finding in self.findings if finding.is_away for run in finding.runs])

    @property
    def passes_by_itself(self) -> bool:
        """Whether there is nothing for an officer to decide."""
        return not any(finding.code or finding.is_away or finding.is_held for finding in self.findings)
