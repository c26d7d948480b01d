"""Payments and batches in a browser: every page read by axe and on a phone, and a batch made, sent and answered."""

import os

import pytest
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import roles
from payments.batches import services
from payments.batches.models import Batch, Payment
from tests.factories import BankDetailsFactory, PartyFactory, UserFactory
from tests.payments.batches.factories import PaymentFactory, a_remittance, open_batch, sent_batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leader(client, page, live_server):
    """A team leader who is logged in."""
    user = UserFactory(groups=[roles.TEAM_LEADER])
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return user


def payments(count):
    names = ["Brightstone Homes", "Harbour Lettings", "Oakwell Housing", "Kestrel Estates"]
    return [
        PaymentFactory(
            bank_details=BankDetailsFactory(payee__party=PartyFactory(ref=f"B{n:03d}", name=f"{names[n % 4]} {n}"))
        )
        for n in range(1, count + 1)
    ]


def test_every_page_is_accessible_and_fits_a_phone(page, live_server, leader, accessible, fits_a_phone):
    one, two, three, four = payments(4)
    services.stop_payments(payee=four.payee, reason="Court order of 2 Nov", by=leader, now=timezone.now())
    returned = PaymentFactory(
        state="returned", returned_on="2026-11-23", return_reason="Account closed", source="CONTROC 2026-09"
    )
    waiting = open_batch(one)
    sent = sent_batch(two, three, now=timezone.now())
    unconfirmed = a_remittance(email_to="landlord@example.org", claimed_at=timezone.now())
    urls = [
        reverse("batches:payment_list"),
        reverse("batches:returned_list"),
        reverse("batches:payment_detail", args=[returned.pk]),
        reverse("batches:payment_detail", args=[four.pk]),
        reverse("batches:list"),
        reverse("batches:detail", args=[waiting.number]),
        reverse("batches:detail", args=[sent.number]),
        reverse("batches:remittance_list", args=[unconfirmed.batch.number]),
        reverse("batches:record_outcome", args=[sent.items.first().pk]),
    ]
    for number, url in enumerate(urls):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + url)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{number}.png", full_page=True)
        accessible(page)
        fits_a_phone(page)


def test_ticked_payments_are_batched_sent_and_one_is_recorded_as_returned(page, live_server, leader):
    payments(3)
    page.goto(live_server.url + reverse("batches:payment_list"))
    page.get_by_label("Select LBL PSL").first.check()
    page.get_by_role("button", name="Make a batch of these").click()
    page.get_by_role("button", name="Send 1 payment for £1,550.00").click()
    page.get_by_role("dialog").get_by_text("Send B000001 with 1 payment for £1,550.00").wait_for()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("B000001 is sent and locked.").wait_for()
    page.get_by_role("link", name="Record outcome").click()
    page.get_by_label("Returned", exact=True).check()
    page.get_by_label("On").fill(timezone.localdate().isoformat())
    page.get_by_label("Why it was returned").fill("Account closed")
    page.get_by_role("button", name="Record").click()
    page.get_by_role("cell", name="Account closed").wait_for()
    assert Batch.objects.get().status == "sent"
    assert Payment.objects.filter(state="returned").count() == 1
