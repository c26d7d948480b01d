"""The lists: bookings, free units, voids."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from bookings.households.models import Household
from bookings.stays import forms, selectors
from bookings.stays.tables import BookingTable, FreeUnitTable, VoidTable
from bookings.stays.views.common import MANAGE, SEE, may_change
from lewisham_ta.fields import chosen
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day


@require_GET
@permission_required(SEE, raise_exception=True)
def booking_list(request: HttpRequest) -> HttpResponse:
    filters = forms.BookingFilters(request.GET)
    asked = chosen(filters)
    on = asked.pop("on", timezone.localdate())
    table = BookingTable(selectors.bookings_found(day=on, **asked), request=request)
    context = {"table": table, "filters": filters, "on": on, "may_change": may_change(request)}
    return table_response(request, table, f"Bookings as on {day(on)}") or render(
        request, "bookings/stays/booking_list.html", context
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def find(request: HttpRequest) -> HttpResponse:
    """Units that are free for some nights, to book a household into or to move one to."""
    filters = forms.FindUnit(request.GET)
    asked = chosen(filters)
    ref, moving = asked.pop("household", ""), asked.pop("moving", "")
    household = Household.objects.filter(ref=ref).first() if ref else None
    asked = {"starts_on": timezone.localdate(), "ends_on": None} | asked
    dates = {"starts_on": asked["starts_on"], "ends_on": asked["ends_on"]}
    table = FreeUnitTable(
        selectors.free_units(**asked),
        request=request,
        day=asked["starts_on"],
        asked={"household": ref} | dates,
        moving=moving,
        may_book=may_change(request),
    )
    context = {"table": table, "filters": filters, "household": household, "moving": moving} | dates
    return table_response(request, table, "Free units") or render(request, "bookings/stays/find.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def void_list(request: HttpRequest) -> HttpResponse:
    filters = forms.VoidFilters(request.GET)
    rows = selectors.voids_found(day=timezone.localdate(), **chosen(filters))
    table = VoidTable(rows, request=request, may_change=request.user.has_perm(MANAGE))
    return table_response(request, table, "Voids") or render(
        request, "bookings/stays/void_list.html", {"table": table, "filters": filters}
    )
