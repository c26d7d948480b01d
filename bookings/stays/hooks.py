"""What this room adds to the product's frame and to the pages of households, units and providers."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bookings import sections
from bookings.households.models import Household
from bookings.stays import selectors
from bookings.stays.tables import STATE_TONES
from bookings.units.models import Provider, Unit
from lewisham_ta import navigation, search, work
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import day

MANAGE = "bookings.manage_bookings"
BOOKINGS = "bookings/stays/_bookings.html"
MOST_SHOWN = 100
NAMED_LATELY = timedelta(days=7)


def register() -> None:
    """Called once, when the app starts."""
    navigation.register(
        "Bookings", "bookings:list", order=22, section="Nightly paid", permission="bookings.see_bookings"
    )
    search.register(found, order=29)
    work.register(work_items)
    sections.register(Household, bookings_of_household, order=10)
    sections.register(Unit, bookings_of_unit, order=10)
    sections.register(Unit, voids_of_unit, order=20)
    sections.register(Provider, who_is_in, order=10)


def found(text: str, user: User) -> Iterator[search.Hit]:
    """Bookings by reference, name or Academy reference, and by address where that is not confidential."""
    if not user.has_perm("bookings.see_bookings"):
        return
    for booking in selectors.bookings_found(day=timezone.localdate(), words=text)[: search.MOST_OF_A_KIND]:
        state = selectors.StayState(booking.state).label.lower()
        detail = f"{booking.main_name or booking.household.ref}, from {day(booking.starts_on)}, {state}"
        yield search.Hit(booking.ref, reverse("bookings:detail", args=[booking.ref]), "Booking", detail)


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """Departures nobody recorded and licences nobody acknowledged; rates over the cap, for those who may approve."""
    url = reverse("bookings:list")
    if user.has_perm(MANAGE):
        count, since = selectors.overdue_departures(today)
        if since:
            yield work.WorkItem(
                title="Households due to have left",
                url=f"{url}?state=due",
                next_step="Record the departure, or extend",
                status=f"Since {day(since)}",
                tone="warning",
                due_on=since,
                count=count,
            )
        if untold := selectors.untold_count(today):
            yield work.WorkItem(
                title="Licences not acknowledged",
                url=f"{url}?only=untold",
                next_step="Tell the household and record it",
                status="To do",
                count=untold,
            )
    if user.has_perm("bookings.approve_over_cap"):
        yield from _over_cap(user, today, f"{url}?only=")


def _over_cap(user: User, today: date, url: str) -> Iterator[work.WorkItem]:
    """What waits for an approver, and what others wrote that this person approved: nobody approves unawares."""
    if waiting := selectors.unapproved_count():
        yield work.WorkItem(
            title="Bookings over the cap that nobody approved",
            url=f"{url}unapproved",
            next_step="Approve the rate, or have it changed",
            status="Over the cap",
            tone="warning",
            count=waiting,
            with_whom="Approvers",
            needs="bookings.approve_over_cap",
        )
    if named := selectors.approved_in_name_of(user, today - NAMED_LATELY):
        yield work.WorkItem(
            title="Rates over the cap approved in your name this week",
            url=f"{url}approved",
            next_step="Check that you approved them",
            status="For your eyes",
            tone="info",
            count=named,
            with_whom=str(user),
            person=user.pk,
        )


def _lines(rows: Any, *, of_unit: bool) -> list[dict[str, Any]]:
    """Bookings as the panel shows them. Of a confidential household either who it is or where it is, never both."""
    lines = []
    for booking in rows:
        state = selectors.StayState(booking.state)
        lines.append(
            {
                "booking": booking,
                "hide_who": of_unit and booking.household.is_confidential,
                "hide_where": not of_unit and booking.household.is_confidential,
                "state": state.label,
                "tone": STATE_TONES[state],
            }
        )
    return lines


def bookings_of_household(request: HttpRequest, household: Household) -> sections.Section:
    rows = selectors.bookings_on(timezone.localdate()).filter(household=household).order_by("-starts_on", "-pk")
    context = {"lines": _lines(rows, of_unit=False), "caption": f"Bookings of {household.ref}"}
    url = ""
    if request.user.has_perm(MANAGE):
        asked = {"household": household.ref, "sleeps": household.adults + household.children}
        url = f"{reverse('bookings:find')}?{urlencode(asked)}"
    return sections.Section("Bookings", BOOKINGS, context, url, "Find a unit and book in")


def bookings_of_unit(request: HttpRequest, unit: Unit) -> sections.Section:
    rows = selectors.bookings_on(timezone.localdate()).filter(unit=unit).order_by("-starts_on", "-pk")
    context = {"lines": _lines(rows, of_unit=True), "caption": f"Bookings of {unit.ref}"}
    url = reverse("bookings:book_in", args=[unit.ref]) if request.user.has_perm(MANAGE) else ""
    return sections.Section("Bookings", BOOKINGS, context, url, "Book in")


def voids_of_unit(request: HttpRequest, unit: Unit) -> sections.Section:
    voids = unit.voids.select_related("recorded_by").order_by("-starts_on", "-pk")
    may_change = request.user.has_perm(MANAGE)
    context = {"voids": voids, "unit": unit, "may_change": may_change}
    url = reverse("bookings:void_record", args=[unit.ref]) if may_change else ""
    return sections.Section("Voids", "bookings/stays/_voids.html", context, url, "Record a void")


def who_is_in(request: HttpRequest, provider: Provider) -> sections.Section:
    today = timezone.localdate()
    rows = selectors.bookings_on(today).filter(selectors.occupied_on(today), unit__provider=provider)
    lines = _lines(rows.order_by("unit__ref", "pk")[:MOST_SHOWN], of_unit=True)
    caption = f"Bookings with {provider.party.name} tonight, the first {MOST_SHOWN} by unit"
    asked = urlencode({"provider": provider.party.ref, "state": selectors.StayState.IN})
    url = f"{reverse('bookings:list')}?{asked}"
    return sections.Section("Tonight", BOOKINGS, {"lines": lines, "caption": caption}, url, "All in the list")
