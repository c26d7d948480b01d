"""The tax of non-resident landlords that signed-off schedules withheld."""

from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from lewisham_ta.dates import add_months
from payments.controc.models import PayeeTotal, Schedule
from payments.controc.tax.rules import quarter_of

SIGNED = Q(schedule__status=Schedule.Status.SIGNED_OFF)


def quarters() -> list[date]:
    """The quarters that have a signed-off schedule, the latest first."""
    months = Schedule.objects.filter(status=Schedule.Status.SIGNED_OFF).values_list("month", flat=True).distinct()
    return sorted({quarter_of(month) for month in months}, reverse=True)


def withheld(quarter: date) -> "QuerySet[PayeeTotal, dict[str, Any]]":
    """Each payee with the rent that was taxed in a quarter, after recharges, and the tax on it."""
    return (
        PayeeTotal.objects.filter(SIGNED, schedule__month__gte=quarter, schedule__month__lt=add_months(quarter, 3))
        .exclude(nrl_base=0, nrl_tax=0)
        .values(ref=F("payee__party__ref"), name=F("payee__party__name"), address=F("payee__party__address"))
        .annotate(schedules=Count("pk"), taxed=Sum("nrl_base"), tax=Sum("nrl_tax"))
        .order_by("ref")
    )
