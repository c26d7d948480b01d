"""What can never be true of lists and confirmed nights."""

from datetime import date

import pytest
from django.db import IntegrityError

from bookings.models import NightsConfirmed, OccupancyList
from tests.factories import LONG_AGO, BookingFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)


def a_list(**but):
    row = {"provider": None, "week": MONDAY, "made_by": UserFactory(), "made_at": LONG_AGO} | but
    row["provider"] = row["provider"] or ProviderFactory()
    return OccupancyList.objects.create(**row)


def confirmed(booking=None, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 6), **but):
    row = {"was_there": True, "how": "ticked", "confirmed_by": UserFactory(), "confirmed_at": LONG_AGO} | but
    return NightsConfirmed.objects.create(
        booking=booking or BookingFactory(), starts_on=starts_on, ends_on=ends_on, **row
    )


def test_a_provider_has_one_list_a_week():
    provider = a_list().provider
    with pytest.raises(IntegrityError, match="occupancy_list_once_a_week"):
        a_list(provider=provider)


def test_a_week_begins_on_a_monday():
    with pytest.raises(IntegrityError, match="occupancy_week_is_a_monday"):
        a_list(week=date(2026, 3, 3))


def test_who_closed_a_list_is_known_with_when():
    with pytest.raises(IntegrityError, match="occupancy_list_closed_is_whole"):
        a_list(closed_at=LONG_AGO)


def test_a_confirmation_has_a_night():
    with pytest.raises(IntegrityError, match="confirmation_has_a_night"):
        confirmed(ends_on=date(2026, 3, 3))


def test_how_nights_were_confirmed_is_known():
    with pytest.raises(IntegrityError, match="confirmation_way_is_known"):
        confirmed(how="heard")


@pytest.mark.parametrize("was_there", [True, False])
def test_a_night_is_confirmed_once(was_there):
    booking = confirmed().booking
    confirmed(booking, date(2026, 3, 6), date(2026, 3, 7))
    with pytest.raises(IntegrityError, match="night_confirmed_once"):
        confirmed(booking, date(2026, 3, 5), date(2026, 3, 6), was_there=was_there)
