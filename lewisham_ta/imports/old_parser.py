"""Run as a process of its own, like parser.py: an .xls workbook (Excel 97 to 2003) instead of a newer one.

calamine reads a failed formula of this format as a blank cell; xlrd knows it for what it is. The records are looked
through first, for what is a reason to refuse the workbook and for formulas that were saved without their value.
"""

import io
import os
import pickle
import resource
import struct
import sys
from collections.abc import Iterator
from datetime import time
from typing import Any

import xlrd
from xlrd.compdoc import CompDoc

# The exit codes of a workbook that is refused; workbook.py has the words.
TOO_LARGE, PASSWORD, MACROS, LINKS, TOO_OLD, NO_WORKBOOK = 3, 10, 11, 12, 13, 14
NO_VALUE, NO_VALUE_CODE = "#NO VALUE", 0xFE  # see cells.NO_VALUE; an error of a cell that Excel does not have
FORMULA, SHEET, LINK, ENCRYPTED, PROJECT, CONNECTION = 0x06, 0x85, 0x1AE, 0x2F, 0xD3, 0x876
A_SHEET_OF_MACROS = (1, 6)
NOT_A_LINK = (b"\x01\x04", b"\x01\x3a", b"\x01\x00\x00\x00", b"\x01\x00\x00\x20")  # to itself, to functions, to nothing
CALCULATE_ON_LOAD, SHARED, BLANK_TEXT = 2, b"\x01", b"\x17\x00"


def main(seconds: int, memory: int, cells: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    stream = bytearray(_workbook_in(sys.stdin.buffer.read()))
    for kind, start, end in _records(stream):
        _look_at(kind, stream, start, end)
    with open(os.devnull, "w") as nowhere:
        book = xlrd.open_workbook(file_contents=bytes(stream), logfile=nowhere, on_demand=True, ragged_rows=True)
        sheets, count = [], 0
        for number, name in enumerate(book.sheet_names()):
            sheet = book.sheet_by_index(number)
            count += sum(map(sheet.row_len, range(sheet.nrows)))
            if count > cells:
                sys.exit(TOO_LARGE)
            sheets.append((name, [_values(sheet.row(row), book.datemode) for row in range(sheet.nrows)]))
            book.unload_sheet(number)
    pickle.dump(sheets, sys.stdout.buffer, protocol=5)


def _workbook_in(content: bytes) -> bytes:
    """The stream of records in a compound file, which Word and others write as well."""
    file = CompDoc(content, logfile=io.StringIO())
    names = {entry.name.upper() for entry in file.dirlist}
    if "ENCRYPTEDPACKAGE" in names:
        sys.exit(PASSWORD)
    if names & {"_VBA_PROJECT_CUR", "VBA", "_VBA_PROJECT"}:
        sys.exit(MACROS)
    stream: bytes | None = file.get_named_stream("Workbook")
    if stream is None:
        sys.exit(TOO_OLD if "BOOK" in names else NO_WORKBOOK)
    return stream


def _records(stream: bytearray) -> Iterator[tuple[int, int, int]]:
    """Kind, start and end of each record."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, at + 4 + length
        at += 4 + length


def _look_at(kind: int, stream: bytearray, start: int, end: int) -> None:
    if kind == FORMULA and _has_no_value(bytes(stream[start:end])):
        stream[start + 6 : start + 14] = bytes([2, 0, NO_VALUE_CODE, 0, 0, 0, 0xFF, 0xFF])
    elif kind == ENCRYPTED:
        sys.exit(PASSWORD)
    elif kind == PROJECT or (kind == SHEET and stream[start + 5] in A_SHEET_OF_MACROS):
        sys.exit(MACROS)
    elif kind == CONNECTION or (kind == LINK and not bytes(stream[start + 2 : end]).startswith(NOT_A_LINK)):
        sys.exit(LINKS)


def _has_no_value(formula: bytes) -> bool:
    """Whether a formula was written by a program that did not work it out.

    Such programs leave a blank text, or nought for Excel to replace when it opens the file. A blank text is the value
    of a formula only where one stands in it, as in =IF(A1="","",A1); what a shared formula says stands elsewhere.
    """
    result, on_load, expression = formula[6:14], formula[14] & CALCULATE_ON_LOAD, formula[22:]
    if result[0] == 3 and result[6:] == b"\xff\xff":
        return bool(on_load) or not (expression.startswith(SHARED) or BLANK_TEXT in expression)
    return bool(on_load) and result == bytes(8)


def _values(row: list[Any], datemode: int) -> list[Any]:
    return [_value(cell.ctype, cell.value, datemode) for cell in row]


def _value(kind: int, value: Any, datemode: int) -> Any:
    """The value of a cell as parser.py would give it: an error as its text, a day as a date."""
    if kind == xlrd.XL_CELL_ERROR:
        return NO_VALUE if value == NO_VALUE_CODE else xlrd.error_text_from_code.get(value, "#VALUE!")
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind != xlrd.XL_CELL_DATE or value < 0:
        return value
    try:
        moment = xlrd.xldate.xldate_as_datetime(value, datemode)
    except (ValueError, OverflowError):
        return value  # no day that there is: a number is no date to whoever reads the cell
    if value < 1:
        return moment.time()
    return moment.date() if moment.time() == time.min else moment


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
