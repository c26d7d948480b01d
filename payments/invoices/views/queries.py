"""A query about an invoice: drafted, sent, answered."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from lewisham_ta.acting import act, who_and_when
from lewisham_ta.refusals import Refused
from payments.invoices import forms, services
from payments.invoices.emails.models import ProviderEmail
from payments.invoices.models import Invoice, InvoiceQuery
from payments.invoices.selectors import pages
from payments.invoices.services.querying import draft_of
from payments.invoices.views.common import CHECK, around, crumbs, invoice_or_404

DONE = {
    "draft": "The draft is kept.",
    "email": "The query is on its way: the clock stands still until the answer is recorded.",
    "mailbox": "Recorded as sent from your own mailbox: the clock stands still until the answer is recorded.",
    "post": "Recorded as sent by post: the clock stands still until the answer is recorded.",
    "telephone": "Recorded as asked by telephone: the clock stands still until the answer is recorded.",
}


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def query(request: HttpRequest, pk: int) -> HttpResponse:
    """The query about the lines that are in query: its text to be changed, and how it is sent."""
    invoice = invoice_or_404(pk)
    form = forms.Query(request.POST or None, initial={"text": _draft(invoice, request)})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        send = (
            services.draft_query
            if typed["how"] == "draft"
            else partial(services.send_query, how=typed["how"], on=typed["on"])
        )
        seen = {"invoice_id": pk, "text": typed["text"], "seen_version": typed["seen_version"]}
        try:
            send(**seen, **who_and_when(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, DONE[typed["how"]])
            return redirect("invoices:query", pk)
    context = around(request, invoice) | {
        "form": form,
        "queries": pages.queries_of(invoice),
        "lines": list(invoice.lines.filter(decision="query").order_by("number")),
        "is_unanswered": any(not each.ended_on for each in invoice.sent_queries),  # type: ignore[attr-defined]
    }
    return render(request, "payments/invoices/query.html", context)


def _draft(invoice: Invoice, request: HttpRequest) -> str:
    """The draft that was kept, or one from what the check found of the lines in query."""
    kept = invoice.queries.filter(sent_how="").values_list("text", flat=True).first()
    lines = list(invoice.lines.filter(decision="query").order_by("number"))
    return kept or (draft_of(invoice, lines, request.user) if lines else "")


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the provider answered."""
    asked = get_object_or_404(InvoiceQuery.objects.select_related("invoice"), pk=pk)
    back = reverse("invoices:detail", args=[asked.invoice_id])
    return act(
        request,
        forms.Reply(request.POST or None, initial={"on": timezone.localdate()}),
        partial(services.record_reply, query_id=pk),
        title=f"Answer about invoice {asked.invoice.number}",
        submit="Record the answer",
        done="The answer is recorded, and the clock runs on. Decide the lines that were in query.",
        back=back,
        crumbs=crumbs(asked.invoice),
    )


@require_POST
@permission_required(CHECK, raise_exception=True)
def email_again(request: HttpRequest, pk: int) -> HttpResponse:
    email = get_object_or_404(ProviderEmail.objects.select_related("query"), pk=pk)
    try:
        services.email_again(email_id=pk, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is e-mailed again.")
    return redirect("invoices:query", email.query.invoice_id) if email.query else redirect("invoices:expected")
