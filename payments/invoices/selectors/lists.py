"""Invoices and their lines as lists show them."""

from datetime import date

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from lewisham_ta.dates import next_month
from lewisham_ta.money import ZERO
from payments.invoices.models import Invoice, InvoiceLine
from payments.invoices.rules.moves import DROPPED, PAID

_PAID = F("lines__payable_net") + F("lines__payable_vat") + F("lines__adjusted_net") + F("lines__adjusted_vat")


def invoices() -> "QuerySet[Invoice]":
    """Every invoice with its figures: lines, undecided and in query, billed and payable with VAT. Newest first."""
    return (
        Invoice.objects.select_related("provider__party", "payee", "loaded_by", "submitted_by", "approved_by")
        .annotate(
            lines_count=Count("lines"),
            undecided=Count("lines", filter=Q(lines__decision=InvoiceLine.Decision.UNDECIDED)),
            queried=Count("lines", filter=Q(lines__decision=InvoiceLine.Decision.QUERY)),
            billed=Coalesce(Sum(F("lines__net") + F("lines__vat")), ZERO),
            payable=Coalesce(Sum(F("lines__payable_net") + F("lines__payable_vat")), ZERO),
            to_pay=Coalesce(Sum(_PAID, filter=Q(lines__decision__in=PAID)), ZERO),
        )
        .order_by("-received_on", "-pk")
    )


def lines_of(invoice: Invoice) -> "QuerySet[InvoiceLine]":
    """The lines of an invoice with all that a page shows of them."""
    return (
        invoice.lines.select_related("booking__unit", "booking__household", "decided_by", "query")
        .prefetch_related("booking__rates")
        .order_by("number")
    )


def lines_checked_in(month: date) -> "QuerySet[InvoiceLine]":
    """The lines of the invoices for a month, in the order in which they were loaded.

    An invoice is for the month in which more than half of its lines begin: a night billed too early or too late does
    not make it one of another month.
    """
    in_month = Q(lines__starts_on__gte=month, lines__starts_on__lt=next_month(month))
    of_month = (
        Invoice.objects.exclude(status__in=DROPPED)
        .annotate(inside=Count("lines", filter=in_month), all_lines=Count("lines"))
        .filter(inside__gt=F("all_lines") / 2.0)
    )
    return (
        InvoiceLine.objects.filter(invoice__in=of_month.values("pk"))
        .select_related("invoice", "booking")
        .order_by("invoice__loaded_at", "invoice", "number")
    )
