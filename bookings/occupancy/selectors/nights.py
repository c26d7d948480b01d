"""Which nights of bookings providers have confirmed, for the check of an invoice: two queries, however many."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from bookings.occupancy.models import NightsConfirmed
from bookings.occupancy.rules import Nights, unsaid
from bookings.stays.models import Booking
from lewisham_ta.dates import Period


def unconfirmed_nights(booking_ids: Iterable[int], period: Period) -> dict[int, list[Period]]:
    """The booked nights of a closed period about which no provider has said anything, by booking.

    Bookings whose nights are all confirmed are not in it, nor are those with no night in the period.
    """
    ids = set(booking_ids)
    said = nights_said(ids, period)
    found = {}
    for pk, starts_on, ends_on in _touching(Booking.objects.filter(pk__in=ids), period).values_list(
        "pk", "starts_on", "ends_on"
    ):
        nights = Period(starts_on, ends_on).overlap(period)
        if nights and (runs := unsaid(nights, said.get(pk, []))):
            found[pk] = runs
    return found


def absent_nights(booking_ids: Iterable[int], period: Period) -> dict[int, list[Period]]:
    """The nights of a closed period on which the provider says that the household was not there, by booking."""
    found: dict[int, list[Period]] = defaultdict(list)
    for pk, runs in nights_said(set(booking_ids), period).items():
        for run in runs:
            if not run.was_there and (nights := Period(run.starts_on, run.ends_on).overlap(period)):
                found[pk].append(nights)
    return dict(found)


def nights_said(booking_ids: set[int], period: Period) -> dict[int, list[Nights]]:
    """Everything that is said about the bookings' nights of a closed period, in order of the nights."""
    rows = NightsConfirmed.objects.filter(
        booking__in=booking_ids, starts_on__lt=period.ends_on, ends_on__gt=period.starts_on
    )
    found: dict[int, list[Nights]] = defaultdict(list)
    for pk, *run in rows.order_by("starts_on").values_list("booking_id", "starts_on", "ends_on", "was_there"):
        found[pk].append(Nights(*run))
    return found


def _touching(bookings, period: Period):
    """Those of the bookings that have a night in a closed period."""
    return bookings.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=period.starts_on),
        status=Booking.Status.BOOKED,
        starts_on__lt=period.ends_on,
    )
