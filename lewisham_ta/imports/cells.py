"""What a cell of somebody's workbook says, or in a few words why it says nothing that can be used.

A reader takes the raw cell and returns a value, None for a blank one, or raises ValueError with the reason. Nothing is
guessed: a cell that could mean two things is wrong.
"""

import re
from calendar import month_abbr, month_name
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lewisham_ta import money as pounds

Reader = Callable[[Any], Any]

# What Excel and LibreOffice write into a cell whose formula failed.
FORMULA_ERROR = re.compile(r"#(REF|N/A|VALUE|DIV/0|NAME|NUM|NULL|SPILL|CALC|GETTING_DATA|FIELD|BLOCKED)[!?]?|Err:\d{3}")
NO_VALUE = "#NO VALUE"  # what workbook.py makes of a formula that was saved without its value
_MONTHS = {name.lower(): number for names in (month_name, month_abbr) for number, name in enumerate(names) if number}
_MONTHS["sept"] = 9
_YEARS = range(1900, 2200)
_AMOUNT = re.compile(r"\(?[-\u2212]?\s?£?\s?[-\u2212]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?\)?")
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")


def said(cell: Any) -> str:
    """A cell as it is repeated to the officer."""
    return "" if cell is None else str(cell).strip()


def squash(value: str) -> str:
    """Trimmed, with single ordinary spaces: Excel and web pages leave no-break and double ones behind."""
    return " ".join(value.replace("\u200b", "").split())


def plain(cell: Any) -> Any:
    """The cell with its text squashed, None if it is blank. Raises ValueError for a formula that failed."""
    if isinstance(cell, str):
        cell = squash(cell)
        if cell == NO_VALUE:
            raise ValueError("a formula without a value: open the workbook in Excel and save it again")
        if FORMULA_ERROR.fullmatch(cell):
            raise ValueError("a formula error")
    return None if cell == "" else cell


def text(longest: int) -> Reader:
    """Text of at most so many characters; a whole number loses the ".0" that Excel gave it."""

    def read(cell: Any) -> str | None:
        value = _as_text(plain(cell))
        if value is not None and len(value) > longest:
            raise ValueError(f"longer than {longest} characters")
        return value

    return read


def ref(longest: int) -> Reader:
    """A reference: upper case, without spaces, a number without the ".0" that Excel gave it."""

    def read(cell: Any) -> str | None:
        value = _as_text(plain(cell))
        if value is None:
            return None
        value = "".join(value.upper().split())
        if len(value) > longest:
            raise ValueError(f"longer than {longest} characters")
        return value

    return read


def ref_key(value: str) -> str:
    """What two spellings of one reference share: a wholly numeric one may have lost its leading zeros to Excel."""
    value = "".join(value.upper().split())
    return value.lstrip("0") or "0" if value.isdecimal() else value


def digits(count: int, name: str) -> Reader:
    """An identifier of exactly so many digits, with or without dashes and spaces.

    Leading zeros are given back to a number only: Excel drops them from numbers, never from text, so text with fewer
    digits is a mistake of another kind.
    """
    how_many = {6: "six", 8: "eight"}.get(count, str(count))

    def read(cell: Any) -> str | None:
        cell = plain(cell)
        if cell is None:
            return None
        is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
        value = re.sub(r"[\s-]", "", cell) if isinstance(cell, str) else str(_as_text(cell))
        if not re.fullmatch("[0-9]+", value):
            raise ValueError(f"{name} has only digits")
        if is_number:
            value = value.zfill(count)
        if len(value) != count:
            raise ValueError(f"{name} has {how_many} digits")
        return value

    return read


def whole_number(highest: int) -> Reader:
    """A whole number from nought to `highest`."""

    def read(cell: Any) -> int | None:
        value = _as_text(plain(cell))
        if value is None:
            return None
        if not re.fullmatch("[0-9]+", value):
            raise ValueError("not a whole number")
        if int(value) > highest:
            raise ValueError(f"more than {highest}")
        return int(value)

    return read


def uprn(cell: Any) -> str | None:
    """A unique property reference number: up to twelve digits, without leading zeros."""
    value = _as_text(plain(cell))
    if value is None:
        return None
    if not re.fullmatch("[0-9]{1,12}", value):
        raise ValueError("a UPRN has up to twelve digits")
    return value.lstrip("0") or "0"


def ni_number(cell: Any) -> str | None:
    """A National Insurance number: two letters, six digits and, where it is known, the last letter."""
    value = _as_text(plain(cell))
    if value is None:
        return None
    value = re.sub(r"[\s-]", "", value.upper())
    if not re.fullmatch("[A-Z]{2}[0-9]{6}[A-D]?", value):
        raise ValueError("a National Insurance number is two letters, six digits and a letter")
    return value


def telephone(cell: Any) -> str | None:
    """A telephone number as written; a number of ten digits gets back the 0 that Excel took."""
    cell = plain(cell)
    value = _as_text(cell)
    if value is None:
        return None
    if not isinstance(cell, str) and len(value) == 10:
        value = "0" + value
    if len(value) > 30:
        raise ValueError("longer than 30 characters")
    return value


def email(cell: Any) -> str | None:
    value: str | None = text(254)(cell)
    if value is not None and not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+", value):
        raise ValueError("not one e-mail address")
    return value


def postcode(cell: Any) -> str | None:
    """A British postcode, in capitals with its one space."""
    value = _as_text(plain(cell))
    if value is None:
        return None
    parts = _POSTCODE.fullmatch("".join(value.upper().split()))
    if parts is None:
        raise ValueError("not a postcode")
    return f"{parts[1]} {parts[2]}"


def money(highest: str) -> Reader:
    """Pounds in whole pence, from a number or from text with £ and commas, less than `highest`."""
    limit = Decimal(highest)

    def read(cell: Any) -> Decimal | None:
        cell = plain(cell)
        if cell is None:
            return None
        if isinstance(cell, date) or (isinstance(cell, str) and not _AMOUNT.fullmatch(cell)):
            raise ValueError("not an amount")
        amount = pounds.from_cell(cell)
        if abs(amount) >= limit:
            raise ValueError("too large an amount")
        return amount

    return read


def day(cell: Any) -> date | None:
    """A date: a real one, or text as dd/mm/yyyy, dd-mm-yyyy, d Mon yyyy or yyyy-mm-dd.

    A bare number is refused although Excel keeps dates as such: only the cell's format says that it is one.
    """
    cell = plain(cell)
    if cell is None:
        return None
    if isinstance(cell, datetime):
        if cell.time() != datetime.min.time():
            raise ValueError("a date has no time of day")
        cell = cell.date()
    if isinstance(cell, date):
        return _in_range(cell)
    if not isinstance(cell, str):
        raise ValueError("not a date")
    if parts := re.fullmatch(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})", cell):
        return _day(parts[4], parts[3], parts[1])
    if parts := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]00:00(?::00)?)?", cell):
        return _day(parts[1], parts[2], parts[3])
    if (parts := re.fullmatch(r"([0-9]{1,2})[ -]([A-Za-z]+)[ -]([0-9]{4})", cell)) and parts[2].lower() in _MONTHS:
        return _day(parts[3], _MONTHS[parts[2].lower()], parts[1])
    if re.fullmatch(r"[0-9]{1,2}[/ -]([0-9]{1,2}|[A-Za-z]+)[/ -][0-9]{2}", cell):
        raise ValueError("write the year with four digits")
    raise ValueError("not a date")


def month(cell: Any) -> date | None:
    """The first day of a month: 2026-09, Sep 2026, September 2026, 09/2026 or a real date on the first."""
    cell = plain(cell)
    if cell is None:
        return None
    if isinstance(cell, date):
        first = day(cell)
        if first is None or first.day != 1:
            raise ValueError("not a month: write it as 2026-11")
        return first
    written = cell if isinstance(cell, str) else ""
    if parts := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})", written):
        year, number = parts[1], int(parts[2])
    elif parts := re.fullmatch(r"([0-9]{1,2})/([0-9]{4})", written):
        year, number = parts[2], int(parts[1])
    elif (parts := re.fullmatch(r"([A-Za-z]+)[ -]([0-9]{4})", written)) and parts[1].lower() in _MONTHS:
        year, number = parts[2], _MONTHS[parts[1].lower()]
    else:
        raise ValueError("not a month: write it as 2026-11")
    if not 1 <= number <= 12:
        raise ValueError("no such month")
    return _day(year, number, 1)


def choice(options: Mapping[str, Any]) -> Reader:
    """One of the given words, whatever their case; several words may mean one value."""
    known = {squash(word).casefold(): value for word, value in options.items()}
    first_words: dict[Any, str] = {}
    for word, value in options.items():
        first_words.setdefault(value, word)
    *others, last = first_words.values()
    words = f"{', '.join(others)} or {last}"

    def read(cell: Any) -> Any:
        value = _as_text(plain(cell))
        if value is None:
            return None
        if value.casefold() not in known:
            raise ValueError(words)
        return known[value.casefold()]

    return read


yes_no = choice({"Y": True, "N": False, "Yes": True, "No": False, "True": True, "False": False})


def _as_text(cell: Any) -> str | None:
    """Text of a cell; a whole number is written without a decimal point."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return squash(str(cell))


def _day(year: str, month_number: int | str, day_number: int | str) -> date:
    try:
        return _in_range(date(int(year), int(month_number), int(day_number)))
    except ValueError as error:
        if int(year) not in _YEARS:
            raise ValueError("no date of this time: a blank means an open end") from None
        raise ValueError("no such day") from error


def _in_range(value: date) -> date:
    """Years far away are placeholders such as 31/12/9999, which nobody should reckon with."""
    if value.year not in _YEARS:
        raise ValueError("no date of this time: a blank means an open end")
    return value
