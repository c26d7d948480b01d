"""What this room adds to the navigation, the work on the home page, and the pages of the other rooms."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bookings import sections, ties
from bookings.households.models import Household
from bookings.occupancy import rules
from bookings.occupancy.selectors import weeks
from bookings.stays.models import Booking
from bookings.units.models import Provider, Unit
from lewisham_ta import navigation, work
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import day, period_words


def register() -> None:
    """Called once, when the app starts."""
    navigation.register(
        "Tonight", "occupancy:tonight", order=26, section="Nightly paid", permission="bookings.see_bookings"
    )
    navigation.register(
        "Occupancy", "occupancy:week_list", order=27, section="Nightly paid", permission="bookings.see_bookings"
    )
    work.register(work_items)
    sections.register(Household, month_of_household, order=20)
    sections.register(Unit, month_of_unit, order=30)
    sections.register(Booking, nights_of_booking, order=20)
    sections.register(Provider, week_of_provider, order=20)
    ties.register(was_there)


def month_of_household(request: HttpRequest, household: Household) -> sections.Section:
    url = reverse("occupancy:household_month", args=[household.pk])
    return _link("Night by night", url, f"This month of {household.ref}")


def month_of_unit(request: HttpRequest, unit: Unit) -> sections.Section:
    return _link("Night by night", reverse("occupancy:unit_month", args=[unit.pk]), f"This month of {unit.ref}")


def week_of_provider(request: HttpRequest, provider: Provider) -> sections.Section:
    week = rules.monday_of(timezone.localdate()) - rules.WEEK
    url = reverse("occupancy:provider_week", args=[provider.pk, week])
    return _link("Occupancy", url, f"Who was there in the week of {day(week)}")


def nights_of_booking(request: HttpRequest, booking: Booking) -> sections.Section:
    """What the provider said about the nights of the booking, latest first.

    Each leads to its week, but for a confidential household: the week would say with which provider it is.
    """
    runs = booking.confirmations.select_related("confirmed_by").order_by("-starts_on", "-pk")
    is_hidden = booking.household.is_confidential
    context = {
        "runs": [(run, "" if is_hidden else _week_of(booking, run.starts_on)) for run in runs],
        "before": weeks.said_before(booking),
    }
    return sections.Section("Nights confirmed", "bookings/occupancy/_confirmations.html", context)


def was_there(booking: Booking) -> Iterator[ties.Tie]:
    """That the provider confirmed nights as there: it is asked again before anybody says that there was no stay."""
    said = booking.confirmations.filter(was_there=True).order_by("starts_on", "pk")
    runs = list(said.values_list("starts_on", "ends_on"))
    if not runs:
        return
    nights = sum((ends_on - starts_on).days for starts_on, ends_on in runs)
    yield ties.Tie(
        f"The provider confirmed that the household was there on {nights:,} night{'' if nights == 1 else 's'} of "
        f"{period_words(runs[0][0], runs[-1][1])}: record a departure, or correct what was confirmed first.",
        forbids=True,
    )


def _week_of(booking: Booking, night: date) -> str:
    return reverse("occupancy:provider_week", args=[booking.unit.provider_id, rules.monday_of(night)])


def _link(title: str, url: str, words: str) -> sections.Section:
    return sections.Section(title, "bookings/occupancy/_link.html", {"url": url, "words": words})


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
