"""What people do to bookings: one function a verb, each in one transaction and one audit event.

`seen` is the version of the booking that the person had before them (lewisham_ta.versions); the change is refused when
the booking has moved on since. Callers that showed nobody a page leave it empty.
"""

from bookings.stays.services import booking, ending, rates, sheets, voids
from bookings.stays.services.booking import book_in, extend, move
from bookings.stays.services.ending import cancel, depart, no_show, reinstate, undo_departure
from bookings.stays.services.rates import approve_over_cap, change_rate, correct_rate, withdraw_rate
from bookings.stays.services.sheets import acknowledge, make_sheet
from bookings.stays.services.voids import end_void, record_void, withdraw_void

MODULES = [booking, ending, rates, sheets, voids]

__all__ = [
    "MODULES",
    "acknowledge",
    "approve_over_cap",
    "book_in",
    "cancel",
    "change_rate",
    "correct_rate",
    "depart",
    "end_void",
    "extend",
    "make_sheet",
    "move",
    "no_show",
    "record_void",
    "reinstate",
    "undo_departure",
    "withdraw_rate",
    "withdraw_void",
]
