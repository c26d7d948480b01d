"""A line of an invoice: every figure explained, its history, and what is decided about it."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta.acting import who_and_when
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.refusals import Refused
from payments.invoices import forms, services
from payments.invoices.models import InvoiceLine
from payments.invoices.selectors import line_page
from payments.invoices.views.common import CHECK, SEE, around, invoice_or_404

GIVEN_HOME = {"given_name", "given_unit", "given_address"}


@require_safe
@permission_required(SEE, raise_exception=True)
def line_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


def _page(request: HttpRequest, pk: int, **bound: Any) -> HttpResponse:
    """The page of a line. `bound` is the form that was sent and found wanting, by its name in the page."""
    owner = get_object_or_404(InvoiceLine.objects.values_list("invoice", flat=True), pk=pk)
    invoice = invoice_or_404(owner)
    shown = line_page.of(invoice, pk)
    line = shown.row.line
    seen = {"seen_version": invoice.version}
    decided = seen | ({} if line.decision == "undecided" else {"decision": line.decision, "reason": line.reason})
    left_out = LEFT_OUT | (GIVEN_HOME if shown.row.is_confidential else set())
    context = around(request, invoice) | {
        "shown": shown,
        "line": line,
        "decide_form": forms.DecideLine(initial=decided, auto_id="decide_%s"),
        "booking_form": forms.ChooseBooking(initial=seen, auto_id="booking_%s"),
        "proposed_form": _proposed_form(shown, seen),
        "problem_form": None,
        "history": history_of(line, left_out=left_out),
    }
    return render(request, "payments/invoices/line_detail.html", context | bound)


def _proposed_form(shown: line_page.LinePage, seen: dict[str, int]) -> forms.ChooseProposed | None:
    offered = [(row.ref, line_page.proposal_words(row)) for row in shown.proposed]
    return forms.ChooseProposed(offered=offered, initial=seen, auto_id="proposed_%s") if offered else None


@require_POST
@permission_required(CHECK, raise_exception=True)
def line_decide(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.DecideLine(request.POST, auto_id="decide_%s")

    def call(invoice_id: int, decision: str, **typed: Any) -> None:
        services.decide_each(invoice_id=invoice_id, decisions={pk: decision}, **typed)

    return _sent(request, pk, form, call, "decide_form", "The line is decided.")


@require_POST
@permission_required(CHECK, raise_exception=True)
def line_booking(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which booking the line means; the invoice is checked again with it."""
    form = forms.ChooseBooking(request.POST, auto_id="booking_%s")

    def call(**typed: Any) -> None:
        services.choose_booking(line_id=pk, **typed)

    return _sent(request, pk, form, call, "booking_form", "The line is checked against the booking that you named.")


def _sent(
    request: HttpRequest, pk: int, form: django_forms.Form, call: Callable[..., None], name: str, done: str
) -> HttpResponse:
    line = get_object_or_404(InvoiceLine, pk=pk)
    if form.is_valid():
        try:
            call(invoice_id=line.invoice_id, **form.cleaned_data, **who_and_when(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            typed = request.POST.copy()
            typed["seen_version"] = str(invoice_or_404(line.invoice_id).version)
            form.data = typed
        else:
            messages.success(request, done)
            return redirect("invoices:line", pk)
    return _page(request, pk, **{name: form, "problem_form": form})
