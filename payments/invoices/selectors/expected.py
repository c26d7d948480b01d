"""Occupied nights without a live claim: what a provider will still bill, or never did.

Nights on which the provider itself said that nobody was there are not occupied: no invoice is expected for them.
"""

from collections import defaultdict
from datetime import date

from django.core.cache import cache
from django.db.models import DateField, F, Func, IntegerField, Max, Min, Q, Sum, Value
from django.db.models.functions import Greatest, Least

from bookings.households.rules import shown_address
from bookings.models import Booking, NightsConfirmed, Provider
from lewisham_ta.dates import add_months, first_of_month
from payments.invoices.models import NightClaim
from payments.invoices.rules.expected import Missing, unclaimed, worth
from payments.invoices.rules.runs import Run
from payments.invoices.selectors.facts import rates_of

MONTHS_BACK = 12
KEPT_SECONDS = 60


def expected_since(until: date) -> date:
    """From when nights are expected to be billed here: the first month that was, and not longer than a year ago."""
    year_ago = add_months(until, -MONTHS_BACK)
    first = NightClaim.objects.filter(is_live=True).aggregate(first=Min("starts_on"))["first"]
    return max(first_of_month(first), year_ago) if first else year_ago


def overdue_nights(until: date) -> list[tuple[str, int]]:
    """Each provider with nights before `until` that no live claim has, and how many; most first.

    At most a minute old, and never from before a booking or a claim changed: every officer's home page asks.
    """
    changed = [each.pgh_event_model.objects.aggregate(latest=Max("pgh_id"))["latest"] for each in (Booking, NightClaim)]
    key = "-".join(str(part) for part in ("overdue-nights", until, *changed))
    return cache.get_or_set(key, lambda: _overdue_nights(until), KEPT_SECONDS)


def _overdue_nights(until: date) -> list[tuple[str, int]]:
    """Counted in SQL."""
    since = expected_since(until)
    if since >= until:
        return []
    slept = Q(ends_on__isnull=True) | Q(ends_on__gt=since)
    stays = Booking.objects.filter(slept, status="booked", starts_on__lt=until).order_by()
    claims = NightClaim.objects.filter(is_live=True, ends_on__gt=since, starts_on__lt=until).order_by()
    # Of a claim only what is still booked: what was paid beyond it is no night that was billed instead of another.
    of_both = (["booking__starts_on", "starts_on"], ["booking__ends_on", "ends_on"])
    booked = dict(
        stays.values_list("unit__provider").annotate(nights=_nights(["starts_on"], ["ends_on"], since, until))
    )
    billed = dict(
        claims.filter(booking__status="booked")
        .values_list("booking__unit__provider")
        .annotate(nights=_nights(*of_both, since, until))
    )
    away = _nights_away(since, until)
    left = {pk: nights - billed.get(pk, 0) - away.get(pk, 0) for pk, nights in booked.items()}
    left = {pk: nights for pk, nights in left.items() if nights > 0}
    names = dict(Provider.objects.filter(pk__in=left).values_list("pk", "party__name"))
    return sorted(((names[pk], nights) for pk, nights in left.items()), key=lambda each: (-each[1], each[0]))


def _nights_away(since: date, until: date) -> dict[int, int]:
    """By provider the nights on which it said that nobody was there, and that no live claim has."""
    away = NightsConfirmed.objects.filter(
        booking__status="booked", was_there=False, ends_on__gt=since, starts_on__lt=until
    ).order_by()
    starts, ends = ["booking__starts_on", "starts_on"], ["booking__ends_on", "ends_on"]
    said = away.values_list("booking__unit__provider").annotate(nights=_nights(starts, ends, since, until))
    paid = away.filter(booking__claims__is_live=True).values_list("booking__unit__provider")
    starts, ends = [*starts, "booking__claims__starts_on"], [*ends, "booking__claims__ends_on"]
    claimed = dict(paid.annotate(nights=_nights(starts, ends, since, until)))
    return {pk: nights - claimed.get(pk, 0) for pk, nights in said}


def _nights(starts: list[str], ends: list[str], since: date, until: date) -> Sum:
    """The nights of runs inside a span; an end that is not known is none."""
    first = Greatest(*starts, Value(since, DateField()))
    end = Least(*(F(name) for name in ends), Value(until, DateField()))
    nights = Func(end, first, template="greatest(%(expressions)s, 0)", arg_joiner=" - ", output_field=IntegerField())
    return Sum(nights)


def missing_nights(until: date, *, since: date | None = None, provider_id: int | None = None) -> list[Missing]:
    """Every run of occupied nights before `until` that no live claim has, by provider, booking and night. Where a
    confidential household sleeps is not said."""
    since = since or expected_since(until)
    stays = Booking.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=since), status="booked", starts_on__lt=until)
    if provider_id is not None:
        stays = stays.filter(unit__provider=provider_id)
    rows = list(
        stays.order_by("unit__provider__party__ref", "ref").values_list(
            *("pk", "ref", "starts_on", "ends_on", "service", "unit", "unit__ref", "unit__address", "unit__postcode"),
            *("unit__provider", "unit__provider__party__ref", "unit__provider__party__name"),
            "household__is_confidential",
        )
    )
    claims: dict[int, list[Run]] = defaultdict(list)
    live = NightClaim.objects.filter(is_live=True, ends_on__gt=since, starts_on__lt=until)
    away = NightsConfirmed.objects.filter(was_there=False, ends_on__gt=since, starts_on__lt=until)
    if provider_id is not None:
        of_provider = Q(booking__unit__provider=provider_id)
        live, away = live.filter(of_provider), away.filter(of_provider)
    for nights in (live, away):
        for booking, starts_on, ends_on in nights.values_list("booking", "starts_on", "ends_on").iterator():
            claims[booking].append((starts_on, ends_on))
    missing = []
    found: list[tuple[tuple[object, ...], list[Run]]] = []
    for row in rows:
        stay = (max(row[2], since), until if row[3] is None else min(row[3], until))
        if runs := unclaimed(stay, claims.get(row[0], ())):
            found.append((row, runs))
    rates = rates_of({row[0]: row[5] for row, _ in found})
    for row, runs in found:
        pk, ref, _, _, service, _, unit, address, postcode, provider, provider_ref, name, is_hidden = row
        for run in runs:
            missing.append(
                Missing(
                    booking_id=pk,
                    booking=ref,
                    unit=shown_address(str(unit), is_confidential=bool(is_hidden)),
                    address=shown_address(f"{address}, {postcode}", is_confidential=bool(is_hidden)),
                    service=service,
                    provider_id=provider,
                    provider_ref=provider_ref,
                    provider=name,
                    starts_on=run[0],
                    ends_on=run[1],
                    net=worth([run], rates.get(pk, ())),
                )
            )
    return missing
