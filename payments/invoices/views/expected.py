"""Nights that were slept and not billed: by provider and age, the letter that asks for them, the month-end accrual."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.models import Provider
from lewisham_ta.acting import who_and_when
from lewisham_ta.dates import next_month, previous_month
from lewisham_ta.exports import XLSX
from lewisham_ta.money import total
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.invoices import forms, services, tables
from payments.invoices.exports.accrual import accrual as accrual_workbook
from payments.invoices.rules.expected import accrual_refusal, by_provider, chase_letter
from payments.invoices.selectors.expected import missing_nights
from payments.invoices.selectors.pages import chases_of, emails_not_known_to_have_left
from payments.invoices.views.common import CHECK, SEE


@require_safe
@permission_required(SEE, raise_exception=True)
def expected(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = by_provider(missing_nights(today), today)
    sums = {f"age_{age}": total(row.by_age[age] for row in rows) for age in range(4)}
    sums |= {"net": total(row.net for row in rows)}
    table = tables.ExpectedTable(rows, request=request, totals=sums | {"nights": sum(row.nights for row in rows)})
    context = {
        "table": table,
        "month_form": forms.AccrualMonth(initial={"month": previous_month(today.replace(day=1))}),
        "emails": emails_not_known_to_have_left(),
        "may_check": request.user.has_perm(CHECK),
    }
    return table_response(request, table, "Nights without an invoice") or render(
        request, "payments/invoices/expected.html", context
    )


@require_safe
@permission_required(SEE, raise_exception=True)
def accrual(request: HttpRequest) -> HttpResponse:
    """What is slept up to a month's end and on no invoice yet; in the month that runs, as it is booked."""
    form = forms.AccrualMonth(request.GET)
    if not form.is_valid():
        messages.error(request, "Choose the month of the accrual.")
        return redirect("invoices:expected")
    month, today = form.cleaned_data["month"], timezone.localdate()
    if refusal := accrual_refusal(month=month, today=today):
        messages.error(request, refusal)
        return redirect("invoices:expected")
    content = accrual_workbook(month, missing_nights(next_month(month)), today=today)
    name = f'attachment; filename="Accrual {month:%Y-%m}.xlsx"'
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter to a provider whose invoice has not come: to be changed, e-mailed or copied."""
    provider = get_object_or_404(Provider.objects.select_related("party"), pk=pk)
    today = timezone.localdate()
    missing = missing_nights(today, provider_id=pk)
    letter = chase_letter(provider=provider.party.name, missing=missing, officer=str(request.user), today=today)
    form = forms.Chase(request.POST or None, initial={"text": letter})
    if request.method == "POST" and form.is_valid():
        try:
            _chase(request, pk, form.cleaned_data, today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            is_ours = form.cleaned_data["how"] in ("", "email")
            done = "is on its way" if is_ours else "is recorded as sent"
            messages.success(request, f"The letter to {provider.party.name} {done}.")
            return redirect("invoices:expected")
    context = {"provider": provider, "missing": missing, "form": form, "net": total(each.net for each in missing)}
    context["asked"] = chases_of(provider)
    return render(request, "payments/invoices/chase.html", context)


def _chase(request: HttpRequest, pk: int, typed: dict[str, Any], today: date) -> None:
    if typed["how"] in ("", "email"):
        services.send_chase(provider_id=pk, text=typed["text"], **who_and_when(request))
    else:
        on = typed["on"] or today
        services.record_chase(provider_id=pk, how=typed["how"], on=on, **who_and_when(request))
