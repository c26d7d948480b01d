"""An approved invoice whose payment was withdrawn is voided, and the provider's corrected one is paid."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Clash, Refused
from payments.batches import services as batches
from payments.invoices import services
from payments.invoices.selectors import lists
from payments.models import Invoice, NightClaim, OverpaymentCase, Payment
from tests.payments.invoices.factories import NOW, approved, billed, booking, decide, do, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(db):
    return booking()


@pytest.fixture
def invoice(stay, officer, leader):
    """Seven nights, approved, and a payment that is to be batched."""
    return approved(load(stay.unit.provider, billed(stay), by=officer), officer=officer, leader=leader)


def withdraw(leader):
    payment = Payment.objects.get()
    batches.withdraw(payment_id=payment.pk, reason="Billed to us by mistake", by=leader, now=NOW)


def void(invoice, by, reason="The provider sends a corrected one"):
    return do(services.void, invoice, reason=reason, by=by)


def words_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("payable", "to be batched"),
        ("batched", "in a batch"),
        ("sent", "sent"),
        ("paid", "paid"),
        ("returned", "returned"),
    ],
)
def test_while_it_could_be_paid_it_is_not_voided(invoice, leader, state, words):
    """Each step by the verbs that lead there; a payment that came back is withdrawn first."""
    payment = Payment.objects.get()
    if state != "payable":
        batch = batches.make_batch(payment_ids=[payment.pk], by=leader, now=NOW)
        if state != "batched":
            batches.send_batch(batch_id=batch.pk, seen_version=batch.version, by=leader, now=NOW)
        if state in ("paid", "returned"):
            item = batch.items.get()
            said = {"outcome": state, "on": NOW.date(), "reason": "Account closed"}
            batches.record_outcome(item_id=item.pk, **said, by=leader, now=NOW)
    with pytest.raises(Refused, match=f"^Its payment is {words}. An invoice is voided only after its payment"):
        void(invoice, leader)
    if state in ("payable", "returned"):
        withdraw(leader)
        assert void(invoice, leader).status == "voided"


def test_it_is_voided_with_a_reason_once_by_whoever_may_approve(invoice, officer, leader):
    withdraw(leader)
    with pytest.raises(Refused, match="Say why the invoice is voided"):
        void(invoice, leader, reason=" ")
    with pytest.raises(Refused, match="does not allow this"):
        void(invoice, officer)
    void(invoice, leader)
    voided = Invoice.objects.get()
    assert (voided.status, voided.voided_by, voided.voided_at) == ("voided", leader, NOW)
    event = AuditEvent.objects.get(action="invoice.voided")
    assert (event.by, event.why) == (leader, "The provider sends a corrected one")
    with pytest.raises(Refused, match="An invoice that is voided cannot be voided"):
        void(invoice, leader)


def test_an_invoice_that_is_not_approved_is_rejected_and_not_voided(stay, officer, leader):
    with pytest.raises(Refused, match="An invoice that is being checked cannot be voided"):
        void(load(stay.unit.provider, billed(stay), by=officer), leader)


def test_the_corrected_invoice_of_the_same_number_is_loaded_approved_and_paid(invoice, stay, officer, leader):
    of = stay.unit.provider
    corrected = billed(stay, ends_on=date(2026, 3, 8))
    withdraw(leader)
    with pytest.raises(Clash, match="was loaded by"):
        load(of, corrected, file=("x.csv", b"corrected"), by=officer)
    void(invoice, leader)
    again = load(of, corrected, file=("x.csv", b"corrected"), by=officer)
    assert (again.findings, again.lines.get().codes) == ([], [])
    approved(again, officer=officer, leader=leader)
    paid = Payment.objects.order_by("pk").values_list("source", "net", "state")
    assert list(paid) == [
        ("Invoice INV-1", Decimal("420.00"), "withdrawn"),
        ("Invoice INV-1", Decimal("300.00"), "payable"),
    ]
    claims = NightClaim.objects.filter(is_live=True).values_list("starts_on", "ends_on")
    assert list(claims) == [(date(2026, 3, 3), date(2026, 3, 8))]
    assert {line.invoice for line in lists.lines_checked_in(date(2026, 3, 1))} == {again}


def test_the_very_same_file_is_an_invoice_of_its_own_after_that(invoice, stay, officer, leader):
    withdraw(leader)
    void(invoice, leader)
    assert load(stay.unit.provider, billed(stay), by=officer) != invoice


def test_nothing_that_was_voided_is_overpaid(invoice, stay, leader):
    withdraw(leader)
    void(invoice, leader)
    stay.status = "cancelled"
    stay.save()
    assert services.find_overpaid(by=None, now=NOW) == 0
    assert not OverpaymentCase.objects.exists()


def test_its_page_says_what_happened_and_what_to_do(client, invoice, officer, leader):
    page = reverse("invoices:detail", args=[invoice.pk])
    client.force_login(leader)
    assert "Void the invoice" not in words_of(client.get(page))
    withdraw(leader)
    shown = words_of(client.get(page))
    assert "The payment was withdrawn (Billed to us by mistake), so nothing is paid of this invoice." in shown
    assert "Void the invoice" in shown
    client.force_login(officer)
    assert "until whoever approves invoices voids it" in words_of(client.get(page))
    client.force_login(leader)
    verb = reverse("invoices:void", args=[invoice.pk])
    typed = {"reason": "Corrected one comes", "seen": Invoice.objects.get().version}
    assert "Void the invoice" in words_of(client.post(verb, typed | {"reason": ""}))
    assert Invoice.objects.get().status == "approved"
    client.post(verb, typed)
    shown = words_of(client.get(page))
    assert "Corrected one comes" in shown
    assert "Its nights and its number are free for the corrected invoice." in shown
    assert "Void the invoice" not in shown
    assert "Query the provider" not in shown


def test_the_list_shows_those_that_were_voided(client, invoice, officer, leader):
    withdraw(leader)
    void(invoice, leader)
    client.force_login(officer)
    assert "INV-1" in words_of(client.get(reverse("invoices:list"), {"status": "voided"}))


def test_a_rejected_line_of_it_stays_rejected_and_pays_nothing(stay, officer, leader):
    other = booking(stay.unit.provider)
    invoice = load(stay.unit.provider, billed(stay), billed(other), by=officer)
    decide(invoice, "reject", 2, reason="Not ours", by=officer)
    approved(invoice, officer=officer, leader=leader)
    withdraw(leader)
    void(invoice, leader)
    assert not NightClaim.objects.filter(is_live=True).exists()


VERBS = st.sampled_from(["load", "approve", "withdraw", "void", "reject", "batch", "return"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(VERBS, st.integers(0, 6), st.integers(1, 7)), min_size=6, max_size=20))
def test_whatever_is_withdrawn_voided_and_billed_again_no_night_is_paid_twice(officer, leader, acts):
    """What is refused does not happen; of what does, each night has one payment that could ever be made."""
    stay = booking()
    for place, (verb, first, nights) in enumerate(acts):
        try:
            with transaction.atomic():
                act(verb, stay, first, nights, place, officer, leader)
        except Refused:
            pass
    payable = [
        claim.starts_on + timedelta(n)
        for claim in NightClaim.objects.filter(booking=stay, line__invoice__status="approved", is_live=True)
        for n in range((claim.ends_on - claim.starts_on).days)
    ]
    assert len(payable) == len(set(payable))
    alive = Payment.objects.filter(payee__party=stay.unit.provider.party).exclude(state="withdrawn")
    assert sum(payment.net for payment in alive) <= 60 * len(payable)
    assert not alive.filter(pk__in=Invoice.objects.filter(status="voided").values("payment")).exists()


def act(verb, stay, first, nights, place, officer, leader):
    """One verb on the latest invoice of the booking's provider, or a further invoice of some of its nights."""
    invoice = Invoice.objects.filter(provider=stay.unit.provider).order_by("-pk").first()
    payment = invoice and invoice.payment
    if verb == "load":
        starts_on = stay.starts_on + timedelta(first)
        line = billed(stay, starts_on=starts_on, ends_on=starts_on + timedelta(nights))
        load(stay.unit.provider, line, number=f"L{stay.pk}-{nights % 2}", file=("x", bytes([place])), by=officer)
    elif invoice is None:
        return
    elif verb == "approve":
        approved(invoice, officer=officer, leader=leader)
    elif verb in ("void", "reject"):
        do(getattr(services, verb), invoice, reason="Billed again", by=leader)
    elif payment is None:
        return
    elif verb == "withdraw":
        batches.withdraw(payment_id=payment.pk, reason="Wrong", by=leader, now=NOW)
    elif verb == "batch":
        batch = batches.make_batch(payment_ids=[payment.pk], by=leader, now=NOW)
        batches.send_batch(batch_id=batch.pk, seen_version=batch.version, by=leader, now=NOW)
    elif item := payment.items.order_by("-pk").first():
        said = {"outcome": "returned", "on": NOW.date(), "reason": "Account closed"}
        batches.record_outcome(item_id=item.pk, **said, by=leader, now=NOW)
