"""Boards, clocks and the weekly confirmation in a browser: read by axe, on a phone, and answered without a script."""

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, NightsConfirmed, Void
from bookings.occupancy import services
from bookings.occupancy.rules import Answer, Said, monday_of
from lewisham_ta.dates import ONE_DAY
from tests.browser.chromium import WINDOW
from tests.factories import LONG_AGO, BookingFactory, HouseholdFactory, ProviderFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(client):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def cookies(client, officer, live_server):
    return [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]


@pytest.fixture
def week():
    """The Monday of the last week that is over."""
    return monday_of(timezone.localdate()) - timedelta(days=7)


@pytest.fixture
def provider(week):
    """A hotel with a family over six weeks, a confidential household, one that arrived midweek, and a free room."""
    provider = ProviderFactory(party__name="Invented Rooms Ltd", party__email="rooms@example.org")
    starts_on = week - timedelta(days=60)
    homes = [HouseholdFactory(family=True), HouseholdFactory(is_confidential=True), HouseholdFactory()]
    for household, first in zip(homes, (starts_on, starts_on, week + timedelta(days=3)), strict=True):
        unit = UnitFactory(hotel=True, provider=provider, district="Croydon")
        BookingFactory(household=household, unit=unit, starts_on=first, ends_on=None)
    UnitFactory(hotel=True, provider=provider)
    void = UnitFactory(provider=provider)
    who = {"recorded_by": UserFactory(), "recorded_at": LONG_AGO}
    Void.objects.create(unit=void, starts_on=starts_on, reason="Leak", paid_by="provider", **who)
    return provider


def bookings(provider):
    return list(Booking.objects.filter(unit__provider=provider).order_by("pk"))


def page_of(provider, week):
    return reverse("occupancy:provider_week", args=[provider.pk, week])


def test_every_page_is_accessible_and_fits_a_phone(
    page, live_server, cookies, officer, provider, week, accessible, fits_a_phone
):
    page.context.add_cookies(cookies)
    first, second, _ = bookings(provider)
    services.make_lists(week=week, by=officer, now=timezone.now())
    away = Said(second.pk, Answer(week, week + 6 * ONE_DAY, False, week + 4 * ONE_DAY), "Left their keys")
    services.confirm(provider_id=provider.pk, week=week, said=[away], by=officer, now=timezone.now())
    urls = [
        reverse("occupancy:tonight"),
        reverse("occupancy:movements") + f"?on={week + 3 * ONE_DAY}",
        reverse("occupancy:gap_list"),
        reverse("occupancy:unit_month", args=[second.unit_id]) + f"?month={week:%Y-%m}",
        reverse("occupancy:household_month", args=[first.household_id]) + f"?month={week:%Y-%m}",
        reverse("occupancy:week_list"),
        page_of(provider, week),
        reverse("occupancy:correct", args=[second.pk, week]),
        reverse("occupancy:absence_list"),
        reverse("clocks:list") + "?state=all",
        reverse("clocks:notice", args=[first.pk]),
    ]
    for number, url in enumerate(urls):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + url)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{number}.png", full_page=True)
        accessible(page)
        fits_a_phone(page)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{number}-phone.png", full_page=True)


def test_occupancy_is_confirmed_with_one_exception_and_corrected(page, live_server, cookies, provider, week):
    page.context.add_cookies(cookies)
    first, _, last = bookings(provider)
    page.goto(live_server.url + reverse("occupancy:week_list"))
    page.get_by_role("link", name="Invented Rooms Ltd").click()
    about = f"{last.ref} from {last.starts_on.day} {last.starts_on:%b}"
    page.get_by_label(f"Answer for {about}").select_option("Not there")
    page.get_by_label(f"Note for {about}").fill("Never came")
    page.get_by_role("button", name="Save, and all others were there").click()
    page.get_by_text("18 nights recorded.").wait_for()
    page.get_by_text("All answered", exact=True).wait_for()
    assert NightsConfirmed.objects.filter(was_there=False).get().note == "Never came"
    page.goto(live_server.url + reverse("home"))
    page.get_by_role("link", name="Households that were not there").click()
    page.get_by_role("rowheader", name=last.ref).wait_for()
    page.goto(live_server.url + page_of(provider, week))
    page.get_by_role("link", name=f"Correct {first.ref}").click()
    page.get_by_label("Last night").fill(week.isoformat())
    page.get_by_label("Not there", exact=True).check()
    page.get_by_label("Why it is said otherwise now").fill("The manager rang")
    page.get_by_role("button", name="Correct them").click()
    page.get_by_text(f"The nights of {first.ref} are corrected.").wait_for()
    assert first.confirmations.get(was_there=False).starts_on == week


def test_all_are_confirmed_by_one_button_without_a_script(chromium, live_server, cookies, provider, week):
    context = chromium.new_context(**WINDOW, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(live_server.url + page_of(provider, week))
    page.get_by_role("button", name="Save, and all others were there").click()
    page.get_by_text("18 nights recorded.").wait_for()
    context.close()
    assert NightsConfirmed.objects.count() == 3
