"""The lines of a provider's file, by a layout that is recognised from its headings or was confirmed before.

A wrong cell is never guessed: it is named, and then nothing of the file is loaded. What decides how the file is read is
shown to a person the first time: see `Reading.layout`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lewisham_ta.imports import cells
from lewisham_ta.imports.cells import said
from lewisham_ta.imports.table import Wrong
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Refused
from payments.invoices.imports import about, headings
from payments.invoices.imports.headings import LAST_NIGHT
from payments.invoices.imports.layout import (
    Columns,
    Layout,
    Reading,
    Row,
    cell,
    data_rows,
    dates,
    end_of,
    heading_row,
    is_data,
    percent_of_vat,
)
from payments.invoices.rules.billing import MOST_LINES, LineAsBilled, size_refusal

LONGEST_REF = 40


def read_invoice(
    sheets: Sequence[Sheet], *, known: Layout | None = None, chosen: Layout | None = None, first_row: int = 1
) -> Reading:
    """Read a file by the layout a person chose for it, else by the one that was confirmed for its provider where the
    headings are still those, else by what its headings say. `first_row` is the number of a sheet's first row."""
    if known and headings.is_percent_of_vat(known.columns.get(headings.VAT)):
        known = None
    sheet, row, columns = heading_row(sheets, chosen or known)
    data = list(data_rows(sheet, row, first_row))
    percent = percent_of_vat(sheet.rows[row], columns, data)
    recognised = Layout({name: said(sheet.rows[row][index]) for name, index in columns.items()}, "")
    if len(data) > MOST_LINES:
        raise Refused(size_refusal(len(data)))
    decided = chosen or (known if known and known.keys == recognised.keys else None)
    end, doubt = (decided.end, "") if decided and decided.end else end_of(recognised, columns, data)
    reading = Reading(sheet.name, replace(recognised, end=end), is_known=decided is not None and decided is known)
    reading.percent = percent
    reading.number, reading.dated_on = about.number_and_date(sheet.rows[:row])
    reading.stated_total = about.total(sheet.rows[row + 1 :], columns)
    reading.notes = [*([doubt] if doubt else []), *_not_read(sheets, sheet, row, columns)]
    if percent:
        reading.notes.append(f'"{percent}" is a percentage, {_vat_words(columns)}.')
    for number, row_cells in data:
        if is_data(row_cells, columns):
            _read_row(reading, number, row_cells, columns)
        else:
            words = ", ".join(said(value) for value in row_cells if said(value))
            reading.notes.append(f"Row {number} is not read: {words[:120]}.")
    if not reading.lines and not reading.wrong:
        raise Refused("The file has the headings of an invoice, and no line below them.")
    return reading


def layout_refusal(reading: Reading) -> str:
    """Why a file cannot be loaded by the layout that was understood, or ""."""
    if not reading.layout.end:
        return (
            "Nobody can tell from this file whether the end is the last night or the departure: say which, "
            "because a night of each line depends on it."
        )
    return ""


def _vat_words(columns: Columns) -> str:
    """Where the VAT of a file comes from that states only its percentage."""
    if headings.GROSS not in columns:
        return "so no VAT in pounds is billed on these lines"
    if headings.NET in columns:
        return "so the VAT is what the gross is above the net"
    return "and no net is stated, so the whole gross is read as the net"


def _not_read(sheets: Sequence[Sheet], sheet: Sheet, row: int, columns: Columns) -> list[str]:
    used, notes = set(columns.values()), []
    others = [said(value) for index, value in enumerate(sheet.rows[row]) if said(value) and index not in used]
    if others:
        notes.append("Not read: " + ", ".join(f"column {name}" for name in others) + ".")
    names = [other.name for other in sheets if other is not sheet and any(any(map(said, each)) for each in other.rows)]
    if names:
        notes.append("Not read: " + ", ".join(f"sheet {name}" for name in names) + ".")
    return notes


class _Row:
    """A row being read: what its cells say, and what is wrong with them."""

    def __init__(self, reading: Reading, number: int, row: Row, columns: Columns) -> None:
        self.reading, self.number, self.row, self.columns = reading, number, row, columns
        self.is_wrong = False

    def get(self, name: str, reader: cells.Reader, *, needed: bool = False) -> Any:
        if name not in self.columns:
            return None
        try:
            value = reader(cell(self.row, self.columns[name]))
        except ValueError as error:
            self.complain(name, str(error))
            return None
        if value is None and needed:
            self.complain(name, "needed")
        return value

    def complain(self, name: str, reason: str) -> None:
        self.is_wrong = True
        heading = self.reading.layout.columns.get(name, headings.FIELDS[name])
        value = said(cell(self.row, self.columns[name])) if name in self.columns else ""
        self.reading.wrong.append(Wrong(self.reading.sheet, self.number, heading, value, reason))


def _read_row(reading: Reading, number: int, row_cells: Row, columns: Columns) -> None:
    row = _Row(reading, number, row_cells, columns)
    nights = row.get(headings.NIGHTS, cells.whole_number(5_000))
    first, departure = _stay(row, nights)
    net, vat, gross = _amounts(row)
    rate = row.get(headings.RATE, cells.money("100000"))
    ref = row.get(headings.REF, cells.ref(LONGEST_REF)) or ""
    unit, address = _place(row)
    names = [row.get(name, cells.text(100)) for name in (headings.NAME, headings.FORENAME, headings.SURNAME)]
    if row.is_wrong or first is None or departure is None or net is None:
        return
    place, name = len(reading.lines) + 1, " ".join(filter(None, names))[:120]
    reading.lines.append(LineAsBilled(place, ref, name, unit, address, first, departure, nights, rate, net, vat, gross))


def _place(row: _Row) -> tuple[str, str]:
    """Unit and address. A whole address may stand under "Room" or "Accommodation"."""
    unit = row.get(headings.UNIT, cells.text(190)) or ""
    address = row.get(headings.ADDRESS, cells.text(190)) or ""
    if len(unit) > LONGEST_REF or (unit and not address and headings.POSTCODE in row.columns):
        unit, address = "", address or unit
    postcode = row.get(headings.POSTCODE, cells.text(10))
    return unit, f"{address}, {postcode}" if address and postcode else address


def _stay(row: _Row, nights: int | None) -> tuple[date | None, date | None]:
    """First night and morning of departure, by what the end is said to be."""
    end_field = headings.ENDS if headings.STARTS in row.columns else headings.PERIOD
    if end_field == headings.PERIOD:
        try:
            first, end = dates(row.row, row.columns)
        except ValueError as error:
            row.complain(headings.PERIOD, str(error))
            return None, None
    else:
        first = row.get(headings.STARTS, cells.day, needed=True)
        if headings.ENDS not in row.columns:
            return _stay_of_nights(row, first, nights)
        end = row.get(headings.ENDS, cells.day, needed=True)
    if first is None or end is None:
        return None, None
    departure = end + timedelta(days=1) if row.reading.layout.end == LAST_NIGHT else end
    if departure <= first:
        row.complain(end_field, "not after the first night")
        return None, None
    return first, departure


def _stay_of_nights(row: _Row, first: date | None, nights: int | None) -> tuple[date | None, date | None]:
    """A stay whose end is not written: so many nights from the first one."""
    if not nights:
        if not row.is_wrong:
            row.complain(headings.NIGHTS, "needed" if nights is None else "no night")
        return None, None
    return first, first + timedelta(days=nights) if first else None


def _amounts(row: _Row) -> tuple[Decimal | None, Decimal, Decimal | None]:
    """Net, VAT and, beside a net, the gross. Where the net or the VAT is not there, it is what is left."""
    money = cells.money("10000000")
    has_net = headings.NET in row.columns
    net = row.get(headings.NET, money, needed=True)
    vat = row.get(headings.VAT, money) or ZERO
    gross = row.get(headings.GROSS, money, needed=not has_net)
    for name, amount in ((headings.NET, net), (headings.VAT, vat), (headings.GROSS, gross)):
        if amount is not None and amount < 0:
            row.complain(name, "below zero: a credit is not billed for nights")
    if row.reading.percent and net is not None and gross is not None:
        vat = max(gross - net, ZERO)
    if not has_net and gross is not None:
        net = gross - vat
        if net < 0:
            row.complain(headings.GROSS, "less than the VAT")
    return net, vat, gross if has_net else None
