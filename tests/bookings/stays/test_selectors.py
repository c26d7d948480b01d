"""Reads of bookings that other rooms build on."""

from datetime import date

import pytest

from bookings.models import Booking
from bookings.stays import selectors
from tests.factories import BookingFactory, UnitFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 10)


@pytest.mark.parametrize("rows", [2, 6])
def test_bookings_come_with_everything_that_a_line_shows(rows, django_assert_num_queries):
    BookingFactory.create_batch(rows)
    with django_assert_num_queries(3):
        for booking in selectors.bookings():
            assert booking.household.members.all()[0].is_main
            assert booking.main_name == str(booking.household.members.all()[0])
            assert booking.unit.provider.party.name
            assert booking.booked_by.username
            assert booking.rates.all()


def test_who_sleeps_where_on_a_night():
    there = BookingFactory(starts_on=TODAY, ends_on=None)
    BookingFactory(starts_on=date(2026, 3, 1), ends_on=TODAY)
    BookingFactory(starts_on=TODAY, ends_on=None, status=Booking.Status.CANCELLED)
    assert list(Booking.objects.filter(selectors.occupied_on(TODAY))) == [there]


def test_bookings_that_touch_some_nights():
    before = BookingFactory(starts_on=date(2026, 3, 1), ends_on=TODAY)
    after = BookingFactory(starts_on=TODAY, ends_on=None)
    assert list(Booking.objects.filter(selectors.touching(date(2026, 3, 5), TODAY))) == [before]
    assert list(Booking.objects.filter(selectors.touching(TODAY, None))) == [after]


def test_a_unit_is_for_as_many_as_is_recorded_else_as_its_size_says():
    sizes = {"single": 1, "double": 2, "family": 4, "studio": 2, "1": 2, "2": 4, "3": 6, "6": 12}
    for size in sizes:
        UnitFactory(size=size)
    crowded = UnitFactory(size="single", sleeps=3)
    free = list(selectors.free_units(starts_on=TODAY, ends_on=None))
    assert {unit.size: unit.sleeps_most for unit in free if unit != crowded} == sizes
    found = selectors.free_units(starts_on=TODAY, ends_on=None, sleeps=4)
    assert {unit.size for unit in found} == {"family", "2", "3", "6"}
    assert crowded in selectors.free_units(starts_on=TODAY, ends_on=None, sleeps=3)
