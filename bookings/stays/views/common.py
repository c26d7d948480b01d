"""What the pages of bookings share."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from bookings import ties
from bookings.stays import selectors
from bookings.stays.models import Booking, Void

SEE, MANAGE, APPROVE = "bookings.see_bookings", "bookings.manage_bookings", "bookings.approve_over_cap"


def url_of(booking: Booking) -> str:
    return reverse("bookings:detail", args=[booking.ref])


def crumbs_of(booking: Booking) -> list[tuple[str, str]]:
    return [("Bookings", reverse("bookings:list")), (booking.ref, url_of(booking))]


def booking_or_404(ref: str) -> Booking:
    rows = selectors.bookings_on(timezone.localdate()).select_related("moved_from", "departed_by")
    return get_object_or_404(rows, ref=ref)


def about(booking: Booking) -> str:
    """Whom and which home a form is about, so that nobody works on the wrong booking."""
    who = f"{booking.main_name or 'Nobody named'} ({booking.household.ref})"
    return who if booking.household.is_confidential else f"{who} at {booking.unit.address}, {booking.unit.postcode}"


def clash_link(other: Booking | Void) -> tuple[str, str]:
    if isinstance(other, Void):
        return f"unit {other.unit.ref}", reverse("units:detail", args=[other.unit.ref])
    return f"booking {other.ref}", url_of(other)


def may_change(request: HttpRequest) -> bool:
    return request.user.has_perm(MANAGE)


def initial_of(booking: Booking, version: str, **more: Any) -> dict[str, Any]:
    return {"ends_on": booking.ends_on, "seen": version} | more


def and_what_follows(done: str, booking: Booking) -> str:
    """What is said once the nights of a booking have changed: that, and what came of it in other rooms."""
    return " ".join([done, *ties.changed(booking, now=timezone.now())])
