"""What a night of a booking costs, and who approved what is over the cap."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from bookings.households.services import MANAGE
from bookings.stays import rules
from bookings.stays.models import Booking, BookingRate
from bookings.stays.services import caps
from bookings.stays.services.locking import lock_booking
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from lewisham_ta.versions import lock


@transaction.atomic
def change_rate(
    *,
    booking_id: int,
    from_on: date,
    amount: Decimal,
    reason: str,
    cap_approver_id: int | None = None,
    cap_reason: str = "",
    by: User,
    now: datetime,
) -> BookingRate:
    """Set what a night costs from a day on."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id)
    refuse_if(
        rules.new_rate_refusal(
            status=booking.status, from_on=from_on, starts_on=booking.starts_on, ends_on=booking.ends_on
        )
    )
    approval = caps.Approval(cap_approver_id, cap_reason)
    with audit.acting(by, reason), refusing():
        approved = _approve(booking, from_on, amount, approval, by)
        row = BookingRate.objects.create(
            booking=booking, from_on=from_on, amount=amount, reason=reason, set_by=by, set_at=now
        )
    detail = {"from_on": from_on.isoformat(), "amount": str(amount)} | approved
    audit.record("booking.rate_changed", booking, by=by, at=now, why=reason, **detail)
    return row


@transaction.atomic
def correct_rate(
    *,
    rate_id: int,
    amount: Decimal,
    reason: str,
    cap_approver_id: int | None = None,
    cap_reason: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> BookingRate:
    """Put right a rate that was recorded wrongly. Who set it is now the person who corrected it."""
    permit(by, MANAGE)
    row = lock(BookingRate, rate_id, seen=seen)
    booking = lock_booking(row.booking_id)
    approval = caps.Approval(cap_approver_id, cap_reason)
    row.amount, row.reason, row.set_by, row.set_at = amount, reason, by, now
    with audit.acting(by, reason), refusing():
        approved = _approve(booking, row.from_on, amount, approval, by)
        row.save(update_fields=["amount", "reason", "set_by", "set_at"])
    detail = {"from_on": row.from_on.isoformat(), "amount": str(amount)} | approved
    audit.record("booking.rate_corrected", booking, by=by, at=now, why=reason, **detail)
    return row


@transaction.atomic
def withdraw_rate(*, rate_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a change of rate that was never to be."""
    permit(by, MANAGE)
    row = lock(BookingRate, rate_id)
    booking = lock_booking(row.booking_id)
    if not booking.rates.filter(from_on__lt=row.from_on).exists():
        raise Refused("This is the rate that the booking began with: correct it instead.")
    audit.record("booking.rate_withdrawn", booking, by=by, at=now, why=why, from_on=row.from_on.isoformat())
    with audit.acting(by, why):
        row.delete()


@transaction.atomic
def approve_over_cap(*, booking_id: int, reason: str, seen: str = "", by: User, now: datetime) -> Booking:
    """Approve the rate of a booking that came in over the cap without an approver (with the nightly sheet, say)."""
    permit(by, caps.APPROVE)
    booking = lock_booking(booking_id, seen=seen)
    over = [row for row in booking.rates.all() if caps.over(booking.unit, [(row.from_on, row.amount)])]
    refuse_if(
        rules.approval_refusal(
            is_over=bool(over),
            is_approved=booking.cap_approved_by_id is not None,
            is_booker=by.pk == booking.booked_by_id,
            set_rate=by.pk in {row.set_by_id for row in over},
        )
    )
    booking.cap_approved_by, booking.cap_reason = by, reason
    booking.version += 1
    with audit.acting(by, reason), refusing():
        booking.save(update_fields=["cap_approved_by", "cap_reason", "version"])
    audit.record("booking.over_cap_approved", booking, by=by, at=now, why=reason)
    return booking


def _approve(booking: Booking, from_on: date, amount: Decimal, approval: caps.Approval, by: User) -> dict[str, Any]:
    detail = caps.approve(booking, booking.unit, [(from_on, amount)], approval, by=by)
    if detail:
        booking.version += 1
        booking.save(update_fields=["cap_approved_by", "cap_reason", "version"])
    return detail
