"""Two people book at the same moment, on two real connections."""

from datetime import UTC, date, datetime

import pytest

from bookings.models import Booking
from bookings.stays import services
from tests.at_once import at_once
from tests.factories import BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def booking_in(unit, household, by):
    return lambda: services.book_in(
        unit_id=unit.pk,
        household_id=household.pk,
        starts_on=date(2026, 3, 3),
        ends_on=None,
        authorised_by="Duty manager",
        by=by,
        now=NOW,
    )


def test_two_people_book_the_same_unit_and_one_does():
    unit, people = UnitFactory(), UserFactory.create_batch(2)
    answers = at_once(*(booking_in(unit, HouseholdFactory(), by) for by in people))
    other = Booking.objects.get()
    refused = f"Unit {unit.ref} is let on some of these nights: booking {other.ref}, 3 Mar 2026 with no end yet."
    assert answers == sorted(["done", refused])


def test_two_people_book_the_same_household_and_one_does():
    household, people = HouseholdFactory(), UserFactory.create_batch(2)
    answers = at_once(*(booking_in(UnitFactory(), household, by) for by in people))
    assert "done" in answers
    assert any("If it is split over two places, say why." in answer for answer in answers)
    assert Booking.objects.count() == 1


def test_bookings_of_other_units_at_once_have_references_of_their_own():
    people = UserFactory.create_batch(2)
    assert at_once(*(booking_in(UnitFactory(), HouseholdFactory(), by) for by in people)) == ["done", "done"]
    assert Booking.objects.values("ref").distinct().count() == 2


def test_two_households_move_to_the_same_unit_and_one_does():
    unit, people = UnitFactory(), UserFactory.create_batch(2)
    stays = BookingFactory.create_batch(2, starts_on=date(2026, 3, 1), ends_on=None)

    def moving(booking, by):
        return lambda: services.move(
            booking_id=booking.pk,
            unit_id=unit.pk,
            moved_on=date(2026, 3, 3),
            ends_on=None,
            authorised_by="Duty manager",
            by=by,
            now=NOW,
        )

    answers = at_once(*(moving(booking, by) for booking, by in zip(stays, people, strict=True)))
    assert "done" in answers
    assert any(answer.startswith(f"Unit {unit.ref} is let") for answer in answers)
    assert Booking.objects.filter(unit=unit).count() == 1
