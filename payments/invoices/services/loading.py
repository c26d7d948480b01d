"""An invoice taken in: its provider's payee, its lines as billed, the check, and the nights that it claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from bookings.models import Provider
from lewisham_ta import audit, files, locks
from lewisham_ta.dates import say
from lewisham_ta.models import User
from lewisham_ta.refusals import Clash, permit, refuse_if, refusing
from payments.invoices.models import Invoice, InvoiceLayout, InvoiceLine
from payments.invoices.rules import billing, moves
from payments.invoices.rules.billing import InFile, LineAsBilled, number_key
from payments.invoices.services.checking import (
    CHECK,
    LOCK,
    Decision,
    check_lines,
    claim,
    finding_as_json,
    findings_of,
    new_line,
)
from payments.payees.models import Payee


@dataclass(frozen=True, slots=True)
class Loaded:
    """`is_new` is false where the same file was loaded under the same number before: then nothing was written."""

    invoice: Invoice
    is_new: bool


@transaction.atomic
def load_invoice(
    *,
    provider: Provider,
    number: str,
    received_on: date,
    lines: Sequence[LineAsBilled],
    dated_on: date | None = None,
    stated_total: Decimal | None = None,
    file: tuple[str, bytes] | None = None,
    in_file: InFile | None = None,
    is_typed: bool = False,
    by: User,
    now: datetime,
) -> Loaded:
    """Take an invoice in, check it and claim its payable nights. `file` is name and bytes: what was read, or the paper
    or PDF that the lines were typed from (`is_typed`). What is `in_file` and was typed otherwise is found."""
    permit(by, CHECK)
    number = " ".join(number.split())
    refuse_if(billing.number_refusal(number))
    locks.take(LOCK)
    if before := _loaded_before(provider, number):
        return _same(before, file)
    refuse_if(billing.size_refusal(len(lines)) or next(filter(None, map(billing.line_refusal, lines)), ""))
    with audit.acting(by), refusing():
        stored = files.store(file[0], file[1], "application/octet-stream", by, now) if file else None
        invoice = Invoice.objects.create(
            provider=provider,
            payee=_payee_of(provider, by=by, now=now),
            number=number,
            number_key=number_key(number),
            dated_on=dated_on,
            received_on=received_on,
            stated_total=stated_total,
            total=billing.total_of(lines),
            first_on=min(line.starts_on for line in lines),
            ends_on=max(line.ends_on for line in lines),
            file=stored,
            source=Invoice.Source.TYPED if is_typed else Invoice.Source.FILE,
            loaded_by=by,
            loaded_at=now,
        )
        rows = [new_line(invoice, line) for line in lines]
        results = check_lines(invoice, rows, today=localdate(now))
        for row, checked in zip(rows, results, strict=True):
            if checked.passes_by_itself:
                row.decision = Decision.PASS
        differing = billing.file_findings(in_file or InFile(), number=number, stated_total=stated_total)
        invoice.findings = [finding_as_json(each, None) for each in differing]
        invoice.findings = findings_of(invoice, lines, [row.booking_id for row in rows])
        invoice.save(update_fields=["findings"])
        InvoiceLine.objects.bulk_create(rows)
        claim(rows, results)
    audit.record("invoice.loaded", invoice, by=by, at=now, number=number, lines=len(rows))
    return Loaded(invoice, is_new=True)


@transaction.atomic
def confirm_layout(*, provider: Provider, mapping: Mapping[str, Any], by: User, now: datetime) -> InvoiceLayout:
    """Remember how the provider's files are read."""
    permit(by, CHECK)
    with audit.acting(by), refusing():
        layout, _ = InvoiceLayout.objects.update_or_create(
            provider=provider, defaults={"mapping": dict(mapping), "confirmed_by": by, "confirmed_at": now}
        )
    audit.record("invoice_layout.confirmed", layout, by=by, at=now, mapping=dict(mapping))
    return layout


def _payee_of(provider: Provider, *, by: User, now: datetime) -> Payee:
    """The provider's payee, made of its party and supplier number when its first invoice comes."""
    payee, is_new = Payee.objects.get_or_create(
        party_id=provider.party_id, defaults={"supplier_number": provider.supplier_number}
    )
    if is_new:
        audit.record("payee.added", payee, by=by, at=now, why="first invoice", ref=provider.party.ref)
    return payee


def _loaded_before(provider: Provider, number: str) -> Invoice | None:
    return (
        Invoice.objects.filter(provider=provider, number=number)
        .exclude(status__in=moves.DROPPED)
        .select_related("file", "loaded_by", "provider__party")
        .defer("file__content")
        .first()
    )


def _same(before: Invoice, file: tuple[str, bytes] | None) -> Loaded:
    """The invoice that was loaded from the same file; another file of the same number is refused."""
    if file and before.file and before.file.sha256 == sha256(file[1]).hexdigest():
        return Loaded(before, is_new=False)
    is_paid = before.status == Invoice.Status.APPROVED
    first = "it is approved, so withdraw its payment and void it first" if is_paid else "reject that one first"
    raise Clash(
        f"{before.provider.party.name}'s invoice {before.number} was loaded by {before.loaded_by} on "
        f"{say(before.loaded_at.date())}, with other contents: {first}, or check the number.",
        before,
    )
