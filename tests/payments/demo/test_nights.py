"""The invented nightly side: believable in size, the same every time, and with every kind of fault billed."""

from collections import Counter
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise

import pytest
from python_calamine import CalamineWorkbook

from payments.demo.night_files import LAYOUTS, academy_extract, invoice_file, nightly_sheet
from payments.demo.nights import CLAIM_FAULTS, invent_nights

NOVEMBER, TODAY = date(2026, 11, 1), date(2026, 11, 25)


@pytest.fixture(scope="module")
def nights():
    return invent_nights(NOVEMBER, TODAY)


def test_the_nightly_side_has_lewishams_size(nights):
    assert len(nights.providers) == 40
    assert len({stay.household for stay in nights.stays}) == pytest.approx(1_800, abs=150)
    assert len({(unit.address, unit.postcode) for unit in nights.units}) == len(nights.units)


def test_it_is_the_same_every_time(nights):
    assert invent_nights(NOVEMBER, TODAY) == nights


def test_a_unit_is_let_to_one_household_at_a_time(nights):
    by_unit = {}
    for stay in nights.stays:
        by_unit.setdefault(stay.unit.ref, []).append(stay)
    for stays in by_unit.values():
        for earlier, later in pairwise(sorted(stays, key=lambda stay: stay.starts_on)):
            assert earlier.ends_on is not None
            assert earlier.ends_on <= later.starts_on


def test_four_months_are_billed_and_nothing_that_is_not_received_yet(nights):
    assert {billed.dated_on for billed in nights.billed} == {date(2026, month, 1) for month in (8, 9, 10, 11)}
    assert max(billed.received_on for billed in nights.billed) <= TODAY


def test_faults_are_billed(nights):
    stays = {stay.ref: stay for stay in nights.stays}
    lines = [line for billed in nights.billed for line in billed.lines]
    strangers = [line for line in lines if line.ref not in stays]
    late = [line for line in lines if line.ref in stays and (stays[line.ref].ends_on or TODAY) < line.ends_on]
    twice = [
        count for count in Counter((line.ref, line.starts_on, line.ends_on) for line in lines).values() if count > 1
    ]
    wrong = [line for line in lines if line.net != line.rate * line.nights]
    assert all(map(len, (strangers, late, twice, wrong)))


def test_every_layout_is_sent_and_its_total_is_below_the_lines(nights):
    by_layout = {billed.provider.layout: billed for billed in nights.billed}
    assert set(by_layout) == {*LAYOUTS, "plain"}
    name, content = invoice_file(by_layout["vat"])
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert name.endswith(".xlsx")
    assert rows[-1][-2:] == ["TOTAL DUE", pytest.approx(float(sum(x.net + x.vat for x in by_layout["vat"].lines)))]


def test_the_sheet_and_the_extract_name_the_same_claims(nights):
    bookings = CalamineWorkbook.from_filelike(BytesIO(nightly_sheet(nights))).get_sheet_by_name("Bookings").to_python()
    claims = {row[13] for row in bookings[3:]}
    extract = {line.split(",")[0] for line in academy_extract(nights).decode("utf-8-sig").splitlines()[1:]}
    to_match = {stay.claim_ref for stay in nights.stays if stay.claim_fault == "no reference"}
    assert extract - claims == to_match


def test_academy_differs_in_a_few_of_the_bookings_that_go_on(nights):
    faults = Counter(stay.claim_fault for stay in nights.stays if stay.claim_fault)
    assert set(faults) == {*CLAIM_FAULTS, "still live"}
    assert all(5 <= count <= 20 for count in faults.values())


def test_ten_to_twenty_families_are_over_six_weeks_in_bed_and_breakfast(nights):
    over = [
        stay
        for stay in nights.stays
        if "room" in stay.unit.size
        and stay.children
        and not stay.is_cancelled
        and stay.starts_on <= TODAY - timedelta(days=42)
        and (stay.ends_on is None or stay.ends_on > TODAY)
    ]
    assert 10 <= len(over) <= 20
