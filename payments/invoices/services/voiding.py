"""An approved invoice voided: its payment was withdrawn, and the provider bills its nights again."""

from datetime import datetime

from django.db import transaction

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from payments.batches.models import Payment
from payments.invoices.models import Invoice, NightClaim
from payments.invoices.rules import moves
from payments.invoices.services.checking import APPROVE, close_queries, lock, save
from payments.invoices.services.overpaid import drop_too_high, find_overpaid


@transaction.atomic
def void(*, invoice_id: int, reason: str, seen_version: int, by: User, now: datetime) -> Invoice:
    """Void an approved invoice whose payment was withdrawn. Its nights and its number are free for the corrected one.

    What is withdrawn never moves again, so nothing of a voided invoice can be paid beside that.
    """
    permit(by, APPROVE)
    invoice = lock(invoice_id, seen_version)
    refuse_if(_void_refusal(invoice, reason=reason))
    with audit.acting(by, reason), refusing():
        close_queries(invoice, by=by, now=now)
        invoice.status, invoice.voided_by, invoice.voided_at = Invoice.Status.VOIDED, by, now
        invoice.void_reason = reason.strip()[:300]
        save(invoice, "status", "voided_by", "voided_at", "void_reason")
        NightClaim.objects.filter(line__invoice=invoice).update(is_live=False)
    for booking in drop_too_high(by=None, now=now):  # of other invoices in the same case
        find_overpaid(booking_id=booking, by=None, now=now)
    audit.record("invoice.voided", invoice, by=by, at=now, why=reason)
    return invoice


def _void_refusal(invoice: Invoice, *, reason: str) -> str:
    """Why this invoice cannot be voided, or ""."""
    payment = invoice.payment
    return moves.void_refusal(
        status=invoice.status,
        payment=payment.get_state_display().lower() if payment else "not made",
        is_withdrawn=payment is not None and payment.state == Payment.State.WITHDRAWN,
        reason=reason,
    )
