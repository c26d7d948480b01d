"""Nights said, unsaid and said otherwise."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.occupancy.rules import (
    Answer,
    Cell,
    Nights,
    answer_refusal,
    differing,
    gaps,
    monday_of,
    nights_to_confirm,
    remains,
    unsaid,
    week_refusal,
    weeks_of_month,
)
from lewisham_ta.dates import ONE_DAY, Period

MONDAY = date(2026, 3, 2)


def march(day):
    return date(2026, 3, day)


def test_a_household_that_was_there_was_there_every_night():
    assert Answer(march(3), march(8), True).nights == [Nights(march(3), march(9), True)]


def test_a_household_that_was_not_there_is_away_every_night_unless_nights_are_named():
    assert Answer(march(3), march(8), False).nights == [Nights(march(3), march(9), False)]
    assert Answer(march(3), march(8), False, away_from=march(6)).nights == [
        Nights(march(3), march(6), True),
        Nights(march(6), march(9), False),
    ]
    assert Answer(march(3), march(8), False, march(4), march(5)).nights == [
        Nights(march(3), march(4), True),
        Nights(march(4), march(6), False),
        Nights(march(6), march(9), True),
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(march(3), march(8), True), ""),
        (Answer(march(3), march(8), False, march(8), march(8)), ""),
        (
            Answer(march(3), march(8), True, march(4)),
            "Either the household was there every night, or it was away on the nights named.",
        ),
        (
            Answer(march(3), march(8), False, march(5), march(4)),
            "The last night away cannot be before the first.",
        ),
        (
            Answer(march(3), march(8), False, march(2)),
            "The nights away must be between 3 Mar 2026 and 8 Mar 2026.",
        ),
        (
            Answer(march(3), march(8), False, march(3), march(9)),
            "The nights away must be between 3 Mar 2026 and 8 Mar 2026.",
        ),
    ],
)
def test_an_answer_is_about_the_nights_that_were_asked_for(answer, reason):
    assert answer_refusal(answer) == reason


def test_a_week_begins_on_monday_and_must_have_begun():
    assert monday_of(march(8)) == monday_of(MONDAY) == MONDAY
    assert week_refusal(week=MONDAY, today=MONDAY) == ""
    assert week_refusal(week=march(3), today=march(8)) == "A week begins on a Monday."
    assert week_refusal(week=march(9), today=march(8)) == "This week has not begun."


@pytest.mark.parametrize(
    ("stay", "today", "nights"),
    [
        (Period(date(2026, 1, 1)), march(20), Period(MONDAY, march(9))),
        (Period(march(4), march(6)), march(20), Period(march(4), march(6))),
        (Period(date(2026, 1, 1)), march(5), Period(MONDAY, march(5))),  # the night of the 5th is still to come
        (Period(date(2026, 1, 1)), MONDAY, None),
        (Period(march(9)), march(20), None),
    ],
)
def test_only_nights_that_are_over_can_be_confirmed(stay, today, nights):
    assert nights_to_confirm(stay, week=MONDAY, today=today) == nights


def test_what_is_unsaid_is_what_no_run_covers():
    said = [Nights(march(2), march(4), True), Nights(march(6), march(7), False)]
    assert unsaid(Period(march(1), march(9)), said) == [
        Period(march(1), march(2)),
        Period(march(4), march(6)),
        Period(march(7), march(9)),
    ]
    assert unsaid(Period(march(2), march(4)), said) == []


def test_a_unit_is_free_between_bookings_and_never_after_an_open_one():
    assert gaps(Period(march(1), march(15)), [Period(march(10)), Period(march(3), march(5))]) == [
        Period(march(1), march(3)),
        Period(march(5), march(10)),
    ]


def test_what_was_recorded_so_already_is_not_said_again():
    recorded = [Nights(march(2), march(5), True)]
    assert differing([Nights(march(2), march(9), True)], recorded) == [Nights(march(5), march(9), True)]
    assert differing([Nights(march(2), march(5), True)], recorded) == []
    assert differing([Nights(march(3), march(5), False)], recorded) == [Nights(march(3), march(5), False)]


def test_a_correction_leaves_the_other_nights_of_a_run_as_they_were():
    assert remains(Nights(march(2), march(9), True), [Nights(march(4), march(6), False)]) == [
        Nights(march(2), march(4), True),
        Nights(march(6), march(9), True),
    ]


def test_a_month_is_rows_from_monday_to_sunday():
    rows = weeks_of_month(date(2026, 2, 1), lambda day: Cell(day, "Free"))
    assert [len(row) for row in rows] == [7] * 5  # 1 February 2026 is a Sunday
    assert rows[0][:6] == [None] * 6
    assert rows[0][6].day == date(2026, 2, 1)
    assert rows[-1][5].day == date(2026, 2, 28)
    assert rows[-1][6] is None


nights = st.integers(0, 20)
runs = st.lists(st.tuples(nights, st.integers(1, 6)), max_size=6)


@given(runs)
def test_free_runs_and_taken_ones_make_up_the_whole(pairs):
    period = Period(march(1), march(21))
    taken = [Period(march(1) + start * ONE_DAY, march(1) + (start + length) * ONE_DAY) for start, length in pairs]
    free = gaps(period, taken)
    for number in range(20):
        night = march(1) + number * ONE_DAY
        assert any(run.holds(night) for run in free) != any(run.holds(night) for run in taken)


@given(
    st.lists(st.booleans(), min_size=1, max_size=7),
    st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=7),
)
def test_whatever_was_recorded_what_is_said_last_stands(before, said):
    recorded = [Nights(march(1) + n * ONE_DAY, march(2) + n * ONE_DAY, there) for n, there in enumerate(before)]
    new = [
        Nights(march(1) + n * ONE_DAY, march(2) + n * ONE_DAY, there)
        for n, there in enumerate(said)
        if there is not None
    ]
    changes = differing(new, recorded)
    after = [run for old in recorded for run in remains(old, changes)] + changes
    told = {run.starts_on: run.was_there for run in recorded} | {run.starts_on: run.was_there for run in new}
    assert {run.starts_on: run.was_there for run in after} == told
    assert len(after) == len(told)
