"""A line on which nobody was there for some nights, paid for the other nights only."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from bookings.models import NightsConfirmed
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from payments.invoices import services
from payments.invoices.exports.checks import checks_csv
from payments.invoices.selectors.expected import missing_nights, overdue_nights
from payments.models import NightClaim, OverpaymentCase, Payment
from tests.factories import UserFactory
from tests.payments.invoices.factories import NOW, TENTH, THIRD, approved, billed, booking, decide, do, load, provider

pytestmark = pytest.mark.django_db

FIFTH, EIGHTH = date(2026, 3, 5), date(2026, 3, 8)
WHY = "The provider said that nobody was there: 5 Mar to 7 Mar."


def away(stay, starts_on=FIFTH, ends_on=EIGHTH):
    said = {"how": "ticked", "confirmed_by": UserFactory(), "confirmed_at": NOW}
    NightsConfirmed.objects.create(booking=stay, starts_on=starts_on, ends_on=ends_on, was_there=False, **said)


@pytest.fixture
def stay():
    """Seven nights at £60.00, and nobody there on three."""
    made = booking()
    away(made)
    return made


@pytest.fixture
def invoice(stay, officer):
    return load(stay.unit.provider, billed(stay), by=officer)


def live(invoice):
    claims = NightClaim.objects.filter(line__invoice=invoice, is_live=True).order_by("starts_on")
    return list(claims.values_list("starts_on", "ends_on"))


def test_the_other_nights_are_claimed_and_paid_and_the_check_says_what_it_said(invoice, officer):
    before = checks_csv(date(2026, 3, 1))
    decide(invoice, "but_away", reason=WHY, by=officer)
    line = invoice.lines.get()
    assert (line.decision, line.paid_nights, line.paid_net) == ("but_away", 4, Decimal("240.00"))
    assert (line.payable_nights, line.payable_net, line.adjusted_net) == (7, Decimal("420.00"), Decimal("-180.00"))
    assert live(invoice) == [(THIRD, FIFTH), (EIGHTH, TENTH)]
    assert checks_csv(date(2026, 3, 1)) == before
    assert AuditEvent.objects.get(action="invoice.decided").detail["nights_left_out"] == 3


def test_what_has_no_night_away_or_no_other_is_not_decided_so(officer):
    of = provider()
    plain, gone = booking(of), booking(of)
    away(gone, THIRD, TENTH)
    invoice = load(of, billed(plain), billed(gone), by=officer)
    with pytest.raises(Refused, match="The provider said of no payable night that nobody was there"):
        decide(invoice, "but_away", 1, reason="x", by=officer)
    with pytest.raises(Refused, match="Nobody was there on any payable night"):
        decide(invoice, "but_away", 2, reason="x", by=officer)


def test_it_says_why(invoice, officer):
    with pytest.raises(Refused, match="Say why the nights away are left out"):
        decide(invoice, "but_away", by=officer)


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ({"rate": Decimal("50.00")}, ("200.00", "0.00")),
        ({"rate": Decimal("65.00")}, ("240.00", "0.00")),
        ({"rate": Decimal("60.00"), "vat": Decimal("84.00")}, ("240.00", "48.00")),
        ({"rate": Decimal("50.00"), "vat": Decimal("84.00")}, ("200.00", "40.00")),
    ],
)
def test_no_more_is_paid_for_a_night_than_was_billed_or_agreed(facts, paid, officer):
    stay = booking(provider(vat="standard"))
    away(stay)
    invoice = load(stay.unit.provider, billed(stay, **facts), by=officer)
    decide(invoice, "but_away", reason=WHY, by=officer)
    line = invoice.lines.get()
    assert (str(line.paid_net), str(line.paid_vat)) == paid


def test_the_payment_and_its_advice_are_of_the_other_nights(invoice, stay, officer, leader):
    decide(invoice, "but_away", reason=WHY, by=officer)
    do(services.recheck, invoice, by=officer)
    assert invoice.lines.get().decision == "but_away"
    assert live(invoice) == [(THIRD, FIFTH), (EIGHTH, TENTH)]
    approved(invoice, officer=officer, leader=leader)
    payment = Payment.objects.get()
    assert payment.net == Decimal("240.00")
    shown = [(line["held"], Decimal(line["amount"])) for line in payment.advice["lines"]]
    assert sum(amount for is_held, amount in shown if not is_held) == Decimal("240.00")
    assert sum(amount for is_held, amount in shown if is_held) == Decimal("180.00")  # not paid, and said
    assert services.find_overpaid(by=None, now=NOW) == 0
    stay.ends_on = date(2026, 3, 9)
    stay.save()
    services.find_overpaid(by=None, now=NOW)
    case = OverpaymentCase.objects.get()
    assert (case.nights, case.amount) == (1, Decimal("60.00"))


def test_another_decision_takes_the_nights_up_again_unless_they_are_somebody_elses(invoice, stay, officer, leader):
    decide(invoice, "but_away", reason=WHY, by=officer)
    decide(invoice, "pass", 1, reason="They were there after all", by=leader)
    assert live(invoice) == [(THIRD, TENTH)]
    assert invoice.lines.get().paid_net == Decimal("420.00")
    decide(invoice, "but_away", 1, reason=WHY, by=officer)
    other = load(stay.unit.provider, billed(stay, starts_on=FIFTH, ends_on=EIGHTH), number="INV-2", by=officer)
    assert other.lines.get().payable_nights == 3
    with pytest.raises(Refused, match="claimed by another invoice line already"):
        decide(invoice, "pass", 1, reason="x", by=leader)
    decide(invoice, "reject", 1, reason="x", by=officer)
    assert live(invoice) == []
    decide(invoice, "but_away", 1, reason=WHY, by=officer)
    assert live(invoice) == [(THIRD, FIFTH), (EIGHTH, TENTH)]


def test_who_was_there_after_all_is_checked_again_before_it_is_handed_on(invoice, officer):
    decide(invoice, "but_away", reason=WHY, by=officer)
    NightsConfirmed.objects.update(was_there=True)
    with pytest.raises(Refused, match="the nights that are payable are not those that it claims"):
        do(services.submit, invoice, by=officer)
    do(services.recheck, invoice, by=officer)
    line = invoice.lines.get()
    assert (line.decision, line.paid_net) == ("pass", Decimal("420.00"))
    assert live(invoice) == [(THIRD, TENTH)]


def test_a_night_away_that_is_not_paid_is_expected_on_no_invoice(invoice, officer):
    decide(invoice, "but_away", reason=WHY, by=officer)
    assert missing_nights(TENTH) == []
    assert overdue_nights(TENTH) == []


def test_the_page_offers_the_other_nights_and_says_what_was_left_out(client, invoice, officer):
    client.force_login(officer)
    url, line = reverse("invoices:detail", args=[invoice.pk]), invoice.lines.get()
    assert "Pay £240.00 for the 4 other nights" in client.get(url).content.decode()
    client.post(reverse("invoices:decide", args=[invoice.pk]), {"seen_version": 1, f"line-{line.pk}": "but_away"})
    line.refresh_from_db()
    assert (line.decision, line.reason) == ("but_away", WHY)
    said = f"3 nights away left out by {officer}, £240.00 of £420.00 paid"
    assert said in client.get(url).content.decode()
    assert said in client.get(reverse("invoices:line", args=[line.pk])).content.decode()
