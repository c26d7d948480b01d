"""What the officer decides: lines, one or many, and what was found about the invoice as a whole."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.timezone import localdate

from bookings.models import Booking
from lewisham_ta import audit, dated
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Refused, permit, refusing
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules import moves
from payments.invoices.rules.check import ALREADY_CLAIMED, MONEY, UNCHANGED
from payments.invoices.rules.part import away_in
from payments.invoices.rules.runs import nights_in
from payments.invoices.services.checking import (
    APPROVE,
    CHECK,
    PASS_OVER,
    Decision,
    as_billed,
    check_lines,
    claim,
    findings_of,
    lock_to_change,
    save,
)
from payments.invoices.services.nights_away import leave_out, take_in


@transaction.atomic
def decide(
    *,
    invoice_id: int,
    line_ids: Collection[int],
    decision: str,
    reason: str = "",
    seen_version: int,
    by: User,
    now: datetime,
) -> Invoice:
    """Pass, short-pay, query or reject lines, all or none. A line passed as billed is paid what is over the agreed too.
    A rejected line lets go of its nights, one that is paid for all but the nights away of those, and a line of the
    invoice that they were denied to is checked again."""
    permit(by, CHECK)
    invoice = lock_to_change(invoice_id, seen_version)
    freed = take_decision(invoice, line_ids, decision=decision, reason=reason, by=by, now=now)
    check_denied(invoice, freed, by=by, reason=reason, now=now)
    return invoice


def take_decision(
    invoice: Invoice, line_ids: Collection[int], *, decision: str, reason: str, by: User, now: datetime
) -> set[int]:
    """Decide lines of an invoice that is locked. Returns the bookings of which they let nights go."""
    permit(by, CHECK)
    if decision not in moves.DECISIONS:
        raise Refused("Choose pass, short-pay, query or reject.")
    lines = list(invoice.lines.filter(pk__in=line_ids).order_by("number"))
    if len(lines) != len(set(line_ids)) or not lines:
        raise Refused("Choose lines of this invoice.")
    tolerance, may_override = dated.number("invoice_tolerance", localdate(now)), by.has_perm(APPROVE)
    may_pass_over = by.has_perm(PASS_OVER)
    for line in lines:
        if why := decide_refusal(
            invoice,
            line,
            decision=decision,
            reason=reason,
            tolerance=tolerance,
            may_override=may_override,
            may_pass_over=may_pass_over,
        ):
            raise Refused(why if len(lines) == 1 else f"Line {line.number}: {why}")
    let_go = [line.pk for line in lines if line.decision != Decision.REJECT and decision == Decision.REJECT]
    taken_up = [line.pk for line in lines if line.decision == Decision.REJECT and decision != Decision.REJECT]
    left_out = 0
    over = sum((_over(line) for line in lines), ZERO) if decision == Decision.AS_BILLED else ZERO
    with audit.acting(by, reason), refusing():
        decided = {"decision": decision, "reason": reason.strip()[:300], "decided_by": by, "decided_at": now}
        if decision == Decision.BUT_AWAY:
            left_out = leave_out(invoice, lines, decided)
        else:
            take_in(lines, is_live=decision != Decision.REJECT)
            InvoiceLine.objects.filter(pk__in=[line.pk for line in lines]).update(**decided, **_adjusted(decision))
        NightClaim.objects.filter(line__in=let_go).update(is_live=False)
        NightClaim.objects.filter(line__in=taken_up).update(is_live=True)
    numbers = [line.number for line in lines]
    said = ({"over": str(over)} if over else {}) | ({"nights_left_out": left_out} if left_out else {})
    audit.record("invoice.decided", invoice, by=by, at=now, why=reason, decision=decision, lines=numbers, **said)
    lets_go = lines if left_out else [line for line in lines if line.pk in let_go]
    return {line.booking_id for line in lets_go if line.booking_id is not None and line.payable_nights}


def check_denied(invoice: Invoice, freed: Collection[int], *, by: User, reason: str, now: datetime) -> None:
    """Check the invoice again if nights were let go that another of its lines was denied, and save it as one version.

    What a person decided of such a line is then asked again: the line is another now.
    """
    permit(by, CHECK)
    with audit.acting(by, reason), refusing():
        if freed and _denied(invoice).filter(booking__in=freed).exists():
            _recheck(invoice, {}, by, reason, today=localdate(now), asks_again=True)  # saves the invoice
        else:
            save(invoice)


def _adjusted(decision: str) -> dict[str, Any]:
    """What a decision adds to what is payable: all that was billed over it, or nothing."""
    if decision == Decision.AS_BILLED:
        return {
            "adjusted_nights": 0,
            "adjusted_net": F("net") - F("payable_net"),
            "adjusted_vat": F("vat") - F("payable_vat"),
        }
    return {"adjusted_nights": 0, "adjusted_net": ZERO, "adjusted_vat": ZERO}


def _over(line: InvoiceLine) -> Decimal:
    """What was billed over what is payable."""
    return line.net + line.vat - line.payable_net - line.payable_vat


def _denied(invoice: Invoice) -> "QuerySet[InvoiceLine]":
    """Lines that are not paid for nights which another line claims."""
    return invoice.lines.filter(codes__contains=[ALREADY_CLAIMED]).exclude(decision=Decision.REJECT)


def decide_refusal(
    invoice: Invoice,
    line: InvoiceLine,
    *,
    decision: str,
    reason: str,
    tolerance: Decimal,
    may_override: bool,
    may_pass_over: bool = False,
) -> str:
    """Why a line cannot be decided so by this person, or ""."""
    return moves.decide_refusal(
        status=invoice.status,
        decision=decision,
        reason=reason,
        needs_reason=bool(UNCHANGED.intersection(line.codes)) or _is_held(line),
        is_as_billed=(line.payable_net, line.payable_vat) == (line.net, line.vat),
        pays_something=line.payable_net + line.payable_vat > 0,
        difference=_over(line),
        tolerance=tolerance,
        was_away=was_away(line),
        may_override=may_override,
        is_money_only=is_money_only(line),
        may_pass_over=may_pass_over,
        others_there=line.payable_nights > nights_in(away_in(line.findings)),
    )


def is_money_only(line: InvoiceLine) -> bool:
    """Whether every night of the line is payable and nothing was found but of money."""
    nights, asks = (line.ends_on - line.starts_on).days, was_away(line) or _is_held(line)
    return line.payable_nights == nights and MONEY.issuperset(line.codes) and not asks


def that_pass(invoice: Invoice, lines: Iterable[InvoiceLine], *, reason: str, may_override: bool) -> set[int]:
    """Which of the lines may be passed as billed with this reason."""
    return {
        line.pk
        for line in lines
        if not decide_refusal(
            invoice, line, decision=Decision.PASS, reason=reason, tolerance=ZERO, may_override=may_override
        )
    }


def that_passes_over(invoice: Invoice, *, by: User, now: datetime) -> Callable[[InvoiceLine], bool]:
    """Says of a line whether this person may pass it as billed, with a reason where one is asked."""
    tolerance, may_pass_over = dated.number("invoice_tolerance", localdate(now)), by.has_perm(PASS_OVER)

    def passes(line: InvoiceLine) -> bool:
        return not decide_refusal(
            invoice,
            line,
            decision=Decision.AS_BILLED,
            reason="explained",
            tolerance=tolerance,
            may_override=False,
            may_pass_over=may_pass_over,
        )

    return passes


def was_away(line: InvoiceLine) -> bool:
    """Whether the provider said of a payable night that nobody was there."""
    return any(finding.get("away") for finding in line.findings)


def _is_held(line: InvoiceLine) -> bool:
    """Whether a person has to say why the line is paid although its figures agree."""
    return any(finding.get("held") for finding in line.findings)


@transaction.atomic
def accept_finding(
    *, invoice_id: int, code: str, words: str, reason: str, seen_version: int, by: User, now: datetime
) -> Invoice:
    """Let something stand that was found about the invoice as a whole, and say why."""
    permit(by, CHECK)
    invoice = lock_to_change(invoice_id, seen_version)
    if not reason.strip():
        raise Refused("Say why it may stand.")
    found = [each for each in invoice.findings if (each["code"], each["words"]) == (code, words)]
    if not found:
        raise Refused("This is not found any more. Check the invoice again.")
    found[0]["accepted"] = {"by": str(by), "by_id": by.pk, "at": now.isoformat(), "why": reason.strip()[:300]}
    with audit.acting(by, reason), refusing():
        save(invoice, "findings")
    audit.record("invoice.finding_accepted", invoice, by=by, at=now, why=reason, code=code)
    return invoice


@transaction.atomic
def choose_booking(
    *, invoice_id: int, line_id: int, booking: Booking, reason: str, seen_version: int, by: User, now: datetime
) -> Invoice:
    """Say which booking of the provider a line means, where the check found none or another."""
    permit(by, CHECK)
    invoice = lock_to_change(invoice_id, seen_version)
    line = invoice.lines.get(pk=line_id)
    if booking.unit.provider_id != invoice.provider_id:
        raise Refused(f"{booking.ref} is a booking with another provider.")
    if not reason.strip():
        raise Refused("Say how you know that the line means this booking.")
    _recheck(invoice, {line.number: booking.pk}, by, reason, today=localdate(now))
    audit.record("invoice.booking_chosen", invoice, by=by, at=now, why=reason, line=line.number, booking=booking.ref)
    return invoice


@transaction.atomic
def recheck(*, invoice_id: int, seen_version: int, by: User, now: datetime) -> Invoice:
    """Check every line again against the bookings of today. A decision stays where the check says what it said."""
    permit(by, CHECK)
    invoice = lock_to_change(invoice_id, seen_version)
    _recheck(invoice, {}, by, "", today=localdate(now))
    audit.record("invoice.rechecked", invoice, by=by, at=now)
    return invoice


def _verdict(row: InvoiceLine) -> tuple[Any, ...]:
    """What a decision stands on: everything found, but for the nights still to come only that there are some."""
    found = [each | {"words": ""} if each.get("to_come") else each for each in row.findings]
    return row.booking_id, found, row.payable_net, row.payable_vat


def _recheck(
    invoice: Invoice, chosen: dict[int, int], by: User, reason: str, *, today: date, asks_again: bool = False
) -> None:
    rows = list(invoice.lines.order_by("number"))
    by_hand = {row.number: row.booking_id for row in rows if row.matched == InvoiceLine.Matched.HAND} | chosen
    rejected = frozenset(row.number for row in rows if row.decision == Decision.REJECT)
    before = [_verdict(row) for row in rows]
    results = check_lines(invoice, rows, today=today, by_hand=by_hand, rejected=rejected)
    for row, was, checked in zip(rows, before, results, strict=True):
        if row.decision != Decision.REJECT and was != _verdict(row):
            is_asked = not checked.passes_by_itself or (asks_again and row.decided_by_id is not None)
            row.decision = Decision.UNDECIDED if is_asked else Decision.PASS
            row.reason, row.decided_by, row.decided_at, row.query = "", None, None, None
            row.adjusted_nights, row.adjusted_net, row.adjusted_vat = 0, ZERO, ZERO
    with audit.acting(by, reason), refusing():
        NightClaim.objects.filter(line__invoice=invoice).delete()
        InvoiceLine.objects.bulk_update(
            rows,
            [
                *("booking", "matched", "codes", "findings", "payable_nights", "payable_net", "payable_vat"),
                *("decision", "reason", "decided_by", "decided_at", "query"),
                *("adjusted_nights", "adjusted_net", "adjusted_vat"),
            ],
            batch_size=500,
        )
        claim(rows, results)
        invoice.findings = findings_of(invoice, [as_billed(row) for row in rows], [row.booking_id for row in rows])
        save(invoice, "findings")
