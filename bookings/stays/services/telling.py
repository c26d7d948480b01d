"""That Housing Benefit has to know of a departure, until it was told."""

from datetime import date, datetime

from django.utils import timezone

from bookings.households.services import record_circumstance
from bookings.stays.models import Booking
from lewisham_ta.models import User


def tell_benefit(booking: Booking, *, what: str, on: date, told: date | None, by: User, now: datetime) -> None:
    """Log that the household left, passed on to Housing Benefit already or still to be passed on."""
    today = timezone.localdate(now)
    record_circumstance(
        household_id=booking.household_id,
        kind="left",
        happened_on=on,
        told_on=min(told, today) if told else today,
        note=what,
        passed_to="benefit" if told else "",
        passed_on=told,
        by=by,
        now=now,
    )
