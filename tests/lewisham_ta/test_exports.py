from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from lewisham_ta.exports import workbook


def sheet_of(content):
    return load_workbook(BytesIO(content)).worksheets[0]


def first_row(*values):
    return sheet_of(workbook("Test", [str(index) for index in range(len(values))], [values]))[2]


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://example.org")', "+44", "-5", "@SUM(A1)", "\t=1"])
def test_text_that_begins_like_a_formula_stays_text_and_is_marked_so(text):
    (cell,) = first_row(text)
    assert (cell.data_type, cell.value) == ("s", text)
    assert cell.quotePrefix


def test_no_formula_reaches_the_file():
    content = workbook("Test", ["=1"], [["=1+1", "+1"]], totals=["=2", None])
    xml = ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")
    formulas = ElementTree.fromstring(xml).findall(".//{*}f")
    assert formulas == []


def test_ordinary_text_is_not_marked():
    (cell,) = first_row("12 High Street")
    assert not cell.quotePrefix


def test_references_keep_their_leading_zeros():
    (cell,) = first_row("00123456")
    assert (cell.value, cell.data_type, cell.number_format) == ("00123456", "s", "@")


def test_amounts_are_numbers_to_the_penny():
    amount, minus = first_row(Decimal("1234567.89"), Decimal("-0.10"))
    assert (amount.value, amount.number_format) == (1234567.89, "#,##0.00")
    assert minus.value == -0.1


def test_days_and_instants_are_real_dates_in_london_time():
    day, moment = first_row(date(2026, 11, 23), datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert (day.value.isoformat(), day.number_format) == ("2026-11-23T00:00:00", "dd/mm/yyyy")
    assert moment.value.isoformat() == "2026-07-02T00:30:00"


def test_true_and_false_are_words_and_nothing_is_empty():
    assert [cell.value for cell in first_row(True, False, None, "")] == ["Yes", "No", None, None]


def test_an_error_code_and_a_control_character_are_only_text():
    error, control = first_row("#N/A", "a\x00b")
    assert (error.value, error.data_type) == ("#N/A", "s")
    assert control.value == "ab"


def test_the_heading_row_is_bold_and_stays_and_the_columns_are_wide_enough():
    sheet = sheet_of(workbook("Test", ["Reference", "An address"], [["L0001", "x" * 40]]))
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["B"].width > 40


def test_the_totals_stand_bold_under_a_line():
    sheet = sheet_of(
        workbook("Test", ["Lease", "Rent £"], [["L1", Decimal("1.00")]], totals=["Total", Decimal("1.00")])
    )
    assert [cell.value for cell in sheet[3]] == ["Total", 1]
    assert sheet["B3"].font.bold
    assert sheet["B3"].border.top.style == "medium"


def test_a_long_export_is_written_row_by_row():
    rows = ((number, f"Row {number}") for number in range(5000))
    assert sheet_of(workbook("Test", ["No", "Words"], rows)).max_row == 5001


def test_a_title_that_excel_cannot_name_a_sheet_is_shortened_and_cleaned():
    sheet = sheet_of(workbook("Schedule 10/2026: [all] " + "x" * 40, ["A"], []))
    assert sheet.title == "Schedule 10 2026   all  xxxxxxx"
