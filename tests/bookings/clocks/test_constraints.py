"""What can never be true of a notice."""

from datetime import date

import pytest
from django.db import IntegrityError

from bookings.models import Section208Notice
from tests.factories import LONG_AGO, BookingFactory, UserFactory

pytestmark = pytest.mark.django_db


def notice(booking=None, council="Croydon"):
    return Section208Notice.objects.create(
        booking=booking or BookingFactory(),
        council=council,
        sent_on=date(2026, 3, 4),
        recorded_by=UserFactory(),
        recorded_at=LONG_AGO,
    )


def test_a_notice_names_the_council():
    with pytest.raises(IntegrityError, match="section_208_names_the_council"):
        notice(council="")


def test_a_booking_has_one_notice():
    booking = notice().booking
    with pytest.raises(IntegrityError, match="section208notice"):
        notice(booking)
