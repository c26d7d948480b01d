"""The invented borough is believable in size and events, the same every time, and plainly nobody's."""

from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from payments.demo.borough import invent
from payments.demo.register import register

NOVEMBER = date(2026, 11, 1)


@pytest.fixture(scope="module")
def borough():
    return invent(NOVEMBER)


def sheet(borough, known_on, name, tmp_path):
    path = tmp_path / "register.xlsx"
    path.write_bytes(register(borough, known_on))
    return [tuple(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()[3:]]


def test_the_borough_has_lewishams_size(borough):
    assert len(borough.leases) == pytest.approx(780, abs=20)
    assert len(borough.payees) == pytest.approx(450, abs=10)


def test_no_two_homes_have_one_address_but_for_the_planted_duplicate(borough):
    addresses = [(uprn, address) for _, uprn, address, *_ in borough.homes]
    assert len(addresses) - len(set(addresses)) == 1


def test_it_is_the_same_borough_every_time(borough):
    assert invent(NOVEMBER) == borough


def test_what_is_learnt_late_is_not_in_the_register_of_the_month_before(borough, tmp_path):
    september = sheet(borough, date(2026, 9, 30), "Leases", tmp_path)
    october = sheet(borough, date(2026, 10, 31), "Leases", tmp_path)
    keys_then = {row[0]: row[5] for row in september}
    late = [row for row in october if row[5] and row[5].month == 9 and not keys_then[row[0]]]
    assert late


def test_the_current_month_has_somebody_without_an_account_and_somebody_of_unknown_home(borough, tmp_path):
    landlords = sheet(borough, date(2026, 11, 20), "Landlords", tmp_path)
    assert any(row[5] == "" for row in landlords)
    assert any(row[11] == "" for row in landlords)
