"""Booking a household in, for how long, and its move to another unit."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from bookings.households.services import MANAGE
from bookings.numbers import next_ref
from bookings.stays import rules
from bookings.stays.models import Booking, BookingRate
from bookings.stays.services import caps
from bookings.stays.services.clashes import end_void_before, lock_both, refuse_clash, refuse_void
from bookings.stays.services.locking import lock_booking, state_of
from bookings.stays.services.telling import tell_benefit
from bookings.units.models import Unit
from bookings.units.rules import grade_warning
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing


@transaction.atomic
def book_in(
    *,
    household_id: int,
    unit_id: int,
    starts_on: date,
    ends_on: date | None,
    authorised_by: str,
    rate: Decimal | None = None,
    service: str = "",
    academy_ref: str = "",
    split_reason: str = "",
    late_reason: str = "",
    cap_approver_id: int | None = None,
    cap_reason: str = "",
    warned: bool = False,
    by: User,
    now: datetime,
) -> Booking:
    """Book a household into a unit, at a rate of its own or at those agreed for the unit. No `ends_on` is open.

    A reason for a split household lets it be in another place on the same nights. A rate over the cap needs an
    approver who is named, may approve, and does not book. Nights long past need a reason.
    """
    permit(by, MANAGE)
    late = rules.late_refusal(starts_on=starts_on, today=timezone.localdate(now), reason=late_reason)
    refuse_if(late, at="late_reason")
    household, unit = lock_both(household_id, unit_id)
    booking = Booking(
        household=household,
        unit=unit,
        starts_on=starts_on,
        ends_on=ends_on,
        service=service or household.service,
        academy_ref=academy_ref,
        authorised_by=authorised_by,
        is_split=bool(split_reason),
        split_reason=split_reason,
        booked_by=by,
        booked_at=now,
    )
    approval = caps.Approval(cap_approver_id, cap_reason)
    detail = _place(booking, unit, rate=rate, approval=approval, warned=warned, by=by, now=now)
    audit.record("booking.booked_in", booking, by=by, at=now, why=late_reason, authorised_by=authorised_by, **detail)
    return booking


@transaction.atomic
def move(
    *,
    booking_id: int,
    unit_id: int,
    moved_on: date,
    ends_on: date | None,
    authorised_by: str,
    rate: Decimal | None = None,
    benefit_told_on: date | None = None,
    cap_approver_id: int | None = None,
    cap_reason: str = "",
    warned: bool = False,
    seen: str = "",
    by: User,
    now: datetime,
) -> Booking:
    """Move a household to another unit: it leaves in the morning and sleeps there that night.

    Two bookings, the new one pointing to the old one. Housing Benefit has to know of the new address: the change is
    logged, and waits on the work list until it was told.
    """
    permit(by, MANAGE)
    old = lock_booking(booking_id, seen=seen)
    household, unit = lock_both(old.household_id, unit_id)
    refuse_if(rules.move_refusal(state_of(old), moved_on=moved_on, same_unit=unit_id == old.unit_id))
    today = timezone.localdate(now)
    old.ends_on = moved_on
    if moved_on <= today:
        old.departed_by, old.departed_at = by, now
    old.version += 1
    new = Booking(
        household=household,
        unit=unit,
        starts_on=moved_on,
        ends_on=ends_on,
        service=old.service,
        academy_ref=old.academy_ref,
        authorised_by=authorised_by,
        moved_from=old,
        is_split=old.is_split,
        split_reason=old.split_reason,
        booked_by=by,
        booked_at=now,
    )
    with audit.acting(by), refusing():
        old.save(update_fields=["ends_on", "departed_by", "departed_at", "version"])
    approval = caps.Approval(cap_approver_id, cap_reason)
    detail = _place(new, unit, rate=rate, approval=approval, warned=warned, by=by, now=now)
    tell_benefit(
        old, what=f"Moved from booking {old.ref} to {new.ref}", on=moved_on, told=benefit_told_on, by=by, now=now
    )
    audit.record("booking.moved", new, by=by, at=now, moved_from=old.ref, authorised_by=authorised_by, **detail)
    return new


def _place(
    booking: Booking,
    unit: Unit,
    *,
    rate: Decimal | None,
    approval: caps.Approval,
    warned: bool,
    by: User,
    now: datetime,
) -> dict[str, Any]:
    """Write a new booking with its rates, once nothing stands against it. What the audit event says of its rate."""
    starts_on, ends_on = booking.starts_on, booking.ends_on
    refuse_if(rules.dates_refusal(starts_on=starts_on, ends_on=ends_on, closed_on=unit.closed_on), at="ends_on")
    refuse_clash(booking, booking.household, unit)
    warning = grade_warning(
        size=unit.size,
        is_bed_and_breakfast=unit.is_bed_and_breakfast,
        grade=unit.grade,
        grade_expires_on=unit.grade_expires_on,
        day=starts_on,
    )
    refuse_if(rules.grade_refusal(warning=warning, warned=warned), at="warned")
    agreed = rules.agreed_series(unit.rates.all(), starts_on, ends_on)
    series = agreed if rate is None else [(starts_on, rate)]
    if not series:
        words = f"No rate is agreed for unit {unit.ref} on the first night: type one, or agree one on its page."
        raise Refused(words, at="rate")
    detail = caps.approve(booking, unit, series, approval, by=by)
    with audit.acting(by), refusing():
        end_void_before(booking, unit)
        booking.ref = next_ref(Booking, "B")
        booking.save(force_insert=True)
        BookingRate.objects.bulk_create(
            BookingRate(booking=booking, from_on=from_on, amount=amount, set_by=by, set_at=now)
            for from_on, amount in series
        )
    return detail


@transaction.atomic
def extend(*, booking_id: int, ends_on: date | None, why: str = "", seen: str = "", by: User, now: datetime) -> Booking:
    """Set the morning on which the household is meant to leave: later, sooner, or not known."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id, seen=seen)
    household, unit = lock_both(booking.household_id, booking.unit_id)
    refuse_if(rules.extend_refusal(state_of(booking), ends_on=ends_on, today=timezone.localdate(now)))
    refuse_if(rules.dates_refusal(starts_on=booking.starts_on, ends_on=ends_on, closed_on=unit.closed_on))
    booking.ends_on = ends_on
    refuse_clash(booking, household, unit)
    refuse_void(booking, unit)
    booking.version += 1
    with audit.acting(by, why), refusing():
        booking.save(update_fields=["ends_on", "version"])
    audit.record("booking.extended", booking, by=by, at=now, why=why, ends_on=ends_on.isoformat() if ends_on else "")
    return booking
