"""Signed-off nets become payments: the account, the coding, and what the landlord is told, frozen from the lines."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.utils.timezone import localdate

from lewisham_ta.dates import ONE_DAY
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Refused
from payments.batches import services as batches
from payments.batches.rules import (
    REFERENCE_LENGTH,
    Advice,
    AdviceLine,
    AdvicePayee,
    AdviceTotals,
    bank_reference,
)
from payments.batches.services import PaymentRow
from payments.controc.models import PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules import signing
from payments.payees.models import BankDetails

# What is taken off the rent has no expenditure code of ours: Central Finance posts it by these names.
TAX, BROUGHT_FORWARD = "NRL TAX", "BROUGHT FORWARD"


def pay(schedule: Schedule, *, by: User, now: datetime) -> int:
    """Fix the account of each total that is paid, and raise its payment. Returns how many there are.

    Raises Refused where a payee lost their account since the schedule was generated.
    """
    totals = list(
        PayeeTotal.objects.filter(schedule=schedule, net__gt=0).select_related("payee__party").order_by("payee_id")
    )
    accounts = {
        details.payee_id: details
        for details in BankDetails.objects.filter(is_current=True, payee__in=[total.payee_id for total in totals])
    }
    without = [total.payee.party.ref for total in totals if total.payee_id not in accounts]
    if reason := signing.account_refusal(without=without):
        raise Refused(reason)
    for total in totals:
        total.bank_details = accounts[total.payee_id]
    payments = batches.raise_payments(_rows(schedule, totals, by, now), now=now)
    for total, payment in zip(totals, payments, strict=True):
        total.payment = payment
    PayeeTotal.objects.bulk_update(totals, ["bank_details", "payment"], batch_size=1000)
    return len(totals)


def source(schedule: Schedule) -> str:
    """What a payment says that it comes from: "CONTROC 2026-10"."""
    return f"CONTROC {schedule}"


def reference(schedule: Schedule, payee_ref: str) -> str:
    """What the landlord's bank statement shows, "LBL PSL 1026 L0123"; "S" and its number for a supplementary.

    The council's initials make way for a longer reference of the payee, which is never cut: two payees could look
    like one. Raises Refused for one that does not fit at all.
    """
    when = f"{schedule.month:%m%y}" + (f"S{schedule.number}" if schedule.number else "")
    for text in (f"LBL PSL {when} {payee_ref}", f"PSL {when} {payee_ref}", f"{when} {payee_ref}"):
        if len(text) <= REFERENCE_LENGTH:
            return bank_reference(text)
    raise Refused(f"{payee_ref} is too long for a bank reference of {REFERENCE_LENGTH} characters: shorten it first.")


def _rows(schedule: Schedule, totals: list[PayeeTotal], by: User, now: datetime) -> Iterator[PaymentRow]:
    lines = _lines_by_payee(schedule)
    for total in totals:
        payee, own = total.payee, lines[total.payee_id]
        yield PaymentRow(
            payee=payee,
            bank_details=total.bank_details,
            source=source(schedule),
            description=f"Rent of leased homes, {schedule.month:%B %Y}"
            + (f", supplementary {schedule.number}" if schedule.number else ""),
            reference=reference(schedule, payee.party.ref),
            net=total.net,
            coding=_coding(total, own),
            advice=_advice(schedule, total, own),
            due_on=localdate(now),
            prepared_by=schedule.submitted_by or schedule.prepared_by,
            approved_by=by,
        )


def _lines_by_payee(schedule: Schedule) -> dict[int, list[ScheduleLine]]:
    rows = (
        ScheduleLine.objects.filter(schedule=schedule)
        .select_related("lease__property")
        .order_by("payee_id", "lease__property__ref", "for_month", "starts_on", "pk")
    )
    return {payee: list(group) for payee, group in groupby(rows, key=lambda line: line.payee_id)}


def _coding(total: PayeeTotal, lines: list[ScheduleLine]) -> dict[str, Decimal]:
    """Pounds by expenditure code, adding up to the net: what is paid by code, less tax, less what was overpaid."""
    coding: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        if not line.is_held:
            coding[line.cost_code] += line.amount
    coding[TAX] -= total.nrl_tax
    coding[BROUGHT_FORWARD] += total.brought_forward
    return {code: amount for code, amount in coding.items() if amount}


def _advice(schedule: Schedule, total: PayeeTotal, lines: list[ScheduleLine]) -> Advice:
    party = total.payee.party
    return Advice(
        title=f"Rent for {schedule.month:%B %Y}"
        + (f", supplementary schedule {schedule.number}" if schedule.number else ""),
        payee=AdvicePayee(
            ref=party.ref, name=party.name, address=party.address, supplier_number=total.payee.supplier_number
        ),
        totals=AdviceTotals(
            rent=total.rent,
            backdated=total.backdated,
            released=total.released,
            adjustments=total.adjustments,
            nrl_tax=total.nrl_tax,
            brought_forward=total.brought_forward,
            net=total.net,
            held=total.held,
            carried_forward=total.carried_forward,
        ),
        lines=tuple(_advice_line(line) for line in lines),
    )


def _advice_line(line: ScheduleLine) -> AdviceLine:
    return AdviceLine(
        property=line.lease.property.ref,
        address=f"{line.lease.property.address}, {line.lease.property.postcode}",
        lease=line.lease.ref,
        kind=line.kind,
        amount=line.amount,
        for_month=line.for_month,
        from_on=line.starts_on,
        to_on=line.ends_on and line.ends_on - ONE_DAY,
        days=line.days,
        rent=line.rent,
        per=line.per,
        basis=line.basis,
        held=line.is_held,
        why=line.held_because,
    )
