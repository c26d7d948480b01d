"""Invoices in a browser: every page read by axe and on a phone, and one from its load to its payment."""

import os
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from bookings.models import NightsConfirmed
from payments.invoices import services
from tests.factories import UserFactory
from tests.payments.invoices.factories import NOW, billed, booking, do, load, provider

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(user, client, page, live_server):
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return user


@pytest.fixture
def officer(client, page, live_server):
    return sign_in(UserFactory(username="officer"), client, page, live_server)


def shot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def every_fault(officer):
    """An invoice of a provider with VAT with every kind of fault, and lines that agree."""
    of = provider(vat="standard", party__name="Citywide Rooms Ltd")
    of.party.vat_number = "GB685437701"
    of.party.save()
    stays = [booking(of, academy_ref="") if n == 4 else booking(of) for n in range(18)]
    for stay in stays[6:16]:
        NightsConfirmed.objects.create(
            booking=stay,
            starts_on=stay.starts_on,
            ends_on=stay.ends_on,
            was_there=True,
            how="ticked",
            confirmed_by=officer,
            confirmed_at=NOW,
        )
    vat = Decimal("84.00")
    first = load(of, billed(stays[0], vat=vat), number="NP-2231", by=officer)
    lines = [
        billed(name="Ann Example", unit="Room 4, Alderney Lodge", ref="T49221", vat=vat),
        billed(stays[0], vat=vat, unit="Room 19, Seven Sisters House"),
        billed(stays[1], ends_on=date(2026, 3, 12), vat=vat),
        billed(stays[2], rate=Decimal("67.50"), vat=vat),
        billed(stays[3], vat=Decimal("94.50")),
        billed(stays[4], vat=vat),
        billed(stays[5], nights=6, net=Decimal("420.00"), vat=vat),
        *[billed(stay, vat=vat, unit=f"Room {n}, Wightman Road") for n, stay in enumerate(stays[6:16])],
        billed(stays[16], vat=vat),
    ]
    second = load(of, *lines, number="NP-2247", stated_total=Decimal("9999.00"), by=officer)
    return first, second


def test_every_page_is_accessible_and_fits_a_phone(page, live_server, officer, accessible, fits_a_phone):
    first, second = every_fault(officer)
    do(services.submit, first, by=officer)
    check = reverse("invoices:detail", args=[second.pk])
    urls = {
        "list": reverse("invoices:list"),
        "check": check,
        "agreed": f"{check}?show=agreed",
        "line": reverse("invoices:line", args=[second.lines.get(number=3).pk]),
        "ready": reverse("invoices:detail", args=[first.pk]),
        "reject": reverse("invoices:reject", args=[second.pk]),
    }
    for name, url in urls.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + url)
        shot(page, name)
        accessible(page)
        fits_a_phone(page)
        shot(page, f"{name}-320")
