"""What the household is given to read, and that it was told."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from bookings.households.services import MANAGE
from bookings.stays import exports, rules, selectors
from bookings.stays.models import Acknowledgement, LicenceSheet
from bookings.stays.services.locking import lock_booking
from lewisham_ta import audit, files
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing


@transaction.atomic
def make_sheet(*, booking_id: int, by: User, now: datetime) -> LicenceSheet:
    """Make the licence and responsibilities sheet as the booking stands, and keep it as it was made."""
    permit(by, MANAGE)
    booking = selectors.bookings().get(pk=booking_id)
    if booking.status != rules.BOOKED:
        raise Refused(f"The booking is {rules.WORDS[booking.status]}: there is nothing to tell the household.")
    content = exports.sheet_pdf(booking, made_on=timezone.localdate(now))
    name = f"Licence and responsibilities {booking.ref}.pdf"
    with audit.acting(by):
        sheet = LicenceSheet.objects.create(booking=booking, file=files.store(name, content, files.PDF, by, now))
    audit.record("booking.sheet_made", booking, by=by, at=now, sha256=sheet.file.sha256)
    return sheet


@transaction.atomic
def acknowledge(
    *, booking_id: int, on: date, how: str, language: str, interpreter: str = "", by: User, now: datetime
) -> Acknowledgement:
    """Record that the household was told, with the sheet that it had: the last one made."""
    permit(by, MANAGE)
    booking = lock_booking(booking_id)
    sheet = booking.sheets.select_related("file").defer("file__content").order_by("-pk").first()
    made_on = timezone.localdate(sheet.file.made_at) if sheet else None
    refuse_if(rules.acknowledge_refusal(sheet_made_on=made_on, on=on, today=timezone.localdate(now)))
    with audit.acting(by), refusing():
        row = Acknowledgement.objects.create(
            booking=booking,
            on=on,
            how=how,
            language=language,
            interpreter=interpreter,
            sheet_id=sheet.file_id if sheet else None,
            recorded_by=by,
            recorded_at=now,
        )
    audit.record("booking.acknowledged", booking, by=by, at=now, on=on.isoformat(), language=language)
    return row
