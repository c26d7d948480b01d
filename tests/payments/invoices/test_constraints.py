"""What the database does not let be true of invoices, broken by name, whoever writes."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from payments.batches import services as batches
from payments.invoices import services
from payments.invoices.rules import moves
from payments.models import Invoice, InvoiceLine, InvoiceQuery, NightClaim, Payment
from tests.factories import UserFactory
from tests.payments.invoices.factories import NOW, approved, billed, booking, decide, do, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(officer):
    stay = booking()
    return load(stay.unit.provider, billed(stay), billed(), by=officer)


def refused(constraint: str, query, **values) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        query.update(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("invoice_has_a_number", {"number": ""}),
        ("invoice_source_is_known", {"source": "fax"}),
        ("invoice_from_a_file_has_it", {"file": None}),
        ("invoice_submitted_is_whole", {"submitted_at": NOW}),
        ("invoice_approved_is_whole", {"approved_at": NOW}),
        ("invoice_returned_says_why", {"returned_at": NOW}),
        ("invoice_rejected_says_why", {"rejected_at": NOW}),
        ("invoice_rejected_says_why", {"status": "rejected"}),
        ("invoice_voided_says_why", {"voided_at": NOW}),
    ],
)
def test_an_invoice_is_whole(invoice, constraint, values):
    refused(constraint, Invoice.objects.filter(pk=invoice.pk), **values)


def test_a_number_is_loaded_once_a_provider(invoice):
    other = load(invoice.provider, billed(rate=Decimal("1.00")), number="INV-2")
    refused("invoice_number_once", Invoice.objects.filter(pk=other.pk), number="INV-1")


def test_an_invoice_moves_as_the_table_says(invoice):
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(status="approved")
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(status="posted")
    # Written out once more, so that a change of the table alone does not pass.
    assert {
        "checking": {"ready", "rejected"},
        "ready": {"approved", "rejected", "checking"},
        "approved": {"voided"},
        "rejected": set(),
        "voided": set(),
    } == moves.MOVES


def test_a_status_is_known(officer):
    stay = booking()
    payee = load(stay.unit.provider, billed(stay), by=officer).payee
    with pytest.raises(IntegrityError, match="invoice_status_is_known"), transaction.atomic():
        Invoice.objects.create(
            **{"provider": stay.unit.provider, "payee": payee, "number": "X", "number_key": "X", "source": "typed"},
            **{"received_on": NOW.date(), "loaded_by": officer, "loaded_at": NOW, "status": "posted"},
        )


@pytest.fixture
def done(officer, leader):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    return approved(invoice, officer=officer, leader=leader)


@pytest.mark.parametrize("who", ["loaded_by", "submitted_by"])
def test_whoever_prepared_an_invoice_does_not_approve_it(done, who):
    """Asked of the constraint itself: a frozen row is refused by its trigger before."""
    [constraint] = [each for each in Invoice._meta.constraints if each.name == "invoice_approver_did_not_prepare"]
    done.approved_by = getattr(done, who)
    with pytest.raises(Exception, match="someone else must approve it"):
        constraint.validate(Invoice, done)


def test_whoever_decided_a_line_does_not_approve_it(officer, leader, done):
    stay = booking(academy_ref="")
    invoice = load(stay.unit.provider, billed(stay), number="INV-7", by=officer)
    decide(invoice, "pass", reason="Claim is being made", by=leader)
    invoices = Invoice.objects.filter(pk=invoice.pk)
    invoices.update(status="ready", submitted_by=officer, submitted_at=NOW)
    with pytest.raises(IntegrityError, match="someone else must approve it"), transaction.atomic():
        invoices.update(status="approved", approved_by=leader, approved_at=NOW)


def test_what_is_approved_stays_as_it_is(done):
    line = InvoiceLine.objects.get()
    with pytest.raises(DatabaseError, match="it stays as it is"), transaction.atomic():
        Invoice.objects.filter(pk=done.pk).update(findings=[])
    refused("its lines stay as they are", InvoiceLine.objects.filter(pk=line.pk), payable_net=Decimal("1.00"))
    refused("its nights stay claimed", NightClaim.objects.filter(line=line), is_live=False)
    with pytest.raises(IntegrityError, match="its nights stay claimed"), transaction.atomic():
        NightClaim.objects.all().delete()


def withdraw(invoice, leader):
    batches.withdraw(payment_id=invoice.payment_id, reason="Wrong amount", by=leader, now=NOW)


VOIDED = {"status": "voided", "voided_at": NOW, "void_reason": "Wrong amount"}


def test_only_an_invoice_that_will_never_be_paid_is_voided(done, leader):
    invoices = Invoice.objects.filter(pk=done.pk)
    for state in ("payable", "batched", "sent", "paid", "returned"):
        facts = {"paid_on": NOW.date(), "returned_on": NOW.date(), "return_reason": "Closed"}
        if state != "payable":
            Payment.objects.update(state=state, **facts)
        refused("only after its payment was withdrawn", invoices, **VOIDED, voided_by=leader)
    withdraw(done, leader)
    with pytest.raises(IntegrityError, match="invoice_voided_says_why"), transaction.atomic():
        invoices.update(status="voided", voided_by=leader, voided_at=NOW)
    refused("it stays as it is", invoices, **VOIDED, voided_by=leader, total=Decimal("1.00"))
    refused("it stays as it is", invoices, **VOIDED, voided_by=leader, payment=None)
    invoices.update(**VOIDED, voided_by=leader)
    refused("it stays as it is", invoices, status="approved", voided_by=None, voided_at=None, void_reason="")
    refused("its lines stay as they are", InvoiceLine.objects.all(), reason="x")


@pytest.mark.parametrize("how", ["rejected", "voided"])
def test_nights_of_an_invoice_that_is_rejected_or_voided_are_not_claimed_again(how, officer, leader):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    if how == "rejected":
        do(services.reject, invoice, reason="Withdrawn by the provider", by=officer)
    else:
        withdraw(approved(invoice, officer=officer, leader=leader), leader)
        do(services.void, invoice, reason="Wrong amount", by=leader)
    claims = NightClaim.objects.filter(line__invoice=invoice)
    refused("claims no night any more", claims, is_live=True)
    claim = claims.get()
    for act in (lambda: claims.delete(), lambda: NightClaim.objects.create(**nights(claim))):
        with pytest.raises(IntegrityError, match="claims no night any more"), transaction.atomic():
            act()
    other = load(stay.unit.provider, billed(stay), number="INV-2", by=officer)
    refused("claims no night any more", other.lines.get().claims, line=claim.line)


def nights(claim):
    """The same nights claimed once more."""
    return {"line": claim.line, "booking": claim.booking, "starts_on": claim.starts_on, "ends_on": claim.ends_on}


def test_an_approved_invoice_claims_no_further_night(done):
    claim = NightClaim.objects.get()
    with pytest.raises(IntegrityError, match="its nights stay claimed"), transaction.atomic():
        NightClaim.objects.create(**nights(claim) | {"starts_on": claim.ends_on, "ends_on": date(2026, 3, 12)})


def test_whoever_named_a_booking_or_let_a_finding_stand_does_not_approve(officer, leader):
    of = booking().unit.provider
    named = load(of, billed(), number="INV-8", by=officer)
    line = named.lines.get()
    do(services.choose_booking, named, line_id=line.pk, booking=booking(of), reason="Old name", by=leader)
    found = load(of, billed(booking(of)), number="INV-9", stated_total=Decimal("999.00"), by=officer)
    [finding] = [each for each in found.findings if each["code"] == "TOTAL_DIFFERS"]
    typed = {"code": finding["code"], "words": finding["words"], "reason": "Typing error"}
    do(services.accept_finding, found, **typed, by=leader)
    for invoice in (named, found):
        invoices = Invoice.objects.filter(pk=invoice.pk)
        invoices.update(status="ready", submitted_by=officer, submitted_at=NOW)
        with pytest.raises(IntegrityError, match="someone else must approve it"), transaction.atomic():
            invoices.update(status="approved", approved_by=leader, approved_at=NOW)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("invoice_line_has_a_night", {"ends_on": date(2026, 3, 3)}),
        ("invoice_line_not_below_zero", {"net": Decimal("-1.00"), "payable_net": Decimal("-1.00")}),
        ("invoice_line_codes_are_known", {"codes": ["ODD"]}),
        ("invoice_line_pays_what_was_billed_at_most", {"payable_net": Decimal("420.01"), "decision": "undecided"}),
        ("invoice_line_pays_what_was_billed_at_most", {"payable_vat": Decimal("0.01"), "decision": "undecided"}),
        ("invoice_line_decision_is_known", {"decision": "perhaps", "decided_at": NOW}),
        ("invoice_line_decision_is_whole", {"decision": "short_pay"}),
        ("invoice_line_passes_as_billed", {"payable_net": Decimal("419.99")}),
        ("invoice_line_pays_what_was_decided", {"adjusted_net": Decimal("0.01")}),
        ("invoice_line_pays_what_was_decided", {"adjusted_vat": Decimal("0.01")}),
        ("invoice_line_pays_what_was_decided", {"adjusted_nights": -1}),
        (
            "invoice_line_pays_what_was_decided",
            {"decision": "as_billed", "decided_at": NOW, "adjusted_net": Decimal("0.01")},
        ),
        ("invoice_line_pays_what_was_decided", {"decision": "but_away", "decided_at": NOW}),
        ("invoice_line_pays_what_was_decided", {"decision": "but_away", "decided_at": NOW, "adjusted_nights": -7}),
        (
            "invoice_line_pays_what_was_decided",
            {"decision": "but_away", "decided_at": NOW, "adjusted_nights": -1, "adjusted_net": Decimal("-420.01")},
        ),
        ("invoice_line_once", {"number": 2}),
    ],
)
def test_a_line_is_whole(invoice, constraint, values):
    values = values | ({"decided_by": UserFactory()} if "decided_at" in values else {})
    refused(constraint, InvoiceLine.objects.filter(invoice=invoice, number=1), **values)


def test_a_line_without_a_booking_pays_nothing(invoice):
    line = InvoiceLine.objects.filter(invoice=invoice, number=2)
    refused("invoice_line_without_booking_pays_nothing", line, payable_nights=1)
    refused("invoice_line_without_booking_pays_nothing", line, matched="ref")


@pytest.mark.parametrize("decision", ["query", "reject"])
def test_a_line_is_refused_with_a_reason(invoice, officer, decision):
    line = InvoiceLine.objects.filter(invoice=invoice, number=2)
    refused("invoice_line_refused_says_why", line, decision=decision, decided_by=officer, decided_at=NOW)


def test_a_night_is_claimed_once(invoice):
    claim = NightClaim.objects.get()
    with pytest.raises(IntegrityError, match="night_claimed_once"), transaction.atomic():
        NightClaim.objects.create(
            line=claim.line, booking=claim.booking, starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 12)
        )
    kept = {"line": claim.line, "booking": claim.booking, "starts_on": date(2026, 3, 9), "ends_on": date(2026, 3, 12)}
    NightClaim.objects.create(**kept, is_live=False)
    NightClaim.objects.create(**kept | {"starts_on": date(2026, 3, 10)})


def test_a_claim_has_a_night(invoice):
    refused("night_claim_has_a_night", NightClaim.objects.all(), ends_on=date(2026, 3, 3))


@pytest.fixture
def query(invoice, officer):
    return InvoiceQuery.objects.create(invoice=invoice, text="Which rate?", drafted_by=officer, drafted_at=NOW)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("invoice_query_has_words", {"text": ""}),
        ("invoice_query_sent_is_whole", {"sent_how": "email"}),
        ("invoice_query_sent_is_whole", {"sent_how": "pigeon"}),
        ("invoice_query_answered_is_whole", {"reply": "Yes"}),
        ("invoice_query_closed_is_unanswered", {"closed_on": date(2026, 4, 6)}),
    ],
)
def test_a_query_is_whole(query, constraint, values):
    refused(constraint, InvoiceQuery.objects.filter(pk=query.pk), **values)


def test_an_answer_is_not_earlier_than_its_query_and_one_query_is_open(query, officer):
    queries = InvoiceQuery.objects.filter(pk=query.pk)
    queries.update(sent_how="email", sent_on=date(2026, 4, 6), sent_by=officer)
    answer = {"reply": "Yes", "answer_recorded_by": officer}
    refused("invoice_query_answered_after_sent", queries, answered_on=date(2026, 4, 5), **answer)
    with pytest.raises(IntegrityError, match="invoice_query_one_is_open"), transaction.atomic():
        InvoiceQuery.objects.create(invoice=query.invoice, text="And?", drafted_by=officer, drafted_at=NOW)


def test_a_query_is_sent_and_answered_while_its_invoice_is_checked_and_not_before_it_came(query, officer):
    queries = InvoiceQuery.objects.filter(pk=query.pk)
    refused("not earlier than the receipt", queries, sent_how="post", sent_on=date(2026, 4, 2), sent_by=officer)
    Invoice.objects.update(status="ready", submitted_by=officer, submitted_at=NOW)
    refused("nothing is asked or answered", queries, sent_how="post", sent_on=date(2026, 4, 6), sent_by=officer)
    with pytest.raises(IntegrityError, match="nothing is asked or answered"), transaction.atomic():
        InvoiceQuery.objects.create(invoice=query.invoice, text="And?", drafted_by=officer, drafted_at=NOW)
    queries.update(closed_on=date(2026, 4, 7), closed_by=officer)
    refused("nothing is asked or answered", queries, closed_on=None, closed_by=None)
