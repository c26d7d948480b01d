"""The register of overpayments."""

from typing import Any

from django.urls import reverse

from lewisham_ta import tables
from payments.overpayments.models import OverpaymentCase

STATUS_TONES = {"found": "warning", "agreed": "info", "recovered": "ok", "written_off": "neutral", "dropped": "neutral"}


class CaseTable(tables.Table):
    caption, noun, empty = "Overpayments", "Overpayments", "Nothing was overpaid."
    number = tables.Column("Overpayment", accessor="pk", linkify=lambda record: case_url(record))
    payee = tables.Column("Payee", accessor="payee__party__name")
    payee_ref = tables.Column("Ref", accessor="payee__party__ref")
    cause = tables.Column("Cause")
    found_at = tables.WhenColumn("Found")
    found_by = tables.Column("Found by", accessor="found_by", orderable=False)
    nights = tables.NumberColumn("Nights")
    amount = tables.MoneyColumn("Amount £")
    status = tables.TagColumn("Status", tones=STATUS_TONES)

    def render_found_by(self, value: Any) -> str:
        return str(value)

    def render_number(self, record: OverpaymentCase) -> str:
        return case_number(record)

    def value_number(self, record: OverpaymentCase) -> str:
        return case_number(record)


def case_url(case: OverpaymentCase) -> str:
    return reverse("overpayments:detail", args=[case.pk])


def case_number(case: OverpaymentCase) -> str:
    return f"O{case.pk:06d}"
