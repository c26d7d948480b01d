"""What is read from a workbook of Excel 97 to 2003, and what in one is a reason to refuse it."""

import struct
from datetime import date, datetime, time

import pytest
import xlrd

from lewisham_ta.imports import old_parser, workbook
from lewisham_ta.imports.cells import NO_VALUE, text
from lewisham_ta.imports.table import Column, Table, Wrong, read_table
from lewisham_ta.refusals import Refused
from tests.lewisham_ta.imports.books import xls

ROWS = [["Lease Ref", "Rent"], ["LS1", 350.5]]


def test_sheets_rows_and_values_are_those_of_excel():
    content = xls({"Second thoughts": [[], [None, "x", 7, 350.5, True]], "A": []})
    first, second = workbook.read(content, "book.xls")
    assert (first.name, second.name) == ("Second thoughts", "A")
    assert first.rows == [[], ["", "x", 7.0, 350.5, True]]
    assert second.rows == []


@pytest.mark.parametrize("dates_1904", [False, True])
def test_a_date_is_read_by_the_epoch_of_its_workbook(dates_1904):
    moments = [date(2026, 10, 5), datetime(2026, 10, 5, 9, 30)]  # noqa: DTZ001 a cell has no zone
    (sheet,) = workbook.read(xls({"A": [moments]}, dates_1904=dates_1904), "book.xls")
    assert sheet.rows == [moments]


def test_a_time_of_day_is_one_and_a_day_that_never_was_is_a_number():
    assert old_parser._value(xlrd.XL_CELL_DATE, 0.5, 0) == time(12)
    assert old_parser._value(xlrd.XL_CELL_DATE, -5.0, 0) == -5.0


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
def test_a_failed_formula_is_a_wrong_cell_by_sheet_row_and_column(error):
    (sheet,) = workbook.read(xls({"Leases": [["Lease Ref"], ["LS1"], [error]]}), "book.xls")
    found = read_table(sheet, Table("Leases", [Column("Lease Ref", text(9))]))
    assert found.wrong == [Wrong("Leases", 3, "Lease Ref", error, "a formula error")]


def test_a_formula_that_was_saved_without_its_value_is_a_wrong_cell():
    (sheet,) = workbook.read(xls({"A": [["=1+1", "=ROUND(2.5,0)", '=IF(1=1,"","x")']]}), "book.xls")
    assert sheet.rows == [[NO_VALUE, NO_VALUE, ""]]


def _formula(result: bytes, flags: int, expression: bytes) -> bytes:
    return struct.pack("<3H8sHIH", 0, 0, 0, result, flags, 0, len(expression)) + expression


@pytest.mark.parametrize(
    ("result", "flags", "expression", "has_none"),
    [
        (struct.pack("<d", 7.5), 0, b"\x1e\x01\x00", False),
        (struct.pack("<d", 7.5), 2, b"\x1e\x01\x00", False),
        (bytes(8), 0, b"\x1e\x00\x00", False),
        (bytes(8), 2, b"\x1e\x00\x00", True),
        (b"\x03\0\0\0\0\0\xff\xff", 0, b"\x01\x05\0\0\0", False),
        (b"\x03\0\0\0\0\0\xff\xff", 0, b"\x44\0\0\0\xc0\x44\0\0\1\xc0\x05", True),
        (b"\0\0\0\0\0\0\xff\xff", 0, b"\x17\x01\x00a", False),
    ],
    ids=["number", "number worked out again", "nought", "nought to be replaced", "shared", "blank product", "text"],
)
def test_which_formula_was_not_worked_out(result, flags, expression, has_none):
    assert old_parser._has_no_value(_formula(result, flags, expression)) is has_none


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (xls({"A": ROWS}, records=_record(0x2F, b"\0" * 54)), "has a password"),
        (xls({"A": ROWS}, records=_record(0xD3, b"")), "has macros"),
        (xls({"A": ROWS}, records=_record(0x85, b"\0\0\0\0\0\x01\x01\0M")), "has macros"),
        (xls({"A": ROWS}, records=_record(0x1AE, b"\x01\0\x05\0\0\x01b.xls")), "links to other files"),
        (xls({"A": ROWS}, records=_record(0x876, b"\0" * 8)), "links to other files"),
        (xls({"A": ROWS}, stream="Book"), "Excel 95"),
        (xls({"A": ROWS}, stream="EncryptedPackage"), "has a password"),
        (xls({"A": ROWS}, stream="VBA"), "has macros"),
        (xls({"A": ROWS}, stream="WordDocument"), "is not a workbook"),
        (xls({"A": ROWS})[:1500], "is damaged"),
        (xls({"A": ROWS}).replace(b"\x09\x08\x10\0", b"\x09\x08\xff\0"), "is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_workbook_is_refused_in_one_sentence(content, words):
    with pytest.raises(Refused, match=words) as refusal:
        workbook.read(content, "september.xls")
    assert str(refusal.value).startswith("september.xls ")
    assert str(refusal.value).count(". ") == 0


@pytest.mark.parametrize("target", [b"\x02\0\x01\x04", b"\x01\0\x01\x3a", b"\x01\0\x01\0\0\0", b"\0\0\x01\0\0\x20"])
def test_a_link_to_the_workbook_itself_or_to_functions_is_no_reason_to_refuse_it(target):
    stream = bytearray(_record(0x1AE, target))
    old_parser._look_at(0x1AE, stream, 4, len(stream))


def test_more_cells_than_are_read_are_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_CELLS", 3)
    with pytest.raises(Refused, match="too large to read"):
        workbook.read(xls({"A": ROWS}), "september.xls")
