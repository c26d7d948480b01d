"""Unbroken runs of nights."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from lewisham_ta.money import ZERO

Run = tuple[date, date]  # first night, morning after the last


def nights_in(runs: Iterable[Run]) -> int:
    return sum((ends_on - starts_on).days for starts_on, ends_on in runs)


def at_rates(run: Run, rates: Sequence[tuple[date, Decimal]]) -> Iterable[tuple[date, date, Decimal]]:
    """A run cut where the agreed rate changes. Nights before the first rate are at the first."""
    starts_on, ends_on = run
    if len(rates) == 1:
        return ((starts_on, ends_on, rates[0][1]),)
    if not rates:
        return ((starts_on, ends_on, ZERO),)
    cut = []
    for number, (from_on, rate) in enumerate(rates):
        first = starts_on if number == 0 else max(from_on, starts_on)
        end = min(rates[number + 1][0], ends_on) if number + 1 < len(rates) else ends_on
        if first < end:
            cut.append((first, end, rate))
    return cut


def joined(runs: Iterable[Run]) -> list[Run]:
    """Runs that do not overlap, in order, those that meet made one."""
    whole: list[Run] = []
    for starts_on, ends_on in sorted(runs):
        if whole and whole[-1][1] == starts_on:
            starts_on = whole.pop()[0]
        whole.append((starts_on, ends_on))
    return whole


def left_of(runs: Iterable[Run], taken: Iterable[Run]) -> list[Run]:
    left = list(runs)
    for run in taken:
        left = without(left, run)
    return left


def without(runs: Iterable[Run], taken: Run) -> list[Run]:
    left = []
    for starts_on, ends_on in runs:
        if taken[1] <= starts_on or ends_on <= taken[0]:
            left.append((starts_on, ends_on))
            continue
        if starts_on < taken[0]:
            left.append((starts_on, taken[0]))
        if taken[1] < ends_on:
            left.append((taken[1], ends_on))
    return left
