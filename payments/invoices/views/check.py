"""The check of an invoice: its lines beside our bookings, and what is decided about them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta.acting import who_and_when
from lewisham_ta.exports import XLSX
from lewisham_ta.refusals import Refused
from payments.invoices import forms, services
from payments.invoices.exports.pages import check_workbook
from payments.invoices.models import Invoice
from payments.invoices.rules import moves
from payments.invoices.selectors import check_page
from payments.invoices.views.common import CHECK, SEE, around, invoice_or_404


@require_safe
@permission_required(SEE, raise_exception=True)
def invoice_detail(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = invoice_or_404(pk)
    if request.GET.get("export") == "xlsx":
        content = check_workbook(invoice, check_page.check_of(invoice, whole=True))
        name = f'attachment; filename="Invoice check {invoice.pk}.xlsx"'
        return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})
    return page(request, invoice)


def page(request: HttpRequest, invoice: Invoice, problems: list[tuple[str, str]] | None = None) -> HttpResponse:
    """The page of the check, with what was ticked and chosen where it was refused."""
    check = check_page.check_of(invoice, show=request.GET.get("show", ""))
    context = around(request, invoice) | {
        "check": check,
        "facts": _facts(check),
        "chosen": forms.chosen_of(request.POST),
        "ticked": set(request.POST.getlist("selected")),
        "typed": {name: request.POST.get(name, "") for name in ("reason", "reason_each")},
        "problems": problems,
        "paid": invoice.payment and invoice.payment.net + invoice.payment.vat,
        "open_query": next((query for query in invoice.sent_queries if not query.answered_on), None),
        "show": request.GET.get("show", ""),
    }
    return render(request, "payments/invoices/invoice_detail.html", context)


def _facts(check: check_page.Check) -> dict[str, Any]:
    over = check.invoiced - check.ours
    return {
        "over": over,
        "disputed_tone": "error" if check.disputed > 0 else "",
        "over_tone": "error" if over > 0 else "",
        "to_decide_tone": "error" if check.to_decide else "ok",
    }


@require_POST
@permission_required(CHECK, raise_exception=True)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision for the ticked lines, or for each line the one chosen beside it; refused, nothing chosen is lost."""
    form = forms.Decide(request.POST)
    problems = []
    if form.is_valid():
        typed = form.cleaned_data
        try:
            services.decide_each(
                invoice_id=pk,
                decisions=typed["decisions"],
                reason=typed["reason"],
                seen_version=typed["seen_version"],
                **who_and_when(request),
            )
        except Refused as refusal:
            problems = [(str(refusal), "")]
        else:
            count = len(typed["decisions"])
            messages.success(request, f"{count} line{'' if count == 1 else 's'} decided.")
            return redirect("invoices:detail", pk)
    invoice = invoice_or_404(pk)
    return page(request, invoice, problems or [(words, "") for errors in form.errors.values() for words in errors])


@require_POST
@permission_required(CHECK, raise_exception=True)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Let something stand that was found of the whole invoice."""
    invoice = invoice_or_404(pk)
    form = forms.Accept(request.POST)
    if not form.is_valid():
        return page(request, invoice, [("Say why it may stand.", f"finding-{request.POST.get('code', '')}")])
    try:
        services.accept_finding(invoice_id=pk, **form.cleaned_data, **who_and_when(request))
    except Refused as refusal:
        return page(request, invoice, [(str(refusal), "")])
    messages.success(request, "Accepted, with your reason.")
    return redirect("invoices:detail", pk)


@require_POST
@permission_required(CHECK, raise_exception=True)
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Check every line again against the bookings of today."""
    form = forms.SeenVersion(request.POST)
    try:
        if not form.is_valid():
            raise Refused(moves.STALE)
        services.recheck(invoice_id=pk, **form.cleaned_data, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Checked again against the bookings of this moment.")
    return redirect("invoices:detail", pk)
