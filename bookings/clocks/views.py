"""The page of clocks, and the notice to another council."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.clocks import selectors, services
from bookings.clocks.forms import ClockFilters, NoticeForm
from bookings.clocks.rules import KIND_WORDS, TO_ACT_ON, Level
from bookings.clocks.tables import ClockTable
from bookings.units import selectors as units
from lewisham_ta.acting import act
from lewisham_ta.fields import Why
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day


@require_safe
@permission_required("bookings.see_bookings", raise_exception=True)
def clock_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    found = selectors.lines(today)
    filters = ClockFilters(request.GET)
    filters.is_valid()
    table = ClockTable(
        selectors.chosen(found, **filters.cleaned_data),
        request=request,
        may_change=request.user.has_perm("bookings.manage_bookings"),
    )
    strip = [*facts(found), borough_unknown(units.borough_unknown_count(today))]
    context = {"table": table, "filters": filters, "facts": strip, "today": today}
    return table_response(request, table, f"Clocks on {day(today)}") or render(
        request, "bookings/clocks/clock_list.html", context
    )


def facts(found: list[selectors.Line]) -> list[dict[str, Any]]:
    """The strip: of each kind how many are to be acted on, and how many of those are over."""
    strip = []
    for kind, words in KIND_WORDS.items():
        levels = [line.level for line in found if line.kind == kind and line.level in TO_ACT_ON]
        over = levels.count(Level.OVER)
        tone = "error" if over else "warning" if levels else ""
        hint = f"{over} over" if over else ""
        strip.append({"label": words, "value": len(levels), "url": f"?kind={kind}", "tone": tone, "hint": hint})
    return strip


def borough_unknown(count: int) -> dict[str, Any]:
    """The units for which no section 208 clock can run, because nobody recorded in whose area they are."""
    fact: dict[str, Any] = {
        "label": "Borough unknown",
        "value": count,
        "url": reverse("units:list") + "?only=no_borough",
    }
    return fact | ({"tone": "warning", "hint": "units without a section 208 clock"} if count else {})


@require_http_methods(["GET", "POST"])
@permission_required("bookings.manage_bookings", raise_exception=True)
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    booking = get_object_or_404(selectors.bookings_abroad(), pk=pk)
    first = {"council": booking.unit.district, "sent_on": timezone.localdate()}
    return act(
        request,
        NoticeForm(request.POST or None, initial=first),
        lambda **typed: services.record_notice(booking_id=booking.pk, **typed),
        done=f"The notice of {booking.ref} is recorded.",
        back=reverse("clocks:list") + "?kind=section_208",
        title=f"Section 208 notice of {booking.ref}",
        submit="Record the notice",
        intro=(
            f"{booking.household.ref} was placed in {booking.unit.district or 'an area that is not recorded'} on "
            f"{day(booking.starts_on)}. Record the written notice to that council once it has been sent."
        ),
        crumbs=[("Clocks", reverse("clocks:list"))],
    )


@require_http_methods(["GET", "POST"])
@permission_required("bookings.manage_bookings", raise_exception=True)
def notice_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    booking = get_object_or_404(selectors.bookings_abroad(), pk=pk)
    return act(
        request,
        Why(request.POST or None),
        lambda **typed: services.withdraw_notice(booking_id=booking.pk, **typed),
        done=f"The notice of {booking.ref} is taken back: its clock runs again.",
        back=reverse("clocks:list") + "?kind=section_208",
        title=f"Take back the section 208 notice of {booking.ref}",
        submit="Take it back",
        crumbs=[("Clocks", reverse("clocks:list"))],
    )
