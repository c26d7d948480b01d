"""What a person set of the bookings and rates that an invoice is paid by, read from the history of the rows."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet

from bookings.models import Booking, BookingRate, NightsConfirmed, Provider
from lewisham_ta.dates import say
from payments.invoices.models import Invoice
from payments.invoices.rules.moves import PAID

BOOKED = ("starts_on", "ends_on", "status", "unit", "household")  # what of a booking decides whether a night is payable
WHO = "pgh_context__metadata__user"


class Paid(NamedTuple):
    """A line that is paid, and the booking that it is paid by."""

    number: int
    booking: int
    ref: str
    starts_on: date
    ends_on: date
    vat: Decimal


class _Rate(NamedTuple):
    from_on: date
    who: int | None
    is_withdrawn: bool


def own_record(invoice: Invoice, person: int) -> str:
    """The first thing in the records that an invoice is paid by and this person set as it stands, in words, or "".

    Only what stands counts, and of the rates only those of the paid nights: who set a date that somebody else has
    changed since, or a rate that ended long ago, may approve. A load of the nightly sheet counts for who confirmed it.
    """
    rows = invoice.lines.filter(decision__in=PAID, booking__isnull=False).order_by("number")
    columns = ("number", "booking", "booking__ref", "starts_on", "ends_on", "payable_vat")
    lines = [Paid(*row) for row in rows.values_list(*columns)]
    bookings = {line.booking for line in lines}
    facts, rates, found = _facts_set_by(person, bookings), _rates(bookings), _found_there(bookings)
    set_vat = any(line.vat for line in lines) and _set_vat_of(invoice.provider_id) == person
    for line in lines:
        for what in facts[line.booking]:
            return f"Line {line.number} is paid by booking {line.ref}, of which you set the {what}"
        for rate in rates[line.booking]:
            if rate.who == person and _counts(rate, line, rates[line.booking]):
                done = "took back" if rate.is_withdrawn else "set"
                of_whom = f"Line {line.number} is paid by booking {line.ref}, of which you"
                return f"{of_whom} {done} the rate from {say(rate.from_on)}"
        nights = [night for night, who in found[line.booking].items() if who == person]
        if own := [night for night in nights if line.starts_on <= night < line.ends_on]:
            of_whom = f"Line {line.number} is paid by booking {line.ref}, of which you"
            return f"{of_whom} took back that nobody was there on {say(min(own))}"
        if set_vat and line.vat:
            return f"Line {line.number} is paid with VAT, which you set for the provider"
    return ""


def _facts_set_by(person: int, bookings: Collection[int]) -> dict[int, list[str]]:
    """By booking, the names of its facts that stand as this person last set them."""
    latest: dict[int, dict[str, tuple[Any, int | None]]] = defaultdict(dict)
    events = _events(Booking).filter(pgh_obj__in=bookings).values("pgh_obj_id", WHO, *BOOKED)
    for event in events.order_by("pgh_id"):
        known = latest[event["pgh_obj_id"]]
        for name in BOOKED:
            if name not in known or known[name][0] != event[name]:
                known[name] = event[name], event[WHO]
    return defaultdict(
        list,
        {
            booking: [
                str(Booking._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
                for name, (_, who) in known.items()
                if who == person
            ]
            for booking, known in latest.items()
        },
    )


def _rates(bookings: Collection[int]) -> dict[int, list[_Rate]]:
    """By booking, its rates as they stand and those that were taken back, each with who did that."""
    latest: dict[int, dict[int, tuple[Any, _Rate]]] = defaultdict(dict)
    events = _events(BookingRate).filter(booking__in=bookings)
    columns = events.values_list("booking", "pgh_obj_id", "pgh_label", "from_on", "amount", WHO)
    for booking, row, label, from_on, amount, who in columns.order_by("pgh_id"):
        terms, known = (label == "delete", from_on, amount), latest[booking]
        if row not in known or known[row][0] != terms:
            known[row] = terms, _Rate(from_on, who, label == "delete")
    return defaultdict(list, {booking: [rate for _, rate in known.values()] for booking, known in latest.items()})


def _found_there(bookings: Collection[int]) -> dict[int, dict[date, int | None]]:
    """By booking, the nights of which it is not said any more that nobody was there, each with who took that back."""
    found: dict[int, dict[date, int | None]] = defaultdict(dict)
    events = _events(NightsConfirmed).filter(booking__in=bookings, was_there=False)
    columns = events.values_list("booking", "pgh_label", "starts_on", "ends_on", WHO)
    for booking, label, starts_on, ends_on, who in columns.order_by("pgh_id"):
        for night in (starts_on + timedelta(days) for days in range((ends_on - starts_on).days)):
            if label == "delete":
                found[booking][night] = who
            else:
                found[booking].pop(night, None)
    return found


def _set_vat_of(provider: int) -> int | None:
    """Who set the VAT of a provider as it stands."""
    before, by = None, None
    for vat, who in _events(Provider).filter(pgh_obj=provider).order_by("pgh_id").values_list("vat", WHO):
        if vat != before:
            before, by = vat, who
    return by


def _counts(rate: _Rate, line: Paid, rates: Collection[_Rate]) -> bool:
    """Whether the rate is, or would have been, that of a night of the line."""
    if rate.from_on >= line.ends_on:
        return False
    until = max(rate.from_on, line.starts_on)
    standing = (other for other in rates if other is not rate and not other.is_withdrawn)
    return not any(rate.from_on <= other.from_on <= until for other in standing)


def _events(model: type[Model]) -> "QuerySet[Any]":
    return model.pgh_event_model.objects.all()  # type: ignore[attr-defined, no-any-return]
