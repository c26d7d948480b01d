"""What pages and other rooms ask of bookings."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from bookings.households.models import Member
from bookings.households.selectors import main_name
from bookings.stays.models import Booking, BookingRate


def bookings() -> "QuerySet[Booking]":
    """Every booking with its unit, provider and household (main applicant first among its members) and its rates.

    `main_name` is the main applicant's, "" where nobody is named. In the order of first nights, and then as booked.
    """
    return (
        Booking.objects.select_related("household", "unit__provider__party", "booked_by", "cap_approved_by")
        .prefetch_related(
            Prefetch("household__members", Member.objects.order_by("-is_main", "pk")),
            Prefetch("rates", BookingRate.objects.order_by("from_on")),
        )
        .annotate(main_name=main_name("household"))
        .order_by("starts_on", "pk")
    )


def touching(starts_on: date, ends_on: date | None) -> Q:
    """Bookings that have a night from `starts_on` on and before `ends_on` (no end: from then on)."""
    condition = Q(ends_on__isnull=True) | Q(ends_on__gt=starts_on)
    return condition & Q(starts_on__lt=ends_on) if ends_on else condition


def occupied_on(night: date) -> Q:
    """Bookings whose household sleeps in the unit on a night, as booked."""
    return Q(status=Booking.Status.BOOKED, starts_on__lte=night) & (Q(ends_on__isnull=True) | Q(ends_on__gt=night))
