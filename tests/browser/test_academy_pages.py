"""Academy in a browser: exceptions ticked and settled, a match compared and confirmed, with axe and on a phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import AcademyFinding, Booking
from tests.factories import AcademyAccountFactory, BookingFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(page, live_server, client):
    officer = UserFactory()
    client.force_login(officer)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return officer


def placed(**fields):
    return BookingFactory(starts_on=timezone.localdate() - timedelta(days=3), ends_on=None, **fields)


def test_exceptions_are_settled_and_a_match_is_confirmed(page, live_server, officer, accessible, fits_a_phone):
    suspended = placed()
    AcademyAccountFactory(claim_ref=suspended.academy_ref, status="suspended")
    lonely = placed(academy_ref="")
    main = lonely.household.members.get()
    account = AcademyAccountFactory(claim_ref="C1", surname=main.surname, forename="Ada", born_on=main.born_on)

    page.goto(live_server.url + reverse("academy:list") + "?kind=stopped")
    accessible(page)
    page.locator("tbody input[name=selected]").check()
    page.get_by_label("What was done").fill("Asked Housing Benefit")
    page.get_by_role("button", name="Settle").click()
    page.get_by_text("1 exception is settled.").wait_for()
    assert AcademyFinding.objects.get().booking == suspended

    page.get_by_role("link", name="Matches to confirm").click()
    page.get_by_text("Name and date of birth").wait_for()
    accessible(page)
    page.get_by_role("link", name=f"Compare and confirm {lonely.ref} with C1").click()
    page.get_by_role("button", name="Confirm the match").click()
    page.get_by_text(f"{lonely.ref} has Academy account C1.").wait_for()
    assert Booking.objects.get(pk=lonely.pk).academy_ref == account.claim_ref

    page.goto(live_server.url + reverse("academy:account_detail", args=["C1"]))
    accessible(page)
    fits_a_phone(page)
    page.goto(live_server.url + reverse("academy:list") + "?state=all")
    fits_a_phone(page)
