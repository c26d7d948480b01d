"""Other invoices that may be the same one, or bill the same nights."""

from collections.abc import Sequence

from django.db.models import Q

from payments.invoices.models import Invoice, NightClaim
from payments.invoices.rules.billing import LineAsBilled, Other, number_key, total_of
from payments.invoices.rules.moves import DROPPED


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
