"""Booking a household into a unit, and moving it to one."""

from datetime import date
from functools import partial

from django import forms as django_forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bookings.households.models import Household
from bookings.stays import forms, services
from bookings.stays.models import Booking
from bookings.stays.views.common import MANAGE, about, and_what_follows, booking_or_404, clash_link, crumbs_of, url_of
from bookings.units import selectors as units
from bookings.units.models import Unit
from bookings.units.rules import grade_warning
from lewisham_ta.acting import act
from lewisham_ta.fields import DayField
from lewisham_ta.http import Request
from lewisham_ta.templatetags.ta import pounds
from lewisham_ta.versions import version_of


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def book_in(request: Request, unit: str) -> HttpResponse:
    first_night = _day(request, "starts_on")
    home = get_object_or_404(units.units_on(first_night), ref=unit)
    warning = _grade_warning(home, first_night)
    asked = {name: request.GET.get(name, "") for name in ("household", "ends_on")} | {"starts_on": first_night}

    def book(household: Household, **typed: object) -> Booking:
        return services.book_in(household_id=household.pk, unit_id=home.pk, **typed)

    here = reverse("bookings:find")
    return act(
        request,
        forms.BookIn(request.POST or None, initial=asked, by=request.user, warnings=bool(warning)),
        book,
        title=f"Book into {home.ref}",
        submit="Book in",
        done="Booked in. Make the licence sheet next, and have it acknowledged.",
        back=here,
        then=url_of,
        intro=_terms(home),
        warnings=[words for words in (warning, _family_warning(home, str(asked["household"]))) if words],
        crumbs=[("Bookings", reverse("bookings:list")), ("Find a unit", here)],
        clash_link=clash_link,
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def move(request: Request, ref: str, unit: str) -> HttpResponse:
    booking = booking_or_404(ref)
    moved_on = _day(request, "moved_on" if request.method == "POST" else "starts_on")
    home = get_object_or_404(units.units_on(moved_on), ref=unit)
    warning, version = _grade_warning(home, moved_on), version_of(booking)
    initial = {"moved_on": moved_on, "ends_on": request.GET.get("ends_on") or booking.ends_on, "seen": version}
    return act(
        request,
        forms.Move(request.POST or None, initial=initial, by=request.user, warnings=bool(warning)),
        partial(services.move, booking_id=booking.pk, unit_id=home.pk),
        title=f"Move {booking.household.ref} to {home.ref}",
        submit="Move the household",
        done=lambda new: and_what_follows("Moved. Make the licence sheet of the new booking next.", new.moved_from),
        back=url_of(booking),
        then=url_of,
        version=version,
        intro=f"{about(booking)}, to: {_terms(home)}",
        warnings=[words for words in (warning, _family_warning(home, booking.household.ref)) if words],
        crumbs=crumbs_of(booking),
        clash_link=clash_link,
    )


def _day(request: HttpRequest, name: str) -> date:
    """The day that was asked for or typed, or today where none was or it is none."""
    typed = (request.POST if request.method == "POST" else request.GET).get(name, "")
    try:
        day: date | None = DayField(required=False).clean(typed)
    except django_forms.ValidationError:
        day = None
    return day or timezone.localdate()


def _grade_warning(unit: Unit, day: date) -> str:
    return grade_warning(
        size=unit.size,
        is_bed_and_breakfast=unit.is_bed_and_breakfast,
        grade=unit.grade,
        grade_expires_on=unit.grade_expires_on,
        day=day,
    )


def _family_warning(unit: Unit, household: str) -> str:
    family = Household.objects.filter(ref=household)
    if unit.is_bed_and_breakfast and any(row.children or row.is_pregnant for row in family):
        return "This is bed and breakfast, which is not suitable for a family for more than six weeks in all."
    return ""


def _terms(unit: Unit) -> str:
    """Where it is, and what it costs: the sentence above the form."""
    rate, cap = unit.rate_now, unit.cap_now  # type: ignore[attr-defined]  # of units_on
    costs = f"{pounds(rate)} a night agreed" if rate is not None else "no rate agreed"
    held = f"cap {pounds(cap)}" if cap is not None else "no cap set"
    return f"{unit.address}, {unit.postcode}. {unit.get_size_display()}, {costs}, {held}."
