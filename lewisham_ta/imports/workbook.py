"""Bytes of a workbook or a CSV file to sheets of rows, refusing in one sentence what is hostile or not a workbook.

What a file is, is read from its bytes and never from its name. It is inspected before it is parsed, and parsed by
parser.py in a process of its own. Row 1 of `Sheet.rows` is row 1 in Excel, blank rows included.
"""

import csv
import io
import math
import pickle
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from lewisham_ta.imports.cells import NO_VALUE, said
from lewisham_ta.refusals import Refused

# London's register of 30,000 leases comes to about 1.3 million cells and 70 MB of XML, and is read in seconds.
MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 100  # real sheets are packed about tenfold; a bomb a thousandfold
MOST_PARTS = 2_000
MOST_ROWS = 200_000
MOST_COLUMNS = 256
MOST_CELLS = 10_000_000
MOST_SECONDS = 60
MOST_MEMORY = 3 * 1024 * 1024 * 1024

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_PARSER, _OLD_PARSER = (Path(__file__).with_name(name) for name in ("parser.py", "old_parser.py"))
_NO_WORKBOOK = "is not a workbook (.xlsx, .xls, .ods) or a CSV file, whatever its name says."
# What the exit codes of old_parser.py mean.
_WHY_NOT = {
    10: "has a password: save it without one.",
    11: "has macros: save it as an ordinary .xlsx workbook.",
    12: "has links to other files: break the links in Excel and save it again.",
    13: "was saved by Excel 95 or earlier: open it in Excel and save it as .xlsx.",
    14: _NO_WORKBOOK,
}
_WORKBOOKS, _FEWEST_COLUMNS = frozenset({".xlsx", ".xls", ".ods"}), 3
_TEXT_STARTS_OF_OTHERS = (b"%PDF", b"{\\rtf", b"<!doctype", b"<html", b"<?xml", b"\x7fELF", b"MZ", b"\x89PNG")

# These read a stranger's bytes in this process, so each is linear: an element is not looked for past the next "<", and
# what was once taken is not taken apart again (possessive "*+", atomic "(?>").
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\b(?>[^<>]*?\br=["']([A-Z]+)([0-9]+)["'])[^<>]*+(?<!/)>""")
# calamine reads a cell with a formula error as blank, and the error would never be heard of: make it text.
_ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*?\bt=["'])e(["'])""")
_FORMULA_WITHOUT_VALUE = re.compile(
    rb"""<(\w+:)?c\b((?:(?!\bt=["']str["'])[^<>])*+)>\s*+<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*+>[^<]*+</(?:\w+:)?f>)\s*+"""
    rb"""(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"""
)
_TYPE = re.compile(rb"""\bt=["'][^"']*["']""")
_ODS_ERROR_CELL = re.compile(rb"""<table:table-cell\b(?>[^<>]*?calcext:value-type="error")[^<>]*+>""")
_ODS_VALUE = re.compile(rb"""\soffice:(?:string-value|value|value-type)="[^"]*\"""")


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    rows: list[list[Any]]


def read(content: bytes, name: str) -> list[Sheet]:
    """The sheets of a workbook, in its order; a CSV file is one sheet named after the file."""
    if len(content) > settings.UPLOAD_LIMIT_BYTES:
        raise Refused(f"{name} is larger than {settings.UPLOAD_LIMIT_BYTES // 1024**2} MB.")
    if not content.strip():
        raise Refused(f"{name} is empty.")
    if content.startswith(b"PK"):
        sheets = _parse(_inspected(content, name), name, _PARSER)
    elif content.startswith(_OLE):
        sheets = _parse(content, name, _OLD_PARSER)
    else:
        sheets = [Sheet(Path(name).stem, _csv_rows(content, name))]
        if Path(name).suffix.lower() in _WORKBOOKS and max(map(len, sheets[0].rows), default=0) < _FEWEST_COLUMNS:
            raise _not_a_workbook(name)  # a letter: a list that is only called a workbook is read
    if not any(said(cell) for sheet in sheets for row in sheet.rows for cell in row):
        raise Refused(f"{name} is empty.")
    return sheets


def _inspected(content: bytes, name: str) -> bytes:
    """The workbook with its error cells turned into text, if nothing in it is a reason to refuse it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = {part.filename: part for part in book.infolist()}
            _refuse_bomb(list(book.infolist()), name)
            if "xl/workbook.xml" in parts:
                _refuse_active_parts(book, parts, name)
                return _mended(content, book, name)
            if "mimetype" in parts and book.read("mimetype").strip() == _ODS:
                return _mended_ods(content, book, name)
            if "xl/workbook.bin" in parts:
                raise Refused(f"{name} is in the .xlsb format: open it in Excel and save it as .xlsx.")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refused(f"{name} is damaged and cannot be read.") from error
    raise _not_a_workbook(name)


def _refuse_bomb(parts: list[zipfile.ZipInfo], name: str) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise Refused(f"{name} has a password: save it without one.")
    unpacked = sum(part.file_size for part in parts)
    is_dense = any(part.file_size > 1024**2 and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    if is_dense or unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
        raise Refused(f"{name} unpacks to far more than a workbook of its size should, so it was not opened.")


def _refuse_active_parts(book: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], name: str) -> None:
    lower = [part.lower() for part in parts]
    if any(part.endswith("vbaproject.bin") or part.startswith("xl/macrosheets/") for part in lower) or (
        "[Content_Types].xml" in parts and b"macroenabled" in book.read("[Content_Types].xml").lower()
    ):
        raise Refused(f"{name} has macros: save it as an ordinary .xlsx workbook.")
    if any(part.startswith("xl/externallinks/") or part == "xl/connections.xml" for part in lower):
        raise Refused(f"{name} has links to other files: break the links in Excel and save it again.")


def _mended(content: bytes, book: zipfile.ZipFile, name: str) -> bytes:
    """The workbook in which cells with an error, or a formula without a value, hold text that says so."""
    mended: dict[str, bytes] = {}
    for part in book.namelist():
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
            continue
        xml = book.read(part)
        if b"\0" in xml[:64]:
            raise Refused(f"{name} is written in an unusual encoding: open it in Excel and save it again.")
        _refuse_wide_or_long(xml, name)
        new, errors = _ERROR_CELL.subn(rb"\1str\2", xml)
        blanks = 0
        if b"<f" in new or b":f" in new:
            new, blanks = _FORMULA_WITHOUT_VALUE.subn(_say_no_value, new)
        if errors or blanks:
            mended[part] = new
    return _with_parts(content, book, mended)


def _refuse_wide_or_long(xml: bytes, name: str) -> None:
    """Refuse a sheet with a value far away: the reader makes room for every cell between it and the first one."""
    columns, rows = set(), 0
    for letters, number in _FILLED_CELL.findall(xml):
        columns.add(letters)
        rows = max(rows, int(number[:9]))
    width = max((_column_number(letters) for letters in columns), default=0)
    if rows > MOST_ROWS or width > MOST_COLUMNS or rows * width > MOST_CELLS:
        raise Refused(f"{name} has a sheet with more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns.")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + letter - 64
    return number


def _say_no_value(found: re.Match[bytes]) -> bytes:
    prefix = found[1] or b""
    attributes = _TYPE.sub(b"", found[2])
    value = NO_VALUE.encode()
    return b'<%bc%b t="str"><%bv>%b</%bv></%bc>' % (prefix, attributes, prefix, value, prefix, prefix)


def _mended_ods(content: bytes, book: zipfile.ZipFile, name: str) -> bytes:
    parts = book.namelist()
    if "META-INF/manifest.xml" in parts and b"encryption-data" in book.read("META-INF/manifest.xml"):
        raise Refused(f"{name} has a password: save it without one.")
    if any(part.startswith(("Basic/", "Scripts/")) for part in parts):
        raise Refused(f"{name} has macros: save it without them.")
    xml = book.read("content.xml")
    if b"<table:table-source" in xml or b"<table:dde-link" in xml or b"'file:///" in xml:
        raise Refused(f"{name} has links to other files: break the links and save it again.")
    new, errors = _ODS_ERROR_CELL.subn(
        lambda found: _ODS_VALUE.sub(b"", found[0]).replace(
            b"<table:table-cell", b'<table:table-cell office:value-type="string"', 1
        ),
        xml,
    )
    return _with_parts(content, book, {"content.xml": new} if errors else {})


def _with_parts(content: bytes, book: zipfile.ZipFile, parts: dict[str, bytes]) -> bytes:
    if not parts:
        return content
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as copy:
        for part in book.namelist():
            copy.writestr(part, parts[part] if part in parts else book.read(part))
    return stream.getvalue()


def _parse(content: bytes, name: str, parser: Path) -> list[Sheet]:
    limits = [str(math.ceil(limit)) for limit in (MOST_SECONDS, MOST_MEMORY, MOST_CELLS)]
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(parser), *limits],
            input=content,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(f"{name} takes too long to read.") from error
    except subprocess.CalledProcessError as error:
        if error.returncode == 1:
            raise Refused(f"{name} is damaged and cannot be read.") from error
        if error.returncode in _WHY_NOT:
            raise Refused(f"{name} {_WHY_NOT[error.returncode]}") from error
        raise Refused(f"{name} is too large to read.") from error
    return [Sheet(sheet, rows) for sheet, rows in _Values(io.BytesIO(done.stdout)).load()]


class _Values(pickle.Unpickler):
    """Takes nothing from the parser's process but plain values and times: it has seen somebody else's file."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in {"date", "datetime", "time", "timedelta"}:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not a cell's value")


def _csv_rows(content: bytes, name: str) -> list[list[Any]]:
    text = _decoded(content, name)
    # Excel sees a file with this first line as its own, and does not count the line.
    if said := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        delimiter, text = said[1], text[said.end() :]
    else:
        delimiter = _delimiter(text)
    try:
        rows = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise Refused(f"{name} is damaged and cannot be read.") from error
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        raise Refused(f"{name} has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns.")
    return rows


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Excel calls "Unicode text"
        encodings = ["utf-16"]
    elif b"\0" in content or content.lstrip().lower().startswith(tuple(s.lower() for s in _TEXT_STARTS_OF_OTHERS)):
        raise _not_a_workbook(name)
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _not_a_workbook(name)


def _delimiter(text: str) -> str:
    """The character that parts most of the first lines into the same number of fields, more fields first."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        best = max(set(widths), key=lambda width: (width > 1, widths.count(width), width), default=1)
        return (widths.count(best), best) if best > 1 else (0, 0)

    return max(",;\t|", key=agreement)


def _not_a_workbook(name: str) -> Refused:
    return Refused(f"{name} {_NO_WORKBOOK}")
