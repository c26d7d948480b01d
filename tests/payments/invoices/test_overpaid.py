"""What was paid and is now seen to be wrong becomes an overpayment by itself, once."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.batches import services as batches
from payments.invoices import services, tasks
from payments.invoices.selectors import line_page
from payments.models import Invoice, LineOverpayment, OverpaymentCase, Payment
from payments.overpayments import services as overpayments
from tests.factories import UserFactory
from tests.payments.invoices.factories import NOW, approved, billed, booking, load, provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(officer, leader):
    """A stay of seven nights at £60.00 that was paid."""
    made = booking()
    approved(load(made.unit.provider, billed(made), by=officer), officer=officer, leader=leader)
    return made


def find() -> int:
    return services.find_overpaid(by=None, now=NOW)


def test_a_booking_that_still_says_what_was_paid_is_no_case(stay):
    assert find() == 0
    assert not OverpaymentCase.objects.exists()


def test_a_booking_shortened_after_it_was_paid_is_a_case_once(stay):
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    assert (find(), find()) == (1, 0)
    case = OverpaymentCase.objects.get()
    assert (case.cause, case.nights, case.amount, case.found_by) == ("shortened", 2, Decimal("120.00"), None)
    assert case.payee.party == stay.unit.provider.party
    assert case.lines.get().words == (
        f"Invoice INV-1, line 1, {stay.ref}: 7 nights paid, 5 booked, left 8 Mar 2026; "
        "£420.00 paid, £300.00 due by our bookings."
    )


def test_what_is_shortened_again_is_a_case_of_the_rest(stay):
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    find()
    stay.ends_on = date(2026, 3, 7)
    stay.save()
    assert find() == 1
    found = OverpaymentCase.objects.order_by("pk").values_list("cause", "nights", "amount")
    assert list(found) == [("shortened", 2, Decimal("120.00")), ("shortened", 1, Decimal("60.00"))]


def test_a_rate_corrected_after_nights_were_found_is_a_case_of_the_rate(stay):
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    find()
    stay.rates.update(amount=Decimal("55.00"))
    assert find() == 1
    case = OverpaymentCase.objects.order_by("-pk")[0]
    assert (case.cause, case.nights, case.amount) == ("rate", 0, Decimal("25.00"))


def statuses() -> list[tuple[str, Decimal]]:
    return list(OverpaymentCase.objects.order_by("pk").values_list("status", "amount"))


def test_a_booking_put_right_again_drops_its_case_and_is_found_again_when_it_is_wrong_again(stay):
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    find()
    stay.ends_on = date(2026, 3, 10)
    stay.save()
    assert (find(), statuses()) == (0, [("dropped", Decimal("120.00"))])
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    assert (find(), find()) == (1, 0)
    assert statuses() == [("dropped", Decimal("120.00")), ("found", Decimal("120.00"))]


def test_a_case_that_says_too_much_makes_way_for_one_of_what_is_left(stay):
    stay.status = "cancelled"
    stay.save()
    find()
    stay.status, stay.ends_on = "booked", date(2026, 3, 8)
    stay.save()
    assert (find(), find()) == (1, 0)
    assert statuses() == [("dropped", Decimal("420.00")), ("found", Decimal("120.00"))]


def test_what_the_payee_agreed_stands_while_any_of_it_does(stay, officer):
    stay.status = "cancelled"
    stay.save()
    find()
    overpayments.agree(case_id=OverpaymentCase.objects.get().pk, note="By telephone", by=officer, now=NOW)
    stay.status, stay.ends_on = "booked", date(2026, 3, 8)
    stay.save()
    assert (find(), statuses()) == (0, [("agreed", Decimal("420.00"))])
    stay.ends_on = date(2026, 3, 10)
    stay.save()
    assert (find(), statuses()) == (0, [("dropped", Decimal("420.00"))])


def test_of_a_case_that_is_dropped_the_other_bookings_are_found_anew_at_once(officer, leader):
    first = booking()
    other = booking(first.unit.provider, ends_on=date(2026, 3, 11))
    approved(load(first.unit.provider, billed(first), billed(other), by=officer), officer=officer, leader=leader)
    for each in (first, other):
        each.ends_on = date(2026, 3, 8)
        each.save()
    find()
    assert statuses() == [("found", Decimal("300.00"))]
    other.ends_on = date(2026, 3, 11)
    other.save()
    assert services.find_overpaid(booking_id=other.pk, by=None, now=NOW) == 1
    assert statuses() == [("dropped", Decimal("300.00")), ("found", Decimal("120.00"))]


def test_what_came_back_already_is_not_dropped(stay, officer, leader):
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    find()
    case = OverpaymentCase.objects.get().pk
    overpayments.agree(case_id=case, note="By telephone", by=officer, now=NOW)
    overpayments.recover(case_id=case, note="Credit note", by=leader, now=NOW)
    stay.ends_on = date(2026, 3, 10)
    stay.save()
    assert (find(), statuses()) == (0, [("recovered", Decimal("120.00"))])


def test_a_case_of_a_payment_that_never_left_ends_with_its_invoice(stay, leader):
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    find()
    batches.withdraw(payment_id=Payment.objects.get().pk, reason="Too much", by=leader, now=NOW)
    invoice = Invoice.objects.get()
    services.void(invoice_id=invoice.pk, reason="Billed again", seen_version=invoice.version, by=leader, now=NOW)
    assert statuses() == [("dropped", Decimal("120.00"))]


def test_a_payment_that_was_withdrawn_was_not_paid(stay, leader):
    payment = Payment.objects.get()
    batches.withdraw(payment_id=payment.pk, reason="Wrong account", by=leader, now=NOW)
    stay.ends_on = date(2026, 3, 8)
    stay.save()
    assert find() == 0


def test_a_booking_cancelled_after_it_was_paid_is_a_case_of_all_of_it(stay):
    stay.status = "cancelled"
    stay.save()
    find()
    case = OverpaymentCase.objects.get()
    assert (case.cause, case.nights, case.amount) == ("cancelled", 7, Decimal("420.00"))


def test_a_rate_corrected_after_it_was_paid_is_a_case_and_a_raised_one_is_not(stay):
    stay.rates.update(amount=Decimal("65.00"))
    assert find() == 0
    stay.rates.update(amount=Decimal("55.00"))
    tasks.find_overpaid()
    case = OverpaymentCase.objects.get()
    assert (case.cause, case.nights, case.amount) == ("rate", 0, Decimal("35.00"))


def test_vat_that_was_paid_on_it_is_overpaid_too(officer, leader):
    of = provider(vat="standard")
    of.party.vat_number = "GB685437701"
    of.party.save()
    made = booking(of)
    approved(load(of, billed(made, vat=Decimal("84.00")), by=officer), officer=officer, leader=leader)
    made.ends_on = date(2026, 3, 8)
    made.save()
    find()
    line = OverpaymentCase.objects.get().lines.get()
    assert (line.net, line.vat) == (Decimal("120.00"), Decimal("24.00"))


@pytest.mark.parametrize(("was", "becomes", "vat"), [("standard", "exempt", "84.00"), ("exempt", "standard", "0.00")])
def test_a_provider_that_changes_its_vat_reopens_nothing_that_was_paid(was, becomes, vat, officer, leader):
    of = provider(vat=was, party__vat_number="GB685437701")
    made = booking(of)
    invoice = load(of, billed(made, vat=Decimal(vat)), by=officer)
    approved(invoice, officer=officer, leader=leader)
    of.vat = becomes
    of.save()
    assert find() == 0
    invoice = Invoice.objects.get()
    assert invoice.is_exempt == (was == "exempt")
    shown = line_page.of(invoice, invoice.lines.get().pk)
    assert (shown.terms.is_exempt, shown.row.ours.vat) == (was == "exempt", Decimal(vat))


def test_what_is_not_approved_yet_was_not_paid(officer):
    made = booking()
    load(made.unit.provider, billed(made), by=officer)
    made.status = "cancelled"
    made.save()
    assert find() == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_however_often_a_stay_changes_the_cases_that_stand_are_what_was_paid_too_much(officer, leader, lengths):
    made = booking()
    number = f"LAW-{made.pk}"
    lead = UserFactory(groups=["Team leader"])
    approved(load(made.unit.provider, billed(made), number=number, by=officer), officer=officer, leader=lead)
    for nights in lengths:
        made.ends_on = date(2026, 3, 3 + nights)
        made.save()
        find()
    stand = LineOverpayment.objects.filter(line__booking=made).exclude(overpayment__case__status="dropped")
    assert sum(stand.values_list("overpayment__net", flat=True)) == Decimal("60.00") * (7 - lengths[-1])
