"""What invoices add to a booking: its lines on its page, and at once what was paid for nights that fell away."""

import pytest
from django.urls import reverse

from payments.batches import services as batches
from payments.invoices import services
from payments.models import OverpaymentCase, Payment
from tests.factories import HouseholdFactory
from tests.payments.invoices.factories import NOW, approved, billed, booking, do, load

pytestmark = pytest.mark.django_db
PAGES = {
    "depart": {"departed_on": "8/3/2026"},
    "cancel": {"why": "Never came", "sure": "on"},
    "no_show": {"why": "Never came", "sure": "on"},
}


@pytest.fixture
def stay():
    return booking()


@pytest.fixture
def invoice(stay, officer):
    return load(stay.unit.provider, billed(stay), by=officer)


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return client


def change(client, stay, verb, **typed):
    """Do something to the booking on its page; what is said then."""
    url = reverse(f"bookings:{verb}", args=[stay.ref])
    page = client.post(url, {"seen": client.get(url).context["form"]["seen"].value()} | typed, follow=True)
    return " ".join(str(message) for message in page.context["messages"])


@pytest.mark.parametrize(("verb", "amount"), [("depart", "£120.00"), ("cancel", "£420.00"), ("no_show", "£420.00")])
def test_what_was_paid_beyond_a_departure_is_said_and_an_overpayment_at_once(
    verb, amount, signed_in, stay, invoice, officer, leader
):
    approved(invoice, officer=officer, leader=leader)
    for state in ("batched", "sent"):
        Payment.objects.update(state=state)
    said = change(signed_in, stay, verb, **PAGES[verb])
    case = OverpaymentCase.objects.get()
    assert f"{amount} was paid beyond that: overpayment O{case.pk:06d} is open." in said
    assert services.find_overpaid(by=None, now=NOW) == 0
    assert "not sent" not in said
    page = signed_in.get(reverse("bookings:detail", args=[stay.ref])).content.decode()
    assert f'href="{reverse("overpayments:detail", args=[case.pk])}"' in page


def test_what_is_not_sent_yet_is_to_be_stopped(signed_in, stay, invoice, officer, leader):
    approved(invoice, officer=officer, leader=leader)
    said = change(signed_in, stay, "depart", **PAGES["depart"])
    assert "Invoice INV-1 is approved and not sent to be paid yet: have its payment withdrawn" in said
    batches.withdraw(payment_id=Payment.objects.get().pk, reason="Left early", by=leader, now=NOW)
    services.find_overpaid(by=None, now=NOW)
    assert OverpaymentCase.objects.get().status == "dropped"


def test_what_is_being_checked_is_to_be_checked_again(signed_in, stay, invoice):
    assert "Invoice INV-1 (being checked) bills nights beyond that: check it again." in change(
        signed_in, stay, "depart", **PAGES["depart"]
    )
    assert not OverpaymentCase.objects.exists()


def test_a_departure_that_nothing_was_paid_beyond_says_nothing_of_it(signed_in, stay, invoice):
    said = change(signed_in, stay, "depart", departed_on="10/3/2026")
    assert said == "The departure is recorded. The unit is free from that night on."


def test_what_was_taken_back_by_mistake_leaves_no_overpayment(signed_in, stay, invoice, officer, leader):
    approved(invoice, officer=officer, leader=leader)
    change(signed_in, stay, "no_show", **PAGES["no_show"])
    change(signed_in, stay, "reinstate", why="They came after all")
    assert OverpaymentCase.objects.get().status == "dropped"


def test_the_page_of_a_booking_lists_its_invoice_lines(
    signed_in, stay, invoice, officer, django_assert_max_num_queries
):
    url = reverse("bookings:detail", args=[stay.ref])
    page = signed_in.get(url).content.decode()
    line = reverse("invoices:line", args=[invoice.lines.get().pk])
    assert f'<a href="{line}">INV-1, line 1</a>' in page
    assert "3 Mar to 9 Mar 2026" in page
    assert "Being checked" in page
    with django_assert_max_num_queries(60) as before:
        signed_in.get(url)
    for number in range(2, 6):
        do(services.reject, load(stay.unit.provider, billed(stay), number=f"X-{number}"), by=officer, reason="Twice")
    with django_assert_max_num_queries(60) as after:
        signed_in.get(url)
    assert len(after) == len(before)


def test_of_a_confidential_household_no_invoice_is_named(signed_in, officer):
    stay = booking(household=HouseholdFactory(is_confidential=True))
    load(stay.unit.provider, billed(stay), by=officer, number="ELD/11")
    page = signed_in.get(reverse("bookings:detail", args=[stay.ref])).content.decode()
    assert "Invoice lines that bill this booking" in page
    assert "ELD/11" not in page
    assert "An invoice (being checked)" in change(signed_in, stay, "depart", **PAGES["depart"])
