"""What pages ask of providers, units, rates and caps."""

from datetime import date

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from bookings.units.models import NightlyCap, Provider, Unit, UnitRate
from bookings.units.rules import GRADED_SIZES, SLEEPS
from lewisham_ta.addresses import address_key


def providers() -> "QuerySet[Provider]":
    """Every provider with its contacts and how many units it lets."""
    return (
        Provider.objects.select_related("party")
        .annotate(unit_count=Count("units", filter=Q(units__closed_on__isnull=True)))
        .order_by("party__name", "pk")
    )


def providers_found(*, words: str = "", vat: str = "") -> "QuerySet[Provider]":
    rows = providers()
    for word in words.split():
        rows = rows.filter(
            Q(party__ref__icontains=word) | Q(party__name__icontains=word) | Q(supplier_number__icontains=word)
        )
    return rows.filter(vat=vat) if vat else rows


def units_on(day: date) -> "QuerySet[Unit]":
    """Every unit with its provider, the rate agreed for a day, the cap it is held against, and how many it sleeps.

    `sleeps_most` is what is recorded, else what its size says.
    """
    rate = UnitRate.objects.filter(unit=OuterRef("pk"), from_on__lte=day).order_by("-from_on").values("amount")[:1]
    caps = NightlyCap.objects.filter(size=OuterRef("size"), from_on__lte=day).order_by("-from_on")
    return (
        Unit.objects.select_related("provider__party")
        .annotate(
            rate_now=Subquery(rate),
            cap_now=Coalesce(
                Subquery(caps.filter(area=OuterRef("brma")).values("amount")[:1]),
                Subquery(caps.filter(area="").values("amount")[:1]),
            ),
            sleeps_most=Coalesce("sleeps", Case(*(When(size=size, then=people) for size, people in SLEEPS.items()))),
        )
        .order_by("ref", "pk")
    )


def like(words: str, prefix: str = "") -> Q:
    """Every word is in the unit's reference, address or postcode, or in its provider's name or reference."""
    condition = Q()
    for word in words.split():
        condition &= (
            Q(**{f"{prefix}ref__icontains": word})
            | Q(**{f"{prefix}address__icontains": word})
            | Q(**{f"{prefix}address_key__contains": address_key(word, "") or word})
            | Q(**{f"{prefix}provider__party__name__icontains": word})
            | Q(**{f"{prefix}provider__party__ref__iexact": word})
        )
    return condition


def without_grade(day: date) -> Q:
    """Units that need an inspection grade and have no good one on a day."""
    needs = Q(is_bed_and_breakfast=True) | Q(size__in=GRADED_SIZES)
    return needs & (Q(grade="") | Q(grade_expires_on__lt=day))


def closed_on(day: date) -> Q:
    return Q(closed_on__isnull=False, closed_on__lte=day)


def without_borough(day: date) -> Q:
    """Units that are let on a day and of which nobody recorded in whose area they are."""
    return Q(district="") & ~closed_on(day)


def borough_unknown_count(day: date) -> int:
    return Unit.objects.filter(without_borough(day)).count()


def units_found(
    *, day: date, words: str = "", size: str = "", area: str = "", kind: str = "", only: str = ""
) -> "QuerySet[Unit]":
    """The units that a filter leaves. `kind` is "self_contained", "shared" or "bed_and_breakfast"; `only` is "open",
    "closed", "ungraded" or "no_borough"."""
    rows = units_on(day).filter(like(words))
    if size:
        rows = rows.filter(size=size)
    if area:
        rows = rows.filter(Q(brma__icontains=area) | Q(district__icontains=area) | Q(postcode__istartswith=area))
    if kind:
        rows = rows.filter(
            {
                "self_contained": Q(is_self_contained=True),
                "shared": Q(is_self_contained=False),
                "bed_and_breakfast": Q(is_bed_and_breakfast=True),
            }[kind]
        )
    if only:
        closed = closed_on(day)
        rows = rows.filter(
            {
                "open": ~closed,
                "closed": closed,
                "ungraded": without_grade(day) & ~closed,
                "no_borough": without_borough(day),
            }[only]
        )
    return rows


def caps() -> "QuerySet[NightlyCap]":
    return NightlyCap.objects.order_by("size", "area", "-from_on", "pk")


def caps_in_force(day: date) -> set[int]:
    """The ids of the caps that rates are held against on a day: the latest of each size and area."""
    begun = caps().filter(from_on__lte=day).order_by("size", "area", "-from_on").distinct("size", "area")
    return set(begun.values_list("pk", flat=True))
