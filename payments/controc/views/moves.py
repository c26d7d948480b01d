"""A schedule made, submitted and thrown away."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from lewisham_ta.refusals import Refused
from payments.controc import forms, services, tasks
from payments.controc.models import Schedule
from payments.controc.tables import place_args, place_words
from payments.controc.views.common import PREPARE, schedule_or_404


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
    schedule = schedule_or_404(month, number)
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
