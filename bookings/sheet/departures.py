"""Which check-outs of the sheet have happened. A sheet has no date, and may be loaded long after it was written."""

from datetime import date

from bookings.sheet.checks import Terms
from bookings.sheet.sheets import Nightly, Status
from lewisham_ta.imports.compare import Stored


def known_until(nightly: Nightly, today: date) -> date:
    """The day until which the sheet knows who slept where: that of its latest first night, at most today.

    It is taken from the sheet and not from the clock, so that the same sheet says the same whenever it is loaded.
    """
    starts = [row["Check in"] for row in nightly.bookings.rows if row["Status"] == Status.BOOKED]
    return min(max(starts, default=date.min), today)


def has_left(terms: Terms, stored: Stored | None, *, known_until: date) -> bool:
    """Whether a household has left on the terms of the sheet. What a person recorded stays as it is."""
    if stored and stored.values["departed_at"]:
        same = (terms.status, terms.ends_on) == (Status.BOOKED, stored.values["ends_on"])
        if same or not stored.values["departed_by_sheet"]:
            return True
    return terms.status == Status.BOOKED and terms.ends_on is not None and terms.ends_on < known_until
