"""That another council was told of a placement in its area."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from bookings.clocks import rules
from bookings.clocks.models import Section208Notice
from bookings.households.models import Service
from bookings.stays.models import Booking
from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from lewisham_ta.templatetags.ta import day

MANAGE = "bookings.manage_bookings"


@transaction.atomic
def record_notice(*, booking_id: int, council: str, sent_on: date, by: User, now: datetime) -> Section208Notice:
    """Record that the council in whose area the unit is was told in writing, and when."""
    permit(by, MANAGE)
    booking = Booking.objects.select_for_update(of=("self",)).select_related("unit").get(pk=booking_id)
    if told := Section208Notice.objects.filter(booking=booking).first():
        raise Refused(f"It is recorded already that {told.council} was told on {day(told.sent_on)}.")
    refuse_if(
        rules.notice_refusal(
            starts_on=booking.starts_on,
            sent_on=sent_on,
            today=timezone.localdate(now),
            district=booking.unit.district,
            is_homeless=booking.service == Service.HOMELESS,
        )
    )
    with audit.acting(by), refusing():
        notice = Section208Notice.objects.create(
            booking=booking, council=council, sent_on=sent_on, recorded_by=by, recorded_at=now
        )
    audit.record("booking.council_told", booking, by=by, at=now, council=council, sent_on=str(sent_on))
    return notice


@transaction.atomic
def withdraw_notice(*, booking_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a notice that was recorded by mistake; the history keeps it and the clock runs again."""
    permit(by, MANAGE)
    notice = Section208Notice.objects.select_for_update(of=("self",)).filter(booking=booking_id).first()
    if notice is None:
        raise Refused("No notice is recorded for this booking.")
    booking, council = notice.booking, notice.council
    with audit.acting(by, why):
        notice.delete()
    audit.record("booking.council_told_withdrawn", booking, by=by, at=now, why=why, council=council)
