"""Rows of a workbook that take the same days of one thing."""

from collections.abc import Iterable
from datetime import date
from itertools import chain, islice, zip_longest
from typing import NamedTuple

from lewisham_ta.dates import Period
from lewisham_ta.imports.table import Found, Row

END_OF_TIME = date.max


class Taken(NamedTuple):
    """Days that are taken: by a row of the workbook, or by a record that the workbook does not have."""

    period: Period
    row: Row | None
    name: str


def complain_of_overlaps(found: Found, column: str, groups: Iterable[list[Taken]]) -> None:
    """Complain once about each row that shares days with an earlier row or with a record."""
    for group in groups:
        sharing = _sharing(group)
        rows = [(taken, taken.row) for taken in sharing if taken.row]
        recorded = [taken for taken in sharing if not taken.row]
        for place, (taken, row) in enumerate(rows):
            others = chain((other for other, _ in islice(rows, place)), recorded)
            if clash := next((other for other in others if taken.period.overlap(other.period)), None):
                found.complain(row, column, f"overlaps {clash.name}")


def _sharing(group: list[Taken]) -> list[Taken]:
    """Those that share days with another one. Where one reference was filled down a sheet, thousands are in a group:
    only these are compared with each other."""
    order = sorted(range(len(group)), key=lambda place: group[place].period.starts_on)
    sharing, latest = set(), date.min
    for place, following in zip_longest(order, order[1:]):
        starts_on, ends_on = group[place].period.starts_on, group[place].period.ends_on or END_OF_TIME
        if starts_on < latest or (following is not None and group[following].period.starts_on < ends_on):
            sharing.add(place)
        latest = max(latest, ends_on)
    return [group[place] for place in sorted(sharing)]
