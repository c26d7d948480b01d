"""The list of invoices."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lewisham_ta.fields import chosen
from lewisham_ta.tables import table_response
from payments.invoices import forms, tables
from payments.invoices.selectors import pages
from payments.invoices.views.common import CHECK, SEE


@require_GET
@permission_required(SEE, raise_exception=True)
def invoice_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    filters = forms.Filters(request.GET or None, providers=pages.providers_with_invoices())
    rows = pages.found(today=today, **(chosen(filters) if request.GET else {}))
    table = tables.InvoiceTable(rows, request=request, totals=pages.totals(rows), today=today)
    context = {"table": table, "filters": filters, "may_check": request.user.has_perm(CHECK)}
    return table_response(request, table, "Nightly-paid invoices") or render(
        request, "payments/invoices/invoice_list.html", context
    )
