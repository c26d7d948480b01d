"""The inbox of anomalies, what is decided about them, and what is held."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lewisham_ta.history import history_of
from lewisham_ta.refusals import Clash, Refused
from lewisham_ta.tables import table_response
from payments.controc import forms, selectors, services, tables
from payments.controc.models import Anomaly, Schedule
from payments.controc.selectors import pages
from payments.controc.tables import place_args
from payments.controc.views.common import PREPARE, SEE, around, schedule_or_404


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def anomaly_list(request: HttpRequest, month: str, number: int) -> HttpResponse:
    schedule = schedule_or_404(month, number)
    among = pages.anomalies(schedule)
    form = forms.Decide(request.POST or None, among=Anomaly.objects.filter(schedule=schedule))
    problems: list[tuple[str, str]] = []
    if request.method == "POST" and _decided(request, form, problems):
        return redirect(request.get_full_path())
    filters = forms.AnomalyFilter(request.GET or None)
    table = tables.AnomalyTable(filters.apply(among), request=request)
    context = around(request, schedule) | {
        "table": table,
        "filters": filters,
        "form": form,
        "problems": problems,
        "counts": selectors.anomaly_counts(schedule),
    }
    return table_response(request, table, f"Anomalies {schedule}") or render(
        request, "payments/controc/anomaly_list.html", context
    )


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def anomaly_decide(request: HttpRequest, pk: int) -> HttpResponse:
    anomaly = get_object_or_404(Anomaly.objects.select_related("lease__property", "payee__party", "decided_by"), pk=pk)
    schedule = pages.schedule_at(*Schedule.objects.values_list("month", "number").get(pk=anomaly.schedule_id))
    initial = {"seen_version": schedule.version, "selected": [anomaly.pk], "reason": anomaly.reason}
    form = forms.Decide(request.POST or None, among=Anomaly.objects.filter(pk=pk), initial=initial)
    if request.method == "POST" and _decided(request, form, []):
        return redirect("controc:anomaly_list", *place_args(schedule))
    lines = pages.lines(schedule)
    own = lines.filter(lease=anomaly.lease) if anomaly.lease_id else lines.filter(payee=anomaly.payee)
    context = around(request, schedule) | {
        "anomaly": tables.shown(anomaly),
        "lease": anomaly.lease,
        "party": anomaly.payee and anomaly.payee.party,
        "form": form,
        "lines": [(line, tables.line_words(line)) for line in own],
        "amount": own.order_by().aggregate(sum=Sum("amount"))["sum"],
        "release": pages.release_of(anomaly),
        "history": history_of(anomaly),
        "release_form": forms.Release(),
        "may_release": anomaly.decision == Anomaly.Decision.HELD and schedule.status == Schedule.Status.SIGNED_OFF,
    }
    return render(request, "payments/controc/anomaly_decide.html", context)


def _decided(request: HttpRequest, form: forms.Decide, problems: list[tuple[str, str]]) -> bool:
    """Take the decision that was sent. What is wrong with it is said on the form, or in `problems` with the page of
    the one anomaly of many that is in the way."""
    if not request.user.has_perm(PREPARE):
        raise PermissionDenied
    if not form.is_valid():
        return False
    cleaned = form.cleaned_data
    try:
        count = services.decide(
            anomaly_ids=[anomaly.pk for anomaly in cleaned["selected"]],
            decision=cleaned["decision"],
            reason=cleaned["reason"],
            must_act=cleaned["must_act"],
            seen_version=cleaned["seen_version"],
            by=request.user,
            now=timezone.now(),
        )
    except Clash as refusal:
        anomaly = Anomaly.objects.select_related("lease", "payee__party").get(pk=refusal.other.pk)
        which = f"{tables.code_words(anomaly.code)}, {tables.subject_of(anomaly)}"
        words = f"{str(refusal).removesuffix('.')} ({which})."
        problems.append((words, reverse("controc:anomaly_decide", args=[anomaly.pk])))
        return False
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    done = {"accepted": "accepted", "held": "held", "": "open again"}[cleaned["decision"]]
    messages.success(request, f"{count} {'anomaly is' if count == 1 else 'anomalies are'} {done}.")
    return True


@require_GET
@permission_required(SEE, raise_exception=True)
def held_list(request: HttpRequest) -> HttpResponse:
    """What is held on signed-off schedules and not released yet, with why and who must act."""
    rows = pages.outstanding_lines()
    table = tables.HeldTable(rows, request=request, totals=rows.order_by().aggregate(amount=Sum("amount")))
    return table_response(request, table, "Held") or render(
        request, "payments/controc/held_list.html", {"table": table}
    )


@require_POST
@permission_required(PREPARE, raise_exception=True)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    anomaly = get_object_or_404(Anomaly, pk=pk)
    form = forms.Release(request.POST)
    try:
        if not form.is_valid():
            raise Refused(form.errors["reason"][0])
        services.release_held(
            anomaly_id=anomaly.pk, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Released: the next schedule, or a supplementary one, pays it.")
    return redirect("controc:anomaly_decide", anomaly.pk)
