"""The check of an invoice: its lines beside our bookings, and what is decided about them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta.acting import who_and_when
from lewisham_ta.exports import XLSX
from lewisham_ta.refusals import Refused
from payments.invoices import forms, services
from payments.invoices.exports.pages import check_workbook
from payments.invoices.models import Invoice, InvoiceLine
from payments.invoices.rules import moves
from payments.invoices.selectors import check_page
from payments.invoices.views.common import APPROVE, CHECK, SEE, around, invoice_or_404


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
    check = check_page.check_of(
        invoice,
        show=request.GET.get("show", ""),
        page=request.GET.get("page", ""),
        can_pass_over=services.that_passes_over(invoice, by=request.user, now=timezone.now()),
    )
    shown, may_override = [row.line for group in check.groups for row in group.rows], request.user.has_perm(APPROVE)
    context = around(request, invoice) | {
        "check": check,
        "facts": _facts(check),
        "chosen": forms.chosen_of(request.POST),
        "ticked": set(request.POST.getlist("selected")),
        "typed": {name: request.POST.get(name, "") for name in ("reason", "reason_each")},
        "problems": problems,
        "paid": invoice.payment and invoice.payment.net + invoice.payment.vat,
        "open_query": next((query for query in invoice.sent_queries if not query.ended_on), None),
        "passable": services.that_pass(invoice, shown, reason="", may_override=may_override),
        "passable_explained": services.that_pass(invoice, shown, reason="explained", may_override=may_override),
        "here": _here(request),
    }
    return render(request, "payments/invoices/invoice_detail.html", context)


def _here(request: HttpRequest) -> str:
    """The part of the check that is shown, as the end of an address."""
    return f"?{request.GET.urlencode()}" if request.GET else ""


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
        decisions, left = _taken(request, pk, typed)
        try:
            services.decide_each(
                invoice_id=pk,
                decisions=decisions,
                reason=typed["reason"],
                seen_version=typed["seen_version"],
                **who_and_when(request),
            )
        except Refused as refusal:
            problems = [(str(refusal), "")]
        else:
            messages.success(request, f"{_lines(len(decisions))} decided.{left}")
            return redirect(reverse("invoices:detail", args=[pk]) + _here(request))
    invoice = invoice_or_404(pk)
    return page(request, invoice, problems or [(words, "") for errors in form.errors.values() for words in errors])


def _taken(request: HttpRequest, pk: int, typed: dict[str, Any]) -> tuple[dict[int, str], str]:
    """The decisions to take, and in words what is left: of ticked lines to be passed those are, that can be."""
    decisions: dict[int, str] = typed["decisions"]
    if typed["decision"] != InvoiceLine.Decision.PASS:
        return decisions, ""
    lines = InvoiceLine.objects.filter(invoice=pk, pk__in=decisions)
    may_override = request.user.has_perm(APPROVE)
    kept = services.that_pass(invoice_or_404(pk), lines, reason=typed["reason"], may_override=may_override)
    left = len(decisions) - len(kept)
    if not kept or not left:
        return decisions, ""
    words = f" {_lines(left)} cannot be passed so: look at {'it' if left == 1 else 'them'} one by one."
    return {line: decision for line, decision in decisions.items() if line in kept}, words


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"


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
