"""Nights that were booked and that no live line claims: what is expected on an invoice and has not come."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import DurationField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Least

from bookings.models import Booking, Provider
from lewisham_ta.money import ZERO
from payments.invoices.models import NightClaim
from payments.invoices.rules.check import Booked, Run, Terms, still_due
from payments.invoices.selectors.facts import rates_of

NET_ONLY = Terms(is_exempt=True)
AS_MUCH_AS_AGREED = Decimal("99999999.99")


@dataclass(frozen=True, slots=True)
class Unbilled:
    """One unbroken run of nights of a booking that nobody billed, at the agreed rates, without VAT."""

    booking: Booking
    starts_on: date
    ends_on: date
    net: Decimal
    rates: Sequence[Decimal]

    @property
    def nights(self) -> int:
        return (self.ends_on - self.starts_on).days


def unbilled(
    *, until: date, since: date | None = None, provider: Provider | None = None, but: dict[int, list[Run]] | None = None
) -> list[Unbilled]:
    """Runs of nights before `until` (and from `since`), by provider, booking and night; `but` are billed anyway."""
    bookings = list(_not_wholly_claimed(until, since, provider))
    claimed: dict[int, list[Run]] = defaultdict(list)
    for booking, *run in NightClaim.objects.filter(
        booking__in=[each.pk for each in bookings], is_live=True, starts_on__lt=until
    ).values_list("booking", "starts_on", "ends_on"):
        claimed[booking].append((run[0], run[1]))
    rates = rates_of({each.pk: each.unit_id for each in bookings})
    found = []
    for booking in bookings:
        first = max(booking.starts_on, since) if since else booking.starts_on
        end = min(booking.ends_on, until) if booking.ends_on else until
        for run in _left((first, end), [*claimed[booking.pk], *(but or {}).get(booking.pk, [])]):
            found.append(_priced(booking, run, rates.get(booking.pk, ())))
    return found


def _not_wholly_claimed(until: date, since: date | None, provider: Provider | None) -> QuerySet[Booking]:
    """Bookings with fewer claimed nights than nights, so that claims are read of those only."""
    no_time = Value(timedelta(0), output_field=DurationField())
    end = Least(F("claims__ends_on"), Value(until))
    is_claimed = Q(claims__is_live=True, claims__starts_on__lt=until)
    rows = (
        Booking.objects.filter(status=Booking.Status.BOOKED, starts_on__lt=until)
        .annotate(claimed=Coalesce(Sum(end - F("claims__starts_on"), filter=is_claimed), no_time))
        .annotate(stay=Least(Coalesce(F("ends_on"), Value(until)), Value(until)) - F("starts_on"))
        .filter(claimed__lt=F("stay"))
        .select_related("unit__provider__party", "household")
        .order_by("unit__provider__party__name", "unit__provider", "ref", "pk")
    )
    if since is not None:
        rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=since))
    return rows if provider is None else rows.filter(unit__provider=provider)


def _left(run: Run, taken: Iterable[Run]) -> list[Run]:
    """What is left of a run when others are taken out of it."""
    left, first = [], run[0]
    for starts_on, ends_on in sorted(taken):
        if first < min(starts_on, run[1]):
            left.append((first, min(starts_on, run[1])))
        first = max(first, ends_on)
    if first < run[1]:
        left.append((first, run[1]))
    return left


def _priced(booking: Booking, run: Run, rates: Sequence[tuple[date, Decimal]]) -> Unbilled:
    booked = Booked(booking.ref, booking.starts_on, booking.ends_on, "booked", rates, booking.starts_on, None)
    due = still_due([run], net=AS_MUCH_AS_AGREED, vat=ZERO, booked=booked, terms=NET_ONLY)
    return Unbilled(booking, *run, due.net, rates_on(run, rates))


def rates_on(run: Run, rates: Sequence[tuple[date, Decimal]]) -> list[Decimal]:
    """The rates that hold on some night of a run, earliest first."""
    held = []
    for number, (from_on, rate) in enumerate(rates):
        until = rates[number + 1][0] if number + 1 < len(rates) else date.max
        if (number == 0 or from_on < run[1]) and run[0] < until:
            held.append(rate)
    return list(dict.fromkeys(held))
