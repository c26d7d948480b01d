"""Overpayments as the register shows them."""

from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from lewisham_ta.money import ZERO
from payments.overpayments.models import OverpaymentCase

OPEN = (OverpaymentCase.Status.FOUND, OverpaymentCase.Status.AGREED)


def cases() -> "QuerySet[OverpaymentCase]":
    """Every case with its payee and people, the newest first."""
    people = ("found_by", "agreed_by", "asked_by", "settled_by")
    return OverpaymentCase.objects.select_related("payee__party", *people).order_by("-found_at", "-pk")


def asked() -> "QuerySet[OverpaymentCase]":
    """The cases of which somebody asked that they be written off, and that nobody decided."""
    return OverpaymentCase.objects.filter(asked_by__isnull=False, status=OverpaymentCase.Status.FOUND)


def totals_by_status() -> dict[str, Decimal]:
    """What has been found, agreed, recovered and written off, in pounds with VAT."""
    rows = OverpaymentCase.objects.order_by().values_list("status").annotate(sum=Coalesce(Sum("amount"), ZERO))
    return dict(rows)
