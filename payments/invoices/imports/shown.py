"""A file as it was understood, and the same file read as somebody chose; typed lines go the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bookings.models import Provider
from lewisham_ta.imports import workbook
from lewisham_ta.imports.cells import said
from lewisham_ta.imports.table import HEADING_ROWS
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import Refused
from payments.invoices.imports import about, headings
from payments.invoices.imports.files import known_layout
from payments.invoices.imports.layout import Layout, Reading, heading_row
from payments.invoices.imports.proposing import proposed
from payments.invoices.imports.reading import read_invoice

EXAMPLES, FEWEST = 2, 4
UNKNOWN = "The headings of this file are not known: say which column is what, or type the lines."
PROPOSED = (
    "The headings of this file are not known. What is chosen below is only proposed, by their words and by what stands "
    "under them: put it right, and have the file read so."
)
# What is typed line by line, in this order.
TYPED = {
    headings.REF: "Booking reference",
    headings.NAME: "Resident",
    headings.UNIT: "Unit",
    headings.STARTS: "First night",
    headings.ENDS: "Departure",
    headings.NIGHTS: "Nights",
    headings.RATE: "Nightly rate",
    headings.NET: "Net",
    headings.VAT: "VAT",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of the file, the first cells below it, and the field that it was taken for ("" for none)."""

    index: int
    heading: str
    examples: Sequence[str]
    field: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file says and how it was read; no reading, and why, where its headings say too little."""

    columns: Sequence[Column]
    reading: Reading | None
    problem: str = ""

    def with_fields(self, fields: Mapping[int, str]) -> "Understood":
        """The same with the columns as a person chose them."""
        return replace(self, columns=[replace(each, field=fields.get(each.index, "")) for each in self.columns])


def understand(content: bytes, name: str, *, provider: Provider, chosen: Layout | None = None) -> Understood:
    """Read a provider's file, and show which of its columns was taken for what."""
    sheets = workbook.read(content, name)
    try:
        reading = read_invoice(sheets, known=known_layout(provider), chosen=chosen)
        sheet, row, columns = heading_row(sheets, reading.layout)
    except Refused:
        if not (place := _likely_headings(sheets)):
            raise
        guesses = proposed(place[0].rows[place[1]], _filled_below(*place))
        return Understood(_columns(*place, guesses), None, PROPOSED if guesses else UNKNOWN)
    return Understood(_columns(sheet, row, {index: field for field, index in columns.items()}), reading)


def _columns(sheet: Sheet, row: int, field_of: Mapping[int, str]) -> list[Column]:
    below = _filled_below(sheet, row)[:EXAMPLES]
    return [
        Column(
            index=index,
            heading=said(cell),
            examples=[said(cells[index]) for cells in below if index < len(cells)],
            field=field_of.get(index, ""),
        )
        for index, cell in enumerate(sheet.rows[row])
        if headings.key(cell)
    ]


def _filled_below(sheet: Sheet, row: int) -> list[list[Any]]:
    return [cells for cells in sheet.rows[row + 1 :] if any(map(said, cells)) and not about.is_total(cells)]


def _likely_headings(sheets: Sequence[Sheet]) -> tuple[Sheet, int] | None:
    """The first row with most words in it, where no heading is known: a person then says what the columns are."""
    rows = [
        (len({headings.key(cell) for cell in cells} - {""}), -place, sheet)
        for sheet in sheets
        for place, cells in enumerate(sheet.rows[:HEADING_ROWS])
    ]
    count, place, sheet = max(rows, key=lambda row: row[:2], default=(0, 0, None))
    return (sheet, -place) if sheet and count >= FEWEST else None


def layout_of(columns: Sequence[Column], fields: Mapping[int, str], end: str) -> tuple[Layout, str]:
    """The layout that was chosen column by column, and why it cannot be one, or ""."""
    chosen: dict[str, str] = {}
    for column in columns:
        field = fields.get(column.index, "")
        if field and field in chosen:
            return Layout(chosen, end), f"Two columns are {headings.FIELDS[field]}: choose one of them."
        if field == headings.VAT and headings.is_percent_of_vat(column.heading):
            return Layout(
                chosen, end
            ), f'"{column.heading}" is a percentage, and VAT is read in pounds: choose Not read.'
        if field:
            chosen[field] = column.heading
    if not headings.has_enough(dict.fromkeys(chosen, 0)):
        return Layout(chosen, end), "Say which columns are the nights (from, to), who or where, and the amount."
    return Layout(chosen, end), ""


def read_typed(rows: Sequence[Sequence[str]], *, end: str) -> Reading:
    """Lines that were typed or pasted in the order of `TYPED`; row numbers are those of the page."""
    layout = Layout(TYPED, end)
    return read_invoice([Sheet("Typed", [list(TYPED.values()), *map(list, rows)])], chosen=layout, first_row=0)
