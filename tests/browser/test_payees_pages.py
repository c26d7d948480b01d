"""The pages of payees in a browser: what axe finds, what fits a phone, and a first load approved in one go."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from lewisham_ta.roles import TEAM_LEADER
from payments.models import BankDetails
from payments.payees import services
from payments.payees.selectors import Account
from tests.factories import BankDetailsFactory, LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def leader(page, live_server, client):
    leader = UserFactory(first_name="Dee", last_name="Invented", groups=[TEAM_LEADER])
    client.force_login(leader)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return leader


@pytest.fixture
def change():
    """A payee with a lease and an account in use, and another account that waits."""
    current = BankDetailsFactory()
    LeaseFactory(payee=current.payee)
    return services.request_bank_change(
        payee_id=current.payee_id,
        account=Account("089999", "66374958", "ADA INVENTED"),
        reason="Letter of 20 November.",
        seen_current=current.pk,
        by=UserFactory(),
        now=NOW,
    )


def test_the_pages_are_accessible_and_fit_a_phone(page, live_server, leader, change, accessible, fits_a_phone):
    ref = change.payee.party.ref
    BankDetailsFactory(waiting=True)
    for url in (
        reverse("payees:list"),
        reverse("payees:detail", args=[ref]),
        reverse("payees:add"),
        reverse("payees:change", args=[ref]),
        reverse("payees:request_change", args=[ref]),
        reverse("payees:request", args=[change.pk]),
        reverse("payees:approvals"),
        reverse("payees:account_check"),
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + url)
        accessible(page)
        fits_a_phone(page)


def test_a_first_load_is_approved_with_one_tick(page, live_server, leader):
    BankDetailsFactory.create_batch(60, waiting=True)
    page.goto(live_server.url + reverse("payees:approvals"))
    page.get_by_label("Select all on this page").check()
    page.get_by_text("60 accounts selected").wait_for()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("60 first accounts approved.").wait_for()
    assert BankDetails.objects.filter(is_current=True).count() == 60


def test_a_change_is_rung_about_and_approved(page, live_server, leader, change, accessible):
    page.goto(live_server.url + reverse("payees:request", args=[change.pk]))
    page.get_by_role("button", name="Record the call-back").click()
    page.get_by_text("There is a problem").wait_for()
    accessible(page)
    page.get_by_label("Who confirmed it").fill("Spoke to Ada, confirmed.")
    page.get_by_role("button", name="Record the call-back").click()
    page.get_by_text("rang 020 7946 0000").wait_for()
    page.get_by_role("button", name="Approve this account").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("Approved.", exact=True).wait_for()
    change.refresh_from_db()
    assert change.is_current
