"""A declared sheet is found by its headings wherever they stand, and every bad cell has its place."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta.imports import cells
from lewisham_ta.imports.table import Column, Table, Wrong, read_table, read_tables
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.refusals import Refused

LEASES = Table(
    "Leases",
    [
        Column("Lease Ref", cells.ref(20), needed=True, synonyms=["Lease No"]),
        Column("Start", cells.day, needed=True),
        Column("Rent", cells.money("10000"), needed=True),
        Column("Cost code", cells.text(30), optional=True),
    ],
)
HOLDS = Table("Suspensions and holds", [Column("Lease Ref", cells.ref(20))], synonyms=["Holds"], optional=True)
HEADINGS = ["Lease Ref", "Start", "Rent", "Cost code"]
ROWS = [["LS1", "01/04/2026", 350.0, "H1"], ["LS2", "02/04/2026", "£1,360.00", ""], ["LS3", "2026-04-03", 12.5, "H2"]]


def read(*rows):
    return read_table(Sheet("Leases", [list(row) for row in rows]), LEASES)


def values(found):
    return [tuple(row.get(heading) for heading in HEADINGS) for row in found.rows]


def test_headings_may_stand_lower_and_look_different():
    found = read(
        ["LEASES as at 30 Sep"], [], ["cost CODE", " RENT ", "lease-ref:", "Start\xa0"], ["H1", 1, "LS1", "1/4/2026"]
    )
    assert not found.wrong
    assert values(found) == [("LS1", cells.day("01/04/2026"), 1, "H1")]
    assert found.rows[0].number == 4


def test_a_synonym_is_a_heading():
    assert not read(["Lease No", "Start", "Rent"], ROWS[0][:3]).wrong


def test_other_columns_are_not_read_and_that_is_said():
    found = read([*HEADINGS, "Remarks"], [*ROWS[0], "ring Jo"], ["", "", "", "", "a note far below"])
    assert found.notes == ["Leases: not read: column Remarks."]
    assert len(found.rows) == 1


def test_a_missing_column_is_one_clear_complaint():
    found = read(["Title"], ["Lease Ref", "Rent"], ["LS1", 5])
    assert found.wrong == [Wrong("Leases", 2, "Start", "", "this column is missing")]
    assert not found.rows


def test_an_optional_column_may_be_missing():
    found = read(HEADINGS[:3], ROWS[0][:3])
    assert not found.wrong
    assert "Cost code" not in found.columns


def test_two_columns_of_one_heading_are_wrong():
    assert "two columns" in read([*HEADINGS, "rent"], ROWS[0]).wrong[0].reason


def test_no_headings_at_all_is_said():
    assert "no headings" in read(["a", "b"], [1, 2]).wrong[0].reason


@pytest.mark.parametrize(
    "row",
    [
        ["TOTAL", "", 700.0, ""],
        ["", "", 700.0, "Grand Total"],
        ["Totals:", "", 700.0, ""],
        ["sub-total", "", 700.0, ""],
        ["Total for September", "", 700.0, ""],
        ["", "\xa0", None, ""],
        [],
    ],
)
def test_blank_and_totals_rows_are_not_data(row):
    found = read(HEADINGS, ROWS[0], row, ROWS[1])
    assert not found.wrong
    assert [entry.number for entry in found.rows] == [2, 4]


def test_somebody_called_total_is_data():
    table = Table("Landlords", [Column("Name", cells.text(50), needed=True), Column("Ref", cells.ref(9), needed=True)])
    found = read_table(Sheet("Landlords", [["Name", "Ref"], ["Total Lettings Ltd", "L1"]]), table)
    assert len(found.rows) == 1


def test_each_bad_cell_has_its_place_and_the_rest_of_the_row_is_read():
    found = read(["x"], HEADINGS, ["LS1", "31/02/2026", "#REF!", ""], ["", "01/04/2026", 1, ""])
    assert found.wrong == [
        Wrong("Leases", 3, "Start", "31/02/2026", "no such day"),
        Wrong("Leases", 3, "Rent", "#REF!", "a formula error"),
        Wrong("Leases", 4, "Lease Ref", "", "needed"),
    ]
    assert found.rows[0]["Lease Ref"] == "LS1"
    assert found.rows[0].get("Rent") is None


def test_a_sheet_is_found_by_name_loosely():
    rows = [HEADINGS, *ROWS]
    for name in ("Leases", "leases ", "PSL Leases Oct", "LEASES (live)"):
        found = read_tables([Sheet("Notes", [["x"]]), Sheet(name, rows)], [LEASES])["Leases"]
        assert len(found.rows) == 3, name
        assert found.notes == ["Not read: sheet Notes."]


def test_two_sheets_that_could_be_meant_are_not_guessed():
    found = read_tables([Sheet("Leases A", []), Sheet("Leases B", [])], [LEASES])["Leases"]
    assert found.wrong[0].reason == "two sheets could be this one: Leases A, Leases B"


def test_a_missing_sheet_is_wrong_unless_it_is_optional():
    found = read_tables([Sheet("Other", []), Sheet("Third", [])], [LEASES, HOLDS])
    assert found["Leases"].wrong == [Wrong("Leases", 0, "", "", "there is no sheet of this name")]
    assert not found["Suspensions and holds"].wrong
    assert found["Suspensions and holds"].is_missing


def test_another_workbook_is_refused_in_one_sentence():
    with pytest.raises(Refused, match=r"This is another workbook: it has no sheet Leases or Properties\."):
        read_tables([Sheet("Providers", []), Sheet("Units", [])], [LEASES, replace(LEASES, name="Properties"), HOLDS])


def test_the_only_sheet_needs_no_name():
    assert len(read_tables([Sheet("Sheet1", [HEADINGS, *ROWS])], [LEASES])["Leases"].rows) == 3


@given(st.randoms(use_true_random=False), st.integers(0, 18), st.permutations(range(4)), st.permutations(range(3)))
def test_the_order_of_rows_columns_and_sheets_changes_nothing(chance: random.Random, lead, columns, order):
    data = [[], ["TOTAL", "", 5.0, ""], *(ROWS[index] for index in order)]
    body = [[(row[index] if index < len(row) else "") for index in columns] for row in data]
    headings = [chance.choice([str.upper, str.lower, str.title])(HEADINGS[index]) for index in columns]
    sheets = [
        Sheet("Leases", [*([""] for _ in range(lead)), headings, *body]),
        Sheet("Holds", [["Lease Ref"], ["LS1"]]),
    ]
    chance.shuffle(sheets)
    found = read_tables(sheets, [LEASES, HOLDS])
    assert not found["Leases"].wrong
    assert sorted(values(found["Leases"])) == sorted(values(read(HEADINGS, *ROWS)))
    assert len(found["Suspensions and holds"].rows) == 1
