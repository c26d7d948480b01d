"""What pages and other rooms ask of bookings."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from bookings import ties
from bookings.households.models import Member
from bookings.households.selectors import main_name
from bookings.stays import rules
from bookings.stays.models import Acknowledgement, Booking, BookingRate, LicenceSheet, Void
from bookings.units import selectors as units
from bookings.units.models import NightlyCap, Unit
from lewisham_ta import files
from lewisham_ta.models import User


def bookings() -> "QuerySet[Booking]":
    """Every booking with its unit, provider and household (main applicant first among its members) and its rates.

    `main_name` is the main applicant's, "" where nobody is named. In the order of first nights, and then as booked.
    """
    return (
        Booking.objects.select_related("household", "unit__provider__party", "booked_by", "cap_approved_by")
        .prefetch_related(
            Prefetch("household__members", Member.objects.order_by("-is_main", "pk")),
            Prefetch("rates", BookingRate.objects.order_by("from_on")),
        )
        .annotate(main_name=main_name("household"))
        .order_by("starts_on", "pk")
    )


def touching(starts_on: date, ends_on: date | None) -> Q:
    """Bookings that have a night from `starts_on` on and before `ends_on` (no end: from then on)."""
    condition = Q(ends_on__isnull=True) | Q(ends_on__gt=starts_on)
    return condition & Q(starts_on__lt=ends_on) if ends_on else condition


def occupied_on(night: date) -> Q:
    """Bookings whose household sleeps in the unit on a night, as booked."""
    return Q(status=Booking.Status.BOOKED, starts_on__lte=night) & (Q(ends_on__isnull=True) | Q(ends_on__gt=night))


class StayState(TextChoices):
    """What a booking is on a day."""

    COMING = "coming", "Coming"
    IN = "in", "In"
    LEAVES = "due", "Due to have left"
    LEFT = "left", "Left"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "Did not arrive"


def state_on(day: date) -> Case:
    """A household that was to leave and whose departure nobody recorded is due to have left."""
    return Case(
        When(status=Booking.Status.CANCELLED, then=Value(StayState.CANCELLED)),
        When(status=Booking.Status.NO_SHOW, then=Value(StayState.NO_SHOW)),
        When(starts_on__gt=day, then=Value(StayState.COMING)),
        When(ends_on__lte=day, departed_at__isnull=False, then=Value(StayState.LEFT)),
        When(ends_on__lte=day, then=Value(StayState.LEAVES)),
        default=Value(StayState.IN),
        output_field=CharField(choices=StayState.choices),
    )


def _cap_of_rate() -> Coalesce:
    """Of a booking's rate: the cap that it is held against on its first night."""
    caps = NightlyCap.objects.filter(size=OuterRef("booking__unit__size"), from_on__lte=OuterRef("from_on"))
    latest = caps.order_by("-from_on").values("amount")
    return Coalesce(
        Subquery(latest.filter(area=OuterRef("booking__unit__brma"))[:1]), Subquery(latest.filter(area="")[:1])
    )


def over_cap() -> Exists:
    """Bookings with a rate over the cap."""
    rates = BookingRate.objects.filter(booking=OuterRef("pk")).annotate(cap=_cap_of_rate())
    return Exists(rates.filter(amount__gt=F("cap")))


def bookings_on(day: date) -> "QuerySet[Booking]":
    """Every booking with its state and its rate on a day, before its first night the rate that it begins with."""
    rates = BookingRate.objects.filter(booking=OuterRef("pk"))
    rate = Coalesce(
        Subquery(rates.filter(from_on__lte=day).order_by("-from_on").values("amount")[:1]),
        Subquery(rates.order_by("from_on").values("amount")[:1]),
    )
    told = Exists(Acknowledgement.objects.filter(booking=OuterRef("pk")))
    return bookings().annotate(state=state_on(day), rate_now=rate, is_over_cap=over_cap(), is_acknowledged=told)


def like(words: str) -> Q:
    """Every word is in a reference, a name, or where it is: never where that is confidential."""
    condition = Q()
    for word in words.split():
        person = Member.objects.filter(household=OuterRef("household")).filter(
            Q(surname__icontains=word) | Q(forename__icontains=word)
        )
        condition &= (
            Q(ref__icontains=word)
            | Q(academy_ref__iexact=word)
            | Q(household__ref__icontains=word)
            | Q(Exists(person))
            | (Q(household__is_confidential=False) & units.like(word, "unit__"))
        )
    return condition


def bookings_found(
    *, day: date, words: str = "", state: str = "", service: str = "", provider: str = "", only: str = ""
) -> "QuerySet[Booking]":
    """The bookings that a filter leaves, as they stand on a day, the latest first. `only` is "split", "unapproved"
    or "approved" (over the cap, and who approved it), "untold" (in, and not told of its responsibilities)."""
    rows = bookings_on(day).filter(like(words))
    if state:
        rows = rows.filter(state=state)
    if service:
        rows = rows.filter(service=service)
    if provider:
        named = Q(unit__provider__party__name__icontains=provider) | Q(unit__provider__party__ref__iexact=provider)
        rows = rows.filter(named, household__is_confidential=False)
    if only:
        live = Q(status=Booking.Status.BOOKED)
        rows = rows.filter(
            {
                "split": live & Q(is_split=True),
                "unapproved": live & Q(is_over_cap=True, cap_approved_by__isnull=True),
                "approved": live & Q(is_over_cap=True, cap_approved_by__isnull=False),
                "untold": Q(state=StayState.IN, is_acknowledged=False),
            }[only]
        )
    return rows.order_by("-starts_on", "-pk")


def free_units(
    *,
    starts_on: date,
    ends_on: date | None,
    size: str = "",
    area: str = "",
    kind: str = "",
    sleeps: int | None = None,
    features: str = "",
    highest: Decimal | None = None,
) -> "QuerySet[Unit]":
    """The units that are free for all of these nights, those kept for us and standing empty first, then the cheapest.

    `rate_now` and `cap_now` are those of the first night.
    """
    nights = touching(starts_on, ends_on)
    let = Booking.objects.filter(nights, unit=OuterRef("pk"), status=Booking.Status.BOOKED)
    voids = Void.objects.filter(nights, unit=OuterRef("pk"))
    rows = units.units_found(day=starts_on, size=size, area=area, kind=kind)
    rows = rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=ends_on or date.max))
    rows = rows.filter(~Exists(let), ~Exists(voids.filter(starts_on__gte=starts_on)))
    rows = rows.annotate(is_void=Exists(voids))
    if sleeps:
        rows = rows.filter(sleeps_most__gte=sleeps)
    for word in features.split():
        rows = rows.filter(features__icontains=word)
    if highest is not None:
        rows = rows.filter(rate_now__lte=highest)
    return rows.order_by("-is_void", F("rate_now").asc(nulls_last=True), "ref", "pk")


def voids_found(*, day: date, words: str = "", state: str = "", paid_by: str = "") -> "QuerySet[Void]":
    """Voids that are open on a day, the longest first; `state` "all" or "ended" for the others too."""
    rows = Void.objects.select_related("unit__provider__party", "recorded_by").filter(units.like(words, "unit__"))
    ended = Q(ends_on__isnull=False, ends_on__lte=day)
    if state != "all":
        rows = rows.filter(ended if state == "ended" else ~ended)
    if paid_by:
        rows = rows.filter(paid_by=paid_by)
    return rows.order_by("starts_on", "pk")


def approvers(besides: User) -> "QuerySet[User]":
    """Who may approve rates over the cap, but for one."""
    may = Q(groups__permissions__codename="approve_over_cap") | Q(user_permissions__codename="approve_over_cap")
    found = User.objects.filter(may, is_active=True).exclude(pk=besides.pk)
    return found.distinct().order_by("last_name", "first_name", "pk")


def sheets_of(booking: Booking) -> "QuerySet[LicenceSheet]":
    """The sheets made for a booking with who took them, the latest first."""
    return booking.sheets.prefetch_related(Prefetch("file", files.without_content())).order_by("-pk")


def unapproved_count() -> int:
    """Bookings over the cap that nobody approved."""
    rows = Booking.objects.filter(over_cap(), status=Booking.Status.BOOKED, cap_approved_by__isnull=True)
    return rows.count()


def approved_in_name_of(user: User, since: date) -> int:
    """Bookings whose rate over the cap was set since a day by somebody else, with this person named as its approver."""
    rates = BookingRate.objects.filter(booking=OuterRef("pk"), set_at__date__gte=since).exclude(set_by=user)
    return Booking.objects.filter(Exists(rates), over_cap(), cap_approved_by=user).count()


def untold_count(day: date) -> int:
    """Households that are in on a night and have not been told of their responsibilities."""
    told = Acknowledgement.objects.filter(booking=OuterRef("pk"))
    return Booking.objects.filter(occupied_on(day)).exclude(Exists(told)).count()


def overdue_departures(day: date) -> tuple[int, date | None]:
    """Bookings whose household was to have left and nobody recorded it: how many, and since when."""
    rows = Booking.objects.filter(status=Booking.Status.BOOKED, ends_on__lte=day, departed_at__isnull=True)
    since = rows.aggregate(since=Min("ends_on"), count=Count("pk"))
    return since["count"], since["since"]


def moved_to(booking: Booking) -> Booking | None:
    """The booking that the household moved on to."""
    return Booking.objects.filter(moved_from=booking).first()


def elsewhere(booking: Booking) -> "QuerySet[Booking]":
    """The household's other bookings on some of these nights: a split household's other places."""
    nights = touching(booking.starts_on, booking.ends_on)
    if booking.status != Booking.Status.BOOKED:
        return bookings().none()
    rows = bookings().filter(nights, household=booking.household_id, status=Booking.Status.BOOKED)
    return rows.exclude(pk=booking.pk)


class Tied(NamedTuple):
    """What rests on a stay, in sentences: what must be put right before it is taken back, and what to be sure of."""

    forbidding: list[str]
    asking: list[str]


def ties_of(booking: Booking, today: date) -> Tied:
    """What is lost if somebody says that a stay never was."""
    nights = rules.nights_until(booking.starts_on, booking.ends_on, today)
    until = max(booking.starts_on, today if booking.ends_on is None else min(booking.ends_on, today))
    cost = rules.cost(booking.starts_on, until, booking.rates.all())
    begun = rules.begun_words(starts_on=booking.starts_on, nights=nights, cost=cost, today=today)
    found = ties.of(booking)
    asking = [begun] if begun else []
    return Tied([tie.words for tie in found if tie.forbids], asking + [tie.words for tie in found if not tie.forbids])
