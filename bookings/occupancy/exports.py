"""The list that a provider fills in: a row a booking, and nothing about the people but the name of the booking."""

from collections.abc import Iterable
from datetime import date

from bookings.occupancy.selectors.weeks import AskedRow
from lewisham_ta.exports import workbook

COLUMNS = [
    "Booking",
    "Name",
    "Unit",
    "Address",
    "First night",
    "Last night",
    "There? Y/N",
    "Not there from",
    "Not there to",
    "Note",
]

INSTRUCTIONS = (
    "In the column There, write Y for who stayed and N for who did not. For who was away on some of the nights only, "
    "write also the first and the last night away. Change nothing else, and send the list back."
)


def occupancy_list(week: date, rows: Iterable[AskedRow]) -> bytes:
    """The workbook of one provider and week; the last four columns are the provider's to fill in."""
    return workbook(
        f"Week of {week.day} {week:%b %Y}",
        COLUMNS,
        ([row.ref, row.name, row.unit, row.address, row.first_on, row.last_on, None, None, None, None] for row in rows),
        above=INSTRUCTIONS,
    )
