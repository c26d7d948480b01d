"""Nights for which a unit that is kept for us stands empty."""

from datetime import date, datetime

from django.db import transaction

from bookings.households.services import MANAGE
from bookings.stays import rules, selectors
from bookings.stays.models import Booking, Void
from bookings.stays.services.clashes import refuse_let
from bookings.units.models import Unit
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from lewisham_ta.versions import lock


@transaction.atomic
def record_void(
    *, unit_id: int, starts_on: date, ends_on: date | None, reason: str, paid_by: str, by: User, now: datetime
) -> Void:
    """Record that a unit stands empty from a night on, why, and who pays: until further notice, or before `ends_on`."""
    permit(by, MANAGE)
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
    let = Booking.objects.filter(selectors.touching(starts_on, ends_on), unit=unit, status=Booking.Status.BOOKED)
    if other := let.select_related("household").order_by("starts_on", "pk").first():
        refuse_let(unit, other)
    with audit.acting(by, reason), refusing():
        void = Void.objects.create(
            unit=unit,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason,
            paid_by=paid_by,
            recorded_by=by,
            recorded_at=now,
        )
    audit.record(
        "unit.void_recorded", unit, by=by, at=now, why=reason, starts_on=starts_on.isoformat(), paid_by=paid_by
    )
    return void


@transaction.atomic
def end_void(*, void_id: int, ends_on: date, why: str = "", by: User, now: datetime) -> Void:
    """Say that the unit is no longer empty, or no longer kept for us, from the night of `ends_on` on."""
    permit(by, MANAGE)
    void = lock(Void, void_id)
    refuse_if(rules.void_end_refusal(starts_on=void.starts_on, ends_on=void.ends_on, new_end=ends_on))
    void.ends_on = ends_on
    with audit.acting(by, why), refusing():
        void.save(update_fields=["ends_on"])
    audit.record("unit.void_ended", void.unit, by=by, at=now, why=why, ends_on=ends_on.isoformat())
    return void


@transaction.atomic
def withdraw_void(*, void_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a void that was a mistake."""
    permit(by, MANAGE)
    void = lock(Void, void_id)
    audit.record("unit.void_withdrawn", void.unit, by=by, at=now, why=why, starts_on=void.starts_on.isoformat())
    with audit.acting(by, why):
        void.delete()
