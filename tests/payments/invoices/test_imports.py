"""Providers' files in layouts of every kind: what is understood, what is refused, and what nobody guesses."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook

from lewisham_ta.imports import workbook
from lewisham_ta.imports.table import Wrong
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import Refused
from payments.invoices.imports import headings, shown
from payments.invoices.imports.layout import Layout
from payments.invoices.imports.reading import layout_refusal, read_invoice
from payments.invoices.rules.billing import MOST_LINES
from tests.lewisham_ta.imports.books import xls

OCT, NOV = date(2026, 10, 1), date(2026, 11, 1)
HEADINGS = ["Booking ref", "Guest", "Arrival", "Departure", "Nights", "Rate", "Amount"]
ROW = ["B000001", "Ada Invented", OCT, NOV, 31, 50.0, 1550.0]


def read(*rows, **options):
    return read_invoice([Sheet("Invoice", [list(row) for row in rows])], **options)


def workbook_bytes(*rows):
    book, stream = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def only(reading):
    assert reading.wrong == []
    [line] = reading.lines
    return line


def test_a_plain_list_is_read():
    line = only(read(HEADINGS, ROW))
    assert line == (
        *(1, "B000001", "Ada Invented", "", "", OCT, NOV, 31),
        *(Decimal("50.00"), Decimal("1550.00"), Decimal("0.00"), None),
    )


def test_a_fifth_layout_never_seen_is_read_without_code():
    """Surname and forename apart, the place in two columns, the last night, VAT, subtotals, a page's heading again."""
    top = ["Family name", "First name", "Accommodation address", "Post code", "Commencing", "Final night", "Total days"]
    top += ["Price per night (£)", "Total excl. VAT", "VAT @ 20%", "Total incl. VAT"]
    row = ["Invented", "Ada", "Flat 3, 5 Invented Walk", "SE6 9ZY", "1 Oct 2026", "31/10/2026", "31"]
    row += ["£50.00", "£1,550.00", "310.00", "£1,860.00"]
    reading = read(
        ["Citywide Rooms Ltd", "", "Tax invoice number: CR/2026/118", "", "Date: 02/11/2026"],
        [],
        top,
        row,
        ["Catford Lodge"],
        top,
        [*row[:4], "01-11-2026", "2026-11-02", 2, 50, 100, 20, 120],
        ["", "", "", "", "", "Sub-total", 33, "", "1,650.00", "330.00", "1,980.00"],
        ["", "", "", "", "", "", "", "", "", "Balance due", "£1,980.00"],
        ["Bank: Invented Bank, account 00000000"],
    )
    assert reading.wrong == []
    first, second = reading.lines
    assert (first.name, first.address) == ("Ada Invented", "Flat 3, 5 Invented Walk, SE6 9ZY")
    assert (first.starts_on, first.ends_on, first.stated_nights) == (OCT, NOV, 31)
    assert (first.rate, first.net, first.vat, first.gross) == tuple(map(Decimal, ("50", "1550", "310", "1860")))
    assert (second.starts_on, second.ends_on) == (NOV, date(2026, 11, 3))
    assert (reading.number, reading.dated_on) == ("CR/2026/118", date(2026, 11, 2))
    assert reading.stated_total == Decimal("1980.00")
    assert reading.layout.end == "last_night"
    assert reading.notes == [
        "Row 5 is not read: Catford Lodge.",
        "Row 10 is not read: Bank: Invented Bank, account 00000000.",
    ]


@pytest.mark.parametrize(
    ("heading", "end", "nights", "meant"),
    [
        ("Departure", NOV, 31, "departure"),
        ("Check-out date", NOV, 31, "departure"),
        ("to_exclusive", NOV, 31, "departure"),
        ("Date out", NOV, 31, "departure"),
        ("To (last night)", date(2026, 10, 31), 31, "last_night"),
        ("To (inclusive)", date(2026, 10, 31), 31, "last_night"),
        ("To", NOV, 31, "departure"),
        ("To", date(2026, 10, 31), 31, "last_night"),
        ("End date", date(2026, 10, 31), 31, "last_night"),
    ],
)
def test_the_end_is_what_its_heading_says_or_what_the_nights_show(heading, end, nights, meant):
    top = ["Ref", "Name", "From", heading, "Nights", "Rate", "Amount"]
    reading = read(top, ["B1", "Ada", OCT, end, nights, 50, 1550])
    assert (reading.layout.end, only(reading).ends_on) == (meant, NOV)


def test_without_words_and_nights_the_rate_shows_the_end():
    reading = read(["Ref", "From", "To", "Rate", "Amount"], ["B1", OCT, date(2026, 10, 31), 50, 1550])
    assert (reading.layout.end, only(reading).ends_on) == ("last_night", NOV)


def test_nobody_guesses_the_end_where_nothing_shows_it():
    reading = read(["Ref", "From", "To", "Amount"], ["B1", OCT, NOV, 1550])
    assert reading.layout.end == ""
    assert "last night or the departure: say which" in layout_refusal(reading)
    chosen = Layout(reading.layout.columns, "last_night")
    again = read(["Ref", "From", "To", "Amount"], ["B1", OCT, NOV, 1550], chosen=chosen)
    assert (only(again).ends_on, layout_refusal(again)) == (date(2026, 11, 2), "")


def test_a_heading_that_the_nights_contradict_is_said():
    top = ["Ref", "From", "Departure", "Nights", "Amount"]
    reading = read(top, ["B1", OCT, date(2026, 10, 31), 31, 1550])
    assert reading.layout.end == "departure"
    assert "by the nights stated on 1 of 1 lines it is the last night, charged" in reading.notes[0]


def test_a_stay_in_one_cell_and_one_without_an_end_are_read():
    reading = read(
        ["Room", "Resident", "Period", "Nights", "Total"], ["U1", "Ada", "01/10/2026 to 31/10/2026", 31, 1550]
    )
    line = only(reading)
    assert (line.unit, line.starts_on, line.ends_on) == ("U1", OCT, NOV)
    assert only(read(["Ref", "Check in", "Nights", "Total"], ["B1", OCT, 31, 1550])).ends_on == NOV


def test_a_whole_address_under_room_is_an_address():
    top = ["Room", "Name", "Check in", "Check out", "Amount"]
    line = only(read(top, ["Flat 36, 133 Fennel Close, Lower Invented, SE23 5FP", "Ada", OCT, NOV, 1550]))
    assert (line.unit, line.address) == ("", "Flat 36, 133 Fennel Close, Lower Invented, SE23 5FP")


def test_a_gross_without_a_net_is_less_its_vat():
    line = only(read(["Ref", "Check in", "Check out", "VAT", "Total"], ["B1", OCT, NOV, 310, 1860]))
    assert (line.net, line.vat, line.gross) == (Decimal("1550.00"), Decimal("310.00"), None)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (2, "31/02/2026", "no such day"),
        (2, "1/10/26", "write the year with four digits"),
        (2, 46296.0, "not a date"),
        (2, "", "needed"),
        (3, "", "needed"),
        (3, OCT, "not after the first night"),
        (4, "about 31", "not a whole number"),
        (5, "fifty", "not an amount"),
        (6, "#REF!", "a formula error"),
        (6, "", "needed"),
        (6, 10.555, "more than two decimal places"),
        (6, -50, "below zero: a credit is not billed for nights"),
    ],
)
def test_a_wrong_cell_is_named_and_never_guessed(column, value, reason):
    row = list(ROW)
    row[column] = value
    reading = read(HEADINGS, row, ROW)
    [wrong] = reading.wrong
    assert (wrong.sheet, wrong.row, wrong.column, wrong.reason) == ("Invoice", 2, HEADINGS[column], reason)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["Dear Sir"], ["Please pay"]], "No row of headings was found"),
        ([["Booking ref", "Arrival", "Departure"], ["B1", OCT, NOV]], "No row of headings was found"),
        ([HEADINGS], "no line below them"),
        ([HEADINGS, ["", "", "", "", "", "TOTAL DUE", 100]], "no line below them"),
    ],
)
def test_what_has_no_lines_is_refused_in_a_sentence(rows, words):
    with pytest.raises(Refused, match=words):
        read(*rows)


def test_somebody_called_total_is_a_resident():
    reading = read(HEADINGS, ["B1", "Total Lettings", *ROW[2:]], ["", "Total for October", "", "", 31, "", 1550])
    assert [line.name for line in reading.lines] == ["Total Lettings"]
    assert reading.stated_total == Decimal("1550.00")


def test_the_sheet_with_the_lines_is_found_and_the_others_are_named():
    summary = Sheet("Summary", [["Month", "Amount"], ["October", 1550]])
    reading = read_invoice([summary, Sheet("Lines", [HEADINGS, ROW])])
    assert (reading.sheet, reading.notes) == ("Lines", ["Not read: sheet Summary."])


def test_a_confirmed_layout_is_used_while_the_headings_are_those():
    top = ["Ref", "From", "To", "Amount"]
    row = ["B1", OCT, NOV, 1550]
    known = Layout.from_json(Layout(read(top, row).layout.columns, "last_night").to_json())
    reading = read(["Citywide"], ["REF", "from:", "To ", "AMOUNT £"], row, known=known)
    assert (reading.is_known, only(reading).ends_on) == (True, date(2026, 11, 2))
    reading = read(["Ref", "From", "To", "Cost"], row, known=known)
    assert (reading.is_known, reading.layout.end) == (False, "")


def test_headings_that_mean_something_else_are_left_alone():
    assert [headings.meaning(words)[0] for words in ("VAT No", "VAT rate", "Our ref", "Notes")] == ["", "", "", ""]


def test_a_workbook_of_excel_is_read_through_the_bounded_parser():
    reading = read_invoice(workbook.read(workbook_bytes(HEADINGS, ROW), "invoice.xlsx"))
    assert only(reading).net == Decimal("1550.00")


def test_an_invoice_in_the_old_format_of_excel_is_read_like_any_other():
    bad = [*ROW[:6], "#DIV/0!"]
    reading = read_invoice(workbook.read(xls({"Invoice": [HEADINGS, ROW, bad]}), "invoice.xls"))
    assert [(line.starts_on, line.ends_on, line.net) for line in reading.lines] == [(OCT, NOV, Decimal("1550.00"))]
    assert reading.wrong == [Wrong("Invoice", 3, "Amount", "#DIV/0!", "a formula error")]


def test_an_invoice_with_more_lines_than_are_checked_at_once_is_refused_in_words():
    rows = [ROW] * (MOST_LINES + 1)
    with pytest.raises(Refused, match=r"2,001 lines, and at most 2,000 are taken"):
        read(HEADINGS, *rows)


@pytest.mark.parametrize("percent", ["VAT %", "VAT (%)", "% VAT", "VAT percentage", "Rate of VAT", "VAT rate %"])
def test_a_column_of_percentages_is_never_pounds_of_vat(percent):
    top = ["Ref", "From", "Departure", "Nights", "Net", percent]
    reading = read(top, ["B1", OCT, NOV, 31, 1550, 20])
    line = only(reading)
    assert (line.net, line.vat, line.gross) == (Decimal("1550.00"), Decimal("0.00"), None)
    assert f"Not read: column {percent}." in reading.notes
    assert f'"{percent}" is a percentage, so no VAT in pounds is billed on these lines.' in reading.notes


@pytest.mark.parametrize("order", [(5, 6), (6, 5)])
def test_the_pounds_of_vat_win_over_its_percentage_wherever_they_stand(order):
    top, row = ["Ref", "From", "Departure", "Nights", "Net"], ["B1", OCT, NOV, 31, 1550]
    cells = {5: ("VAT %", 20), 6: ("VAT", 310)}
    reading = read([*top, *(cells[at][0] for at in order)], [*row, *(cells[at][1] for at in order)])
    assert (reading.layout.columns["vat"], only(reading).vat) == ("VAT", Decimal("310.00"))
    assert reading.notes == ["Not read: column VAT %."]


def test_beside_a_percentage_the_vat_is_what_the_gross_is_above_the_net():
    top = ["Ref", "From", "Departure", "Nights", "Net", "VAT %", "Total"]
    reading = read(top, ["B1", OCT, NOV, 31, 1550, 20, 1860], ["B2", OCT, NOV, 31, 1550, 20, 1500])
    first, second = reading.lines
    assert (first.net, first.vat, first.gross) == tuple(map(Decimal, ("1550.00", "310.00", "1860.00")))
    assert (second.vat, second.gross) == (Decimal("0.00"), Decimal("1500.00"))
    assert '"VAT %" is a percentage, so the VAT is what the gross is above the net.' in reading.notes


@pytest.mark.parametrize("cells", [("20%", "20%"), (0.2, 0.05), ("20 %", ""), ("0.20", "0.00")])
def test_percentages_under_the_heading_of_vat_are_not_pounds_either(cells):
    top = ["Ref", "From", "Departure", "Nights", "Net", "VAT"]
    reading = read(top, *(["B1", OCT, NOV, 31, 1550, cell] for cell in cells))
    assert [line.vat for line in reading.lines] == [Decimal("0.00")] * 2
    assert "vat" not in reading.layout.columns
    assert '"VAT" is a percentage, so no VAT in pounds is billed on these lines.' in reading.notes


def test_a_layout_that_took_a_percentage_for_vat_is_asked_about_again():
    top, row = ["Ref", "From", "Departure", "Net", "VAT %"], ["B1", OCT, NOV, 1550, 20]
    known = Layout({"ref": "Ref", "starts": "From", "ends": "Departure", "net": "Net", "vat": "VAT %"}, "departure")
    reading = read(top, row, known=known)
    assert (reading.is_known, only(reading).vat) == (False, Decimal("0.00"))


def test_a_person_cannot_make_a_percentage_pounds_of_vat():
    columns = [shown.Column(index, name, (), "") for index, name in enumerate(["Ref", "From", "To", "Net", "VAT %"])]
    fields = dict(enumerate(["ref", "starts", "ends", "net", "vat"]))
    _, problem = shown.layout_of(columns, fields, "departure")
    assert problem == '"VAT %" is a percentage, and VAT is read in pounds: choose Not read.'


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("Nightly rate ex VAT", "rate"),
        ("Rate (excl. VAT)", "rate"),
        ("Net rate", "rate"),
        ("Price per night ex VAT", "rate"),
        ("Net nightly charge", "rate"),
        ("Nightly rate inc VAT", ""),
        ("Gross rate per night", ""),
        ("Total excl. VAT", "net"),
        ("Total incl. VAT", "gross"),
    ],
)
def test_a_rate_is_a_rate_with_or_without_vat_in_its_heading(heading, meant):
    assert headings.meaning(heading)[0] == meant


def test_a_rate_without_vat_is_not_the_net():
    top = ["Ref", "From", "Departure", "Nights", "Nightly rate ex VAT", "Amount"]
    line = only(read(top, ["B1", OCT, NOV, 31, 50, 1550]))
    assert (line.rate, line.net) == (Decimal("50.00"), Decimal("1550.00"))


def test_rows_that_were_typed_have_the_numbers_of_the_page():
    typed = ["B1", "", "", "01/10/2026", "01/11/2026", "31", "50", "1550", ""]
    blank = [""] * len(typed)
    reading = shown.read_typed(
        [typed, [*typed[:3], "yesterday", *typed[4:]], blank, ["B2", *blank[1:]]], end="departure"
    )
    assert [(wrong.row, wrong.value) for wrong in reading.wrong] == [(2, "yesterday")]
    assert reading.notes == ["Row 4 is not read: B2."]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"Dear Sir, please pay\nYours, Citywide\n", "october.xlsx", "october.xlsx is not a workbook"),
        (b"Dear Sir, please pay\nYours, Citywide\n", "october.csv", "No row of headings was found"),
        (b"\n,,\n", "october.csv", "october.csv is empty."),
        (workbook_bytes(), "october.xlsx", "october.xlsx is empty."),
    ],
)
def test_no_workbook_and_an_empty_one_are_told_apart(content, name, words):
    with pytest.raises(Refused, match=re.escape(words)):
        read_invoice(workbook.read(content, name))


def test_a_list_with_commas_is_read_whatever_its_name():
    text = "Ref,From,Departure,Amount\nB1,01/10/2026,01/11/2026,1550\n"
    assert only(read_invoice(workbook.read(text.encode(), "october.xls"))).net == Decimal("1550.00")
