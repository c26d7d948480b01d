"""Recharges and credits: one from a lease's page, a month's list, and rows pasted from Excel."""

from datetime import date
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lewisham_ta.acting import who_and_when
from lewisham_ta.dates import first_of_month, next_month
from lewisham_ta.fields import Why, chosen
from lewisham_ta.money import total
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import month as month_words
from lewisham_ta.templatetags.ta import pounds
from payments.leases import forms, locks, selectors, services
from payments.leases.models import Adjustment
from payments.leases.tables import AdjustmentTable
from payments.leases.views.leases import act_on, lease_or_404
from payments.leases.views.lists import may_change


def month_to_pay() -> date:
    """The month that an adjustment is most likely for: the one after the last that is signed off, else this one."""
    signed_off_to = locks.last_signed_off_month()
    return next_month(signed_off_to) if signed_off_to else first_of_month(timezone.localdate())


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def adjustment_list(request: HttpRequest) -> HttpResponse:
    filters = forms.MonthFilter({"month": f"{month_to_pay():%Y-%m}"} | request.GET.dict())
    month = chosen(filters).get("month", month_to_pay())
    rows = selectors.adjustments_of_month(month)
    is_open = month > (locks.last_signed_off_month() or date.min)
    table = AdjustmentTable(
        rows,
        request=request,
        caption=f"Adjustments of {month_words(month)}",
        may_withdraw=is_open and may_change(request),
    )
    context = {
        "table": table,
        "filters": filters,
        "month": month,
        "facts": [
            {"label": f"{label}s", "value": pounds(selectors.adjustments_total(month, kind))}
            for kind, label in Adjustment.Kind.choices
        ],
        "is_open": is_open,
        "may_change": may_change(request),
    }
    return table_response(request, table, f"Adjustments {month:%Y-%m}") or render(
        request, "payments/leases/adjustment_list.html", context
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def adjustment_add(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    return act_on(
        lease,
        request,
        forms.AdjustmentFields(request.POST or None, initial={"month": month_to_pay()}),
        partial(services.add_adjustment, lease_id=lease.pk),
        title=f"Add an adjustment to {lease.ref}",
        submit="Add the adjustment",
        done="Adjustment added.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def adjustment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Adjustment.objects.select_related("lease__property"), pk=pk)
    kind = Adjustment.Kind(row.kind).label.lower()
    return act_on(
        row.lease,
        request,
        Why(request.POST or None),
        partial(services.withdraw_adjustment, adjustment_id=row.pk),
        title=f"Withdraw an adjustment of {row.lease.ref}",
        submit=f"Withdraw the {kind} of {pounds(row.amount)}",
        done="Adjustment withdrawn. A draft schedule leaves it out once it is generated again.",
        intro=f"{month_words(row.month)}: {row.narrative}.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def adjustments_paste(request: HttpRequest) -> HttpResponse:
    """Rows pasted from Excel: checked first, and recorded all or none when they are sent a second time."""
    form = forms.PasteAdjustments(request.POST or None, initial={"month": month_to_pay()})
    rows = _checked(form) if request.method == "POST" and form.is_valid() else []
    if "save" in request.POST and rows and form.is_valid() and (recorded := _record(request, form, rows)):
        return recorded
    sums = {
        f"{kind}s": total(row.amount for row in rows if row.kind == kind and row.amount is not None)
        for kind in Adjustment.Kind.values
    }
    context = {"form": form, "rows": rows, "may_save": bool(rows) and form.is_valid(), **sums}
    return render(request, "payments/leases/adjustments_paste.html", context)


def _checked(form: forms.PasteAdjustments) -> list[selectors.CheckedRow]:
    """The rows as they were understood. The form gets an error if they cannot be recorded."""
    typed = form.cleaned_data
    rows = selectors.checked_adjustments(typed["rows"], typed["month"], again=typed["again"])
    wrong = sum(bool(row.problems) for row in rows)
    if not rows:
        form.add_error("rows", "There is no row to record.")
    elif wrong:
        form.add_error("rows", f"{wrong} of {len(rows)} cannot be recorded, so none is. The table says why.")
    return rows


def _record(
    request: HttpRequest, form: forms.PasteAdjustments, rows: list[selectors.CheckedRow]
) -> HttpResponse | None:
    """Record the rows and go to the month's list; None if the service refused, which the form then says."""
    month = form.cleaned_data["month"]
    new = [services.NewAdjustment(row.lease_id, row.kind, row.amount, row.narrative) for row in rows]
    try:
        services.add_adjustments(month=month, rows=new, **who_and_when(request))
    except Refused as refusal:
        form.add_error(form.refused_at, str(refusal))
        return None
    count = "1 adjustment" if len(new) == 1 else f"{len(new)} adjustments"
    messages.success(request, f"{count} recorded for {month_words(month)}.")
    return redirect(f"{reverse('leases:adjustment_list')}?month={month:%Y-%m}")
