"""The quarter's tax of non-resident landlords: who, on how much, and by when HMRC has it."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from lewisham_ta import tables
from lewisham_ta.dates import add_months, parse_month
from lewisham_ta.money import ZERO
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags import ta
from payments.controc.tax import rules, selectors
from payments.controc.views.common import SEE


def words_of(quarter: date) -> str:
    """July to September 2026."""
    return f"{quarter:%B} to {add_months(quarter, 2):%B %Y}"


class QuarterFilter(forms.Form):
    quarter = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, quarters: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = [(f"{quarter:%Y-%m}", words_of(quarter)) for quarter in quarters]


class WithheldTable(tables.Table):
    caption, noun, empty = "Tax withheld from non-resident landlords", "Payees", "No tax was withheld in this quarter."

    ref = tables.Column("Payee", orderable=False)
    name = tables.Column("Name", orderable=False)
    address = tables.Column("Address", orderable=False)
    schedules = tables.NumberColumn("Schedules", orderable=False)
    taxed = tables.MoneyColumn("Rent taxed £", orderable=False)
    tax = tables.MoneyColumn("Tax £", orderable=False)

    def __init__(self, *args: Any, quarter: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.span = f"from={quarter:%Y-%m}&to={add_months(quarter, 2):%Y-%m}"

    def render_ref(self, value: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("payees:detail", args=[value]), value)

    def value_ref(self, value: str) -> str:
        return value

    def render_tax(self, record: dict[str, Any]) -> SafeString:
        statement = reverse("controc:statement", args=[record["ref"]])
        return format_html('<a href="{}?{}">{}</a>', statement, self.span, ta.money(record["tax"]))

    def value_tax(self, record: dict[str, Any]) -> Any:
        return record["tax"]


@require_GET
@permission_required(SEE, raise_exception=True)
def withheld(request: HttpRequest) -> HttpResponse:
    known = selectors.quarters() or [rules.quarter_of(timezone.localdate())]
    filters = QuarterFilter(request.GET or None, quarters=known)
    asked = filters.cleaned_data["quarter"] if filters.is_valid() else ""
    quarter = parse_month(asked) if asked else known[0]
    rows = selectors.withheld(quarter)
    totals = rows.order_by().aggregate(taxed=Sum("nrl_base", default=ZERO), tax=Sum("nrl_tax", default=ZERO))
    table = WithheldTable(rows, request=request, totals=totals, quarter=quarter)
    context = {
        "table": table,
        "filters": filters,
        "words": words_of(quarter),
        "facts": [
            {"label": "Payees", "value": table.row_count},
            {"label": "Rent taxed, after recharges", "value": ta.pounds(totals["taxed"])},
            {"label": "Tax withheld", "value": ta.pounds(totals["tax"])},
            {"label": "To be paid to HMRC by", "value": ta.day(rules.due_on(quarter))},
        ],
    }
    return table_response(request, table, f"NRL tax {quarter:%Y-%m}") or render(
        request, "payments/controc/withheld.html", context
    )
