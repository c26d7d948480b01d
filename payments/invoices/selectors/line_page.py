"""One line of an invoice with everything that its figures come from."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Prefetch, Q

from bookings.models import AcademyAccount, Booking, Member
from lewisham_ta.templatetags.ta import period_words
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules.check import still_due
from payments.invoices.rules.line import Booked, Terms
from payments.invoices.rules.matching import Given
from payments.invoices.rules.part import AS_MUCH_AS_AGREED
from payments.invoices.rules.runs import Run
from payments.invoices.selectors import check_page, facts

MOST_PROPOSED = 10


@dataclass(frozen=True, slots=True)
class Part:
    """Payable nights at one rate and one percentage of VAT, before the line's one rounding."""

    starts_on: date
    ends_on: date
    rate: Decimal
    vat_percent: Decimal | None

    @property
    def nights(self) -> int:
        return (self.ends_on - self.starts_on).days

    @property
    def net(self) -> Decimal:
        return self.rate * self.nights


@dataclass(frozen=True, slots=True)
class LinePage:
    """What the page of a line shows."""

    row: check_page.Row
    parts: Sequence[Part]
    terms: Terms
    stay_since: date | None
    claims: Sequence[NightClaim]
    academy: AcademyAccount | None
    proposed: Sequence[Booking]


def of(invoice: Invoice, pk: int) -> LinePage:
    line = (
        check_page.lines_of(invoice)
        .select_related("query", "booking__unit", "booking__household", "decided_by")
        .get(pk=pk)
    )
    terms = facts.terms_of_invoice(invoice)
    booked = facts.booked_of([line.booking_id], is_exempt=terms.is_exempt) if line.booking_id else {}
    its = booked.get(line.booking_id or 0)
    runs = [(claim.starts_on, claim.ends_on) for claim in line.claims.all()]
    return LinePage(
        row=check_page.rows_of(invoice, [line])[0],
        parts=[part for run in runs for part in _parts(run, its, terms)] if its else [],
        terms=terms,
        stay_since=its.stay_since if its else None,
        claims=_claims(line),
        academy=_academy(line.booking),
        proposed=[] if line.booking_id else proposed_of(line),
    )


def proposed_of(line: InvoiceLine) -> list[Booking]:
    """The provider's bookings of the place and nights of a line, for a person to choose from.

    Where a confidential household sleeps is not told by offering its booking.
    """
    given = Given(line.given_ref, line.given_name, line.given_unit, line.given_address, line.starts_on, line.ends_on)
    there = Booking.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=line.starts_on),
        unit__in=facts.units_at(line.invoice.provider, [given]),
        status=Booking.Status.BOOKED,
        starts_on__lt=line.ends_on,
        household__is_confidential=False,
    )
    main_first = Prefetch("household__members", Member.objects.order_by("-is_main", "pk"))
    rows = there.select_related("unit", "household").prefetch_related(main_first)
    return list(rows.order_by("starts_on", "pk")[:MOST_PROPOSED])


def proposal_words(booking: Booking) -> str:
    """A booking as it is offered: reference, the main applicant and the nights."""
    who = next(map(str, booking.household.members.all()), "")
    return ", ".join(filter(None, [booking.ref, who, period_words(booking.starts_on, booking.ends_on)]))


def _parts(run: Run, booked: Booked, terms: Terms) -> list[Part]:
    """A run cut where the rate or the percentage of VAT changes."""
    long_from = booked.stay_since + timedelta(days=terms.long_stay_after)
    cuts = {run[0], run[1], *(from_on for from_on, _ in booked.rates)}
    if not terms.is_exempt:
        cuts.add(long_from)
    days = sorted(day for day in cuts if run[0] <= day <= run[1])
    parts = []
    for first, end in itertools.pairwise(days):
        rate = still_due(
            [(first, first + timedelta(days=1))], net=AS_MUCH_AS_AGREED, vat=Decimal(0), booked=booked, terms=terms
        ).net
        percent = None if terms.is_exempt else terms.vat_percent if first < long_from else terms.long_stay_percent
        parts.append(Part(first, end, rate, percent))
    return parts


def _claims(line: InvoiceLine) -> Sequence[NightClaim]:
    """Who is paid for nights of the booking inside the line's: its own claims, and those of other lines."""
    if line.booking_id is None:
        return []
    claims = NightClaim.objects.filter(
        booking=line.booking_id, starts_on__lt=line.ends_on, ends_on__gt=line.starts_on, is_live=True
    )
    return list(claims.select_related("line__invoice").order_by("starts_on", "pk"))


def _academy(booking: Booking | None) -> AcademyAccount | None:
    if booking is None or not booking.academy_ref:
        return None
    return AcademyAccount.objects.filter(claim_ref=booking.academy_ref, is_gone=False).first()
