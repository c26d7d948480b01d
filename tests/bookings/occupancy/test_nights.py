"""Which nights the check of an invoice finds confirmed."""

from datetime import date

import pytest

from bookings.models import NightsConfirmed
from bookings.occupancy.selectors import absent_nights, unconfirmed_nights
from lewisham_ta.dates import Period
from tests.factories import LONG_AGO, BookingFactory, UserFactory

pytestmark = pytest.mark.django_db
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def confirmed(booking, starts_on, ends_on, was_there=True):
    return NightsConfirmed.objects.create(
        booking=booking,
        starts_on=starts_on,
        ends_on=ends_on,
        was_there=was_there,
        how="ticked",
        confirmed_by=UserFactory(),
        confirmed_at=LONG_AGO,
    )


def test_nights_nobody_said_anything_about_are_unconfirmed():
    booking = BookingFactory(starts_on=date(2026, 2, 20), ends_on=None)
    confirmed(booking, date(2026, 3, 2), date(2026, 3, 9))
    assert unconfirmed_nights([booking.pk], MARCH) == {
        booking.pk: [Period(date(2026, 3, 1), date(2026, 3, 2)), Period(date(2026, 3, 9), date(2026, 4, 1))]
    }


def test_a_night_the_household_was_away_is_said_but_absent():
    booking = BookingFactory()
    confirmed(booking, date(2026, 3, 3), date(2026, 3, 8))
    confirmed(booking, date(2026, 3, 8), date(2026, 3, 10), was_there=False)
    assert unconfirmed_nights([booking.pk], MARCH) == {}
    assert absent_nights([booking.pk], MARCH) == {booking.pk: [Period(date(2026, 3, 8), date(2026, 3, 10))]}


def test_cancelled_bookings_and_those_of_other_months_have_none():
    cancelled, other = BookingFactory(status="cancelled"), BookingFactory(ends_on=date(2026, 3, 5))
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    assert unconfirmed_nights([cancelled.pk], MARCH) == {}
    assert unconfirmed_nights([other.pk], april) == {}


@pytest.mark.parametrize("rows", [2, 20])
def test_however_many_bookings_it_is_two_queries(rows, django_assert_num_queries):
    bookings = BookingFactory.create_batch(rows)
    with django_assert_num_queries(2):
        assert len(unconfirmed_nights([row.pk for row in bookings], MARCH)) == rows
