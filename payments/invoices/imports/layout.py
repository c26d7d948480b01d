"""How a provider's file is read: which heading means what, where the lines begin, and what the end date is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lewisham_ta.imports import cells
from lewisham_ta.imports.cells import said
from lewisham_ta.imports.table import HEADING_ROWS, Wrong
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import Refused
from payments.invoices.imports import about, headings
from payments.invoices.imports.headings import DEPARTURE, LAST_NIGHT
from payments.invoices.rules.billing import LineAsBilled

Row = Sequence[Any]
Columns = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """The heading of each field, and what the end date is ("" while nobody can tell)."""

    columns: Mapping[str, str]
    end: str

    def to_json(self) -> dict[str, Any]:
        return {"columns": dict(self.columns), "end": self.end}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Layout":
        return cls(kept["columns"], kept["end"])

    @property
    def keys(self) -> dict[str, str]:
        """The headings as they are compared: spelling aside."""
        return {name: headings.key(heading) for name, heading in self.columns.items()}

    def words(self) -> list[tuple[str, str]]:
        """What a person is shown: field and heading, and what the end is."""
        shown = [(words, self.columns[name]) for name, words in headings.FIELDS.items() if name in self.columns]
        return [*shown, ("The end is", headings.ENDS_WORDS.get(self.end, "not known: say which"))]


@dataclass(slots=True)
class Reading:
    """What a file came to. `is_known`: it is read as a person confirmed before, so nobody has to be asked.

    `percent` is the heading of the percentage of VAT where no column has its pounds.
    """

    sheet: str
    layout: Layout
    is_known: bool
    lines: list[LineAsBilled] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    number: str = ""
    dated_on: date | None = None
    stated_total: Decimal | None = None
    percent: str = ""


def heading_row(sheets: Sequence[Sheet], wanted: Layout | None) -> tuple[Sheet, int, dict[str, int]]:
    """The sheet and the row with the headings of the lines: those of the wanted layout, else most that are known."""
    best: tuple[int, Sheet, int, dict[str, int]] | None = None
    for sheet in sheets:
        for row, row_cells in enumerate(sheet.rows[:HEADING_ROWS]):
            keys = [headings.key(cell) for cell in row_cells]
            if wanted and set(wanted.keys.values()) <= set(keys):
                return sheet, row, {name: keys.index(its) for name, its in wanted.keys.items()}
            columns = headings.columns_of(row_cells)
            if headings.has_enough(columns) and (best is None or len(columns) > best[0]):
                best = (len(columns), sheet, row, columns)
    if best is None:
        raise Refused(
            "No row of headings was found that has the nights (from, to), who or where, and an amount: "
            "type the lines, or ask the provider for a list with headings."
        )
    return best[1:]


def data_rows(sheet: Sheet, row: int, first_row: int) -> Iterator[tuple[int, Row]]:
    """Filled rows below the headings, but totals and headings that are repeated on a further page."""
    heading = [headings.key(cell) for cell in sheet.rows[row]]
    for number, row_cells in enumerate(sheet.rows[row + 1 :], row + 1 + first_row):
        if not any(said(cell) for cell in row_cells) or about.is_total(row_cells):
            continue
        if [headings.key(cell) for cell in row_cells] != heading:
            yield number, row_cells


def percent_of_vat(heading: Row, columns: dict[str, int], data: Sequence[tuple[int, Row]]) -> str:
    """The heading of the percentage of VAT where no column has its pounds, or "". A column of percentages that is
    only called VAT is taken out of the columns: it is never pounds."""
    index = columns.get(headings.VAT)
    if index is not None and _is_percent([cell(row, index) for _, row in data]):
        del columns[headings.VAT]
        return said(heading[index])
    return "" if headings.VAT in columns else next(map(said, filter(headings.is_percent_of_vat, heading)), "")


def _is_percent(values: Sequence[Any]) -> bool:
    """Whether cells are written as percentages, or are the parts of one that Excel keeps for 20%."""
    written = [said(value) for value in values if said(value)]
    is_part = all(re.fullmatch(r"0?(\.[0-9]*)?", each) for each in written) and re.search("[1-9]", "".join(written))
    return bool(is_part) or any(each.endswith("%") for each in written)


def is_data(row: Row, columns: Columns) -> bool:
    """Whether a row bills something: it has a day or an amount where one belongs, or is filled like the others."""
    names = (headings.STARTS, headings.ENDS, headings.NET, headings.GROSS, headings.NIGHTS)
    places = [cell(row, columns[name]) for name in names if name in columns]
    if any(said(value) and (not isinstance(value, str) or _is_day_or_amount(value)) for value in places):
        return True
    return sum(bool(said(cell(row, index))) for index in columns.values()) > 2


def _is_day_or_amount(value: str) -> bool:
    for reader in (cells.day, cells.money("10000000")):
        try:
            reader(value)
        except ValueError:
            continue
        return True
    return False


def cell(row: Row, index: int) -> Any:
    return row[index] if index < len(row) else ""


def end_of(layout: Layout, columns: Columns, data: Sequence[tuple[int, Row]]) -> tuple[str, str]:
    """What the end date is: by the heading's words, and by the nights that the lines state, with a note where the two
    do not agree. Nobody can tell where the heading is silent and no nights are stated."""
    if headings.ENDS not in columns and headings.PERIOD not in columns:
        return DEPARTURE, ""
    heading = layout.columns.get(headings.ENDS) or layout.columns[headings.PERIOD]
    by_words = headings.end_meaning(heading)
    votes = {DEPARTURE: 0, LAST_NIGHT: 0}
    for _, row in data:
        try:
            first, end = dates(row, columns)
            stated = _stated_nights(row, columns)
        except ValueError:
            continue
        if first and end and stated is not None and (end - first).days in (stated, stated - 1):
            votes[DEPARTURE if (end - first).days == stated else LAST_NIGHT] += 1
    by_nights = "" if votes[DEPARTURE] == votes[LAST_NIGHT] else max(votes, key=lambda which: votes[which])
    if by_words and by_nights and by_words != by_nights:
        return by_words, (
            f'"{heading}" says that the end is {headings.ENDS_WORDS[by_words]}; by the nights stated on '
            f"{votes[by_nights]} of {sum(votes.values())} lines it is {headings.ENDS_WORDS[by_nights]}. "
            "Ask the provider before you confirm."
        )
    return by_words or by_nights, ""


def _stated_nights(row: Row, columns: Columns) -> int | None:
    if headings.NIGHTS in columns:
        nights: int | None = cells.whole_number(5_000)(cell(row, columns[headings.NIGHTS]))
        return nights
    if headings.RATE in columns and headings.NET in columns:
        rate = cells.money("100000")(cell(row, columns[headings.RATE]))
        net = cells.money("10000000")(cell(row, columns[headings.NET]))
        if rate and net is not None and net % rate == 0:
            return int(net / rate)
    return None


def dates(row: Row, columns: Columns) -> tuple[date | None, date | None]:
    """First night and end as a row writes them, in two cells or in one. Raises ValueError with the reason."""
    if headings.STARTS not in columns:
        parts = headings.PERIOD_PARTS.split(said(cell(row, columns[headings.PERIOD])))
        if len(parts) != 2:
            raise ValueError("not two dates: 01/10/2026 to 31/10/2026")
        return cells.day(parts[0]), cells.day(parts[1])
    first = cells.day(cell(row, columns[headings.STARTS]))
    return first, cells.day(cell(row, columns[headings.ENDS])) if headings.ENDS in columns else None
