"""What is read from a file, and every file that is refused before it is parsed."""

import contextlib
import io
import time
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from lewisham_ta.imports import workbook
from lewisham_ta.imports.cells import NO_VALUE
from lewisham_ta.refusals import Refused
from tests.lewisham_ta.imports.books import ods, part_of, with_part, xlsx

BOOK = xlsx({"Leases": [["Lease Ref", "Rent"], ["LS1", 350.5]]})
SHEET = "xl/worksheets/sheet1.xml"


def test_the_sheets_keep_their_order_and_their_row_numbers():
    book = openpyxl.Workbook()
    book.active.title = "Second thoughts"
    book.active["C4"] = "x"
    book.active["C6"] = date(2026, 10, 5)
    book.active["C7"] = datetime(2026, 10, 5, 9, 30)  # noqa: DTZ001 a cell has no zone
    book.create_sheet("A")
    stream = io.BytesIO()
    book.save(stream)
    first, second = workbook.read(stream.getvalue(), "book.xlsx")
    assert (first.name, second.name) == ("Second thoughts", "A")
    assert first.rows[3] == ["", "", "x"]
    assert first.rows[5][2] == date(2026, 10, 5)
    assert first.rows[6][2] == datetime(2026, 10, 5, 9, 30)  # noqa: DTZ001
    assert second.rows == []


def test_formulas_are_values_and_failed_ones_are_said():
    xml = (
        b'<c r="A2"><f>1+1</f><v>2</v></c>'
        b'<c r="B2" t="e"><f>X!A1</f><v>#REF!</v></c>'
        b'<c r="C2" s="1" t="e"><v>#N/A</v></c>'
        b'<c r="D2"><f>1+1</f><v></v></c>'
        b'<c r="E2"><f>1+1</f><v/></c>'
        b'<c r="F2" t="n"><f>1+1</f></c>'
        b'<c r="G2" t="str"><f>""</f><v></v></c>'
        b'<c r="H2" t="str"><f>"a"</f><v>a</v></c>'
    )
    sheet = part_of(BOOK, SHEET)
    start, end = sheet.index(b'<c r="A2"'), sheet.index(b"</row></sheetData>")
    (leases,) = workbook.read(with_part(BOOK, SHEET, sheet[:start] + xml + sheet[end:]), "book.xlsx")
    assert leases.rows[1] == [2.0, "#REF!", "#N/A", NO_VALUE, NO_VALUE, NO_VALUE, "", "a"]


def test_an_open_document_is_read_and_its_failed_formulas_are_said():
    content = ods(
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell office:value-type="string"><text:p>LS1</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=#REF!" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#REF!</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2026-10-05"/></table:table-row>'
    )
    (sheet,) = workbook.read(content, "book.ods")
    assert sheet.name == "Leases"
    assert sheet.rows[2][:2] == ["LS1", "#REF!"]
    assert sheet.rows[2][2] in (date(2026, 10, 5), datetime(2026, 10, 5))  # noqa: DTZ001


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfRef,Name\r\n1,Caf\xc3\xa9\r\n",
        b"Ref,Name\n1,Caf\xe9\n",
        b"Ref;Name\n1;Caf\xe9\n",
        b"Ref\tName\n1\tCaf\xc3\xa9\n",
        b"Ref|Name\n1|Caf\xe9\n",
        b"sep=;\r\nRef;Name\n1;Caf\xe9\n",
        "Ref\tName\r\n1\tCafé\r\n".encode("utf-16"),
    ],
)
def test_a_csv_in_each_encoding_and_delimiter(content):
    (sheet,) = workbook.read(content, "academy extract.csv")
    assert sheet == workbook.Sheet("academy extract", [["Ref", "Name"], ["1", "Café"]])


def test_blank_lines_of_a_csv_count_as_rows():
    (sheet,) = workbook.read(b'\nRef,Name\n\n1,"a, b"\n', "x.csv")
    assert sheet.rows == [[], ["Ref", "Name"], [], ["1", "a, b"]]


def _bomb() -> bytes:
    return with_part(BOOK, "xl/worksheets/sheet2.xml", b" " * 20_000_000)


def _encrypted_entry() -> bytes:
    content = bytearray(BOOK)
    at = content.index(b"PK\x01\x02")
    while at != -1:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def _far_cell() -> bytes:
    return with_part(BOOK, SHEET, part_of(BOOK, SHEET).replace(b'r="A2"', b'r="XFD1048576"'))


OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\0" * (21 * 1024 * 1024), "larger than 20 MB"),
        (with_part(BOOK, "xl/vbaProject.bin", b"x"), "has macros"),
        (with_part(BOOK, "xl/macrosheets/sheet1.xml", b"x"), "has macros"),
        (
            with_part(BOOK, "[Content_Types].xml", b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
            "has macros",
        ),
        (with_part(BOOK, "xl/externalLinks/externalLink1.xml", b"<x/>"), "links to other files"),
        (with_part(BOOK, "xl/connections.xml", b"<x/>"), "links to other files"),
        (_encrypted_entry(), "has a password"),
        (OLE + b"\0" * 500, "is damaged"),
        (_bomb(), "unpacks to far more"),
        (_far_cell(), "more than 200,000 rows"),
        (BOOK[:-100], "is damaged"),
        (with_part(BOOK, "xl/workbook.xml", b"not xml"), "is damaged"),
        (with_part(BOOK, SHEET, part_of(BOOK, SHEET).decode().encode("utf-16")), "unusual encoding"),
        (b"PK\x05\x06" + b"\0" * 18, "is not a workbook"),
        (b"%PDF-1.7 ...", "is not a workbook"),
        (b"<html><table></table></html>", "is not a workbook"),
        (b"abc\0def", "is not a workbook"),
        (ods("", {"Basic/script.xml": "x"}), "has macros"),
        (ods("<table:table-source/>"), "links to other files"),
        (ods("", {"META-INF/manifest.xml": "<encryption-data/>"}), "has a password"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_file_is_refused_in_one_sentence(content, words):
    with pytest.raises(Refused, match=words) as refusal:
        workbook.read(content, "september.xlsx")
    assert str(refusal.value).startswith("september.xlsx ")
    assert str(refusal.value).count(". ") == 0


def test_what_a_file_is_does_not_depend_on_its_name():
    assert workbook.read(BOOK, "register.csv")[0].rows[1] == ["LS1", 350.5]
    assert workbook.read(b"Ref,Name,Rent\n", "register.xlsx")[0].rows == [["Ref", "Name", "Rent"]]
    word = io.BytesIO()
    with zipfile.ZipFile(word, "w") as document:
        document.writestr("word/document.xml", "<x/>")
    with pytest.raises(Refused, match="is not a workbook"):
        workbook.read(word.getvalue(), "register.xlsx")


CELL = '<table:table-cell calcext:value-type="error"'


@pytest.mark.parametrize(
    "content",
    [
        with_part(BOOK, SHEET, b"<c" + b' r="A1"' * 20_000),
        with_part(BOOK, SHEET, b"<c " * 200_000),
        with_part(BOOK, SHEET, b"<c><f/>" + b" " * 100_000),
        with_part(BOOK, SHEET, b"<c><f/><v>" + b" " * 100_000),
        with_part(BOOK, SHEET, b"<c" + b" " * 100_000 + b"><f/></c>"),
        ods("<table:table-cell " * 100_000),
        ods(CELL + ' calcext:value-type="error"' * 20_000),
    ],
    ids=["attributes", "cells", "after a formula", "in a value", "in a cell", "open document", "its attributes"],
)
def test_nothing_makes_the_look_at_a_file_slow(content, monkeypatch):
    """What is looked at outside the bounded process takes time in proportion to the file, and not to its square."""
    monkeypatch.setattr(workbook, "_parse", lambda content, name, parser: [])
    began = time.process_time()
    with contextlib.suppress(Refused):
        workbook.read(content, "register.xlsx")
    assert time.process_time() - began < 2


def test_a_parser_that_takes_too_long_is_stopped(monkeypatch, tmp_path):
    monkeypatch.setattr(workbook, "_PARSER", tmp_path / "parser.py")
    (tmp_path / "parser.py").write_text("import time; time.sleep(60)")
    monkeypatch.setattr(workbook, "MOST_SECONDS", 0.2)
    with pytest.raises(Refused, match=r"takes too long to read"):
        workbook.read(BOOK, "register.xlsx")


def test_a_parser_that_takes_too_much_memory_is_stopped(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_MEMORY", 8 * 1024 * 1024)
    with pytest.raises(Refused, match=r"cannot be read|too large to read"):
        workbook.read(BOOK, "register.xlsx")


def test_an_open_document_with_a_value_repeated_to_the_end_of_the_sheet_is_stopped(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_MEMORY", 512 * 1024 * 1024)
    bomb = ods(
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="1024" office:value-type="float" office:value="1"/></table:table-row>'
    )
    with pytest.raises(Refused, match=r"too large to read|is damaged"):
        workbook.read(bomb, "bomb.ods")
