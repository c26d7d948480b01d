"""Each cell reader: what it takes, and the words with which it refuses."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta.imports import cells

SORT_CODE = cells.digits(6, "a sort code")
ACCOUNT = cells.digits(8, "an account number")


@pytest.mark.parametrize(
    "reader",
    [
        cells.text(10),
        cells.ref(10),
        SORT_CODE,
        cells.whole_number(9),
        cells.uprn,
        cells.telephone,
        cells.email,
        cells.postcode,
        cells.money("10"),
        cells.day,
        cells.month,
        cells.yes_no,
        cells.choice({"Week": 1, "Month": 2}),
    ],
)
@pytest.mark.parametrize("cell", ["", "  ", "\xa0", None, "\u200b"])
def test_a_blank_cell_is_nothing(reader, cell):
    assert reader(cell) is None


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "Err:502"])
@pytest.mark.parametrize("reader", [cells.text(50), cells.ref(20), cells.money("100"), cells.day, SORT_CODE])
def test_a_formula_that_failed_is_wrong_and_not_text(reader, error):
    with pytest.raises(ValueError, match="a formula error"):
        reader(error)


def test_a_formula_saved_without_its_value_is_wrong():
    with pytest.raises(ValueError, match="formula without a value"):
        cells.money("100")(cells.NO_VALUE)


@pytest.mark.parametrize(
    ("cell", "value"),
    [(" Jo\xa0 Bloggs ", "Jo Bloggs"), (600000.0, "600000"), (12.5, "12.5"), (True, "TRUE"), ("a\n b", "a b")],
)
def test_text(cell, value):
    assert cells.text(20)(cell) == value


def test_text_that_does_not_fit_is_wrong():
    with pytest.raises(ValueError, match="longer than 3 characters"):
        cells.text(3)("four")


@pytest.mark.parametrize(
    ("cell", "value"), [(" ls00001\xa0", "LS00001"), ("LS 00001", "LS00001"), (12.0, "12"), ("0012", "0012")]
)
def test_a_reference(cell, value):
    assert cells.ref(20)(cell) == value


def test_references_that_differ_by_lost_zeros_or_case_are_one():
    assert cells.ref_key("0012") == cells.ref_key("12") == "12"
    assert cells.ref_key("ls 01") == cells.ref_key("LS01")
    assert cells.ref_key("LS01") != cells.ref_key("LS1")
    assert cells.ref_key("000") == "0"


@pytest.mark.parametrize(
    ("reader", "cell", "value"),
    [
        (SORT_CODE, "08-99-99", "089999"),
        (SORT_CODE, " 08 99 99\xa0", "089999"),
        (SORT_CODE, 89999.0, "089999"),
        (ACCOUNT, 3686214.0, "03686214"),
        (ACCOUNT, 3686214, "03686214"),
        (ACCOUNT, "03686214", "03686214"),
    ],
)
def test_digits_that_excel_took_from_a_number_are_given_back(reader, cell, value):
    assert reader(cell) == value


@pytest.mark.parametrize(
    ("reader", "cell", "words"),
    [
        (SORT_CODE, "08-99-9", "a sort code has six digits"),
        (SORT_CODE, "89999", "a sort code has six digits"),
        (SORT_CODE, 1089999.0, "a sort code has six digits"),
        (ACCOUNT, "12AB5678", "an account number has only digits"),
        (ACCOUNT, "3686214", "an account number has eight digits"),
        (ACCOUNT, -3686214.0, "only digits"),
        (ACCOUNT, 123.5, "only digits"),
        (ACCOUNT, True, "only digits"),
        (ACCOUNT, date(2026, 1, 2), "only digits"),
    ],
)
def test_digits_are_never_guessed(reader, cell, words):
    with pytest.raises(ValueError, match=words):
        reader(cell)


@pytest.mark.parametrize(("cell", "value"), [(5.0, 5), ("3", 3), (0, 0)])
def test_a_whole_number(cell, value):
    assert cells.whole_number(20)(cell) == value


@pytest.mark.parametrize(("cell", "words"), [(2.5, "not a whole"), (-1.0, "not a whole"), ("x", "whole"), (21, "more")])
def test_a_number_that_is_not_whole_or_too_high_is_wrong(cell, words):
    with pytest.raises(ValueError, match=words):
        cells.whole_number(20)(cell)


def test_a_uprn_of_a_number_is_written_out():
    assert cells.uprn(909900000000.0) == cells.uprn("909900000000") == "909900000000"
    assert cells.uprn("000012345678") == "12345678"
    with pytest.raises(ValueError, match="twelve digits"):
        cells.uprn("9.099E+11")


def test_a_telephone_number_gets_its_nought_back():
    assert cells.telephone(2079460328.0) == "02079460328"
    assert cells.telephone("020 7946 0328") == "020 7946 0328"


def test_one_email_address():
    assert cells.email(" payee@example.org\xa0") == "payee@example.org"
    for wrong in ("payee", "a@b", "a@example.org, b@example.org", "a b@example.org"):
        with pytest.raises(ValueError, match="e-mail"):
            cells.email(wrong)


def test_a_postcode_is_written_one_way():
    assert cells.postcode("se26 3nz") == cells.postcode("SE263NZ") == cells.postcode(" SE26  3NZ") == "SE26 3NZ"
    with pytest.raises(ValueError, match="not a postcode"):
        cells.postcode("Lewisham")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (2413.67, "2413.67"),
        ("£2,241.76", "2241.76"),
        ("\xa0£ 287 ", "287.00"),
        (343.5, "343.50"),
        (-350.0, "-350.00"),
        ("-350", "-350.00"),
        ("(350.00)", "-350.00"),
        (0.1 + 0.2, "0.30"),
    ],
)
def test_an_amount(cell, value):
    assert cells.money("10000")(cell) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("three hundred", "not an amount"),
        ("£350 pw", "not an amount"),
        ("1,2,3", "not an amount"),
        ("1_000", "not an amount"),
        ("1e3", "not an amount"),
        (True, "not an amount"),
        (date(2026, 1, 2), "not an amount"),
        (time(1, 2), "not an amount"),
        (1.005, "more than two decimal places"),
        ("10000.00", "too large"),
    ],
)
def test_what_is_not_an_amount(cell, words):
    with pytest.raises(ValueError, match=words):
        cells.money("10000")(cell)


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 10, 5),
        datetime(2026, 10, 5, 0, 0),  # noqa: DTZ001 a cell has no zone
        "05/10/2026",
        " 5/10/2026\xa0",
        "05-10-2026",
        "5 Oct 2026",
        "05 October 2026",
        "5-Oct-2026",
        "2026-10-05",
        "2026-10-05 00:00:00",
    ],
)
def test_a_date_in_each_way_of_writing_it(cell):
    assert cells.day(cell) == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("31/02/2026", "no such day"),
        ("10/13/2026", "no such day"),
        ("05/10/26", "four digits"),
        ("5 Oct 26", "four digits"),
        ("05.10.2026", "not a date"),
        ("5/10-2026", "not a date"),
        ("Oct 2026", "not a date"),
        ("5 Ock 2026", "not a date"),
        (46300.0, "not a date"),
        (True, "not a date"),
        (time(9, 0), "not a date"),
        (datetime(2026, 10, 5, 9, 30), "time of day"),  # noqa: DTZ001
        ("31/12/9999", "no date of this time"),
        (date(1899, 12, 31), "no date of this time"),
    ],
)
def test_a_date_that_is_impossible_or_could_be_another_is_wrong(cell, words):
    with pytest.raises(ValueError, match=words):
        cells.day(cell)


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%Y-%m-%d"])
)
def test_a_written_date_is_read_back(day, style):
    assert cells.day(day.strftime(style)) == day


@pytest.mark.parametrize(
    "cell", ["2026-09", "2026-9", "Sep 2026", "Sept 2026", "September 2026", "09/2026", date(2026, 9, 1)]
)
def test_a_month(cell):
    assert cells.month(cell) == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2026-13", "no such month"),
        ("2026-00", "no such month"),
        (date(2026, 9, 2), "not a month"),
        (202609.0, "not a month"),
        ("September", "not a month"),
        ("Sep-26", "not a month"),
    ],
)
def test_what_is_not_a_month(cell, words):
    with pytest.raises(ValueError, match=words):
        cells.month(cell)


@pytest.mark.parametrize(("cell", "value"), [("y", True), ("No ", False), (True, True), ("FALSE", False)])
def test_yes_or_no(cell, value):
    assert cells.yes_no(cell) is value


def test_a_choice_says_what_there_is_to_choose():
    read = cells.choice({"Week": "week", "Month": "month", "Weekly": "week"})
    assert read(" weekly\xa0") == "week"
    with pytest.raises(ValueError, match=r"^Week or Month$"):
        read("Fortnight")
