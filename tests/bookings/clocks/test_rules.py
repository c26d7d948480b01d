"""The worked examples of the six weeks and of section 208, and what moves a clock or does not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.clocks.rules import (
    Count,
    Level,
    Limit,
    count,
    ending,
    is_out_of_borough,
    notice,
    notice_refusal,
)
from lewisham_ta.dates import ONE_DAY, Period

APRIL = date(2026, 4, 1)
SIX_WEEKS = Limit(42, (35, 21))


def on_night(number, *spells, limit=SIX_WEEKS, since=None):
    today = APRIL + timedelta(days=number - 1)
    return count(spells or [Period(APRIL)], limit=limit, today=today, since=since)


def test_placed_on_1_april_the_last_lawful_night_is_12_may_and_13_may_is_a_breach():
    may_12 = on_night(42)
    assert (may_12.nights, may_12.last_on, may_12.level, may_12.over_since) == (
        42,
        date(2026, 5, 12),
        Level.LAST,
        None,
    )
    may_13 = on_night(43)
    assert (may_13.nights, may_13.last_on, may_13.level, may_13.over_since) == (
        43,
        date(2026, 5, 12),
        Level.OVER,
        date(2026, 5, 13),
    )


@pytest.mark.parametrize(
    ("night", "level"),
    [
        (1, Level.RUNNING),
        (20, Level.RUNNING),
        (21, Level.WARNED),
        (34, Level.WARNED),
        (35, Level.SOON),
        (41, Level.SOON),
        (42, Level.LAST),
        (43, Level.OVER),
        (300, Level.OVER),
    ],
)
def test_a_family_is_warned_of_on_nights_21_35_42_and_43(night, level):
    assert on_night(night).level == level


def test_another_hotel_does_not_start_the_count_again():
    spells = [Period(APRIL, date(2026, 4, 21)), Period(date(2026, 4, 21))]
    assert on_night(43, *spells).level == Level.OVER


def test_nights_elsewhere_are_not_counted_but_do_not_start_it_again_either():
    spells = [Period(APRIL, date(2026, 4, 11)), Period(date(2026, 5, 1))]  # 10 nights, 20 elsewhere
    counted = count(spells, limit=SIX_WEEKS, today=date(2026, 5, 4))
    assert (counted.nights, counted.last_on) == (14, date(2026, 6, 1))
    over = count(spells, limit=SIX_WEEKS, today=date(2026, 6, 2))
    assert (over.nights, over.over_since) == (43, date(2026, 6, 2))


@pytest.mark.parametrize(("reset", "nights"), [(0, 14), (20, 4), (21, 14)])
def test_so_many_nights_elsewhere_start_it_again_where_the_policy_says_so(reset, nights):
    spells = [Period(APRIL, date(2026, 4, 11)), Period(date(2026, 5, 1))]
    assert count(spells, limit=Limit(42, (), reset), today=date(2026, 5, 4)).nights == nights


def test_a_household_that_became_a_family_counts_from_that_day():
    counted = on_night(43, since=date(2026, 4, 15))
    assert (counted.nights, counted.since, counted.last_on) == (29, date(2026, 4, 15), date(2026, 5, 26))
    assert on_night(43, since=date(2026, 1, 1)) == on_night(43)


def test_a_split_family_spends_one_night_a_night():
    assert on_night(10, Period(APRIL), Period(date(2026, 4, 5))).nights == 10


def test_nights_to_come_are_not_counted():
    assert on_night(1, Period(date(2026, 4, 2))) is None
    assert on_night(3, Period(APRIL, date(2026, 9, 1))).nights == 3


def test_eighteen_weeks_of_a_service_are_126_nights():
    weeks = Limit(18 * 7, (16 * 7,))
    assert on_night(111, limit=weeks).level == Level.RUNNING
    assert on_night(112, limit=weeks).level == Level.SOON
    assert on_night(126, limit=weeks) == Count(126, APRIL, date(2026, 8, 4), Level.LAST)
    assert on_night(127, limit=weeks).over_since == date(2026, 8, 5)


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (1, Level.RUNNING),
        (6, Level.RUNNING),
        (7, Level.WARNED),
        (13, Level.WARNED),
        (14, Level.LAST),
        (15, Level.OVER),
    ],
)
def test_the_other_council_is_told_within_14_days_beginning_with_the_first(day, level):
    found = notice(available_on=APRIL, today=APRIL + timedelta(days=day - 1), days=14, alert_day=7)
    assert (found.nights, found.last_on, found.level) == (day, date(2026, 4, 14), level)
    assert found.over_since == (date(2026, 4, 15) if day == 15 else None)


@pytest.mark.parametrize(
    ("district", "is_out"),
    [
        ("", False),
        ("  ", False),
        ("Lewisham", False),
        ("London Borough of Lewisham", False),
        ("LEWISHAM", False),
        ("Croydon", True),
    ],
)
def test_a_unit_is_out_of_borough_only_where_its_council_is_known(district, is_out):
    assert is_out_of_borough(district) is is_out


@pytest.mark.parametrize(
    ("but", "reason"),
    [
        ({}, ""),
        (
            {"is_homeless": False},
            "Section 208 is of the Housing Act: no notice is due for a placement of another service.",
        ),
        (
            {"district": ""},
            "The unit is not known to be in another council's area, so there is nobody to tell.",
        ),
        ({"sent_on": date(2026, 4, 11)}, "A notice is recorded when it has been sent."),
        (
            {"sent_on": date(2025, 4, 9)},
            "Check the date: that is months before the accommodation was available.",
        ),
    ],
)
def test_a_notice_is_recorded_when_it_is_due_and_sent(but, reason):
    told = {"starts_on": APRIL, "sent_on": date(2026, 4, 10), "today": date(2026, 4, 10), "district": "Croydon"}
    assert notice_refusal(**told | {"is_homeless": True} | but) == reason


def test_a_booking_that_ends_tomorrow_is_urgent():
    tomorrow = ending(starts_on=APRIL, ends_on=date(2026, 4, 11), today=date(2026, 4, 10))
    assert (tomorrow.nights, tomorrow.last_on, tomorrow.level) == (10, date(2026, 4, 10), Level.SOON)
    assert ending(starts_on=APRIL, ends_on=date(2026, 4, 12), today=date(2026, 4, 10)).level == Level.WARNED


spells = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 40)), min_size=1, max_size=6)


@given(spells, st.integers(1, 60))
def test_the_clock_agrees_with_counting_nights_one_by_one(pairs, limit):
    today = APRIL + timedelta(days=70)
    periods = [Period(APRIL + start * ONE_DAY, APRIL + (start + length) * ONE_DAY) for start, length in pairs]
    nights = sorted(
        {run.starts_on + n * ONE_DAY for run, (_, length) in zip(periods, pairs, strict=True) for n in range(length)}
    )
    nights = [night for night in nights if night <= today]
    counted = count(periods, limit=Limit(limit), today=today)
    if not nights:
        assert counted is None
    else:
        assert counted.nights == len(nights)
        assert (counted.over_since is None) == (len(nights) <= limit)
        assert counted.over_since in (None, *nights[limit : limit + 1])
