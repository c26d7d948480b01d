"""The pages of properties and leases in a browser: a lease is handed back, rows are pasted, and axe sees every page."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from lewisham_ta.roles import TEAM_LEADER
from payments.models import Adjustment
from tests.factories import CertificateFactory, LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leader(page, live_server, client):
    leader = UserFactory(first_name="Dee", last_name="Invented", groups=[TEAM_LEADER])
    client.force_login(leader)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return leader


@pytest.fixture
def lease():
    lease = LeaseFactory(ref="LS1", ends_on=date(2026, 4, 1), property__ref="P1")
    lease.holds.create(starts_on=date(2026, 5, 1), reason="Ownership", must_act="Legal")
    lease.suspensions.create(starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 8), reason="Fire")
    lease.adjustments.create(month=date(2026, 5, 1), kind="credit", amount=Decimal("80.00"), narrative="Keys")
    CertificateFactory(property=lease.property, expires_on=date(2026, 5, 1))
    return lease


def test_every_page_of_the_room_is_accessible_and_fits_a_phone(
    page, live_server, leader, lease, accessible, fits_a_phone
):
    of_lease = ("lease_detail", "lease_change", "hand_back", "payee_change", "rent_set", "suspend", "hold")
    for address in (
        *(reverse(f"leases:{name}") for name in ("list", "property_list", "certificate_list", "adjustment_list")),
        *(reverse(f"leases:{name}") for name in ("cap_list", "adjustments_paste", "lease_add", "property_add")),
        *(reverse(f"leases:{name}", args=["LS1"]) for name in (*of_lease, "adjustment_add")),
        *(reverse(f"leases:{name}", args=["P1"]) for name in ("property_detail", "certificate_add")),
        reverse("leases:list") + "?on=31/02/2026",
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + address)
        accessible(page)
        fits_a_phone(page)


def test_a_lease_is_handed_back_with_the_keyboard_on_the_refusal(page, live_server, leader, lease, accessible):
    page.goto(live_server.url + reverse("leases:lease_detail", args=["LS1"]))
    page.get_by_role("link", name="Hand back").click()
    page.get_by_label("Keys returned").fill("2020-08-20")
    page.get_by_role("button", name="Record the keys").click()
    summary = page.get_by_role("alert")
    assert "the keys cannot be returned before that" in summary.inner_text()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    accessible(page)
    summary.get_by_role("link").click()
    assert page.evaluate("document.activeElement.name") == "keys_returned_on"
    page.get_by_label("Keys returned").fill("2026-08-20")
    page.get_by_role("button", name="Record the keys").click()
    page.get_by_text("The keys of LS1 are recorded as returned.").wait_for()
    page.get_by_text("Ended", exact=True).wait_for()


def test_rows_are_pasted_checked_mended_and_recorded(page, live_server, leader, lease, accessible, fits_a_phone):
    page.goto(live_server.url + reverse("leases:adjustments_paste"))
    rows = page.get_by_label("Rows from Excel")
    rows.fill("LS1\tRecharge\teighty\tBoiler")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("'eighty' is not an amount in pounds and pence.").wait_for()
    assert page.get_by_role("button", name="Record").count() == 0
    accessible(page)
    rows.fill("LS1\tRecharge\t80.00\tBoiler")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Record 1 adjustment").click()
    page.get_by_text("1 adjustment recorded").wait_for()
    assert Adjustment.objects.filter(kind="recharge", amount=Decimal("80.00")).count() == 1
