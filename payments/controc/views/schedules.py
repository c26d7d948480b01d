"""A schedule to read: the list, the lines, the payees, one line, the bridge, and a month ahead of its turn."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lewisham_ta.dates import previous_month
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.controc import forms, previewing, selectors, services, tables, working
from payments.controc.models import Schedule, ScheduleLine
from payments.controc.rules.bridge import Cause
from payments.controc.selectors import pages
from payments.controc.selectors.changes import changed_after
from payments.controc.tables import page_of, place_args, place_words
from payments.controc.views.common import PREPARE, SEE, around, schedule_or_404


@require_GET
@permission_required(SEE, raise_exception=True)
def schedule_list(request: HttpRequest) -> HttpResponse:
    table = tables.ScheduleTable(pages.schedules(), request=request)
    open_, last = selectors.open_schedule(), selectors.latest_signed_off()
    next_month = selectors.month_to_come(timezone.localdate())
    context = {
        "table": table,
        "open": open_,
        "open_args": open_ and place_args(open_),
        "open_words": open_ and place_words(open_),
        "last": last,
        "last_words": last and place_words(last),
        "next_month": next_month,
        "month_form": forms.Month(initial={"month": f"{next_month:%Y-%m}"}),
        "may_prepare": request.user.has_perm(PREPARE),
    }
    return table_response(request, table, "Rent schedules") or render(
        request, "payments/controc/schedule_list.html", context
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def schedule_detail(request: HttpRequest, month: str, number: int) -> HttpResponse:
    schedule = schedule_or_404(month, number)
    filters = forms.LineFilter(request.GET or None)
    shown = filters.apply(pages.lines(schedule))
    is_export = request.GET.get("export") == "xlsx"
    table = (tables.LineExport if is_export else tables.LineTable)(
        shown,
        request=request,
        totals=shown.order_by().aggregate(amount=Sum("amount")),
        flags=pages.flags(schedule, shown) if is_export else pages.Flags({}, {}),
        schedule=schedule,
        may_decide=request.user.has_perm(PREPARE) and schedule.status != Schedule.Status.SIGNED_OFF,
    )
    if export := table_response(request, table, f"Rent schedule {schedule}"):
        return export
    table.flags = pages.flags(schedule, page_of(table))
    changed = working.changed_words(changed_after(schedule))
    shown_too = {"table": table, "filters": filters, "changed": changed}
    context = around(request, schedule) | working.summary(schedule) | shown_too
    return render(request, "payments/controc/schedule_detail.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def payee_totals(request: HttpRequest, month: str, number: int) -> HttpResponse:
    schedule = schedule_or_404(month, number)
    filters = forms.TotalFilter(request.GET or None)
    shown = filters.apply(pages.totals(schedule))
    table = tables.TotalTable(
        shown,
        request=request,
        schedule=schedule,
        totals=shown.order_by().aggregate(
            **{name: Sum(name) for name in ("rent", "backdated", "released", "adjustments", "nrl_tax")},
            **{name: Sum(name) for name in ("brought_forward", "net", "held", "carried_forward")},
        ),
    )
    return table_response(request, table, f"Payees {schedule}") or render(
        request,
        "payments/controc/payee_totals.html",
        around(request, schedule) | {"table": table, "filters": filters},
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def line_detail(request: HttpRequest, pk: int) -> HttpResponse:
    line = get_object_or_404(
        ScheduleLine.objects.select_related(
            "schedule", "lease__property", "payee__party", "lease_rent__set_by", "adjustment", "releases__schedule"
        ).defer("schedule__terms"),
        pk=pk,
    )
    schedule = pages.schedule_at(line.schedule.month, line.schedule.number)
    found = pages.flags(schedule, [line]).of(line)
    context = around(request, schedule) | {
        "line": line,
        "words": tables.line_words(line),
        "working": working.of_line(line),
        "anomalies": [tables.shown(anomaly, line) for anomaly in found],
    }
    return render(request, "payments/controc/line_detail.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def bridge(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """From the month before to this one, up to and with this schedule; `?cause=` opens one cause to its rows."""
    schedule = schedule_or_404(month, number)
    result = services.bridge_of(schedule)
    cause = next((cause for cause in Cause if cause.name.lower() == request.GET.get("cause")), None)
    table = tables.CauseLeaseTable(working.rows_of_cause(result, cause), request=request) if cause else None
    if table and (export := table_response(request, table, f"Bridge {schedule} {cause}")):
        return export
    context = around(request, schedule) | {
        "bridge": result,
        "causes": working.causes(result),
        "cause": cause,
        "table": table,
        "last": previous_month(schedule.month),
        "others": [(place_words(other), place_args(other)) for other in pages.other_schedules(schedule)],
    }
    return render(request, "payments/controc/bridge.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def preview(request: HttpRequest) -> HttpResponse:
    """A month as it would be generated now. Nothing is written."""
    to_come = selectors.month_to_come(timezone.localdate())
    form = forms.Month(request.GET or None, initial={"month": f"{to_come:%Y-%m}"})
    context: dict[str, Any] = {"form": form, "to_come": to_come}
    if form.is_valid():
        now = timezone.now()
        try:
            result = services.preview(month=form.cleaned_data["month"], now=now)
        except Refused as refusal:
            form.add_error("month", str(refusal))
        else:
            table = previewing.table(result, request)
            if export := table_response(request, table, f"Preview {result.place}"):
                return export
            context |= previewing.context(result, now) | {"table": table}
    return render(request, "payments/controc/preview.html", context)
