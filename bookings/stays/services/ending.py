"""How a booking ends: the household left, never came, or was not to come."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from bookings.households.services import MANAGE
from bookings.stays import rules, selectors
from bookings.stays.models import Booking
from bookings.stays.services.clashes import lock_both, refuse_any_void, refuse_clash, refuse_void
from bookings.stays.services.locking import lock_booking, state_of
from bookings.stays.services.telling import tell_benefit
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing


@transaction.atomic
def depart(
    *,
    booking_id: int,
    departed_on: date,
    benefit_told_on: date | None = None,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Booking:
    """Record the morning on which the household left. The unit is free, and nothing is due, from that night on."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id, seen=seen)
    household, unit = lock_both(booking.household_id, booking.unit_id)
    refuse_if(rules.depart_refusal(state_of(booking), departed_on=departed_on, today=timezone.localdate(now)))
    booking.ends_on, booking.departed_by, booking.departed_at, booking.ended_reason = departed_on, by, now, why
    refuse_clash(booking, household, unit)
    refuse_void(booking, unit)
    booking.version += 1
    with audit.acting(by, why), refusing():
        booking.save(update_fields=["ends_on", "departed_by", "departed_at", "ended_reason", "version"])
    tell_benefit(booking, what=f"Left booking {booking.ref}", on=departed_on, told=benefit_told_on, by=by, now=now)
    audit.record("booking.departed", booking, by=by, at=now, why=why, departed_on=departed_on.isoformat())
    return booking


@transaction.atomic
def undo_departure(*, booking_id: int, why: str, seen: str = "", by: User, now: datetime) -> Booking:
    """Take back a departure that was recorded by mistake. The day stays as what is intended: extend it if need be."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id, seen=seen)
    refuse_if(rules.undo_departure_refusal(state_of(booking)))
    booking.departed_by, booking.departed_at, booking.ended_reason = None, None, ""
    booking.departed_by_sheet = False
    booking.version += 1
    with audit.acting(by, why), refusing():
        booking.save(update_fields=["departed_by", "departed_at", "departed_by_sheet", "ended_reason", "version"])
    audit.record("booking.departure_undone", booking, by=by, at=now, why=why)
    return booking


@transaction.atomic
def cancel(*, booking_id: int, why: str, sure: bool = False, seen: str = "", by: User, now: datetime) -> Booking:
    """Take a booking back: nothing of it is due, and its nights are free. Who is `sure` has read what rests on it."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id, seen=seen)
    refuse_if(rules.cancel_refusal(state_of(booking)))
    _refuse_if_it_was(booking, sure=sure, now=now)
    return _end(booking, Booking.Status.CANCELLED, "booking.cancelled", why=why, by=by, now=now)


@transaction.atomic
def no_show(*, booking_id: int, why: str, sure: bool = False, seen: str = "", by: User, now: datetime) -> Booking:
    """Record that the household never arrived: its nights are free. Who is `sure` has read what rests on them."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id, seen=seen)
    refuse_if(rules.no_show_refusal(state_of(booking), today=timezone.localdate(now)))
    _refuse_if_it_was(booking, sure=sure, now=now)
    return _end(booking, Booking.Status.NO_SHOW, "booking.no_show", why=why, by=by, now=now)


def _refuse_if_it_was(booking: Booking, *, sure: bool, now: datetime) -> None:
    tied = selectors.ties_of(booking, timezone.localdate(now))
    refuse_if(rules.never_was_refusal(forbidding=tied.forbidding, asking=tied.asking, sure=sure))


@transaction.atomic
def reinstate(*, booking_id: int, why: str, seen: str = "", by: User, now: datetime) -> Booking:
    """Take back that a booking was cancelled or that nobody arrived, where its unit and household are still free.

    It stands by itself then: a household that was to move into it is not said to have moved from elsewhere.
    """
    permit(by, MANAGE)
    booking = lock_booking(booking_id, seen=seen)
    refuse_if(rules.reinstate_refusal(booking.status))
    household, unit = lock_both(booking.household_id, booking.unit_id)
    refuse_if(rules.dates_refusal(starts_on=booking.starts_on, ends_on=booking.ends_on, closed_on=unit.closed_on))
    refuse_clash(booking, household, unit)
    refuse_any_void(booking, unit)
    booking.status, booking.ended_reason = Booking.Status.BOOKED, ""
    booking.version += 1
    with audit.acting(by, why), refusing():
        booking.save(update_fields=["status", "ended_reason", "version"])
    audit.record("booking.reinstated", booking, by=by, at=now, why=why)
    return booking


def _end(booking: Booking, status: Booking.Status, action: str, *, why: str, by: User, now: datetime) -> Booking:
    # The booking that the household was to move from may be moved on to another.
    booking.status, booking.ended_reason, booking.moved_from = status, why, None
    booking.version += 1
    with audit.acting(by, why), refusing():
        booking.save(update_fields=["status", "ended_reason", "moved_from", "version"])
    audit.record(action, booking, by=by, at=now, why=why)
    return booking
