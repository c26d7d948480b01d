"""The lines of a month's invoices, as their answers are exported."""

from datetime import date

from django.db.models import Count, F, Q, QuerySet

from lewisham_ta.dates import next_month
from payments.invoices.models import Invoice, InvoiceLine
from payments.invoices.rules.moves import DROPPED


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
