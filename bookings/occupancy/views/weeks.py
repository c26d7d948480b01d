"""A week's confirmation: all providers, one provider, corrections, and who was not there."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.occupancy import rules, services
from bookings.occupancy.forms import CorrectionForm, WeekForm
from bookings.occupancy.models import OccupancyList
from bookings.occupancy.selectors import weeks
from bookings.occupancy.tables import AbsenceTable, WeekTable
from bookings.stays.models import Booking
from bookings.units.models import Provider
from lewisham_ta import files
from lewisham_ta.acting import act, who_and_when
from lewisham_ta.dates import ONE_DAY
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day

SEE, MANAGE = "bookings.see_bookings", services.MANAGE
FIGURES = ["bookings", "nights", "there", "absent", "unconfirmed"]


@require_safe
@permission_required(SEE, raise_exception=True)
def week_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    week = _week(request.GET.get("week", ""), today)
    lines = weeks.week_lines(week, today)
    totals = {name: sum(getattr(line, name) for line in lines) for name in FIGURES}
    table = WeekTable(lines, request=request, week=week, totals=totals)
    context = _around(week, today) | {
        "table": table,
        "facts": facts(totals, weeks.absences().count()),
        "may_change": request.user.has_perm(MANAGE),
        "missing": sum(not line.has_file for line in lines),
        "to_email": sum(line.list_state == "made" and bool(line.email) for line in lines),
    }
    return table_response(request, table, f"Occupancy week of {day(week)}") or render(
        request, "bookings/occupancy/week_list.html", context
    )


def facts(totals: dict[str, int], absences: int) -> list[dict[str, Any]]:
    absent, unconfirmed = totals["absent"], totals["unconfirmed"]
    return [
        {"label": "Nights that are over", "value": totals["nights"]},
        {"label": "There", "value": totals["there"]},
        {"label": "Not there", "value": absent, "tone": "error" if absent else ""},
        {"label": "Unconfirmed", "value": unconfirmed, "tone": "warning" if unconfirmed else ""},
        {
            "label": "Not there when last asked",
            "value": absences,
            "url": reverse("occupancy:absence_list"),
            "tone": "error" if absences else "",
        },
    ]


def _week(text: str, today: date) -> date:
    """The week that is asked for by any of its days; without one, the last that is over."""
    try:
        asked = rules.monday_of(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return rules.monday_of(today) - rules.WEEK
    return min(asked, rules.monday_of(today))


def _around(week: date, today: date) -> dict[str, Any]:
    """The week with its last day and its neighbours; none after the present one."""
    following = week + rules.WEEK
    return {
        "week": week,
        "last": following - ONE_DAY,
        "earlier": week - rules.WEEK if week.year > 1 else None,
        "later": following if following <= today else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(SEE, raise_exception=True)
def provider_week(request: HttpRequest, pk: int, week: date) -> HttpResponse:
    """Everything answered and asked of one provider's week; the answers are sent to this same address."""
    provider = get_object_or_404(Provider.objects.select_related("party"), pk=pk)
    today = timezone.localdate()
    if rules.week_refusal(week=week, today=today):
        raise Http404
    if request.method == "POST" and not request.user.has_perm(MANAGE):
        raise PermissionDenied
    rows = weeks.provider_week(provider, week, today)
    form = WeekForm(request.POST if request.method == "POST" else None, rows=rows)
    if request.method == "POST" and form.is_valid() and _confirmed(request, form, provider, week):
        return redirect("occupancy:provider_week", pk, week)
    return render(request, "bookings/occupancy/provider_week.html", _page(request, provider, week, rows, form))


def _confirmed(request: HttpRequest, form: WeekForm, provider: Provider, week: date) -> bool:
    said = form.cleaned_data["said"]
    try:
        nights = services.confirm(provider_id=provider.pk, week=week, said=said, **who_and_when(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{nights} night{'' if nights == 1 else 's'} recorded.")
    return True


def _page(
    request: HttpRequest, provider: Provider, week: date, rows: list[weeks.WeekRow], form: WeekForm
) -> dict[str, Any]:
    controls = form.controls()
    made = OccupancyList.objects.filter(provider=provider, week=week).first()
    unsaid = sum(len(asked) for asked in controls.values())
    words, tone = weeks.LIST_STATES[weeks.list_state(made, unconfirmed=unsaid)]
    return _around(week, timezone.localdate()) | {
        "provider": provider,
        "rows": [(row, controls.get(row.pk, [])) for row in rows],
        "form": form,
        "may_change": request.user.has_perm(MANAGE),
        "unsaid": unsaid,
        "made": made,
        "file": files.without_content().filter(pk=made.file_id).first() if made else None,
        "words": words,
        "tone": tone,
    }


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def correct(request: HttpRequest, pk: int, first_on: date) -> HttpResponse:
    booking = get_object_or_404(Booking.objects.select_related("unit"), pk=pk)
    recorded = booking.confirmations.filter(starts_on__lte=first_on, ends_on__gt=first_on).first()
    if recorded is None:
        raise Http404
    was_there = recorded.was_there
    first = {"first_on": first_on, "last_on": recorded.ends_on - ONE_DAY, "was_there": "no" if was_there else "yes"}
    back = provider_url(booking.unit.provider_id, rules.monday_of(first_on))
    return act(
        request,
        CorrectionForm(request.POST or None, initial=first),
        lambda **typed: services.correct(booking_id=booking.pk, **typed),
        done=f"The nights of {booking.ref} are corrected.",
        back=back,
        title=f"Correct the nights of {booking.ref}",
        submit="Correct them",
        intro=f"Recorded as {'there' if was_there else 'not there'}. What was said before stays in the history.",
        crumbs=[("Occupancy", reverse("occupancy:week_list")), ("Week", back)],
    )


def provider_url(pk: int, week: date) -> str:
    return reverse("occupancy:provider_week", args=[pk, week])


@require_safe
@permission_required(SEE, raise_exception=True)
def absence_list(request: HttpRequest) -> HttpResponse:
    table = AbsenceTable(weeks.absences(), request=request, may_change=request.user.has_perm(MANAGE))
    return table_response(request, table, "Not there when last asked") or render(
        request, "bookings/occupancy/absence_list.html", {"table": table}
    )
