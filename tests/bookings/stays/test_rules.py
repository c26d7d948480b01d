"""Nights and rates, without a database."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.stays import rules

MARCH = date(2026, 3, 1)


@dataclass(frozen=True)
class Rate:
    from_on: date
    amount: Decimal


def day(number):
    return MARCH + timedelta(days=number - 1)


def rates(*pairs):
    return [Rate(day(number), Decimal(amount)) for number, amount in pairs]


def test_the_morning_of_departure_is_no_night():
    assert rules.nights(day(3), day(10)) == 7
    assert rules.cost(day(3), day(10), rates((1, "68.50"))) == Decimal("479.50")


def test_a_stay_is_at_least_one_night():
    with pytest.raises(ValueError, match="at least one night"):
        rules.Stay(day(3), day(3))
    assert rules.Stay(day(3), day(4)).holds(day(3))


@pytest.mark.parametrize(("ends_on", "until", "slept"), [(None, 5, 4), (3, 5, 2), (9, 5, 4), (None, 1, 0), (9, 1, 0)])
def test_the_nights_slept_before_a_day(ends_on, until, slept):
    assert rules.nights_until(day(1), ends_on and day(ends_on), day(until)) == slept


def test_the_rate_of_a_night_is_the_latest_that_has_begun_in_whatever_order_they_come():
    series = rates((10, "52.00"), (1, "50.00"))
    assert rules.rate_on(series, day(9)) == Decimal("50.00")
    assert rules.rate_on(series, day(10)) == Decimal("52.00")
    assert rules.rate_on(series, day(0)) is None
    assert rules.rate_on([], day(1)) is None


def test_nights_are_in_runs_of_one_rate():
    series = rates((1, "50.00"), (5, "52.00"), (8, "52.00"))
    assert rules.runs(day(3), day(12), series) == [
        rules.Run(day(3), day(5), Decimal("50.00")),
        rules.Run(day(5), day(12), Decimal("52.00")),
    ]
    assert rules.runs(day(3), day(3), series) == []


def test_nights_before_the_first_rate_have_none_and_cost_nothing():
    assert rules.runs(day(1), day(4), rates((3, "50.00")))[0] == rules.Run(day(1), day(3), None)
    assert rules.cost(day(1), day(4), rates((3, "50.00"))) == Decimal("50.00")


some_rates = st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 200)), max_size=5).map(
    lambda found: [Rate(day(number), Decimal(pounds)) for number, pounds in dict(found).items()]
)
# How long the machine takes says nothing about the law.
law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@law
@given(st.integers(1, 60), st.lists(st.integers(1, 30), min_size=1, max_size=6), some_rates)
def test_however_a_stay_is_cut_into_moves_its_nights_and_cost_add_up(start, lengths, series):
    edges = [day(start)]
    for length in lengths:
        edges.append(edges[-1] + timedelta(days=length))
    parts = list(itertools.pairwise(edges))
    assert sum(rules.nights(*part) for part in parts) == rules.nights(edges[0], edges[-1])
    assert sum(rules.cost(*part, series) for part in parts) == rules.cost(edges[0], edges[-1], series)


@law
@given(st.integers(1, 60), st.integers(1, 60), some_rates)
def test_runs_are_the_rates_of_their_nights_one_by_one(start, length, series):
    by_night = [rules.rate_on(series, day(start + number)) for number in range(length)]
    runs = rules.runs(day(start), day(start + length), series)
    assert [run.rate for run in runs for _ in range(run.nights)] == by_night
