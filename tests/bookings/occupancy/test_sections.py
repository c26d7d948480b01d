"""What the pages of households, units, providers and bookings show of occupancy."""

from datetime import UTC, date, datetime

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from bookings.models import NightsConfirmed
from bookings.occupancy import hooks, services
from bookings.occupancy.rules import Answer, Said
from tests.factories import LONG_AGO, BookingFactory, UserFactory

pytestmark = pytest.mark.django_db


def drawn(section):
    return " ".join(render_to_string(section.template, {"section": section.context}).split())


def test_a_booking_shows_what_was_said_about_its_nights():
    booking = BookingFactory()
    assert "The provider has confirmed no night." in drawn(hooks.nights_of_booking(None, booking))
    NightsConfirmed.objects.create(
        booking=booking,
        starts_on=date(2026, 3, 3),
        ends_on=date(2026, 3, 5),
        was_there=False,
        note="In hospital",
        how="ticked",
        confirmed_by=UserFactory(),
        confirmed_at=LONG_AGO,
    )
    words = drawn(hooks.nights_of_booking(None, booking))
    assert "Not there" in words
    assert "In hospital" in words
    week = reverse("occupancy:provider_week", args=[booking.unit.provider_id, date(2026, 3, 2)])
    assert f'<a href="{week}">3 Mar to 4 Mar 2026</a>' in words


def test_a_booking_shows_what_was_said_before_a_correction():
    booking, officer = BookingFactory(), UserFactory()
    nights = {"first_on": date(2026, 3, 3), "last_on": date(2026, 3, 8)}
    said = [Said(booking.pk, Answer(date(2026, 3, 3), date(2026, 3, 8), True))]
    who = {"by": officer, "now": datetime(2026, 3, 11, 9, tzinfo=UTC)}
    services.confirm(provider_id=booking.unit.provider_id, week=date(2026, 3, 2), said=said, **who)
    services.correct(booking_id=booking.pk, **nights, was_there=False, why="The manager rang", **who)
    words = drawn(hooks.nights_of_booking(None, booking))
    assert "There, 3 Mar to 8 Mar 2026, was said before" in words
    assert f"{officer}, " in words
    assert ": The manager rang" in words


def test_households_units_and_providers_lead_to_their_nights(client):
    booking = BookingFactory()
    unit, household = booking.unit, booking.household
    client.force_login(UserFactory())
    page = client.get(reverse("units:detail", args=[unit.ref])).content.decode()
    assert reverse("occupancy:unit_month", args=[unit.pk]) in page
    page = client.get(reverse("households:detail", args=[household.ref])).content.decode()
    assert reverse("occupancy:household_month", args=[household.pk]) in page
    page = client.get(reverse("units:provider_detail", args=[unit.provider.party.ref])).content.decode()
    assert f"/occupancy/{unit.provider_id}/" in page
