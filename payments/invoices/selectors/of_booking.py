"""What invoices bill of a booking."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Prefetch, Q, QuerySet

from bookings.models import Booking
from lewisham_ta.money import ZERO
from payments.invoices.models import Invoice, InvoiceLine, LineOverpayment, NightClaim
from payments.invoices.rules.runs import nights_in
from payments.overpayments.models import OverpaymentCase
from payments.overpayments.selectors import OPEN


class ByInvoice(NamedTuple):
    """What one invoice is paid for of a booking, or will be: nights, and pounds with VAT."""

    invoice: Invoice
    nights: int
    payable: Decimal

    @property
    def is_approved(self) -> bool:
        return self.invoice.status == Invoice.Status.APPROVED


def claims_by_invoice(booking_id: int) -> list[ByInvoice]:
    """The invoices with live claims of a booking's nights, in the order in which they came."""
    live = NightClaim.objects.filter(is_live=True).order_by("starts_on", "pk")
    lines = InvoiceLine.objects.filter(booking=booking_id).select_related("invoice__payment")
    by_invoice: dict[int, ByInvoice] = {}
    for line in lines.prefetch_related(Prefetch("claims", queryset=live)).order_by("invoice", "number"):
        if nights := nights_in((claim.starts_on, claim.ends_on) for claim in line.claims.all()):
            before = by_invoice.get(line.invoice_id, ByInvoice(line.invoice, 0, ZERO))
            payable = before.payable + line.paid_net + line.paid_vat
            by_invoice[line.invoice_id] = ByInvoice(line.invoice, before.nights + nights, payable)
    return list(by_invoice.values())


def lines_of(booking_id: int) -> "QuerySet[InvoiceLine]":
    """The lines that bill a booking, the latest nights first, with what of them is an overpayment."""
    found = LineOverpayment.objects.select_related("overpayment__case").order_by("pk")
    return (
        InvoiceLine.objects.filter(booking=booking_id)
        .select_related("invoice__payment")
        .prefetch_related(Prefetch("overpayments", queryset=found))
        .order_by("-starts_on", "-pk")
    )


def cases_found(booking_id: int, now: datetime) -> "QuerySet[OverpaymentCase]":
    """The overpayments that were found at a moment of what was paid for a booking."""
    lines = LineOverpayment.objects.filter(line__booking=booking_id).values("overpayment__case")
    return OverpaymentCase.objects.filter(pk__in=lines, found_at=now).order_by("pk")


def has_open_case(booking_id: int, invoice_id: int) -> bool:
    """Whether what an invoice was paid for a booking is an overpayment that nobody has settled."""
    lines = LineOverpayment.objects.filter(line__booking=booking_id, line__invoice=invoice_id)
    return lines.filter(overpayment__case__status__in=OPEN).exists()


def goes_beyond(booking: Booking, invoice_id: int) -> bool:
    """Whether an invoice claims nights that are not, or not any more, those of the booking."""
    live = NightClaim.objects.filter(booking=booking, is_live=True, line__invoice=invoice_id)
    if booking.status != Booking.Status.BOOKED:
        return live.exists()
    after = Q(ends_on__gt=booking.ends_on) if booking.ends_on else Q()
    beyond = Q(starts_on__lt=booking.starts_on) | after
    return live.filter(beyond).exists()
