"""Nights on which nobody was there, left out of what a line claims and is paid, and taken in again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules.line import Billed
from payments.invoices.rules.part import away_in, worth_of_part
from payments.invoices.rules.runs import Run, joined, left_of
from payments.invoices.selectors import facts
from payments.invoices.services.checking import Decision


def leave_out(invoice: Invoice, lines: Sequence[InvoiceLine], decided: Mapping[str, Any]) -> int:
    """Pay and claim of these lines the nights on which somebody was there. Returns how many nights are left out."""
    terms = facts.terms_of_invoice(invoice)
    bookings = {line.booking_id for line in lines if line.booking_id is not None}
    booked = facts.booked_of(bookings, is_exempt=terms.is_exempt, with_notes=False)
    claims, left_out = _claims(lines), 0
    for line in lines:
        if line.booking_id is None:
            continue
        runs = left_of(claims[line.pk], away_in(line.findings))
        part = worth_of_part(
            runs, _billed(line), net=line.payable_net, vat=line.payable_vat, booked=booked[line.booking_id], terms=terms
        )
        _claim_only(line, runs, is_live=True)
        InvoiceLine.objects.filter(pk=line.pk).update(
            **decided,
            adjusted_nights=part.nights - line.payable_nights,
            adjusted_net=part.net - line.payable_net,
            adjusted_vat=part.vat - line.payable_vat,
        )
        left_out += line.payable_nights - part.nights
    return left_out


def take_in(lines: Iterable[InvoiceLine], *, is_live: bool) -> None:
    """Claim all the payable nights again of lines that left some out."""
    parts = [line for line in lines if line.decision == Decision.BUT_AWAY]
    claims = _claims(parts)
    for line in parts:
        _claim_only(line, joined([*claims[line.pk], *away_in(line.findings)]), is_live=is_live)


def _claims(lines: Iterable[InvoiceLine]) -> dict[int, list[Run]]:
    claims: dict[int, list[Run]] = defaultdict(list)
    rows = NightClaim.objects.filter(line__in=[line.pk for line in lines]).order_by("starts_on", "pk")
    for line, starts_on, ends_on in rows.values_list("line", "starts_on", "ends_on"):
        claims[line].append((starts_on, ends_on))
    return claims


def _claim_only(line: InvoiceLine, runs: Iterable[Run], *, is_live: bool) -> None:
    NightClaim.objects.filter(line=line).delete()
    NightClaim.objects.bulk_create(
        NightClaim(line=line, booking_id=line.booking_id, starts_on=starts_on, ends_on=ends_on, is_live=is_live)
        for starts_on, ends_on in runs
    )


def _billed(line: InvoiceLine) -> Billed:
    return Billed(line.starts_on, line.ends_on, line.stated_nights, line.rate, line.net, line.vat, line.gross)
