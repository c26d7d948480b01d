"""A booking as its services work on it."""

from bookings.stays import rules
from bookings.stays.models import Booking
from lewisham_ta.versions import lock


def lock_booking(booking_id: int, *, seen: str = "") -> Booking:
    """The booking, locked until the transaction ends."""
    return lock(Booking, booking_id, seen=seen)


def state_of(booking: Booking) -> rules.State:
    """What of a booking decides what may be done to it."""
    moved_to = Booking.objects.filter(moved_from=booking, status=Booking.Status.BOOKED).values_list("ref", flat=True)
    return rules.State(
        status=booking.status,
        starts_on=booking.starts_on,
        ends_on=booking.ends_on,
        has_departed=booking.departed_at is not None,
        moved_to=moved_to.first() or "",
    )
