"""Occupied nights without a live claim: what a provider will still bill, or never did."""

from collections import defaultdict
from datetime import date

from django.db.models import Min, Q

from bookings.models import Booking
from lewisham_ta.dates import add_months, first_of_month
from payments.invoices.models import NightClaim
from payments.invoices.rules.check import Run
from payments.invoices.rules.expected import Missing, unclaimed, worth
from payments.invoices.selectors.facts import rates_of

MONTHS_BACK = 12


def expected_since(until: date) -> date:
    """From when nights are expected to be billed here: the first month that was, and not longer than a year ago."""
    year_ago = add_months(until, -MONTHS_BACK)
    first = NightClaim.objects.filter(is_live=True).aggregate(first=Min("starts_on"))["first"]
    return max(first_of_month(first), year_ago) if first else year_ago


def missing_nights(until: date, *, since: date | None = None, provider_id: int | None = None) -> list[Missing]:
    """Every run of occupied nights before `until` that no live claim has, by provider, booking and night."""
    since = since or expected_since(until)
    stays = Booking.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=since), status="booked", starts_on__lt=until)
    if provider_id is not None:
        stays = stays.filter(unit__provider=provider_id)
    rows = list(
        stays.order_by("unit__provider__party__ref", "ref").values_list(
            *("pk", "ref", "starts_on", "ends_on", "service", "unit", "unit__ref", "unit__address", "unit__postcode"),
            *("unit__provider", "unit__provider__party__ref", "unit__provider__party__name"),
        )
    )
    claims: dict[int, list[Run]] = defaultdict(list)
    live = NightClaim.objects.filter(is_live=True, ends_on__gt=since, starts_on__lt=until)
    if provider_id is not None:
        live = live.filter(booking__unit__provider=provider_id)
    for booking, starts_on, ends_on in live.values_list("booking", "starts_on", "ends_on").iterator():
        claims[booking].append((starts_on, ends_on))
    missing = []
    found: list[tuple[tuple[object, ...], list[Run]]] = []
    for row in rows:
        stay = (max(row[2], since), until if row[3] is None else min(row[3], until))
        if runs := unclaimed(stay, claims.get(row[0], ())):
            found.append((row, runs))
    rates = rates_of({row[0]: row[5] for row, _ in found})
    for row, runs in found:
        pk, ref, _, _, service, _, unit, address, postcode, provider, provider_ref, name = row
        for run in runs:
            missing.append(
                Missing(
                    booking_id=pk,
                    booking=ref,
                    unit=unit,
                    address=f"{address}, {postcode}",
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
