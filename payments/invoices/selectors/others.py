"""Other invoices that may be the same one, or bill the same nights."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import Q

from bookings.models import Booking
from payments.invoices.models import Invoice, NightClaim
from payments.invoices.rules.beside import Beside, Place
from payments.invoices.rules.billing import LineAsBilled, Other, number_key, total_of
from payments.invoices.rules.moves import DROPPED
from payments.invoices.rules.runs import Run


def that_could_be(invoice: Invoice, lines: Sequence[LineAsBilled]) -> list[Other]:
    """Invoices that are not rejected or voided with the same number key, or of the same provider and total."""
    key, total = number_key(invoice.number), total_of(lines)
    rows = (
        Invoice.objects.exclude(status__in=DROPPED)
        .exclude(pk=invoice.pk)
        .filter(Q(number_key=key) | Q(provider=invoice.provider_id, total=total))
        .order_by("pk")
        .values_list("pk", "number", "provider", "provider__party__name", "total", "first_on", "ends_on")
    )
    return [
        Other(pk, number, name, provider == invoice.provider_id, its_total, first_on, last_on)
        for pk, number, provider, name, its_total, first_on, last_on in rows
    ]


def same_nights(
    invoice: Invoice, lines: Sequence[LineAsBilled], bookings: Sequence[int | None]
) -> list[tuple[int, str, int]]:
    """Key and number of each other invoice that claims nights of these lines, and how many lines share some."""
    wanted: dict[int, list[LineAsBilled]] = {}
    for line, booking in zip(lines, bookings, strict=True):
        if booking is not None:
            wanted.setdefault(booking, []).append(line)
    shared: dict[tuple[int, str], set[int]] = {}
    claims = NightClaim.objects.filter(booking__in=wanted, is_live=True).exclude(line__invoice=invoice.pk)
    for booking, starts_on, ends_on, pk, number in claims.order_by("line__invoice", "pk").values_list(
        "booking", "starts_on", "ends_on", "line__invoice", "line__invoice__number"
    ):
        for line in wanted[booking]:
            if line.starts_on < ends_on and starts_on < line.ends_on:
                shared.setdefault((pk, number), set()).add(line.number)
    return [(pk, number, len(numbers)) for (pk, number), numbers in shared.items()]


class Neighbours(NamedTuple):
    """Where bookings are, by key, and what is billed of others of the same household or unit."""

    places: dict[int, Place]
    beside: dict[int, list[Beside]]


def neighbours(bookings: Collection[int], *, window: Run, but_of_invoice: int | None) -> Neighbours:
    """The live claims within a window of other bookings in the same units or of the same households, but those of one
    invoice's own lines: in two queries, however many bookings."""
    place = ("household", "unit", "is_split", "household__is_confidential")
    rows = Booking.objects.filter(pk__in=bookings).values_list("pk", *place)
    places = {pk: Place(*its) for pk, *its in rows}
    in_unit: dict[int, list[int]] = {}
    of_household: dict[int, list[int]] = {}
    for pk, its in places.items():
        in_unit.setdefault(its.unit, []).append(pk)
        of_household.setdefault(its.household, []).append(pk)
    near = Booking.objects.filter(Q(unit__in=in_unit) | Q(household__in=of_household)).values("pk")
    claims = (
        NightClaim.objects.filter(booking__in=near, is_live=True, starts_on__lt=window[1], ends_on__gt=window[0])
        .exclude(line__invoice=but_of_invoice)
        .order_by("starts_on", "pk")
        .values_list(
            *("booking", "starts_on", "ends_on", "line", "line__number", "line__invoice__number"),
            *(f"booking__{name}" for name in place),
        )
    )
    beside: dict[int, list[Beside]] = {}
    for booking, starts_on, ends_on, line, number, invoice, *its in claims:
        there = Place(*its)
        other = Beside(there, starts_on, ends_on, line, f"line {number} of invoice {invoice}")
        for pk in {*in_unit.get(there.unit, ()), *of_household.get(there.household, ())} - {booking}:
            beside.setdefault(pk, []).append(other)
    return Neighbours(places, beside)
