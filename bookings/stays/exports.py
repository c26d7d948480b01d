"""What a household is given: its licence and responsibilities, in plain words."""

from datetime import date

from django.conf import settings

from bookings.stays.models import Booking
from lewisham_ta import pdf


def sheet_pdf(booking: Booking, *, made_on: date) -> bytes:
    """The sheet of one booking, as it stands on a day. It names no rate: what the council pays is not what they pay."""
    return pdf.render(
        "bookings/stays/sheet_pdf.html",
        {
            "title": "Your temporary accommodation",
            "booking": booking,
            "name": booking.main_name or booking.household.ref,
            "made_on": made_on,
            "contact": settings.DEFAULT_FROM_EMAIL,
        },
    )
