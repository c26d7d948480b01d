"""A sheet declared by its columns, found in a workbook by its headings, and read into rows and complaints."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lewisham_ta.imports.cells import Reader, said
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import Refused

HEADING_ROWS = 20
# Somebody may be called Total Lettings, so what follows the word must go with it.
_TOTAL = re.compile(
    r"(grand |sub-? ?)?totals?:?( ?\(.*| (for|of|in|this|per|all|due|rents?|amount|leases|nights)\b.*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Column:
    """`needed`: no data row may leave it blank. `optional`: the whole column may be missing."""

    name: str
    read: Reader
    needed: bool = False
    optional: bool = False
    synonyms: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`optional`: the workbook may be without this sheet."""

    name: str
    columns: Sequence[Column]
    synonyms: Sequence[str] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """A cell that cannot be used. One of them is enough that nothing of the workbook is loaded."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Doubtful:
    """Something that can be loaded but that a person should look at first."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A data row: its number in Excel, the values that could be read, and every declared cell as it stood."""

    number: int
    values: dict[str, Any]
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def get(self, column: str) -> Any:
        """The value, or None where the cell is blank, wrong, or its column is missing."""
        return self.values.get(column)


@dataclass(slots=True)
class Found:
    """What one declared sheet came to. `columns` are those whose heading was found."""

    sheet: str
    rows: list[Row] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    is_missing: bool = False

    def complain(self, row: Row, column: str, reason: str) -> None:
        self.wrong.append(Wrong(self.sheet, row.number, column, said(row.cells.get(column)), reason))


def read_tables(sheets: Sequence[Sheet], tables: Sequence[Table]) -> dict[str, Found]:
    """Every declared table by its name. Sheets that are none of them are named in the last table's notes.

    Raises Refused when none of the sheets that must be there is: then it is another workbook, and not a wrong one.
    """
    found, used = {}, set()
    needed = [table.name for table in tables if not table.optional]
    for table in tables:
        sheet, problem = _sheet_for(table, sheets, only=len(tables) == 1 and len(sheets) == 1)
        if sheet is None:
            found[table.name] = missing = Found(table.name, is_missing=True)
            if problem or not table.optional:
                missing.wrong.append(Wrong(table.name, 0, "", "", problem or "there is no sheet of this name"))
            else:
                missing.notes.append(f"There is no sheet {table.name}: nothing is said about it.")
        else:
            used.add(sheet.name)
            found[table.name] = read_table(sheet, table)
    if len(needed) > 1 and all(found[name].is_missing for name in needed):
        raise Refused(f"This is another workbook: it has no sheet {', '.join(needed[:-1])} or {needed[-1]}.")
    ignored = [sheet.name for sheet in sheets if sheet.name not in used and any(map(_is_filled, sheet.rows))]
    if ignored and tables:
        found[tables[-1].name].notes.append("Not read: " + ", ".join(f"sheet {name}" for name in ignored) + ".")
    return found


def read_table(sheet: Sheet, table: Table) -> Found:
    """The rows of a sheet under the headings of a table."""
    found = Found(table.name if _key(sheet.name) == _key(table.name) else sheet.name)
    start, places = _headings(sheet, table)
    if not places:
        found.wrong.append(Wrong(found.sheet, 0, "", "", f"no headings in the first {HEADING_ROWS} rows"))
        return found
    found.columns = set(places)
    for column in table.columns:
        if len(places.get(column.name, ())) > 1:
            found.wrong.append(Wrong(found.sheet, start, column.name, column.name, "two columns have this heading"))
        if column.name not in places and not column.optional:
            found.wrong.append(Wrong(found.sheet, start, column.name, "", "this column is missing"))
    if found.wrong:
        return found
    place = {name: numbers[0] for name, numbers in places.items()}
    known = set(place.values())
    others = [said(cell) for index, cell in enumerate(sheet.rows[start - 1]) if index not in known and said(cell)]
    if others:
        found.notes.append(f"{found.sheet}: not read: " + ", ".join(f"column {name}" for name in others) + ".")
    columns = [(column, place[column.name]) for column in table.columns if column.name in place]
    for number, cells in enumerate(sheet.rows[start:], start + 1):
        if _is_filled(cells[index] for _, index in columns if index < len(cells)) and not _is_total(cells):
            found.rows.append(_row(found, number, cells, columns))
    return found


def _row(found: Found, number: int, cells: Sequence[Any], columns: Sequence[tuple[Column, int]]) -> Row:
    row = Row(number, {}, {column.name: cells[index] if index < len(cells) else "" for column, index in columns})
    for column, _ in columns:
        try:
            value = column.read(row.cells[column.name])
        except ValueError as error:
            found.complain(row, column.name, str(error))
            continue
        if value is None and column.needed:
            found.complain(row, column.name, "needed")
            continue
        row.values[column.name] = value
    return row


def _sheet_for(table: Table, sheets: Sequence[Sheet], *, only: bool) -> tuple[Sheet | None, str]:
    """The sheet of a table: by its whole name, else the one sheet whose name has the table's words in it."""
    if only:
        return sheets[0], ""
    names = [_key(name) for name in (table.name, *table.synonyms)]
    for matches in (
        [sheet for sheet in sheets if _key(sheet.name) in names],
        [sheet for sheet in sheets if any(f" {name} " in f" {_key(sheet.name)} " for name in names)],
    ):
        if len(matches) > 1:
            return None, "two sheets could be this one: " + ", ".join(sheet.name for sheet in matches)
        if matches:
            return matches[0], ""
    return None, ""


def _headings(sheet: Sheet, table: Table) -> tuple[int, dict[str, list[int]]]:
    """The row number with most of the table's headings, the first of equals, and where each heading stands."""
    meaning = {_key(name): column.name for column in table.columns for name in (*column.synonyms, column.name)}
    best: tuple[int, dict[str, list[int]]] = (0, {})
    for number, cells in enumerate(sheet.rows[:HEADING_ROWS], 1):
        places: dict[str, list[int]] = {}
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and (name := meaning.get(_key(cell))):
                places.setdefault(name, []).append(index)
        if len(places) > len(best[1]):
            best = (number, places)
    return best


def _key(name: str) -> str:
    """A heading or sheet name without case, spacing and punctuation."""
    return " ".join(re.findall(r"[a-z0-9]+", name.casefold().replace("&", " and ")))


def _is_filled(cells: Iterable[Any]) -> bool:
    return any(said(cell).strip("\u200b\xa0") for cell in cells)


def _is_total(cells: Sequence[Any]) -> bool:
    """Whether a row adds up the others. The word may stand in any column: the first one is not the same everywhere."""
    return any(_TOTAL.fullmatch(cell.strip()) for cell in cells if isinstance(cell, str))
