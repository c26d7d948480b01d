"""An invoice handed on, given back, approved and paid, or rejected as a whole."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from bookings.households.rules import shown_address
from lewisham_ta import audit, dated
from lewisham_ta.dates import ONE_DAY, first_of_month, say
from lewisham_ta.models import User
from lewisham_ta.money import ZERO, total
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from payments.batches import services as batches
from payments.batches.rules import (
    REFERENCE_LENGTH,
    Advice,
    AdviceLine,
    AdvicePayee,
    AdviceTotals,
    bank_reference,
)
from payments.batches.services import PaymentRow
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules import moves
from payments.invoices.rules.runs import Run, at_rates
from payments.invoices.selectors import facts
from payments.invoices.selectors.own_records import own_record
from payments.invoices.services.checking import (
    APPROVE,
    CHECK,
    Decision,
    check_lines,
    claimed_runs,
    close_queries,
    lock,
    save,
)
from payments.payees.models import BankDetails

PAID = moves.PAID
BOOKINGS_CHANGED = "The bookings changed since the check: it must be checked again."
OTHER_NIGHTS = "the nights that are payable are not those that it claims. The invoice must be checked again."


@transaction.atomic
def submit(*, invoice_id: int, seen_version: int, by: User, now: datetime) -> Invoice:
    """Hand the invoice on for approval: every line decided, no query open, whatever was found of it accepted."""
    permit(by, CHECK)
    invoice = lock(invoice_id, seen_version)
    refuse_if(submit_refusal(invoice))
    _refuse_if_bookings_changed(invoice)
    with audit.acting(by), refusing():
        invoice.status, invoice.submitted_by, invoice.submitted_at = Invoice.Status.READY, by, now
        save(invoice, "status", "submitted_by", "submitted_at")
    audit.record("invoice.submitted", invoice, by=by, at=now)
    return invoice


def submit_refusal(invoice: Invoice) -> str:
    """Why this invoice cannot be submitted as it is, or ""."""
    decisions = list(invoice.lines.values_list("decision", flat=True))
    payable = invoice.lines.filter(decision__in=PAID).aggregate(sum=Sum(F("payable_net") + F("adjusted_net")))["sum"]
    return moves.submit_refusal(
        status=invoice.status,
        undecided=decisions.count(Decision.UNDECIDED),
        queried=decisions.count(Decision.QUERY),
        open_findings=[each["words"] for each in invoice.findings if not each["accepted"]],
        open_query=invoice.queries.filter(answered_on=None, closed_on=None).exclude(sent_how="").exists(),
        payable=payable or ZERO,
    )


@transaction.atomic
def return_to_officer(*, invoice_id: int, note: str, seen_version: int, by: User, now: datetime) -> Invoice:
    """Give a submitted invoice back, with a note of what has to be put right."""
    permit(by, APPROVE)
    invoice = lock(invoice_id, seen_version)
    refuse_if(moves.return_refusal(status=invoice.status, note=note))
    with audit.acting(by, note), refusing():
        invoice.status, invoice.returned_by, invoice.returned_at = Invoice.Status.CHECKING, by, now
        invoice.return_note = note.strip()[:300]
        save(invoice, "status", "returned_by", "returned_at", "return_note")
    audit.record("invoice.returned", invoice, by=by, at=now, why=note)
    return invoice


@transaction.atomic
def approve(*, invoice_id: int, seen_version: int, by: User, now: datetime) -> Invoice:
    """Approve what is payable as one payment, within the person's limit, and never what they had a hand in."""
    permit(by, APPROVE)
    invoice = lock(invoice_id, seen_version)
    refuse_if(approve_refusal(invoice, by=by))
    _refuse_if_bookings_changed(invoice)
    lines = list(invoice.lines.select_related("booking__unit", "booking__household").order_by("number"))
    with audit.acting(by), refusing():
        [payment] = batches.raise_payments([_payment(invoice, lines, by, now)], now=now)
        invoice.status, invoice.payment = Invoice.Status.APPROVED, payment
        invoice.approved_by, invoice.approved_at = by, now
        invoice.is_exempt = facts.terms_of_invoice(invoice).is_exempt  # the provider's status may change later
        save(invoice, "status", "payment", "approved_by", "approved_at", "is_exempt")
    audit.record("invoice.approved", invoice, by=by, at=now, net=str(payment.net), vat=str(payment.vat))
    return invoice


def approve_refusal(invoice: Invoice, *, by: User) -> str:
    """Why this person may not approve this invoice, or ""; their limit is asked when they do."""
    return moves.approve_refusal(
        status=invoice.status,
        by=by.pk,
        handled_by=handled_by(invoice),
        own_record=own_record(invoice, by.pk),
        has_account=_account(invoice) is not None,
    )


def handled_by(invoice: Invoice) -> set[int]:
    """Who loaded or submitted the invoice, decided a line of it, named a line's booking, or let a finding stand.

    Naming a booking is no decision of a line and can make it pass by itself: the audit log keeps who did.
    """
    people = {invoice.loaded_by_id, invoice.submitted_by_id}
    people |= set(invoice.lines.values_list("decided_by", flat=True).distinct())
    people |= set(audit.events_of(invoice, "invoice.booking_chosen").values_list("by", flat=True).distinct())
    people |= {each["accepted"]["by_id"] for each in invoice.findings if each["accepted"]}
    return {person for person in people if person is not None}


@transaction.atomic
def reject(*, invoice_id: int, reason: str, seen_version: int, by: User, now: datetime) -> Invoice:
    """Reject the invoice as a whole. Its nights can be claimed by another, and a query about it is over."""
    permit(by, CHECK)
    invoice = lock(invoice_id, seen_version)
    refuse_if(moves.reject_refusal(status=invoice.status, reason=reason))
    with audit.acting(by, reason), refusing():
        NightClaim.objects.filter(line__invoice=invoice).update(is_live=False)
        close_queries(invoice, by=by, now=now)
        invoice.status, invoice.rejected_by, invoice.rejected_at = Invoice.Status.REJECTED, by, now
        invoice.reject_reason = reason.strip()[:300]
        save(invoice, "status", "rejected_by", "rejected_at", "reject_reason")
    audit.record("invoice.rejected", invoice, by=by, at=now, why=reason)
    return invoice


def _refuse_if_bookings_changed(invoice: Invoice) -> None:
    """Nothing is handed on or paid that the bookings of this moment do not bear out, night by night.

    A night that is paid is claimed by its line: what is not claimed could be paid twice. Whatever a person has to look
    at was there to be seen when the line was decided, or passed by itself.
    """
    rows = list(invoice.lines.order_by("number"))
    by_hand = {row.number: row.booking_id for row in rows if row.matched == InvoiceLine.Matched.HAND}
    rejected = frozenset(row.number for row in rows if row.decision == Decision.REJECT)
    before = [(row.booking_id, row.payable_net, row.payable_vat) for row in rows]
    seen = [row.findings for row in rows]
    results = check_lines(invoice, rows, by_hand=by_hand, rejected=rejected)
    claimed = _claimed(invoice)
    for row, was, known, checked in zip(rows, before, seen, results, strict=True):
        if row.decision in PAID and was != (row.booking_id, row.payable_net, row.payable_vat):
            raise Refused(f"Line {row.number}: {BOOKINGS_CHANGED}")
        if row.decision in PAID and claimed[row.pk] != sorted(claimed_runs(row, checked)):
            raise Refused(f"Line {row.number}: {OTHER_NIGHTS}")
        if row.decision in PAID and (unseen := _not_seen(row.findings, known)):
            raise Refused(f"Line {row.number}: {unseen['words']} The invoice must be checked again.")


def _not_seen(findings: Iterable[dict[str, Any]], known: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The first finding that asks for a person and came after the check: a new code, or other nights away or held."""
    codes = {found["code"] for found in known if found["code"]}
    for found in findings:
        is_noted = found.get("held") or found.get("away")
        if (found["code"] and found["code"] not in codes) or (is_noted and found not in known):
            return found
    return None


def _claimed(invoice: Invoice) -> dict[int, list[Run]]:
    """The nights that each line claims, by its key."""
    claims: dict[int, list[Run]] = defaultdict(list)
    live = NightClaim.objects.filter(line__invoice=invoice, is_live=True).order_by("starts_on", "pk")
    for line, starts_on, ends_on in live.values_list("line", "starts_on", "ends_on"):
        claims[line].append((starts_on, ends_on))
    return claims


def _account(invoice: Invoice) -> BankDetails | None:
    return BankDetails.objects.filter(payee=invoice.payee_id, is_current=True).first()


def _payment(invoice: Invoice, lines: Sequence[InvoiceLine], by: User, now: datetime) -> PaymentRow:
    account, submitted_by = _account(invoice), invoice.submitted_by
    if account is None or submitted_by is None:
        raise Refused("The provider has no approved bank details: ask for them first.")
    paid = [line for line in lines if line.decision in PAID]
    net, vat = total(line.paid_net for line in paid), total(line.paid_vat for line in paid)
    return PaymentRow(
        payee=invoice.payee,
        bank_details=account,
        source=f"Invoice {invoice.number}",
        description=f"Nightly-paid accommodation, invoice {invoice.number}",
        reference=reference(invoice.number),
        net=net,
        vat=vat,
        coding=_coding(paid, now),
        advice=_advice(invoice, lines, net, vat),
        due_on=due_on(invoice, now),
        prepared_by=submitted_by,
        approved_by=by,
    )


def reference(number: str) -> str:
    """What the provider's bank statement shows: the invoice's number, of one that is too long its end."""
    plain = bank_reference(number) if len(number) <= REFERENCE_LENGTH else bank_reference(number[-REFERENCE_LENGTH:])
    return bank_reference(f"LBL {plain}") if len(plain) + 4 <= REFERENCE_LENGTH else plain


def due_on(invoice: Invoice, now: datetime) -> date:
    """The last day on which the invoice is paid in time."""
    today = localdate(now)
    queries = invoice.queries.exclude(sent_how="").values_list("sent_on", Coalesce("answered_on", "closed_on"))
    return moves.due_on(
        received_on=invoice.received_on,
        days=dated.whole_number("invoice_days", invoice.received_on),
        queries=[moves.Asked(*each) for each in queries],
        today=today,
    )


def _coding(lines: Sequence[InvoiceLine], now: datetime) -> dict[str, Decimal]:
    """Pounds without VAT by the expenditure code of each booking's service."""
    by_service: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        if line.booking is not None and line.paid_net:
            by_service[line.booking.service] += line.paid_net
    coding: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for service, amount in sorted(by_service.items()):
        coding[dated.value(f"nightly_code_{service}", localdate(now))] += amount
    return dict(coding)


def _advice(invoice: Invoice, lines: Sequence[InvoiceLine], net: Decimal, vat: Decimal) -> Advice:
    party = invoice.provider.party
    claimed = _claimed(invoice)
    rates = facts.rates_of({line.booking_id: line.booking.unit_id for line in lines if line.booking})
    paid = [
        each for line in lines for each in _advice_lines(line, claimed[line.pk], rates.get(line.booking_id or 0, ()))
    ]
    not_paid = [each for line in lines for each in _not_paid(line)]
    return Advice(
        title=f"Invoice {invoice.number}" + (f" of {say(invoice.dated_on)}" if invoice.dated_on else ""),
        payee=AdvicePayee(
            ref=party.ref, name=party.name, address=party.address, supplier_number=invoice.payee.supplier_number
        ),
        totals=AdviceTotals(nights=net, vat=vat, net=net + vat),
        lines=(*paid, *not_paid),
    )


def _advice_lines(line: InvoiceLine, runs: Sequence[Run], rates: Sequence[tuple[date, Decimal]]) -> list[AdviceLine]:
    """A line as the provider is told of it, a row a rate, and its VAT as a row of its own. Nobody is named who lives
    there, and of a confidential household only the booking."""
    if line.booking is None or not line.paid_nights or line.decision not in PAID:
        return []
    is_as_billed = (line.paid_net, line.paid_vat) == (line.net, line.vat)
    why = "" if is_as_billed else f"Billed £{line.net + line.vat:,.2f}: {line.reason}".rstrip(": ")
    whole = replace(
        _advice_line(line), kind="nights", amount=line.paid_net, days=line.paid_nights, per="night", why=why
    )
    shown = [
        replace(
            whole,
            for_month=first_of_month(starts_on),
            from_on=starts_on,
            to_on=ends_on - ONE_DAY,
            days=(ends_on - starts_on).days,
            rent=rate,
            amount=rate * (ends_on - starts_on).days,
        )
        for run in runs
        for starts_on, ends_on, rate in at_rates(run, rates)
    ]
    if line.rate is not None and line.rate * line.paid_nights == line.paid_net:
        shown = [replace(whole, rent=line.rate)]
    elif total(each.amount for each in shown) != line.paid_net:
        shown = [whole]  # less was billed than agreed: no rate comes to it
    if line.paid_vat:
        shown.append(replace(whole, kind="vat", amount=line.paid_vat, days=None, why=""))
    return shown


def _not_paid(line: InvoiceLine) -> list[AdviceLine]:
    """What was billed with a line and is not paid, with VAT, and why."""
    paid = line.paid_net + line.paid_vat if line.decision in PAID else ZERO
    amount = line.net + line.vat - paid
    return [replace(_advice_line(line), amount=amount, held=True, why=line.reason)] if amount > 0 else []


def _advice_line(line: InvoiceLine) -> AdviceLine:
    """Where and when a line is of, as far as the provider is told: of one without a booking what it wrote itself."""
    booking = line.booking
    unit, address, of = line.given_unit, line.given_address, line.given_ref
    if booking is not None:
        is_hidden = booking.household.is_confidential
        unit = shown_address(booking.unit.ref, is_confidential=is_hidden)
        address = shown_address(f"{booking.unit.address}, {booking.unit.postcode}", is_confidential=is_hidden)
        of = booking.ref
    return AdviceLine(
        property=unit,
        address=address or unit,
        lease=of or f"Line {line.number}",
        kind="not_paid",
        amount=ZERO,
        for_month=first_of_month(line.starts_on),
        from_on=line.starts_on,
        to_on=line.ends_on - ONE_DAY,
    )
