"""The clocks on the pages of households and bookings."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from bookings.clocks import hooks
from lewisham_ta.roles import AUDITOR
from tests.factories import BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    today = timezone.localdate()
    unit = UnitFactory(hotel=True, district="Croydon")
    return BookingFactory(
        household=HouseholdFactory(family=True), unit=unit, starts_on=today - timedelta(days=42), ends_on=None
    )


def request_of(rf, role=None):
    request = rf.get("/")
    request.user = UserFactory(groups=[role] if role else None)
    return request


def test_a_household_shows_its_clocks_and_a_booking_its_own(rf, booking, client):
    request = request_of(rf)
    section = hooks.clocks_of_household(request, booking.household)
    assert [line.kind for line in section.context["lines"]] == ["section_208", "six_weeks"]
    words = " ".join(render_to_string(section.template, {"section": section.context}).split())
    assert "Six weeks in B&amp;B" in words
    assert "43 of 42 since" in words
    assert reverse("clocks:notice", args=[booking.pk]) in words
    assert len(hooks.clocks_of_booking(request, booking).context["lines"]) == 2
    client.force_login(UserFactory())
    assert "43 of 42" in client.get(reverse("households:detail", args=[booking.household.ref])).content.decode()


def test_who_only_reads_is_not_asked_for_a_notice(rf, booking):
    section = hooks.clocks_of_household(request_of(rf, AUDITOR), booking.household)
    assert "Record the notice" not in render_to_string(section.template, {"section": section.context})


def test_where_no_clock_runs_there_is_no_panel(rf):
    assert hooks.clocks_of_household(request_of(rf), BookingFactory().household) is None
