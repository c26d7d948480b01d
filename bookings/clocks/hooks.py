"""What this room adds to the navigation and to the work on the home page."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from bookings.clocks import selectors
from bookings.clocks.rules import LEVEL_WORDS, TONES, Kind
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
    navigation.register("Clocks", "clocks:list", order=28, permission="bookings.see_bookings")
    work.register(work_items)


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
