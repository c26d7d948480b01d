"""Workbooks made for tests."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import xlwt
from xlwt.CompoundDoc import XlsDoc

# xlwt's own table has two of them wrong.
FAILED = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
DAY = xlwt.easyxf(num_format_str="DD/MM/YYYY")


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with a part added, or replaced where there is one of that name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for other in old.namelist():
            if other != name:
                new.writestr(other, old.read(other))
        new.writestr(name, part)
    return stream.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(name)


def ods(cells: str, parts: Mapping[str, str] = {}) -> bytes:
    """An OpenDocument spreadsheet whose one sheet, Leases, has the given row elements."""
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Leases">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name, part in {"content.xml": content, "META-INF/manifest.xml": "<manifest/>", **parts}.items():
            book.writestr(name, part)
    return stream.getvalue()


def xls(
    sheets: Mapping[str, Sequence[Sequence[Any]]], *, records: bytes = b"", dates_1904: bool = False, stream: str = ""
) -> bytes:
    """A workbook of Excel 97 to 2003. `records` are put before its sheets; `stream` is another name of what holds them.

    Text that begins with = is a formula, written without its value, and with # a failed one.
    """
    book = xlwt.Workbook()
    book.dates_1904 = dates_1904
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str) and value.startswith("#"):
                    sheet.row(number).set_cell_error(column, FAILED[value])
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write(number, column, xlwt.Formula(value[1:]))
                elif value is not None:
                    sheet.write(number, column, value, DAY if isinstance(value, date) else xlwt.Style.default_style)
    content = book.get_biff_data()
    content = content[:20] + records + content[20:]  # after the record that begins it
    file = io.BytesIO()
    XlsDoc().save(file, content)
    if not stream:
        return file.getvalue()
    was, name = "Workbook\0".encode("utf-16-le"), f"{stream}\0".encode("utf-16-le")
    entry = file.getvalue().index(was)
    whole = bytearray(file.getvalue())
    whole[entry : entry + 66] = name.ljust(64, b"\0") + len(name).to_bytes(2, "little")
    return bytes(whole)
