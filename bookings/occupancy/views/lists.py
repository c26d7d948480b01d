"""The list of a provider and week: made, e-mailed, downloaded."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bookings.households import services as households
from bookings.occupancy import services, tasks
from bookings.occupancy.models import OccupancyList
from bookings.occupancy.selectors import weeks
from bookings.occupancy.views.weeks import MANAGE, provider_url
from bookings.units.models import Provider
from lewisham_ta import files
from lewisham_ta.acting import who_and_when
from lewisham_ta.refusals import Refused

AT_ONCE = 60  # lists that are made in about two seconds


@require_POST
@permission_required(MANAGE, raise_exception=True)
def lists_make(request: HttpRequest, week: date) -> HttpResponse:
    """A few lists at once; many are a job, because nobody should wait for them at a page that does not answer."""
    if weeks.lists_missing(week) <= AT_ONCE:
        return _for_all(request, week, services.make_lists, "made")
    try:
        job = tasks.request_lists(week=week, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('occupancy:week_list')}?week={week}")
    return redirect("job_detail", job.pk)


@require_POST
@permission_required(MANAGE, raise_exception=True)
def lists_email(request: HttpRequest, week: date) -> HttpResponse:
    return _for_all(request, week, services.email_lists, "to be e-mailed in a moment")


def _for_all(request: HttpRequest, week: date, service: Any, words: str) -> HttpResponse:
    try:
        count = service(week=week, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{count} list{'' if count == 1 else 's'} {words}.")
    return redirect(f"{reverse('occupancy:week_list')}?week={week}")


@require_POST
@permission_required(MANAGE, raise_exception=True)
def list_make(request: HttpRequest, pk: int, week: date) -> HttpResponse:
    provider = get_object_or_404(Provider, pk=pk)
    try:
        services.make_list(provider_id=provider.pk, week=week, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The list is made.")
    return redirect(provider_url(pk, week))


@require_POST
@permission_required(MANAGE, raise_exception=True)
def list_email(request: HttpRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(OccupancyList, pk=pk)
    try:
        made = services.email_list(list_id=made.pk, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The list will be e-mailed to {made.sent_to} in a moment.")
    return redirect(provider_url(made.provider_id, made.week))


@require_safe
@permission_required(MANAGE, raise_exception=True)
def list_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as it was made. It says where each booking is: of confidential households, that it was taken is kept."""
    lists = OccupancyList.objects.select_related("file", "provider")
    made = get_object_or_404(lists, pk=pk, file__isnull=False)
    who = who_and_when(request)
    for household in weeks.confidential_in(made.provider, made.week):
        households.open_address(household_id=household, **who)
    return files.response(made.file, who["by"], who["now"])
