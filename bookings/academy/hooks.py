"""What this room adds to the navigation, the search and the work on the home page."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bookings import sections
from bookings.academy import selectors
from bookings.academy.models import AcademyAccount
from bookings.academy.rules.differences import KIND_WORDS, Kind
from bookings.academy.tables import URGENT
from bookings.households.models import Household
from bookings.stays.models import Booking
from lewisham_ta import navigation, search, work
from lewisham_ta.models import User

NEXT_STEPS = {
    Kind.NO_ACCOUNT: "Find the account, or have the claim made",
    Kind.NO_BOOKING: "Tell Housing Benefit that they left",
    Kind.ADDRESS: "Put the address right where it is wrong",
    Kind.DATES: "Put the dates right where they are wrong",
    Kind.STOPPED: "Ask Housing Benefit why, or end the booking",
    Kind.TWICE: "Find out where they sleep",
    Kind.CHARGE: "Correct the charge",
    Kind.NOT_CLAIMED: "Help the household to claim",
}


def register() -> None:
    """Called once, when the app starts."""
    navigation.register("Academy", "academy:list", order=29, section="Nightly paid", permission="bookings.see_bookings")
    search.register(found, order=36)
    work.register(work_items)
    sections.register(Household, of_household, order=40)
    sections.register(Booking, of_booking, order=40)


def of_household(request: HttpRequest, household: Household) -> sections.Section | None:
    """What Academy says about the household's bookings."""
    return _section(household.pk)


def of_booking(request: HttpRequest, booking: Booking) -> sections.Section | None:
    return _section(booking.household_id, booking.pk)


def _section(household: int, booking: int | None = None) -> sections.Section | None:
    known = selectors.Sides.of_household(household)
    if not known.is_loaded:
        return None
    stays = [stay for stay in known.stays if booking in (None, stay.pk)]
    claims = {stay.claim for stay in stays}
    lines = [
        (KIND_WORDS[line.difference.kind], line)
        for line in selectors.lines(timezone.localdate(), known)
        if line.difference.stay in stays
    ]
    accounts = [account for account in known.accounts if account.claim in claims]
    context = {"accounts": accounts, "lines": lines}
    return sections.Section("Academy", "bookings/academy/_academy.html", context)


def found(text: str, user: User) -> Iterator[search.Hit]:
    """Accounts by claim reference or surname; never by address."""
    if not user.has_perm("bookings.see_bookings"):
        return
    accounts = AcademyAccount.objects.filter(Q(claim_ref__icontains=text) | Q(surname__icontains=text))
    for account in accounts.order_by("claim_ref")[: search.MOST_OF_A_KIND]:
        detail = f"{account.forename} {account.surname}, {account.get_status_display()}".strip()
        yield search.Hit(
            account.claim_ref, reverse("academy:account_detail", args=[account.claim_ref]), "Academy account", detail
        )


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """One item for each kind of exception that is open, and the matches to confirm."""
    if not user.has_perm("bookings.manage_bookings"):
        return
    known = selectors.tally(today)
    for kind, words in KIND_WORDS.items():
        if known.counts[kind]:
            yield work.WorkItem(
                title=f"Academy: {words}",
                url=f"{reverse('academy:list')}?kind={kind}",
                next_step=NEXT_STEPS[kind],
                status="Open",
                tone="error" if kind in URGENT else "warning",
                count=known.counts[kind],
            )
    if known.proposed:
        yield work.WorkItem(
            title="Academy accounts that may be a booking's",
            url=reverse("academy:match_list"),
            next_step="Confirm the matches that are right",
            status="Proposed",
            tone="info",
            count=known.proposed,
        )
