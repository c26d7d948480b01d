"""What can never be true of a booking, broken by name."""

from datetime import date

import pytest
from django.db import IntegrityError

from bookings.models import Booking, Void
from tests.factories import LONG_AGO, BookingFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

BEFORE, ON, AFTER = date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 20)


def test_the_departure_is_after_the_first_night():
    with pytest.raises(IntegrityError, match="booking_has_a_night"):
        BookingFactory(starts_on=ON, ends_on=ON)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "gone"}, "booking_status_is_known"),
        ({"service": "police"}, "booking_service_is_known"),
        ({"is_split": True}, "booking_split_says_why"),
        ({"split_reason": "no room for all"}, "booking_split_says_why"),
        ({"departed_at": LONG_AGO}, "booking_departure_is_whole"),
    ],
)
def test_what_a_booking_can_never_say(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        BookingFactory(**fields)


def test_a_departure_that_is_a_fact_has_a_day():
    with pytest.raises(IntegrityError, match="booking_departed_has_an_end"):
        BookingFactory(ends_on=None, departed_by=UserFactory(), departed_at=LONG_AGO)


def test_whoever_booked_does_not_approve_the_rate():
    officer = UserFactory()
    with pytest.raises(IntegrityError, match="booking_cap_approver_did_not_book"):
        BookingFactory(booked_by=officer, cap_approved_by=officer, cap_reason="Nothing else tonight")


def test_a_rate_over_the_cap_has_a_reason():
    with pytest.raises(IntegrityError, match="booking_over_cap_says_why"):
        BookingFactory(cap_approved_by=UserFactory())


@pytest.mark.parametrize("ends_on", [AFTER, None])
def test_a_unit_is_let_once_a_night(ends_on):
    booking = BookingFactory(ends_on=ends_on)
    with pytest.raises(IntegrityError, match="booking_unit_let_once"):
        BookingFactory(unit=booking.unit, starts_on=BEFORE, ends_on=ON)


def test_a_household_is_in_one_place_a_night():
    booking = BookingFactory()
    with pytest.raises(IntegrityError, match="booking_household_in_one_place"):
        BookingFactory(household=booking.household, starts_on=ON, ends_on=None)


def test_a_same_day_move_a_cancelled_booking_and_a_split_household_are_no_clash():
    booking = BookingFactory()
    BookingFactory(household=booking.household, unit=booking.unit, starts_on=booking.ends_on, ends_on=AFTER)
    BookingFactory(household=booking.household, unit=booking.unit, status=Booking.Status.CANCELLED)
    BookingFactory(household=booking.household, is_split=True, split_reason="One room is too small for all")
    assert booking.household.bookings.count() == 4


def test_an_empty_night_is_recorded_once():
    unit, fields = UnitFactory(), {"reason": "Repairs", "paid_by": "provider", "recorded_at": LONG_AGO}
    Void.objects.create(unit=unit, starts_on=BEFORE, ends_on=AFTER, recorded_by=UserFactory(), **fields)
    with pytest.raises(IntegrityError, match="void_night_once"):
        Void.objects.create(unit=unit, starts_on=ON, recorded_by=UserFactory(), **fields)


def test_only_a_departure_is_taken_from_the_sheet():
    with pytest.raises(IntegrityError, match="booking_departed_by_sheet_has_departed"):
        BookingFactory(departed_by_sheet=True)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"ends_on": BEFORE}, "void_has_a_night"),
        ({"reason": ""}, "void_says_why"),
        ({"paid_by": "nobody"}, "void_payer_is_known"),
    ],
)
def test_what_empty_nights_can_never_say(fields, constraint):
    usual = {"starts_on": BEFORE, "ends_on": AFTER, "reason": "Repairs", "paid_by": "provider"}
    recorded = {"recorded_by": UserFactory(), "recorded_at": LONG_AGO}
    with pytest.raises(IntegrityError, match=constraint):
        Void.objects.create(unit=UnitFactory(), **recorded, **usual | fields)


def test_a_licence_is_acknowledged_in_a_way_that_is_known():
    recorded = {"recorded_by": UserFactory(), "recorded_at": LONG_AGO}
    with pytest.raises(IntegrityError, match="acknowledgement_way_is_known"):
        BookingFactory().acknowledgements.create(on=ON, how="by_pigeon", language="English", **recorded)
