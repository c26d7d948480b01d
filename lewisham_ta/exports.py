"""Rows in, an Excel workbook out: real dates, real amounts, and text that stays text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# A spreadsheet reads text that begins so as a formula as soon as somebody edits the cell or saves it as CSV.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT, _WHOLE, _DAY, _MOMENT, _TEXT = "#,##0.00", "0", "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "@"
_ROWS_MEASURED = 200  # enough to choose the width of a column without holding a long export in memory
_BOLD = Font(bold=True)
_HEADING_FILL = PatternFill("solid", fgColor="E9EDF2")
_LINE_ABOVE = Border(top=Side("medium"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    totals: Sequence[Any] | None = None
    above: str = ""


def workbook(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    totals: Sequence[Any] | None = None,
    *,
    above: str = "",
) -> bytes:
    """One sheet: a bold heading row that stays in view and filters, the rows, and the totals under a line.

    `Decimal` becomes an amount, `date` and `datetime` real dates (London time), a true or false "Yes" or "No".
    Everything else is text, whatever it looks like: references and account numbers keep their leading zeros. A line
    `above` the headings says what whoever fills the sheet in has to know.
    """
    return workbook_of([Sheet(title, columns, rows, totals, above)])


def workbook_of(sheets: Iterable[Sheet]) -> bytes:
    """A workbook of several sheets, each as `workbook` writes its one."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book.create_sheet(_sheet_name(sheet.title)), sheet)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(page: Any, sheet: Sheet) -> None:
    rows, totals = iter(sheet.rows), sheet.totals
    first = list(islice(rows, _ROWS_MEASURED))
    for index, heading in enumerate(sheet.columns):
        column = [heading, *(row[index] for row in first), *([totals[index]] if totals else [])]
        page.column_dimensions[get_column_letter(index + 1)].width = _width(column)
    headings_at = 2 if sheet.above else 1
    page.freeze_panes = f"A{headings_at + 1}"
    write = _Writer(page)
    if sheet.above:
        page.append([write(sheet.above)])
    page.append([write(heading, style="heading") for heading in sheet.columns])
    count = headings_at
    for row in chain(first, rows):
        page.append([write(value) for value in row])
        count += 1
    page.auto_filter.ref = f"A{headings_at}:{get_column_letter(len(sheet.columns))}{count}"
    if totals:
        page.append([write("" if value is None else value, style="total") for value in totals])


class _Writer:
    """Makes the cells of one sheet. A style is made once, not once a cell: that would triple the time of an export."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.styles: dict[tuple[str, str, bool], Any] = {}

    def __call__(self, value: Any, style: str = "") -> Cell | None:
        if value is None:
            return None
        value, number_format = _plain(value)
        quoted = isinstance(value, str) and value.startswith(FORMULA_STARTS)
        cell = WriteOnlyCell(self.sheet, value)
        if isinstance(value, str):
            cell.data_type = "s"  # openpyxl would make "=1+1" a formula and "#N/A" an error
        key = (number_format, style, quoted)
        if key not in self.styles:
            self.styles[key] = self._style(*key)
        cell._style = self.styles[key]
        return cell

    def _style(self, number_format: str, style: str, quoted: bool) -> Any:
        cell = WriteOnlyCell(self.sheet)
        cell.number_format = number_format
        if style:
            cell.font = _BOLD
        if style == "heading":
            cell.fill = _HEADING_FILL
        if style == "total":
            cell.border = _LINE_ABOVE
        if quoted:
            cell.quotePrefix = True
        return cell._style


def _plain(value: Any) -> tuple[Any, str]:
    """The value as Excel can hold it, and how Excel shall show it."""
    if isinstance(value, bool):
        return ("Yes" if value else "No"), _TEXT
    if isinstance(value, Decimal):
        return value, _AMOUNT
    if isinstance(value, int):
        return value, _WHOLE
    if isinstance(value, datetime):
        return (timezone.make_naive(value) if timezone.is_aware(value) else value), _MOMENT
    if isinstance(value, date):
        return value, _DAY
    return ILLEGAL_CHARACTERS_RE.sub("", str(value)), _TEXT


def _width(values: Iterable[Any]) -> int:
    longest = max(len(f"{value:,.2f}" if isinstance(value, Decimal) else str(value or "")) for value in values)
    return min(max(longest + 2, 11), 60)


def _sheet_name(title: str) -> str:
    """Excel takes 31 characters and none of []:*?/\\ for the name of a sheet."""
    return "".join(" " if char in "[]:*?/\\" else char for char in title)[:31].strip("' ") or "Sheet"
