"""Nights and what they cost. A stay is half-open: from its first night to the morning of departure."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from lewisham_ta.dates import Period
from lewisham_ta.money import total


class Rate(Protocol):
    """A row of a dated series: what a night costs from a day on."""

    @property
    def from_on(self) -> date: ...

    @property
    def amount(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Stay(Period):
    """Nights from `starts_on` up to, but not including, `ends_on`. No end means still there."""

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("A stay is at least one night.")


@dataclass(frozen=True, slots=True)
class Run:
    """Nights in a row at one rate. No rate is none agreed for these nights."""

    starts_on: date
    ends_on: date
    rate: Decimal | None

    @property
    def nights(self) -> int:
        return nights(self.starts_on, self.ends_on)


def nights(starts_on: date, ends_on: date) -> int:
    """How many nights: the morning of departure is not one of them."""
    return (ends_on - starts_on).days


def nights_until(starts_on: date, ends_on: date | None, until: date) -> int:
    """The nights slept before a day, of a stay that may be open or not have begun."""
    end = until if ends_on is None else min(ends_on, until)
    return max(0, nights(starts_on, end))


def rate_on(rates: Iterable[Rate], night: date) -> Decimal | None:
    """The rate of a night: the latest that starts on or before it, in whatever order they come. None before any."""
    begun = [rate for rate in rates if rate.from_on <= night]
    return max(begun, key=lambda rate: rate.from_on).amount if begun else None


def runs(starts_on: date, ends_on: date, rates: Iterable[Rate]) -> list[Run]:
    """The nights between two days, in runs of one rate."""
    known = list(rates)
    changes = sorted({rate.from_on for rate in known if starts_on < rate.from_on < ends_on})
    edges = [starts_on, *changes, ends_on] if starts_on < ends_on else []
    found: list[Run] = []
    for start, end in itertools.pairwise(edges):
        rate = rate_on(known, start)
        if found and found[-1].rate == rate:
            found[-1] = Run(found[-1].starts_on, end, rate)
        else:
            found.append(Run(start, end, rate))
    return found


def cost(starts_on: date, ends_on: date, rates: Iterable[Rate]) -> Decimal:
    """What the nights between two days cost at the agreed rates, without VAT. Nights without a rate cost nothing."""
    return total(run.nights * run.rate for run in runs(starts_on, ends_on, rates) if run.rate is not None)
