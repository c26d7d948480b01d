"""What the columns of a file with unknown headings could be, by their words and by what stands under them.

Only proposed: a person looks at it on the page and has the file read so. No command reads a file by it.
"""

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

from lewisham_ta.imports import cells
from lewisham_ta.imports.cells import said
from payments.invoices.imports import headings
from payments.invoices.imports.layout import Row, cell

ROWS_LOOKED_AT, MOST_NIGHTS = 50, 366
_SHORT = {
    **{"bk": "booking", "bkg": "booking", "no": "number", "num": "number", "nt": "night", "nts": "nights"},
    **{"nght": "night", "nghts": "nights", "dt": "date", "fr": "from", "chk": "check", "ci": "check in"},
    **{"co": "check out", "rm": "room", "apt": "flat", "pcode": "postcode", "pc": "postcode", "addr": "address"},
    **{"amt": "amount", "ttl": "total", "chg": "charge", "chrg": "charge", "pr": "price", "fname": "forename"},
    **{"sname": "surname", "lname": "surname", "gst": "guest", "clnt": "client", "pn": "per night"},
}
_WORDS = sorted({word for names in headings.SYNONYMS.values() for name in names for word in name.split()}, key=len)
_OTHERS_OWN = re.compile(r"(our|invoice|supplier|provider|notes?|comments?)\b")
_BOOKING_REF = re.compile(r"[A-Z]{1,3}[-/ ]?[0-9]{4,}", re.IGNORECASE)


def proposed(heading: Row, rows: Sequence[Row]) -> dict[int, str]:
    """Column → field, for as many columns as can be told."""
    columns = headings.columns_of([in_full(said(each)) for each in heading])
    free = [index for index, each in enumerate(heading) if index not in columns.values() and _is_open(each)]
    columns = _by_cells(free, rows[:ROWS_LOOKED_AT], columns) | columns
    return {index: field for field, index in columns.items()}


def in_full(heading: str) -> str:
    """A heading with its abbreviations, plurals and slips of the pen written as known headings have them."""
    if headings.meaning(heading)[0] or headings.is_percent_of_vat(heading):
        return heading
    together = re.sub(r"\b(\w)[./](?=\w)", r"\1", heading)  # C/O, p.n.
    return " ".join(_word(word) for word in headings.key(together).split() if word != "s")


def _word(word: str) -> str:
    if word in _WORDS or word in _SHORT:
        return _SHORT.get(word, word)
    if len(word) > 3 and (begun := [each for each in _WORDS if each.startswith(word.removesuffix("s"))]):
        return begun[0]
    if len(word) == 3 and (begun := [each for each in _WORDS if each.startswith(word) and len(each) > 4]):
        return begun[0]
    close = difflib.get_close_matches(word, _WORDS, n=1, cutoff=0.8) if len(word) > 3 else []
    return close[0] if close else word


def _is_open(heading: Any) -> bool:
    """Whether what stands under a heading may say what it is: not where the heading says that it is something else."""
    its = headings.key(heading)
    return bool(its) and not _OTHERS_OWN.match(its) and not headings.is_percent_of_vat(heading)


def _by_cells(free: Sequence[int], rows: Sequence[Row], known: dict[str, int]) -> dict[str, int]:
    """The columns that only their cells tell: two of days, one of booking references, and the figures."""
    found: dict[str, int] = {}
    days, figures = [], []
    for index in free:
        filled = [value for value in (cell(row, index) for row in rows) if said(value)]
        if filled and all(_BOOKING_REF.fullmatch(said(value)) for value in filled):
            found.setdefault(headings.REF, index)
        elif found_days := _all(filled, cells.day):
            days.append((min(found_days), index))
        elif amounts := _all(filled, cells.money("10000000")):
            figures.append((sum(amounts), index, amounts))
    ends = [name for name in (headings.STARTS, headings.ENDS) if name not in known]
    if headings.PERIOD not in known:
        found |= dict(zip(ends, (index for _, index in sorted(days)), strict=False))
    return found | _figures(sorted(figures), rows, known | found)


def _figures(figures: list[tuple[Any, int, list[Any]]], rows: Sequence[Row], known: dict[str, int]) -> dict[str, int]:
    """Nights, net and rate among the columns of figures, the smallest sums first."""
    found: dict[str, int] = {}
    nights = next((each for each in figures if _are_nights(each[2], each[1], rows, known)), None)
    if nights and headings.NIGHTS not in known:
        found[headings.NIGHTS] = nights[1]
    rest = [index for _, index, _ in figures if not nights or index != nights[1]]
    if rest and not {headings.NET, headings.GROSS} & known.keys():
        found[headings.NET] = rest.pop()
    if len(rest) == 1 and headings.RATE not in known:
        found[headings.RATE] = rest[0]
    return found


def _are_nights(counts: Sequence[Any], index: int, rows: Sequence[Row], known: dict[str, int]) -> bool:
    """Small whole numbers, which the dates of the first rows bear out where both are there."""
    if not all(count == int(count) and 0 < count <= MOST_NIGHTS for count in counts):
        return False
    for row in rows:
        try:
            first, end = (cells.day(cell(row, known[name])) for name in (headings.STARTS, headings.ENDS))
            if first and end and (stated := cells.whole_number(MOST_NIGHTS)(cell(row, index))):
                return (end - first).days in (stated, stated - 1)
        except (KeyError, ValueError):
            continue
    return True


def _all(values: Sequence[Any], reader: Callable[[Any], Any]) -> list[Any]:
    """The values of cells that all are of one kind; none where one is not."""
    try:
        return [reader(value) for value in values]
    except ValueError:
        return []
