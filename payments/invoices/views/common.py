"""What the pages of an invoice share: who may, which invoice, and what stands around the content."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from lewisham_ta.versions import Stale
from payments.batches.models import Payment
from payments.invoices import tables
from payments.invoices.models import Invoice
from payments.invoices.rules import moves
from payments.invoices.selectors import pages

SEE, CHECK, APPROVE = "payments.see_invoices", "payments.check_invoices", "payments.approve_invoices"


def invoice_or_404(pk: int) -> Invoice:
    rows = pages.invoices().select_related(
        "payee__party",
        "loaded_by",
        "submitted_by",
        "returned_by",
        "approved_by",
        "rejected_by",
        "voided_by",
        "payment",
        "file",
    )
    return get_object_or_404(rows.defer("file__content", "payment__advice"), pk=pk)


def around(request: HttpRequest, invoice: Invoice) -> dict[str, Any]:
    """What every page of one invoice shows around its content."""
    due = pages.Clock(timezone.localdate()).of(invoice)
    is_withdrawn = _is_withdrawn(invoice)
    is_open = invoice.status == Invoice.Status.CHECKING
    return {
        "invoice": invoice,
        "state_tag": tables.state_tag(invoice),
        "due": due,
        "due_state": due.state(timezone.localdate()),
        "may_see_bookings": request.user.has_perm("bookings.see_bookings"),
        "may_check": request.user.has_perm(CHECK),
        "may_approve": request.user.has_perm(APPROVE),
        "may_void": request.user.has_perm(APPROVE) and is_withdrawn,
        "is_withdrawn": is_withdrawn,
        "may_decide": request.user.has_perm(CHECK) and is_open,
        "is_open": is_open,
        "is_under_way": invoice.status in pages.OPEN,
    }


def _is_withdrawn(invoice: Invoice) -> bool:
    """Whether it is approved and its payment will never be made."""
    payment = invoice.payment
    is_withdrawn = payment is not None and payment.state == Payment.State.WITHDRAWN
    return invoice.status == Invoice.Status.APPROVED and is_withdrawn


def crumbs(invoice: Invoice) -> list[tuple[str, str]]:
    return [("Nightly-paid invoices", reverse("invoices:list")), (invoice.number, tables.invoice_url(invoice))]


def as_seen(service: Callable[..., Any], invoice: Invoice) -> Callable[..., Any]:
    """The service for the page of one verb: a page that is older than the invoice is told so, and can be sent again."""

    def call(*, seen: str, **typed: Any) -> Any:
        if seen != str(invoice.version):
            raise Stale(moves.STALE)
        return service(invoice_id=invoice.pk, seen_version=invoice.version, **typed)

    return call
