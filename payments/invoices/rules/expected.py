"""Nights that were slept and that no invoice claims yet: their worth, their age, and the letter that asks for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from lewisham_ta.money import ZERO, to_penny
from payments.invoices.rules.runs import Run, at_rates, without

# The last day of each age but the last, in days since the morning after the last night.
AGES = (30, 60, 90)
AGE_WORDS = ("Up to 30 days", "31 to 60 days", "61 to 90 days", "Over 90 days")


def unclaimed(stay: Run, claims: Iterable[Run]) -> list[Run]:
    """The nights of a stay that no claim has."""
    runs = [stay]
    for claim in claims:
        runs = without(runs, claim)
    return runs


def worth(runs: Iterable[Run], rates: Sequence[tuple[date, Decimal]]) -> Decimal:
    """The agreed price of nights, rounded once."""
    parts = (part for run in runs for part in at_rates(run, rates))
    return to_penny(sum((rate * (ends_on - starts_on).days for starts_on, ends_on, rate in parts), ZERO))


def accrual_refusal(*, month: date, today: date) -> str:
    """Why there is no accrual for the end of a month, or "". Of the month that runs what is booked is slept by then."""
    return f"{month:%B %Y} has not begun: there is nothing to accrue for its end yet." if month > today else ""


def to_come(missing: Iterable["Missing"], today: date) -> int:
    """How many of the nights are booked and not slept yet."""
    return sum(max((each.ends_on - max(each.starts_on, today)).days, 0) for each in missing)


def age(run: Run, today: date) -> int:
    """Which of the ages the nights are in."""
    days = (today - run[1]).days
    return sum(days > last for last in AGES)


@dataclass(frozen=True, slots=True)
class Missing:
    """An unbroken run of nights of a booking that no invoice claims."""

    booking_id: int
    booking: str
    unit: str
    address: str
    service: str
    provider_id: int
    provider_ref: str
    provider: str
    starts_on: date
    ends_on: date
    net: Decimal

    @property
    def nights(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def last_night(self) -> date:
        return self.ends_on - timedelta(days=1)


class OfProvider(NamedTuple):
    """A provider's missing nights: how many, what they are worth, the first, and the worth by age."""

    provider_id: int
    ref: str
    name: str
    nights: int
    net: Decimal
    first_on: date
    by_age: tuple[Decimal, ...]


def by_provider(missing: Iterable[Missing], today: date) -> list[OfProvider]:
    """Missing nights added up by provider, the dearest first."""
    groups: dict[int, list[Missing]] = {}
    for each in missing:
        groups.setdefault(each.provider_id, []).append(each)
    rows = []
    for its in groups.values():
        ages = [ZERO] * len(AGE_WORDS)
        for each in its:
            ages[age((each.starts_on, each.ends_on), today)] += each.net
        rows.append(
            OfProvider(
                provider_id=its[0].provider_id,
                ref=its[0].provider_ref,
                name=its[0].provider,
                nights=sum(each.nights for each in its),
                net=sum((each.net for each in its), ZERO),
                first_on=min(each.starts_on for each in its),
                by_age=tuple(ages),
            )
        )
    return sorted(rows, key=lambda row: (-row.net, row.ref))


def chase_letter(*, provider: str, missing: Sequence[Missing], officer: str, today: date) -> str:
    """The letter that asks a provider for invoices that have not come."""
    nights = sum(each.nights for each in missing)
    stays = "\n".join(
        f"    {each.booking}, {each.address}: {_day(each.starts_on)} to {_day(each.last_night)}, "
        f"{each.nights:,} night{'' if each.nights == 1 else 's'}"
        for each in missing
    )
    return "\n".join(
        [
            f"To {provider}",
            _day(today),
            "",
            "Invoices that we have not received",
            "",
            f"By our bookings you accommodated our residents on the nights below ({nights:,} in all), and we have no "
            "invoice for them:",
            "",
            stays,
            "",
            "Please send us your invoice, or tell us which of these nights you do not charge.",
            "",
            officer,
            "London Borough of Lewisham, temporary accommodation payments",
        ]
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
