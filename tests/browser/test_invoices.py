"""Invoices in a browser: every page read by axe and on a phone, and one from its load to its payment."""

import os
import time
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from bookings.models import NightsConfirmed
from lewisham_ta import pdf, roles
from payments.invoices import services
from payments.models import Payment
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


UNKNOWN_LAYOUT = (
    "Citywide Rooms Ltd,,,,,,\nInvoice number,NP-7,,,,,\nGuest of,Where,Night one,Leaves,How many,Each,Sum\n"
)


def as_csv(stays):
    rows = [
        f"{stay.ref},{stay.unit.ref},03/03/2026,10/03/2026,7,{rate},{net}"
        for stay, rate, net in zip(
            stays, ["60.00", "65.00", "66.00", "60.00"], ["420.00", "455.00", "462.00", "430.00"], strict=True
        )
    ]
    return (UNKNOWN_LAYOUT + "\n".join(rows) + "\n").encode()


def test_an_invoice_of_an_unknown_layout_is_loaded_decided_queried_submitted_and_approved(
    page, window, client, live_server, officer, accessible
):
    of = provider(party__name="Citywide Rooms Ltd", party__ref="PRCITY", party__email="accounts@example.org")
    stays = [booking(of) for _ in range(4)]
    page.goto(live_server.url + reverse("invoices:list"))
    page.get_by_role("link", name="Load an invoice").click()
    page.get_by_label("Provider").fill("PRCITY")
    page.get_by_label("File").set_input_files({"name": "march.csv", "mimeType": "text/csv", "buffer": as_csv(stays)})
    accessible(page)
    page.get_by_role("button", name="Go on").click()
    for heading, field in [
        ("Guest of", "Booking reference"),
        ("Where", "Unit"),
        ("Night one", "First night"),
        ("Leaves", "End"),
        ("How many", "Nights"),
        ("Each", "Nightly rate"),
        ("Sum", "Net"),
    ]:
        page.get_by_label(heading, exact=True).select_option(field)
    page.get_by_label("The end is").select_option("The morning of departure, not charged")
    shot(page, "columns")
    accessible(page)
    page.get_by_role("button", name="Read it again so").click()
    page.get_by_role("heading", name="4 lines read").wait_for()
    page.get_by_label("Number").fill("NP-7")
    page.get_by_role("button", name="Confirm, load and check 4 lines").click()
    page.get_by_text("Invoice NP-7 is loaded and checked.").wait_for()
    # Two at once, with the figure on the bar and on the button.
    page.get_by_label("Select row 2").check()
    page.get_by_label("Select row 3").click(modifiers=["Shift"])
    page.get_by_role("button", name="Pass 0 lines for £0.00").wait_for()  # both are billed above the agreed rate
    shot(page, "bulk")
    accessible(page)
    page.get_by_role("button", name="Short-pay").click()
    page.get_by_text("2 lines decided.").wait_for()
    # One by one.
    page.get_by_label("Decision for row 4").select_option("Query with provider")
    page.get_by_role("button", name="Save the decisions chosen").click()
    page.get_by_text("1 line decided.").wait_for()
    page.get_by_role("button", name="Submit £1,260.00").click()
    page.get_by_text("1 line is in query").wait_for()
    shot(page, "refused")
    page.get_by_role("link", name="Query the provider").click()
    shot(page, "query")
    accessible(page)
    page.get_by_role("button", name="E-mail it to accounts@example.org").click()
    page.get_by_role("link", name="Record the answer").click()
    page.get_by_label("What the provider answered").fill("Our typing error: £420.00 is right.")
    page.get_by_role("button", name="Record the answer").click()
    page.get_by_label("Decision for row 4").select_option("Short-pay £420.00")
    page.get_by_role("button", name="Save the decisions chosen").click()
    page.get_by_role("button", name="Submit £1,680.00").click()
    page.get_by_text("someone else approves it").wait_for()
    # Another person approves it.
    other = window()
    sign_in(UserFactory(username="leader", groups=[roles.TEAM_LEADER]), client, other, live_server)
    other.goto(page.url)
    other.get_by_role("button", name="Approve £1,680.00").click()
    other.get_by_role("button", name="Yes").click()
    other.get_by_text("its payment can be batched").wait_for()
    shot(other, "approved")
    other.get_by_role("link", name="Payment of £1,680.00").click()
    assert Payment.objects.get().net == Decimal("1680.00")


def test_lines_are_decided_by_the_keyboard_and_the_button_counts_what_will_be_passed(
    page, live_server, officer, accessible
):
    of = provider()
    stays = [booking(of), booking(of, academy_ref=""), booking(of)]
    rates = [Decimal("65.00"), Decimal("60.00"), Decimal("65.00")]
    invoice = load(of, *[billed(stay, rate=rate) for stay, rate in zip(stays, rates, strict=True)], by=officer)
    page.goto(live_server.url + reverse("invoices:detail", args=[invoice.pk]))
    page.get_by_label("Select row 1").focus()
    page.keyboard.press("?")
    page.get_by_text("In the table:").wait_for()
    accessible(page)
    page.keyboard.press("p")  # not to be had for this line
    page.keyboard.press("s")
    page.keyboard.press("j")
    page.keyboard.press("q")
    assert page.get_by_label("Decision for row 1").input_value() == "short_pay"
    assert page.get_by_label("Decision for row 3").input_value() == "query"
    shot(page, "keys")
    page.keyboard.press("u")
    page.keyboard.press("Control+Enter")
    page.get_by_text("1 line decided.").wait_for()
    assert list(invoice.lines.order_by("number").values_list("decision", flat=True)) == [
        "short_pay", "undecided", "undecided"
    ]  # fmt: skip
    for number in (1, 2, 3):
        page.get_by_label(f"Select row {number}").check()
    page.get_by_role("button", name="Pass 0 lines for £0.00").wait_for()
    page.get_by_label("Reason", exact=True).fill("The case officer has seen them")
    page.get_by_role("button", name="Pass 1 line for £420.00").click()
    page.get_by_text("1 line decided. 2 lines cannot be passed so").wait_for()


def _is_viewer(frame):
    return frame.url.startswith("chrome-extension:")


def test_lines_are_typed_beside_the_pdf_and_the_other_pages_are_accessible(
    page, live_server, officer, accessible, fits_a_phone
):
    of = provider(party__ref="PRCITY")
    booking(of)
    page.goto(live_server.url + reverse("invoices:load"))
    page.get_by_label("Provider").fill("PRCITY")
    page.get_by_label("Number of the invoice").fill("P-1")
    page.get_by_label("File").set_input_files(
        {"name": "march.pdf", "mimeType": "application/pdf", "buffer": pdf.from_html("<p>Invoice P-1</p>")}
    )
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Net, row 1", exact=True).wait_for()
    if page.evaluate("navigator.pdfViewerEnabled"):  # the browser's viewer has the document, in frames of its own
        deadline = time.monotonic() + 10
        while not any(frame.parent_frame and _is_viewer(frame.parent_frame) for frame in page.frames):
            assert time.monotonic() < deadline, "the PDF is not drawn"
            page.wait_for_timeout(100)
    shot(page, "typed")
    accessible(page)
    fits_a_phone(page)
    for name, url in {
        "expected": reverse("invoices:expected"),
        "chase": reverse("invoices:chase", args=[of.pk]),
    }.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + url)
        shot(page, name)
        accessible(page)
        fits_a_phone(page)
