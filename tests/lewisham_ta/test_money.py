"""Pounds and pence: one rounding, parts that add up, and what a spreadsheet cell may hold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta import money

AMOUNTS = st.decimals("-99999.99", "99999.99", places=2)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("-0.005", "-0.01"), ("-2.674", "-2.67")],
)
def test_half_a_penny_is_rounded_away_from_zero(exact, rounded):
    assert money.to_penny(Decimal(exact)) == Decimal(rounded)


def test_a_part_of_a_penny_has_no_whole_pence():
    assert money.pence(Decimal("12.30")) == 1230
    with pytest.raises(ValueError, match="is not whole pence"):
        money.pence(Decimal("12.305"))


@given(AMOUNTS, st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_sharing_out_makes_and_loses_nothing(amount, weights):
    parts = money.share_out(amount, weights)
    assert money.total(parts) == amount
    assert all(part * amount >= 0 for part in parts)


def test_odd_pennies_go_to_the_largest_remainders_first():
    assert money.share_out(Decimal("1.00"), [1, 1, 1]) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("£1,234.50", "1234.50"),
        (" 1 234.5 ", "1234.50"),
        ("(80)", "-80.00"),
        ("\u221280.00", "-80.00"),
        (80, "80.00"),
        (2413.67, "2413.67"),
        (0.1 + 0.2, "0.30"),
    ],
)
def test_a_cell_is_read_as_people_and_excel_write_it(cell, amount):
    assert money.from_cell(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["", "eighty", "1_000", "nan", "inf", "1e40", 1e40, True, None, "12.3.4"])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(ValueError, match="not an amount"):
        money.from_cell(cell)


def test_a_part_of_a_penny_in_a_cell_is_refused():
    with pytest.raises(ValueError, match="more than two decimal places"):
        money.from_cell("80.001")


@given(AMOUNTS)
def test_a_cell_comes_back_from_excel_as_it_was_written(amount):
    assert money.from_cell(float(amount)) == amount
