"""What the signatory looks at, the decision, and the frozen pack."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lewisham_ta import files
from lewisham_ta.models import Job
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.controc import forms, selectors, services, tables, tasks, working
from payments.controc.models import Schedule
from payments.controc.selectors import pages
from payments.controc.selectors.changes import changed_after
from payments.controc.tables import place_args, place_words
from payments.controc.views.common import PREPARE, SEE, around, schedule_or_404


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def sign_off(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """What the signatory looks at, and the decision. Whoever may not sign sees the page and is told why."""
    schedule = schedule_or_404(month, number)
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
        if job := _asked(request, schedule, form):
            return redirect("job_detail", job.pk)
        if _returned(request, schedule, back):
            return redirect("controc:schedule_detail", *place_args(schedule))
        schedule = schedule_or_404(month, number)
    return _page(request, schedule, form, back)


def _page(request: HttpRequest, schedule: Schedule, form: forms.SignOff, back: forms.ReturnNote) -> HttpResponse:
    exceptions = tables.ExceptionTable(pages.exceptions(schedule), request=request)
    if export := table_response(request, exceptions, f"Exceptions {schedule}"):
        return export
    now = timezone.now()
    result = services.bridge_of(schedule)
    job = tasks.sign_off_of(schedule)
    failed = job.error if job and job.state == Job.State.FAILED else ""
    changed = changed_after(schedule)
    checks = working.checks(schedule, result, request.user, now, failed=failed, changed=changed)
    context = {
        "form": form,
        "back": back,
        "bridge": result,
        "checks": checks,
        "problems": working.problems(checks, form, back),
        "causes": working.causes(result),
        "exceptions": exceptions,
        "above_limit": working.above_limit(schedule, request.user, now),
        "job": job,
        "awaits_decision": schedule.status == Schedule.Status.READY and (not job or job.state == Job.State.FAILED),
        "sample": selectors.sample_of_unflagged(schedule),
        "payee_changes": pages.payee_changes(schedule),
        "story": pages.story(schedule),
        "pack": working.pack_files(schedule),
    }
    around_it = around(request, schedule) | working.summary(schedule)
    return render(request, "payments/controc/sign_off.html", around_it | context)


def _asked(request: HttpRequest, schedule: Schedule, form: forms.SignOff) -> Job | None:
    """The job that signs it off: working the month out again and making the pack take seconds."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return tasks.request_sign_off(
            schedule=schedule,
            seen_version=form.cleaned_data["seen_version"],
            note=form.cleaned_data["note"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None


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
    schedule = schedule_or_404(month, number)
    file = {"pdf": schedule.pack_pdf, "xlsx": schedule.pack_xlsx}.get(kind)
    if file is None:
        raise Http404
    return files.response(file, request.user, timezone.now())
