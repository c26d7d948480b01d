"""A line whose only fault is money, paid as billed: within the tolerance by the officer, above it by who leads."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from lewisham_ta import roles
from lewisham_ta.models import AuditEvent, Setting
from lewisham_ta.refusals import Refused
from payments.invoices import services
from payments.invoices.exports.checks import checks_csv
from payments.invoices.selectors import pages
from payments.models import Invoice, NightClaim, OverpaymentCase, Payment
from tests.factories import ProviderFactory, UserFactory
from tests.payments.invoices.factories import NOW, approved, billed, booking, decide, do, load, provider

pytestmark = pytest.mark.django_db

PENNIES, POUNDS = Decimal("60.10"), Decimal("65.00")  # 70p and £35.00 over on the line


@pytest.fixture
def manager():
    return UserFactory(username="manager", groups=[roles.SERVICE_MANAGER])


def over(officer, rate=PENNIES, **facts):
    """An invoice of one line, billed over the agreed £60.00 a night."""
    stay = booking()
    return load(stay.unit.provider, billed(stay, rate=rate, **facts), by=officer)


def test_within_the_tolerance_the_officer_passes_a_line_as_billed_without_a_reason(officer):
    invoice = over(officer)
    before = checks_csv(date(2026, 3, 1))
    decide(invoice, "as_billed", by=officer)
    line = invoice.lines.get()
    assert (line.decision, line.decided_by, line.reason) == ("as_billed", officer, "")
    assert (line.codes, line.payable_nights, line.payable_net) == (["RATE_OVER"], 7, Decimal("420.00"))
    assert (line.adjusted_net, line.paid_net, line.paid_nights) == (Decimal("0.70"), Decimal("420.70"), 7)
    assert checks_csv(date(2026, 3, 1)) == before
    assert AuditEvent.objects.get(action="invoice.decided").detail["over"] == "0.70"


def test_above_the_tolerance_only_who_leads_passes_it_and_says_why(officer, manager):
    invoice = over(officer, POUNDS)
    with pytest.raises(
        Refused, match=r"£35\.00 over what is payable is above the tolerance of £1\.00: only a team lea"
    ):
        decide(invoice, "as_billed", reason="Agreed by telephone", by=officer)
    with pytest.raises(Refused, match=r"Say why £35\.00 more than is payable is paid"):
        decide(invoice, "as_billed", by=manager)
    decide(invoice, "as_billed", reason="Agreed by telephone", by=manager)
    assert invoice.lines.get().paid_net == Decimal("455.00")


def test_the_tolerance_is_that_of_the_day(officer):
    invoice = over(officer, POUNDS)
    Setting.objects.create(name="invoice_tolerance", value="35.00", from_on=NOW.date(), set_by=officer, set_at=NOW)
    decide(invoice, "as_billed", by=officer)
    assert invoice.lines.get().decision == "as_billed"


def test_only_money_is_passed_over(officer, leader):
    of = ProviderFactory()
    lines = [
        billed(booking(of)),
        billed(booking(of, ends_on=date(2026, 3, 9)), ends_on=date(2026, 3, 10)),
        billed(booking(of, academy_ref=""), rate=POUNDS),
        billed(booking(of), vat=Decimal("84.00")),
        billed(booking(of), nights=8, ends_on=date(2026, 3, 10)),
        billed(),
    ]
    invoice = load(of, *lines, by=officer)
    with pytest.raises(Refused, match="payable as billed: pass it"):
        decide(invoice, "as_billed", 1, reason="x", by=leader)
    for number in (2, 3, 4, 5, 6):
        with pytest.raises(Refused, match="only where all its nights are payable and nothing but the rate"):
            decide(invoice, "as_billed", number, reason="x", by=leader)


def test_vat_over_what_is_due_and_a_sum_that_is_wrong_are_money_and_the_sum_asks_why(officer):
    of = provider(vat="standard")
    invoice = load(
        of,
        billed(booking(of), vat=Decimal("84.50")),
        billed(booking(of), net=Decimal("420.50"), vat=Decimal("84.00")),
        by=officer,
    )
    assert [line.codes for line in invoice.lines.order_by("number")] == [["VAT_OVER"], ["ARITHMETIC"]]
    decide(invoice, "as_billed", 1, by=officer)
    with pytest.raises(Refused, match="Say why the line is passed although"):
        decide(invoice, "as_billed", 2, by=officer)
    decide(invoice, "as_billed", 2, reason="A rounding", by=officer)
    paid = [(line.paid_net, line.paid_vat) for line in invoice.lines.order_by("number")]
    assert paid == [(Decimal("420.00"), Decimal("84.50")), (Decimal("420.50"), Decimal("84.00"))]


def test_the_payment_its_coding_and_its_advice_are_what_was_billed(officer, leader):
    of = provider(vat="standard", party__vat_number="GB999000111")
    lines = [billed(booking(of), rate=PENNIES, vat=Decimal("84.20")), billed(booking(of), vat=Decimal("84.00"))]
    invoice = load(of, *lines, by=officer)
    decide(invoice, "as_billed", by=officer)
    assert pages.invoices().get().payable == Decimal("1008.90")
    approved(invoice, officer=officer, leader=leader)
    payment = Payment.objects.get()
    assert (payment.net, payment.vat) == (Decimal("840.70"), Decimal("168.20"))
    assert sum(Decimal(amount) for amount in payment.coding.values()) == payment.net
    told = payment.advice["lines"]
    assert sum(Decimal(line["amount"]) for line in told) == Decimal("1008.90")


def test_whoever_passed_it_over_does_not_approve_it(officer, leader, manager):
    invoice = over(officer, POUNDS)
    decide(invoice, "as_billed", reason="Agreed", by=leader)
    do(services.submit, invoice, by=officer)
    with pytest.raises(Refused, match="someone else must approve it"):
        do(services.approve, invoice, by=leader)
    assert do(services.approve, invoice, by=manager).status == "approved"


def test_what_changes_in_the_check_is_decided_anew_and_another_decision_takes_the_excess_back(officer):
    invoice = over(officer)
    decide(invoice, "as_billed", by=officer)
    do(services.recheck, invoice, by=officer)
    assert invoice.lines.get().paid_net == Decimal("420.70")
    decide(invoice, "short_pay", 1, by=officer)
    assert invoice.lines.get().paid_net == Decimal("420.00")
    decide(invoice, "as_billed", 1, by=officer)
    invoice.lines.get().booking.rates.update(amount=Decimal("60.05"))
    with pytest.raises(Refused, match="The bookings changed since the check"):
        do(services.submit, invoice, by=officer)
    do(services.recheck, invoice, by=officer)
    line = invoice.lines.get()
    assert (line.decision, line.paid_net, line.adjusted_net) == ("undecided", Decimal("420.35"), Decimal("0.00"))


def test_the_excess_is_no_overpayment_until_no_night_is_due(officer, leader):
    invoice = over(officer)
    stay = invoice.lines.get().booking
    decide(invoice, "as_billed", by=officer)
    approved(invoice, officer=officer, leader=leader)
    assert services.find_overpaid(by=None, now=NOW) == 0
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    services.find_overpaid(by=None, now=NOW)
    case = OverpaymentCase.objects.get()
    assert (case.nights, case.amount) == (2, Decimal("120.00"))
    assert "£420.70 paid, £300.70 due" in case.lines.get().words
    stay.status = "cancelled"
    stay.save()
    services.find_overpaid(by=None, now=NOW)
    assert sum(case.amount for case in OverpaymentCase.objects.all()) == Decimal("420.70")


def test_the_nights_are_claimed_once_as_ever(officer):
    invoice = over(officer)
    decide(invoice, "as_billed", by=officer)
    claim = NightClaim.objects.get()
    again = load(invoice.provider, billed(claim.booking, rate=PENNIES), number="INV-2", by=officer)
    assert again.lines.get().codes == ["ALREADY_CLAIMED"]


def shown(client, invoice):
    return " ".join(client.get(reverse("invoices:detail", args=[invoice.pk])).content.decode().split())


def test_the_page_offers_it_to_who_may_and_says_what_was_passed_over_by_whom_and_why(client, officer, leader):
    invoice = over(officer, POUNDS)
    line = invoice.lines.get()
    client.force_login(officer)
    assert "Pass as billed" not in shown(client, invoice)
    client.force_login(leader)
    assert "Pass as billed £455.00, £35.00 over" in shown(client, invoice)
    version = Invoice.objects.get().version
    typed = {"seen_version": version, f"line-{line.pk}": "as_billed", "reason_each": "Agreed by telephone"}
    assert client.post(reverse("invoices:decide", args=[invoice.pk]), typed).status_code == 302
    said = f"Passed as billed, £35.00 over the agreed, by {leader}: Agreed by telephone"
    assert said in shown(client, invoice)
    assert said in " ".join(client.get(reverse("invoices:line", args=[line.pk])).content.decode().split())
    do(services.submit, invoice, by=officer)
    client.force_login(UserFactory(username="second", groups=[roles.TEAM_LEADER]))
    assert said in shown(client, invoice)
    assert "Approve £455.00" in shown(client, invoice)


def test_the_officer_is_offered_it_within_the_tolerance(client, officer):
    client.force_login(officer)
    assert "Pass as billed £420.70, £0.70 over" in shown(client, over(officer))
