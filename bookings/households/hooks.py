"""What this room adds to the product's frame: navigation, search and the work on the home page."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from bookings.households import selectors
from lewisham_ta import navigation, search, work
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import day


def register() -> None:
    """Called once, when the app starts."""
    navigation.register(
        "Households", "households:list", order=23, section="Nightly paid", permission="bookings.see_bookings"
    )
    search.register(found, order=30)
    work.register(work_items)


def found(text: str, user: User) -> Iterator[search.Hit]:
    """Households by a person's name or National Insurance number, reference or case reference; never by address."""
    if not user.has_perm("bookings.see_bookings"):
        return
    for household in selectors.households_found(words=text)[: search.MOST_OF_A_KIND]:
        url = reverse("households:detail", args=[household.ref])
        detail = f"{household.main_name or 'nobody named'}, {household.get_service_display()}"
        yield search.Hit(household.ref, url, "Household", detail)


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """Changes of circumstances that nobody outside has been told of, for those who look after households."""
    if not user.has_perm("bookings.manage_bookings"):
        return
    count, since = selectors.circumstances_waiting()
    if since:
        yield work.WorkItem(
            title="Changes of circumstances to pass on",
            url=reverse("households:circumstance_list"),
            next_step="Tell Housing Benefit or the case officer",
            status=f"Since {day(since)}",
            tone="warning",
            due_on=since,
            count=count,
        )
