"""The pages of households, units and bookings in a browser: booking in with a clash, and axe sees every page."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, NightlyCap
from bookings.stays import services
from lewisham_ta.roles import TEAM_LEADER
from tests.factories import BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 6, 9, tzinfo=UTC)


@pytest.fixture
def leader(page, live_server, client):
    leader = UserFactory(first_name="Dee", last_name="Invented", groups=[TEAM_LEADER])
    client.force_login(leader)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return leader


@pytest.fixture
def booking():
    """A split household in a hotel without a grade, over the cap, with a void, a sheet and a change to pass on."""
    who = {"by": UserFactory(), "now": NOW}
    household = HouseholdFactory(ref="HH1", family=True, risk="A dog", main__forename="Ada", main__surname="Okafor")
    unit = UnitFactory(ref="U1", hotel=True, features="Lift", provider__party__ref="PR1")
    dates = {"starts_on": date(2026, 3, 3), "ends_on": None}
    booking = BookingFactory(ref="B1", household=household, unit=unit, **dates)
    BookingFactory(ref="B2", household=household, is_split=True, split_reason="Too few beds", **dates)
    NightlyCap.objects.create(size="family", from_on=date(2025, 1, 1), amount=Decimal("50.00"))
    services.record_void(
        unit_id=unit.pk,
        starts_on=date(2026, 2, 1),
        ends_on=date(2026, 2, 5),
        reason="Repairs",
        paid_by="provider",
        **who,
    )
    services.make_sheet(booking_id=booking.pk, **who)
    told = {"on": date(2026, 3, 6), "how": "telephone", "language": "Tamil", "interpreter": "Invented Interpreting"}
    services.acknowledge(booking_id=booking.pk, **told, **who)
    left = BookingFactory(ref="B3", household__is_confidential=True)
    services.depart(booking_id=left.pk, departed_on=date(2026, 3, 6), **who)
    return booking


def test_every_page_of_the_rooms_is_accessible_and_fits_a_phone(
    page, live_server, leader, booking, accessible, fits_a_phone
):
    of_booking = ("detail", "extend", "depart", "cancel", "no_show", "reinstate", "rate_change", "approve_over_cap")
    of_booking += ("acknowledge",)
    of_unit = [reverse(f"units:{name}", args=["U1"]) for name in ("detail", "change", "rate_set")]
    of_unit += [reverse(f"bookings:{name}", args=["U1"]) for name in ("book_in", "void_record")]
    names = ("detail", "change", "member_add", "circumstance_record")
    for address in (
        *(reverse(f"bookings:{name}") for name in ("list", "find", "void_list")),
        *(reverse(f"households:{name}") for name in ("list", "add", "circumstance_list")),
        *(reverse(f"units:{name}") for name in ("list", "add", "provider_list", "provider_add", "cap_list", "cap_set")),
        *(reverse(f"bookings:{name}", args=["B1"]) for name in of_booking),
        reverse("bookings:detail", args=["B3"]),
        *of_unit,
        *(reverse(f"households:{name}", args=["HH1"]) for name in names),
        *(reverse(f"units:{name}", args=["PR1"]) for name in ("provider_detail", "provider_change")),
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + address)
        accessible(page)
        fits_a_phone(page)


def test_a_household_is_booked_in_after_a_clash(page, live_server, leader, accessible):
    today = timezone.localdate()
    household = HouseholdFactory(ref="HH1")
    unit = UnitFactory(ref="U1")
    coming = BookingFactory(ref="B000001", unit=unit, starts_on=today + timedelta(days=5), ends_on=None)
    page.goto(live_server.url + reverse("households:detail", args=["HH1"]))
    page.get_by_role("link", name="Find a unit and book in").click()
    page.get_by_label("Departure").fill(f"{today + timedelta(days=3)}")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Book in U1").click()
    assert page.locator("#id_household").input_value() == "HH1"
    page.get_by_label("Departure").fill("")
    page.get_by_label("Who authorised it").fill("Duty manager")
    page.get_by_role("button", name="Book in").click()
    assert "Unit U1 is let on some of these nights: booking B000001" in page.get_by_role("alert").inner_text()
    accessible(page)
    assert (
        page.get_by_role("link", name="booking B000001", exact=True).get_attribute("href").endswith(f"/{coming.ref}/")
    )
    assert page.get_by_label("Who authorised it").input_value() == "Duty manager"
    page.get_by_label("Departure").fill(f"{today + timedelta(days=5)}")
    page.get_by_role("button", name="Book in").click()
    page.get_by_text("Booked in. Make the licence sheet next").wait_for()
    assert Booking.objects.get(household=household).ends_on == coming.starts_on
    page.get_by_role("button", name="Make the sheet").click()
    page.get_by_text("The licence sheet is made.").wait_for()
    page.get_by_role("link", name="Record the acknowledgement").click()
    page.get_by_label("Language").fill("Tamil")
    page.get_by_role("button", name="Record it").click()
    page.get_by_text("in Tamil").wait_for()


def test_a_confidential_address_is_opened_with_a_button(page, live_server, leader):
    BookingFactory(ref="B1", household__is_confidential=True, unit__address="59 Acacia Road")
    page.goto(live_server.url + reverse("bookings:detail", args=["B1"]))
    assert page.get_by_text("59 Acacia Road").count() == 0
    page.get_by_role("button", name="Show the address").click()
    page.get_by_text("59 Acacia Road").first.wait_for()
