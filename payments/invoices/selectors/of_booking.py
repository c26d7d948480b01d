"""What invoices bill of a booking."""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import Prefetch

from lewisham_ta.money import ZERO
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules.runs import nights_in


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
    lines = InvoiceLine.objects.filter(booking=booking_id).select_related("invoice")
    by_invoice: dict[int, ByInvoice] = {}
    for line in lines.prefetch_related(Prefetch("claims", queryset=live)).order_by("invoice", "number"):
        if nights := nights_in((claim.starts_on, claim.ends_on) for claim in line.claims.all()):
            before = by_invoice.get(line.invoice_id, ByInvoice(line.invoice, 0, ZERO))
            payable = before.payable + line.payable_net + line.payable_vat
            by_invoice[line.invoice_id] = ByInvoice(line.invoice, before.nights + nights, payable)
    return list(by_invoice.values())
