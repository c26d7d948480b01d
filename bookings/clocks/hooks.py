"""What this room adds to the navigation, the work on the home page, and the pages of households and bookings."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bookings import sections
from bookings.clocks import selectors
from bookings.clocks.rules import LEVEL_WORDS, TONES, Kind
from bookings.households.models import Household
from bookings.stays.models import Booking
from lewisham_ta import navigation, work
from lewisham_ta.models import User

WORK = {
    Kind.SIX_WEEKS: ("Families in B&B", "Move them to other accommodation"),
    Kind.SERVICE_LIMIT: ("Placements at the limit of their service", "Ask the service, or end the booking"),
    Kind.SECTION_208: ("Section 208 notices to send", "Tell the other council, record the notice"),
    Kind.ENDING: ("Bookings that end", "Extend, move or let them end"),
}


def register() -> None:
    """Called once, when the app starts."""
    navigation.register("Clocks", "clocks:list", order=28, section="Nightly paid", permission="bookings.see_bookings")
    work.register(work_items)
    sections.register(Household, clocks_of_household, order=30)
    sections.register(Booking, clocks_of_booking, order=30)


def clocks_of_household(request: HttpRequest, household: Household) -> sections.Section | None:
    """Every clock that runs for the household, in time or not."""
    return _section(request, selectors.lines(timezone.localdate(), household_id=household.pk))


def clocks_of_booking(request: HttpRequest, booking: Booking) -> sections.Section | None:
    """The clocks of the household that run for this booking."""
    found = selectors.lines(timezone.localdate(), household_id=booking.household_id)
    return _section(request, [line for line in found if line.stay.pk == booking.pk])


def _section(request: HttpRequest, lines: list[selectors.Line]) -> sections.Section | None:
    if not lines:
        return None
    may_change = request.user.has_perm("bookings.manage_bookings")
    return sections.Section("Clocks", "bookings/clocks/_clocks.html", {"lines": lines, "may_change": may_change})


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """One item for each kind of clock and how near it is, for those who manage bookings."""
    if not user.has_perm("bookings.manage_bookings"):
        return
    for tally in selectors.tallies(today):
        title, next_step = WORK[tally.kind]
        yield work.WorkItem(
            title=title,
            url=f"{reverse('clocks:list')}?kind={tally.kind}&state={tally.level}",
            next_step=next_step,
            status=LEVEL_WORDS[tally.level],
            tone=TONES[tally.level],
            due_on=tally.soonest,
            count=tally.count,
        )
