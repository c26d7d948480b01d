"""A booking: its page, and everything that is done to it."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings import sections
from bookings.households import services as households
from bookings.stays import forms, rules, selectors, services
from bookings.stays.models import Acknowledgement, Booking, BookingRate
from bookings.stays.tables import STATE_TONES
from bookings.stays.views.common import (
    APPROVE,
    MANAGE,
    SEE,
    about,
    and_what_follows,
    booking_or_404,
    clash_link,
    crumbs_of,
    initial_of,
    may_change,
    url_of,
)
from lewisham_ta.acting import act, who_and_when
from lewisham_ta.fields import VersionedWhy
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.versions import version_of


@require_GET
@permission_required(SEE, raise_exception=True)
def booking_detail(request: HttpRequest, ref: str) -> HttpResponse:
    return _page(request, ref, is_open=False)


@require_POST
@permission_required(MANAGE, raise_exception=True)
def open_address(request: HttpRequest, ref: str) -> HttpResponse:
    """The page with the address of a confidential household on it. Who asked is in the audit log."""
    households.open_address(household_id=booking_or_404(ref).household_id, **who_and_when(request))
    return _page(request, ref, is_open=True)


def _page(request: HttpRequest, ref: str, *, is_open: bool) -> HttpResponse:
    booking = booking_or_404(ref)
    is_hidden = booking.household.is_confidential and not is_open
    state = selectors.StayState(booking.state)
    context = {
        "booking": booking,
        "is_hidden": is_hidden,
        "state": {"word": state.label, "tone": STATE_TONES[state]},
        "is_live": booking.status == booking.Status.BOOKED,
        "rates": booking.rates.select_related("set_by").order_by("-from_on", "-pk"),
        "moved_to": selectors.moved_to(booking),
        "elsewhere": selectors.elsewhere(booking),
        "sheets": selectors.sheets_of(booking),
        "acknowledgements": booking.acknowledgements.select_related("recorded_by").order_by("-on", "-pk"),
        "history": history_of(
            booking,
            children=[(BookingRate, "booking"), (Acknowledgement, "booking")],
            left_out=LEFT_OUT | {"sheet"} | ({"unit"} if is_hidden else set()),
        ),
        "sections": sections.of(request, booking),
        "may_change": may_change(request),
        "may_approve": request.user.has_perm(APPROVE) and booking.is_over_cap and not booking.cap_approved_by_id,
    }
    return render(request, "bookings/stays/booking_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def extend(request: HttpRequest, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    version = version_of(booking)
    return act(
        request,
        forms.Extend(request.POST or None, initial=initial_of(booking, version)),
        partial(services.extend, booking_id=booking.pk),
        title=f"Extend or shorten {booking.ref}",
        submit="Save the departure",
        done=partial(and_what_follows, "The departure is changed."),
        back=url_of(booking),
        version=version,
        intro=f"{about(booking)}. What is intended; a departure that has happened is recorded as such.",
        crumbs=crumbs_of(booking),
        clash_link=clash_link,
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def depart(request: HttpRequest, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    version = version_of(booking)
    return act(
        request,
        forms.Depart(request.POST or None, initial={"departed_on": timezone.localdate(), "seen": version}),
        partial(services.depart, booking_id=booking.pk),
        title=f"Record the departure of {booking.ref}",
        submit="Record the departure",
        done=partial(and_what_follows, "The departure is recorded. The unit is free from that night on."),
        back=url_of(booking),
        version=version,
        intro=about(booking),
        crumbs=crumbs_of(booking),
        clash_link=clash_link,
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def undo_departure(request: HttpRequest, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    return _asking_why(
        request,
        booking,
        services.undo_departure,
        title=f"Undo the departure of {booking.ref}",
        submit="Undo the departure",
        done="The departure is taken back. Say until when the household stays.",
        intro="The day stays as what is intended. A change logged for it stays on the household.",
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    return _taking_back(
        request,
        booking,
        services.cancel,
        title=f"Cancel {booking.ref}",
        submit="Cancel the booking",
        done="The booking is cancelled.",
        intro="Nothing of it will be payable. If somebody slept there, record a departure instead.",
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def no_show(request: HttpRequest, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    return _taking_back(
        request,
        booking,
        services.no_show,
        title=f"Nobody arrived: {booking.ref}",
        submit="Record that nobody arrived",
        done="It is recorded that nobody arrived.",
        intro="Its nights are free, and nothing of it is payable.",
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def reinstate(request: HttpRequest, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    return _asking_why(
        request,
        booking,
        services.reinstate,
        title=f"Book {booking.ref} again as it was",
        submit="Book it again",
        done="The booking stands again as it was.",
        intro=f"It was {rules.WORDS[booking.status]}. Its unit and its household must be free on its nights.",
    )


def _taking_back(
    request: HttpRequest, booking: Booking, service: Any, *, intro: str, done: str, **words: str
) -> HttpResponse:
    """The page that says of a stay that it never was: what rests on it stands above the form."""
    version = version_of(booking)
    tied = selectors.ties_of(booking, timezone.localdate())
    asks = bool(tied.asking) and not tied.forbidding
    return act(
        request,
        forms.NeverWas(request.POST or None, asks=asks, initial={"seen": version}),
        partial(service, booking_id=booking.pk),
        back=url_of(booking),
        version=version,
        intro=f"{about(booking)}. {intro}",
        warnings=[*tied.forbidding, *tied.asking],
        done=partial(and_what_follows, done),
        crumbs=crumbs_of(booking),
        **words,
    )


def _asking_why(
    request: HttpRequest, booking: Booking, service: Any, *, intro: str, done: str, **words: str
) -> HttpResponse:
    """The page of a verb for which nothing is asked but why."""
    version = version_of(booking)
    return act(
        request,
        VersionedWhy(request.POST or None, initial={"seen": version}),
        partial(service, booking_id=booking.pk),
        back=url_of(booking),
        version=version,
        intro=f"{about(booking)}. {intro}",
        crumbs=crumbs_of(booking),
        done=partial(and_what_follows, done),
        clash_link=clash_link,
        **words,
    )
