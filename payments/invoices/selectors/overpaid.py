"""Approved lines beside the bookings of today: what was paid and is not due any more."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from operator import attrgetter

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from bookings.models import Provider
from lewisham_ta.money import ZERO
from payments.batches.models import Payment
from payments.invoices.models import Invoice, InvoiceLine, LineOverpayment, NightClaim
from payments.invoices.rules.check import Due, still_due
from payments.invoices.rules.line import Booked, Terms
from payments.invoices.rules.moves import PAID
from payments.invoices.rules.runs import Run
from payments.invoices.selectors import facts
from payments.overpayments.models import OverpaymentCase
from payments.overpayments.selectors import OPEN

CHUNK = 2_000
STANDS = ~Q(overpayments__overpayment__case__status=OverpaymentCase.Status.DROPPED)


@dataclass(frozen=True, slots=True)
class OverpaidLine:
    """A line with what is overpaid of it and no case has yet."""

    line: InvoiceLine
    booked: Booked
    due: Due
    net: Decimal
    vat: Decimal


def overpaid_lines(bookings: Collection[int] | None = None) -> Iterator[OverpaidLine]:
    """Every such line, or those of some bookings, by payee."""
    lines = _paid_lines()
    for each in _all_over(lines if bookings is None else lines.filter(booking__in=bookings)):
        if each.net > 0 or each.vat > 0:
            yield replace(each, net=max(each.net, ZERO), vat=max(each.vat, ZERO))


def _all_over(paid: "QuerySet[InvoiceLine]") -> Iterator[OverpaidLine]:
    """Each line with what is overpaid of it less what is in a case: below zero where the cases say too much."""
    terms: dict[tuple[int, object], Terms] = {}
    lines = paid.iterator(chunk_size=CHUNK)
    while chunk := list(islice(lines, CHUNK)):
        yield from _of_chunk(chunk, terms)


def cases_too_high() -> set[int]:
    """The open cases with a line that is overpaid by less now than was found of it: the booking was put right, the
    payment was withdrawn or the invoice voided."""
    found = LineOverpayment.objects.filter(overpayment__case__status__in=OPEN)
    cases: dict[int, set[int]] = defaultdict(set)
    for line, case in found.values_list("line", "overpayment__case"):
        cases[line].add(case)
    over = {each.line.pk: each for each in _all_over(_paid_lines().filter(pk__in=list(cases)))}
    too_high = {
        case
        for line, its in cases.items()
        if line not in over or over[line].net < 0 or over[line].vat < 0
        for case in its
    }
    # What the payee agreed to may be on its way: such a case stands while any of it does.
    still = {case for line, its in cases.items() if line in over and _is_over(over[line]) for case in its}
    agreed = OverpaymentCase.objects.filter(pk__in=too_high & still, status=OverpaymentCase.Status.AGREED)
    return too_high - set(agreed.values_list("pk", flat=True))


def _is_over(each: OverpaidLine) -> bool:
    """That something of the line is overpaid, whether a case says so or not."""
    line = each.line
    return line.paid_net > each.due.net or line.paid_vat > each.due.vat


def _paid_lines() -> "QuerySet[InvoiceLine]":
    """Lines that an approved invoice paid, with their claims and what is a case already. A payment that was withdrawn
    never left."""
    claims = NightClaim.objects.filter(is_live=True).order_by("starts_on")
    return (
        InvoiceLine.objects.filter(
            invoice__status=Invoice.Status.APPROVED,
            decision__in=PAID,
            payable_nights__gt=0,
        )
        .exclude(invoice__payment__state=Payment.State.WITHDRAWN)
        .select_related("invoice__provider__party", "invoice__payee", "booking")
        .prefetch_related(Prefetch("claims", queryset=claims))
        .annotate(
            found_net=Coalesce(Sum("overpayments__overpayment__net", filter=STANDS), ZERO),
            found_vat=Coalesce(Sum("overpayments__overpayment__vat", filter=STANDS), ZERO),
            found_nights=Coalesce(Sum("overpayments__overpayment__nights", filter=STANDS), 0),
        )
        .order_by("invoice__payee", "invoice", "number")
    )


def _of_chunk(lines: Sequence[InvoiceLine], terms: dict[tuple[int, object], Terms]) -> Iterator[OverpaidLine]:
    booked: dict[bool, dict[int, Booked]] = {}
    for is_exempt in (True, False):
        pks = {line.booking_id for line in lines if _is_exempt(line) == is_exempt and line.booking_id is not None}
        booked[is_exempt] = facts.booked_of(pks, is_exempt=is_exempt, with_notes=False) if pks else {}
    for line in lines:
        if line.booking_id is None:
            continue
        key = (_is_exempt(line), line.invoice.received_on)
        if key not in terms:
            terms[key] = facts.terms_of_invoice(line.invoice)
        its = booked[_is_exempt(line)][line.booking_id]
        runs = [(claim.starts_on, claim.ends_on) for claim in sorted(line.claims.all(), key=attrgetter("starts_on"))]
        due = _due(line, runs, its, terms[key])
        net = line.paid_net - due.net - line.found_net
        yield OverpaidLine(line, its, due, net, line.paid_vat - due.vat - line.found_vat)


def _due(line: InvoiceLine, runs: Sequence[Run], booked: Booked, terms: Terms) -> Due:
    """What is due of a line by the booking of today; with any night also what it was passed over the agreed."""
    over_net, over_vat = max(line.adjusted_net, ZERO), max(line.adjusted_vat, ZERO)
    due = still_due(runs, net=line.paid_net - over_net, vat=line.paid_vat - over_vat, booked=booked, terms=terms)
    return Due(due.nights, due.net + over_net, due.vat + over_vat) if due.nights else due


def _is_exempt(line: InvoiceLine) -> bool:
    """As the invoice was approved: a status that changed since is of later invoices."""
    approved_as = line.invoice.is_exempt
    return line.invoice.provider.vat == Provider.Vat.EXEMPT if approved_as is None else approved_as
