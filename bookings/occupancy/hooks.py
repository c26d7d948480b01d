"""What this room adds to the navigation and to the work on the home page."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from bookings.occupancy import rules
from bookings.occupancy.selectors import weeks
from lewisham_ta import navigation, work
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import day


def register() -> None:
    """Called once, when the app starts."""
    navigation.register("Tonight", "occupancy:tonight", order=26, permission="bookings.see_bookings")
    navigation.register("Occupancy", "occupancy:week_list", order=27, permission="bookings.see_bookings")
    work.register(work_items)


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """Households that were not there, weeks that nobody confirmed, and e-mails that may not have left."""
    if not user.has_perm("bookings.manage_bookings"):
        return
    if absent := list(weeks.absences()):
        yield work.WorkItem(
            title="Households that were not there",
            url=reverse("occupancy:absence_list"),
            next_step="End the booking, or find out where they are",
            status="Not there",
            tone="error",
            due_on=absent[0]["first_on"],
            count=len(absent),
        )
    week = rules.monday_of(today) - rules.WEEK
    silent = weeks.unanswered(week)
    if silent["bookings"]:
        yield work.WorkItem(
            title=f"Nothing confirmed in the week of {day(week)}",
            url=f"{reverse('occupancy:week_list')}?week={week}",
            next_step="Ask the providers, record their answers",
            status="Unconfirmed",
            tone="warning",
            due_on=week + rules.WEEK,
            count=silent["bookings"],
            with_whom=f"{silent['providers']} provider{'' if silent['providers'] == 1 else 's'}",
        )
    if unknown := weeks.emails_to_check().count():
        yield work.WorkItem(
            title="Occupancy lists not known to have left",
            url=reverse("occupancy:week_list"),
            next_step="Ask the providers, e-mail again",
            status="Check",
            tone="warning",
            count=unknown,
        )
