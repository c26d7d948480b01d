"""An invoice handed on, given back, approved, rejected as a whole, or voided."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from lewisham_ta.acting import act, who_and_when
from lewisham_ta.refusals import Refused
from payments.invoices import forms, services
from payments.invoices.models import Invoice
from payments.invoices.tables import invoice_url
from payments.invoices.views.check import page
from payments.invoices.views.common import APPROVE, CHECK, as_seen, crumbs, invoice_or_404


def _move(request: HttpRequest, pk: int, service: Callable[..., Any], done: str) -> HttpResponse:
    """One move of an invoice for whoever saw this version of it; the page answers with the reason where it is not."""
    form = forms.SeenVersion(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("The page was sent without the version it showed.")
    try:
        invoice: Invoice = service(invoice_id=pk, **form.cleaned_data, **who_and_when(request))
    except Refused as refusal:
        return page(request, invoice_or_404(pk), [(str(refusal), "")])
    messages.success(request, done.format(invoice.number))
    return redirect("invoices:detail", pk)


@require_POST
@permission_required(CHECK, raise_exception=True)
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, services.submit, "Invoice {} is submitted: someone else approves it.")


@require_POST
@permission_required(APPROVE, raise_exception=True)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, services.approve, "Invoice {} is approved, and its payment can be batched.")


@require_http_methods(["GET", "POST"])
@permission_required(APPROVE, raise_exception=True)
def return_(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = invoice_or_404(pk)
    return _verb(
        request,
        invoice,
        forms.Return(request.POST or None, initial={"seen": invoice.version}),
        services.return_to_officer,
        title=f"Return invoice {invoice.number}",
        submit="Return to the officer",
        done="Returned with your note.",
    )


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = invoice_or_404(pk)
    return _verb(
        request,
        invoice,
        forms.Reject(request.POST or None, initial={"seen": invoice.version}),
        services.reject,
        title=f"Reject invoice {invoice.number}",
        submit="Reject the invoice",
        done="The invoice is rejected: its nights can be billed by another.",
        confirm=f"Reject the whole of invoice {invoice.number}? It is not reopened.",
    )


@require_http_methods(["GET", "POST"])
@permission_required(APPROVE, raise_exception=True)
def void(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = invoice_or_404(pk)
    return _verb(
        request,
        invoice,
        forms.Void(request.POST or None, initial={"seen": invoice.version}),
        services.void,
        title=f"Void invoice {invoice.number}",
        submit="Void the invoice",
        done="The invoice is voided: its nights and its number can be billed again.",
        confirm=f"Void invoice {invoice.number}? It is not reopened.",
    )


def _verb(
    request: HttpRequest, invoice: Invoice, form: forms.Seen, service: Callable[..., Any], **words: str
) -> HttpResponse:
    return act(
        request,
        form,
        as_seen(service, invoice),
        back=invoice_url(invoice),
        version=str(invoice.version),
        crumbs=crumbs(invoice),
        **words,
    )
