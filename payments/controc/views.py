"""The pages of a schedule: the list, the lines, the inbox of anomalies, the bridge, sign-off, the pack."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lewisham_ta import files
from lewisham_ta.dates import add_months, parse_month, previous_month
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.controc import forms, selectors, services, tables, tasks, working
from payments.controc.models import Anomaly, Deputy, Schedule, ScheduleLine
from payments.controc.rules.bridge import Cause
from payments.controc.selectors import pages
from payments.controc.tables import page_of, place_args, place_words

SEE, PREPARE = "payments.see_schedule", "payments.prepare_schedule"


def _schedule(month: str, number: int) -> Schedule:
    try:
        return pages.schedule_at(parse_month(month), number)
    except ValueError:
        raise Http404 from None


def _common(request: HttpRequest, schedule: Schedule) -> dict[str, Any]:
    """What every page of one schedule shows around its content."""
    return {
        "schedule": schedule,
        "place": place_words(schedule),
        "place_args": place_args(schedule),
        "state_tag": tables.state_tag(schedule),
        "is_open": schedule.status != Schedule.Status.SIGNED_OFF,
        "may_prepare": request.user.has_perm(PREPARE),
        "may_sign": services.may_sign(request.user, timezone.now()),
    }


@require_GET
@permission_required(SEE, raise_exception=True)
def schedule_list(request: HttpRequest) -> HttpResponse:
    table = tables.ScheduleTable(pages.schedules(), request=request)
    open_, last = selectors.open_schedule(), selectors.latest_signed_off()
    next_month = add_months(last.month, 1) if last else timezone.localdate().replace(day=1)
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
    schedule = _schedule(month, number)
    filters = forms.LineFilter(request.GET or None)
    shown = filters.apply(pages.lines(schedule))
    table = tables.LineTable(
        shown,
        request=request,
        totals=shown.order_by().aggregate(amount=Sum("amount")),
        flags=pages.Flags({}, {}),
        schedule=schedule,
        may_decide=request.user.has_perm(PREPARE) and schedule.status != Schedule.Status.SIGNED_OFF,
    )
    if export := table_response(request, table, f"Rent schedule {schedule}"):
        return export
    table.flags = pages.flags(schedule, page_of(table))
    context = _common(request, schedule) | working.summary(schedule) | {"table": table, "filters": filters}
    return render(request, "payments/controc/schedule_detail.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def payee_totals(request: HttpRequest, month: str, number: int) -> HttpResponse:
    schedule = _schedule(month, number)
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
        _common(request, schedule) | {"table": table, "filters": filters},
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
    context = _common(request, schedule) | {
        "line": line,
        "words": tables.line_words(line),
        "working": working.of_line(line),
        "anomalies": [tables.shown(anomaly, line) for anomaly in found],
    }
    return render(request, "payments/controc/line_detail.html", context)


# --- Anomalies -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def anomaly_list(request: HttpRequest, month: str, number: int) -> HttpResponse:
    schedule = _schedule(month, number)
    among = pages.anomalies(schedule)
    form = forms.Decide(request.POST or None, among=Anomaly.objects.filter(schedule=schedule))
    if request.method == "POST" and _decided(request, form):
        return redirect(request.get_full_path())
    filters = forms.AnomalyFilter(request.GET or None)
    table = tables.AnomalyTable(filters.apply(among), request=request)
    context = _common(request, schedule) | {
        "table": table,
        "filters": filters,
        "form": form,
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
    if request.method == "POST" and _decided(request, form):
        return redirect("controc:anomaly_list", *place_args(schedule))
    lines = pages.lines(schedule)
    own = lines.filter(lease=anomaly.lease) if anomaly.lease_id else lines.filter(payee=anomaly.payee)
    context = _common(request, schedule) | {
        "anomaly": tables.shown(anomaly),
        "subject": anomaly.lease or (anomaly.payee and anomaly.payee.party),
        "form": form,
        "lines": [(line, tables.line_words(line)) for line in own],
        "amount": own.order_by().aggregate(sum=Sum("amount"))["sum"],
        "release": pages.release_of(anomaly),
        "release_form": forms.Release(),
        "may_release": anomaly.decision == Anomaly.Decision.HELD and schedule.status == Schedule.Status.SIGNED_OFF,
    }
    return render(request, "payments/controc/anomaly_decide.html", context)


def _decided(request: HttpRequest, form: forms.Decide) -> bool:
    """Take the decision that was sent. What is wrong with it is said on the form."""
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


# --- Bridge and preview ----------------------------------------------------------------------------------------------


@require_GET
@permission_required(SEE, raise_exception=True)
def bridge(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """From the month before to this one, up to and with this schedule; `?cause=` opens one cause to its rows."""
    schedule = _schedule(month, number)
    result = services.bridge_of(schedule)
    cause = next((cause for cause in Cause if cause.name.lower() == request.GET.get("cause")), None)
    table = tables.CauseLeaseTable(working.rows_of_cause(result, cause), request=request) if cause else None
    if table and (export := table_response(request, table, f"Bridge {schedule} {cause}")):
        return export
    context = _common(request, schedule) | {
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
    form = forms.Month(request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            context |= working.previewed(form.cleaned_data["month"], timezone.now())
        except Refused as refusal:
            form.add_error("month", str(refusal))
    return render(request, "payments/controc/preview.html", context)


# --- Moves -----------------------------------------------------------------------------------------------------------


@require_POST
@permission_required(PREPARE, raise_exception=True)
def generate(request: HttpRequest) -> HttpResponse:
    """Ask for a month to be generated, or generated again; number 1 and up are supplementary."""
    form = forms.Generate(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(message for errors in form.errors.values() for message in errors))
        return redirect("controc:schedule_list")
    return _asked(request, form.cleaned_data["month"], form.cleaned_data["number"] or 0)


def _asked(request: HttpRequest, month: date, number: int) -> HttpResponse:
    try:
        job = tasks.request_generation(month=month, number=number, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("controc:schedule_list")
    return redirect("job_detail", job.pk)


def _move(
    request: HttpRequest, month: str, number: int, service: Callable[..., Any], done: str, **more: Any
) -> HttpResponse:
    """One move of a schedule for whoever saw this version of it."""
    schedule = _schedule(month, number)
    form = forms.SeenVersion(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("The page was sent without the version it showed.")
    try:
        service(
            schedule_id=schedule.pk,
            seen_version=form.cleaned_data["seen_version"],
            by=request.user,
            now=timezone.now(),
            **more,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("controc:schedule_detail", *place_args(schedule))
    messages.success(request, f"{place_words(schedule)} {done}.")
    return redirect("controc:schedule_list" if done == "discarded" else "controc:sign_off", *_after(done, schedule))


def _after(done: str, schedule: Schedule) -> list[Any]:
    return [] if done == "discarded" else place_args(schedule)


@require_POST
@permission_required(PREPARE, raise_exception=True)
def submit(request: HttpRequest, month: str, number: int) -> HttpResponse:
    return _move(request, month, number, services.submit, "submitted for sign-off")


@require_POST
@permission_required(PREPARE, raise_exception=True)
def discard(request: HttpRequest, month: str, number: int) -> HttpResponse:
    return _move(request, month, number, services.discard, "discarded")


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def sign_off(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """What the signatory looks at, and the decision. Whoever may not sign sees the page and is told why."""
    schedule = _schedule(month, number)
    form = forms.SignOff(
        request.POST if "sign_off" in request.POST else None, initial={"seen_version": schedule.version}
    )
    back = forms.ReturnNote(
        request.POST if "return" in request.POST else None, prefix="back", initial={"seen_version": schedule.version}
    )
    if request.method == "POST":
        # Whoever prepares schedules is told in words why they may not sign; others have no business here.
        may_sign = services.may_sign(request.user, timezone.now())
        if not may_sign and ("return" in request.POST or not request.user.has_perm(PREPARE)):
            raise PermissionDenied
        if _signed(request, schedule, form) or _returned(request, schedule, back):
            return redirect("controc:schedule_detail", *place_args(schedule))
        schedule = _schedule(month, number)
    context = (
        _common(request, schedule)
        | working.summary(schedule)
        | {
            "form": form,
            "back": back,
            "bridge": (result := services.bridge_of(schedule)),
            "checks": (checks := working.checks(schedule, result, request.user, timezone.now())),
            "problems": working.problems(checks, form, back),
            "causes": working.causes(result),
            "exceptions": pages.exceptions(schedule),
            "sample": selectors.sample_of_unflagged(schedule),
            "payee_changes": pages.payee_changes(schedule),
            "story": pages.story(schedule),
            "pack": working.pack_files(schedule),
        }
    )
    return render(request, "payments/controc/sign_off.html", context)


def _signed(request: HttpRequest, schedule: Schedule, form: forms.SignOff) -> bool:
    if not form.is_bound or not form.is_valid():
        return False
    try:
        services.sign_off(
            schedule_id=schedule.pk,
            seen_version=form.cleaned_data["seen_version"],
            note=form.cleaned_data["note"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{place_words(schedule)} is signed off. Its payments can be batched.")
    return True


def _returned(request: HttpRequest, schedule: Schedule, form: forms.ReturnNote) -> bool:
    if not form.is_bound or not form.is_valid():
        return False
    try:
        services.return_to_officer(
            schedule_id=schedule.pk,
            seen_version=form.cleaned_data["seen_version"],
            note=form.cleaned_data["note"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{place_words(schedule)} is returned to {schedule.submitted_by}.")
    return True


@require_GET
@permission_required(SEE, raise_exception=True)
def pack(request: HttpRequest, month: str, number: int, kind: str) -> HttpResponse:
    """The frozen pack, the same bytes at every download."""
    schedule = _schedule(month, number)
    file = {"pdf": schedule.pack_pdf, "xlsx": schedule.pack_xlsx}.get(kind)
    if file is None:
        raise Http404
    return files.response(file, request.user, timezone.now())


# --- Deputies --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def deputy_list(request: HttpRequest) -> HttpResponse:
    may_appoint = request.user.has_perm("payments.appoint_deputy")
    form = forms.Appoint(request.POST or None, people=pages.people_who_may_deputise())
    if request.method == "POST":
        if not may_appoint:
            raise PermissionDenied
        if form.is_valid():
            try:
                services.appoint_deputy(**form.cleaned_data, by=request.user, now=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{form.cleaned_data['person']} may sign off between these dates.")
                return redirect("controc:deputy_list")
    table = tables.DeputyTable(pages.deputies(), request=request, may_end=may_appoint)
    return table_response(request, table, "Deputies") or render(
        request, "payments/controc/deputy_list.html", {"table": table, "form": form, "may_appoint": may_appoint}
    )


@require_POST
@permission_required("payments.appoint_deputy", raise_exception=True)
def deputy_end(request: HttpRequest, pk: int) -> HttpResponse:
    deputy = get_object_or_404(Deputy, pk=pk)
    try:
        services.end_deputy(deputy_id=deputy.pk, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The appointment is ended.")
    return redirect("controc:deputy_list")
