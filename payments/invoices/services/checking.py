"""The check made and written: what is payable of each line, what it claims, and what is to be said of the invoice."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate

from lewisham_ta import locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, refuse_if
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules import beside, moves
from payments.invoices.rules.billing import FILE_NUMBER, FILE_TOTAL, InvoiceFinding, LineAsBilled, invoice_findings
from payments.invoices.rules.check import check_in_order
from payments.invoices.rules.line import Checked, Finding
from payments.invoices.rules.runs import Run
from payments.invoices.selectors import facts, others

LOCK = "invoices"
CHECK, APPROVE = "payments.check_invoices", "payments.approve_invoices"
PASS_OVER = "payments.pass_over_tolerance"
Decision = InvoiceLine.Decision


def lock(invoice_id: int, seen_version: int) -> Invoice:
    """The invoice as the person saw it, and nobody else claims nights until this transaction ends."""
    locks.take(LOCK)
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("provider__party", "payee").get(pk=invoice_id)
    )
    if invoice.version != seen_version:
        raise Refused(moves.STALE)
    return invoice


def lock_to_change(invoice_id: int, seen_version: int) -> Invoice:
    invoice = lock(invoice_id, seen_version)
    refuse_if(moves.change_refusal(status=invoice.status))
    return invoice


def save(invoice: Invoice, *names: str) -> None:
    """Save only these columns, as a version of their own."""
    invoice.version += 1
    invoice.save(update_fields=[*names, "version"])


def as_billed(line: InvoiceLine) -> LineAsBilled:
    return LineAsBilled(
        number=line.number,
        ref=line.given_ref,
        name=line.given_name,
        unit=line.given_unit,
        address=line.given_address,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        stated_nights=line.stated_nights,
        rate=line.rate,
        net=line.net,
        vat=line.vat,
        gross=line.gross,
    )


def new_line(invoice: Invoice, line: LineAsBilled) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        number=line.number,
        given_ref=line.ref,
        given_name=line.name,
        given_unit=line.unit,
        given_address=line.address,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        stated_nights=line.stated_nights,
        rate=line.rate,
        net=line.net,
        vat=line.vat,
        gross=line.gross,
    )


def check_lines(
    invoice: Invoice,
    rows: Sequence[InvoiceLine],
    *,
    today: date | None = None,
    by_hand: Mapping[int, int] | None = None,
    rejected: frozenset[int] = frozenset(),
) -> list[Checked]:
    """Work the check out onto the rows, which are not saved. Lines whose numbers are `rejected` claim nothing."""
    matched = facts.matched_lines(invoice.provider, [as_billed(row) for row in rows], by_hand=by_hand)
    bookings = {each.line.booking_id for each in matched if each.line.booking_id is not None}
    window = (min(row.starts_on for row in rows), max(row.ends_on for row in rows))
    claimed = facts.claims_on(bookings, window=window, but_of_invoice=invoice.pk)
    but_away = {row.number for row in rows if row.decision == Decision.BUT_AWAY}
    lines = [
        each.line._replace(claims=each.line.number not in rejected, but_away=each.line.number in but_away)
        for each in matched
    ]
    terms = facts.terms_of(invoice.provider, invoice.received_on)
    results = list(check_in_order(lines, claimed=claimed, terms=terms, today=today, invoice=invoice.number))
    near = others.neighbours(bookings, window=window, but_of_invoice=invoice.pk)
    for place, (each, checked) in enumerate(zip(matched, results, strict=True)):
        booking = each.line.booking_id
        if booking in near.beside and checked.runs:
            notes = beside.notes(near.places[booking], checked.runs, near.beside[booking])
            results[place] = checked._replace(findings=[*checked.findings, *notes])
    for row, each, checked in zip(rows, matched, results, strict=True):
        row.booking_id, row.matched = each.line.booking_id, each.how
        row.codes, row.findings = checked.codes, [_as_json(finding) for finding in checked.findings]
        row.payable_nights, row.payable_net, row.payable_vat = checked.nights, checked.net, checked.vat
    return results


def _as_json(finding: Finding) -> dict[str, Any]:
    """A finding as it is kept: the code ("" for a note), the words, its nights, the key of the other line that it is
    about, and whether a person is to look."""
    nights = [[starts_on.isoformat(), ends_on.isoformat()] for starts_on, ends_on in finding.runs]
    kept: dict[str, Any] = {"code": finding.code, "words": finding.words}
    marks = {"away": finding.is_away, "held": finding.is_held, "to_come": finding.is_to_come}
    kept |= {"line": finding.other} if finding.other is not None else {}
    return kept | ({"nights": nights} if nights else {}) | {mark: True for mark, is_so in marks.items() if is_so}


def claim(rows: Sequence[InvoiceLine], results: Sequence[Checked]) -> None:
    """Claim the payable nights of saved lines. Those of a rejected line are kept, and are not live."""
    NightClaim.objects.bulk_create(
        NightClaim(
            line=row,
            booking_id=row.booking_id,
            starts_on=starts_on,
            ends_on=ends_on,
            is_live=row.decision != Decision.REJECT,
        )
        for row, checked in zip(rows, results, strict=True)
        if row.booking_id is not None
        for starts_on, ends_on in claimed_runs(row, checked)
    )


def claimed_runs(row: InvoiceLine, checked: Checked) -> Sequence[Run]:
    """The nights that a line claims: those that are payable, and of them none away where they are left out."""
    return checked.runs_there if row.decision == Decision.BUT_AWAY else checked.runs


def findings_of(
    invoice: Invoice, lines: Sequence[LineAsBilled], bookings: Sequence[int | None]
) -> list[dict[str, Any]]:
    """What is to be said of the invoice as a whole; what a person accepted before stays accepted.

    How its file differs from what was typed is found when it is loaded, and stays.
    """
    found = invoice_findings(
        number=invoice.number,
        lines=lines,
        stated_total=invoice.stated_total,
        has_supplier_number=bool(invoice.provider.supplier_number),
        has_vat_number=bool(invoice.provider.party.vat_number),
        others=others.that_could_be(invoice, lines),
        same_nights=others.same_nights(invoice, lines, bookings),
    )
    before = {(each["code"], each["words"]): each["accepted"] for each in invoice.findings}
    of_file = [each for each in invoice.findings if each["code"] in (FILE_NUMBER, FILE_TOTAL)]
    return of_file + [finding_as_json(each, before.get((each.code, each.words))) for each in found]


def finding_as_json(finding: InvoiceFinding, accepted: dict[str, Any] | None) -> dict[str, Any]:
    return {"code": finding.code, "words": finding.words, "other": finding.other, "accepted": accepted}


def close_queries(invoice: Invoice, *, by: User, now: datetime) -> None:
    """With its invoice a query is over that has no answer, sent or not."""
    invoice.queries.filter(answered_on=None, closed_on=None).update(closed_on=localdate(now), closed_by=by)
