"""What the check of a provider's lines asks of the bookings: a handful of queries, however many lines there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from bookings.models import (
    AcademyAccount,
    Booking,
    BookingRate,
    Member,
    NightlyCap,
    NightsConfirmed,
    Provider,
    Unit,
    UnitRate,
    Void,
)
from bookings.units.rules import cap_on
from lewisham_ta import dated
from payments.invoices.models import Invoice, NightClaim
from payments.invoices.rules.billing import LineAsBilled
from payments.invoices.rules.check import Line
from payments.invoices.rules.line import Academy, Booked, Claimed, Confirmed, Terms
from payments.invoices.rules.matching import (
    Candidate,
    Candidates,
    Given,
    Match,
    given_address_key,
    name_key,
    ref_key,
    unmatched_words,
)
from payments.invoices.rules.matching import Void as VoidNights
from payments.invoices.rules.runs import Run


class Matched(NamedTuple):
    """A line as it is checked, and how its booking was found."""

    line: Line
    how: str


def terms_of(provider: Provider, on: date) -> Terms:
    """The terms for an invoice that was received on a day."""
    return Terms(
        is_exempt=provider.vat == Provider.Vat.EXEMPT,
        vat_percent=dated.number("vat_percent", on),
        long_stay_percent=dated.number("vat_long_stay_percent", on),
        long_stay_after=dated.whole_number("vat_long_stay_nights", on),
    )


def terms_of_invoice(invoice: Invoice) -> Terms:
    """The terms for an invoice: whether VAT is due at all as it was when it was approved, or as it is now."""
    terms = terms_of(invoice.provider, invoice.received_on)
    return terms if invoice.is_exempt is None else replace(terms, is_exempt=invoice.is_exempt)


def matched_lines(
    provider: Provider, lines: Sequence[LineAsBilled], *, by_hand: Mapping[int, int] | None = None
) -> list[Matched]:
    """Every line with its booking. `by_hand` are bookings that an officer chose, by the number of the line."""
    by_hand = by_hand or {}
    candidates, elsewhere = _candidates(provider, [line.given for line in lines])
    matches: dict[int, Match] = {}
    for line in lines:
        if line.number in by_hand:
            matches[line.number] = Match(by_hand[line.number], "hand")
        elif match := candidates.match(line.given):
            matches[line.number] = match
    booked = booked_of({match.pk for match in matches.values()}, is_exempt=provider.vat == Provider.Vat.EXEMPT)
    unfound = [line.given for line in lines if line.number not in matches]
    voids = _voids(provider, unfound) if unfound else []
    matched = []
    for line in lines:
        found = matches.get(line.number)
        unmatched = "" if found else unmatched_words(line.given, elsewhere, voids)
        pk = found.pk if found else None
        facts = booked[found.pk] if found else None
        matched.append(Matched(Line(line.number, line.billed, pk, facts, unmatched), found.how if found else ""))
    return matched


def _candidates(provider: Provider, given: Sequence[Given]) -> tuple[Candidates, dict[str, str]]:
    """The provider's bookings that the lines could mean, and the providers of references that are another's."""
    refs = {ref for each in given if each.ref for ref in (each.ref, ref_key(each.ref))}
    named = list(
        Booking.objects.filter(ref__in=refs).values_list(
            "pk", "ref", "starts_on", "ends_on", "status", "unit__provider", "unit__provider__party__name"
        )
    )
    own = [
        Candidate(pk, ref, starts_on, ends_on, status == Booking.Status.BOOKED, "", "", frozenset())
        for pk, ref, starts_on, ends_on, status, owner, _ in named
        if owner == provider.pk
    ]
    elsewhere = {ref_key(ref): name for _, ref, _, _, _, owner, name in named if owner != provider.pk}
    known = {ref_key(candidate.ref) for candidate in own}
    rest = [each for each in given if each.name and not (each.ref and ref_key(each.ref) in known)]
    return Candidates([*_at_places(provider, rest), *own] if rest else own), elsewhere


def _voids(provider: Provider, given: Sequence[Given]) -> list[VoidNights]:
    """The voids of the provider's units on nights that these lines bill."""
    first, end = min(each.starts_on for each in given), max(each.ends_on for each in given)
    rows = (
        Void.objects.filter(unit__provider=provider, starts_on__lt=end)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gt=first))
        .select_related("unit")
        .order_by("starts_on", "pk")
    )
    return [
        VoidNights(
            void.unit.ref,
            frozenset({ref_key(void.unit.ref), key, key.rpartition(" ")[0]} - {""}),
            void.starts_on,
            void.ends_on,
            void.reason,
            void.get_paid_by_display(),
        )
        for void in rows
        for key in [void.unit.address_key]
    ]


def _at_places(provider: Provider, given: Sequence[Given]) -> list[Candidate]:
    """The provider's bookings of the units that these lines name."""
    rows = list(
        Booking.objects.filter(unit__in=units_at(provider, given)).values_list(
            "pk", "ref", "starts_on", "ends_on", "status", "unit__ref", "unit__address_key", "household"
        )
    )
    names = defaultdict(set)
    for household, forename, surname in Member.objects.filter(household__in={row[-1] for row in rows}).values_list(
        "household", "forename", "surname"
    ):
        names[household].add(name_key(f"{forename} {surname}"))
    return [
        Candidate(pk, ref, starts_on, ends_on, status == Booking.Status.BOOKED, unit, key, frozenset(names[household]))
        for pk, ref, starts_on, ends_on, status, unit, key, household in rows
    ]


def units_at(provider: Provider, given: Sequence[Given]) -> list[int]:
    """The provider's units that these lines name, by reference or address."""
    refs = {ref_key(each.unit) for each in given if each.unit}
    keys = {given_address_key(place) for each in given for place in (each.unit, each.address) if place}
    return [
        pk
        for pk, ref, key in Unit.objects.filter(provider=provider).values_list("pk", "ref", "address_key")
        if ref_key(ref) in refs or key in keys or key.rpartition(" ")[0] in keys
    ]


def booked_of(pks: Collection[int], *, is_exempt: bool, with_notes: bool = True) -> dict[int, Booked]:
    """The facts of bookings that the check asks about, by key. The stay's first night counts only where VAT does.

    What only notes are made of, confirmations and caps, can be left out.
    """
    keys = RawSQL("SELECT unnest(%s::bigint[])", [list(pks)])  # one value: thousands take Django longer than PostgreSQL
    bookings = Booking.objects.filter(pk__in=keys)
    rows = list(bookings.values_list("pk", "ref", "starts_on", "ends_on", "status", "academy_ref", "unit"))
    over_cap: dict[int, dict[Decimal, Decimal]] = {}
    rates = _rates(BookingRate.objects.filter(booking__in=keys), {row[0]: row[6] for row in rows})
    accounts = _accounts(bookings.exclude(academy_ref="").values("academy_ref"))
    since = {} if is_exempt else _stays_since(bookings)
    confirmed = defaultdict(list)
    if with_notes:
        over_cap = _over_cap(bookings, rates)
        said = NightsConfirmed.objects.filter(booking__in=keys).values_list(
            "booking", "starts_on", "ends_on", "was_there"
        )
        for booking, *nights in said:
            confirmed[booking].append(Confirmed(*nights))
    return {
        pk: Booked(
            ref,
            starts_on,
            ends_on,
            status,
            rates.get(pk, ()),
            since.get(pk, starts_on),
            accounts.get(academy_ref),
            confirmed.get(pk, ()) if with_notes else None,
            over_cap.get(pk, {}),
        )
        for pk, ref, starts_on, ends_on, status, academy_ref, _ in rows
    }


def rates_of(units: Mapping[int, int]) -> dict[int, list[tuple[date, Decimal]]]:
    """The rates of bookings, given with their units: their own, or the unit's where a booking has none."""
    return _rates(BookingRate.objects.filter(booking__in=units), units)


def _rates(own: "QuerySet[BookingRate]", units: Mapping[int, int]) -> dict[int, list[tuple[date, Decimal]]]:
    rates: dict[int, list[tuple[date, Decimal]]] = {}
    for booking, from_on, amount in own.order_by("booking", "from_on").values_list("booking", "from_on", "amount"):
        rates.setdefault(booking, []).append((from_on, amount))
    without = {booking: unit for booking, unit in units.items() if booking not in rates}
    if without:
        of_unit = defaultdict(list)
        for unit, from_on, amount in (
            UnitRate.objects.filter(unit__in=set(without.values()))
            .order_by("unit", "from_on")
            .values_list("unit", "from_on", "amount")
        ):
            of_unit[unit].append((from_on, amount))
        rates |= {booking: of_unit[unit] for booking, unit in without.items() if unit in of_unit}
    return rates


def _over_cap(
    bookings: "QuerySet[Booking]", rates: Mapping[int, Sequence[tuple[date, Decimal]]]
) -> dict[int, dict[Decimal, Decimal]]:
    """The cap of each rate that is over it, of bookings whose rate nobody approved."""
    caps = list(NightlyCap.objects.order_by("pk"))
    if not caps:
        return {}
    found: dict[int, dict[Decimal, Decimal]] = defaultdict(dict)
    unapproved = bookings.filter(cap_approved_by__isnull=True)
    for pk, size, area in unapproved.values_list("pk", "unit__size", "unit__brma"):
        for from_on, rate in rates.get(pk, ()):
            cap = cap_on(caps, size=size, area=area, day=from_on)
            if cap is not None and rate > cap:
                found[pk][rate] = cap
    return found


def _accounts(refs: "QuerySet[Booking, Any]") -> dict[str, Academy]:
    """Academy's accounts by claim reference. One that the latest extract lacks is not an account any more."""
    Status = AcademyAccount.Status
    accounts = {}
    rows = AcademyAccount.objects.filter(claim_ref__in=refs, is_gone=False)
    for ref, status, ends_on in rows.values_list("claim_ref", "status", "ends_on"):
        is_ended = status in (Status.ENDED, Status.CANCELLED)
        accounts[ref] = Academy(ref, status == Status.SUSPENDED, ends_on, is_ended)
    return accounts


def _stays_since(bookings: "QuerySet[Booking]") -> dict[int, date]:
    """The first night of the unbroken stay of each booking."""
    wanted = list(bookings.values_list("pk", "household", "unit__provider", "starts_on"))
    ended: dict[tuple[int, int, date], date] = {}
    rows = Booking.objects.filter(
        household__in=bookings.values("household"), status=Booking.Status.BOOKED, ends_on__isnull=False
    ).values_list("household", "unit__provider", "starts_on", "ends_on")
    for household, provider, starts_on, ends_on in rows:
        key = (household, provider, ends_on)
        ended[key] = min(starts_on, ended.get(key, starts_on))
    since = {}
    for pk, household, provider, starts_on in wanted:
        first = starts_on
        while (earlier := ended.get((household, provider, first))) is not None:
            first = earlier
        since[pk] = first
    return since


def claims_on(bookings: Iterable[int], *, window: Run, but_of_invoice: int | None = None) -> dict[int, list[Claimed]]:
    """The live claims of these bookings' nights within a window, but those of one invoice's own lines."""
    claims = NightClaim.objects.filter(
        booking__in=set(bookings), is_live=True, starts_on__lt=window[1], ends_on__gt=window[0]
    )
    if but_of_invoice is not None:
        claims = claims.filter(~Q(line__invoice=but_of_invoice))
    claimed: dict[int, list[Claimed]] = {}
    for booking, starts_on, ends_on, line, invoice in claims.order_by("starts_on", "pk").values_list(
        "booking", "starts_on", "ends_on", "line__number", "line__invoice__number"
    ):
        claimed.setdefault(booking, []).append(Claimed(starts_on, ends_on, f"line {line} of invoice {invoice}"))
    return claimed
