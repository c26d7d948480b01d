"""Payments raised, batched, sent, answered. Every function is one verb, atomic, and leaves who did it and when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Protocol

from django.db import transaction
from django.utils.timezone import localdate

from lewisham_ta import audit, files, jobs, limits, locks
from lewisham_ta.exports import XLSX
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Refused, permit, refusing
from payments.batches import exports, rules, selectors
from payments.batches.models import Batch, BatchItem, Payment, PaymentStop
from payments.batches.rules import Advice, payment_number
from payments.payees.models import BankDetails, Payee


class ChangeBatch(Protocol):
    """A verb that changes which payments an open batch holds."""

    def __call__(
        self, *, batch_id: int, payment_ids: Collection[int], seen_version: int, by: User, now: datetime
    ) -> Batch: ...


STALE = "This batch changed while you were reading it. Check it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """What a source hands over for one payee. `coding` is pounds by expenditure code and adds up to `net`."""

    payee: Payee
    bank_details: BankDetails
    source: str
    description: str
    reference: str
    net: Decimal
    coding: Mapping[str, Decimal]
    advice: Advice
    due_on: date
    prepared_by: User
    approved_by: User
    vat: Decimal = ZERO


@transaction.atomic
def raise_payments(rows: Iterable[PaymentRow], *, now: datetime) -> list[Payment]:
    """Make approved amounts payable, all or none, in the order given. `approved_by` approves by this call.

    Nobody approves what they prepared, nor a payment that is above their limit of today with its VAT.
    """
    payments = []
    limit_of = cache(partial(limits.limit_of, on=localdate(now)))
    for row in rows:
        if reason := rules.approval_refusal(
            prepared_by=row.prepared_by.pk,
            approved_by=row.approved_by.pk,
            over_limit=limits.refusal(limit_of(row.approved_by), row.net + row.vat),
        ) or rules.coding_refusal(coding=row.coding, net=row.net):
            raise Refused(reason)
        payments.append(
            Payment(
                payee=row.payee,
                bank_details=row.bank_details,
                source=row.source,
                description=row.description,
                reference=row.reference,
                net=row.net,
                vat=row.vat,
                coding={code: str(amount) for code, amount in row.coding.items()},
                advice=row.advice.to_json(),
                due_on=row.due_on,
                prepared_by=row.prepared_by,
                approved_by=row.approved_by,
                approved_at=now,
            )
        )
    if not payments:
        return []
    with audit.acting(payments[0].approved_by), refusing():
        return Payment.objects.bulk_create(payments)


@transaction.atomic
def make_batch(*, payment_ids: Collection[int] | None, by: User, now: datetime) -> Batch:
    """Open a batch with the chosen payments, or (None) with everything that may go now.

    Numbers run on without a gap: the lock keeps two makers apart, and a batch that was not made took no number.
    """
    permit(by, "payments.make_batch")
    locks.take("batches")
    if payment_ids is None:
        payment_ids = selectors.payable_ids(now)
    if not payment_ids:
        raise Refused("There is nothing to put into a batch.")
    last = Batch.objects.order_by("-number").values_list("number", flat=True).first()
    with audit.acting(by):
        batch = Batch.objects.create(number=rules.next_batch_number(last), made_by=by, made_at=now)
        _put_in(batch, payment_ids, now)
    audit.record("batch.made", batch, by=by, at=now, count=batch.count, total=str(batch.total))
    return batch


@transaction.atomic
def add_to_batch(*, batch_id: int, payment_ids: Collection[int], seen_version: int, by: User, now: datetime) -> Batch:
    """Put more payments into an open batch, all or none."""
    permit(by, "payments.make_batch")
    batch = _open_batch(batch_id, seen_version)
    with audit.acting(by):
        _put_in(batch, payment_ids, now)
    audit.record("batch.added_to", batch, by=by, at=now, payments=sorted(payment_ids))
    return batch


@transaction.atomic
def take_out_of_batch(
    *, batch_id: int, payment_ids: Collection[int], seen_version: int, by: User, now: datetime
) -> Batch:
    """Take payments out of an open batch; they are to be batched again."""
    permit(by, "payments.make_batch")
    batch = _open_batch(batch_id, seen_version)
    items = BatchItem.objects.filter(batch=batch, payment__in=payment_ids)
    if items.count() != len(set(payment_ids)) or not payment_ids:
        raise Refused(f"Choose payments that are in {batch.number}.")
    with audit.acting(by):
        items.delete()
        Payment.objects.filter(pk__in=payment_ids).update(state=Payment.State.PAYABLE)
        _recount(batch)
    audit.record("batch.taken_out_of", batch, by=by, at=now, payments=sorted(payment_ids))
    return batch


@transaction.atomic
def send_batch(*, batch_id: int, seen_version: int, by: User, now: datetime) -> Batch:
    """Lock a batch for good, freeze its sheet and CSV, and ask for the advices. Every payment is asked about again."""
    permit(by, "payments.make_batch")
    batch = _open_batch(batch_id, seen_version)
    items = list(selectors.items(batch))
    if reason := _sending_refusal(batch, items, now):
        raise Refused(reason)
    csv = exports.csv_of(items)
    control = exports.Control(batch.number, str(by), now, batch.count, batch.total)
    with audit.acting(by):
        batch.csv = files.store(exports.file_name(batch, "csv"), csv, files.CSV, by, now)
        sheet = exports.sheet_of(control, items, batch.csv.sha256)
        batch.sheet = files.store(exports.file_name(batch, "xlsx"), sheet, XLSX, by, now)
        batch.status, batch.sent_by, batch.sent_at = Batch.Status.SENT, by, now
        batch.version += 1
        batch.save(update_fields=["csv", "sheet", "status", "sent_by", "sent_at", "version"])
        Payment.objects.filter(items__batch=batch).update(state=Payment.State.SENT)
    audit.record("batch.sent", batch, by=by, at=now, count=batch.count, total=str(batch.total))
    request_remittances(batch=batch, by=by, now=now)
    return batch


def request_remittances(*, batch: Batch, by: User, now: datetime) -> jobs.Job:
    """Ask for the advices of a sent batch to be made; those that are there already stay as they are."""
    permit(by, "payments.make_batch")
    if batch.status != Batch.Status.SENT:
        raise Refused("Advices are made after the batch is sent.")
    return jobs.request(
        kind="batches.remittances",
        key=batch.number,
        title=f"Remittance advices of {batch.number}",
        parameters={"batch_id": batch.pk},
        by=by,
        now=now,
    )


@transaction.atomic
def record_outcome(*, item_id: int, outcome: str, on: date, reason: str, by: User, now: datetime) -> None:
    """Write down that Central Payments "paid" or "returned" one payment of a sent batch.

    What was returned is with the officer until it is put right.
    """
    permit(by, "payments.load_answer")
    said = rules.Outcome(outcome, on, reason if outcome == BatchItem.Outcome.RETURNED else "")
    [item] = _record({item_id: said}, by, now)
    audit.record(f"payment.{outcome}", item.payment, by=by, at=now, why=said.reason)


@transaction.atomic
def record_answer(*, batch_id: int, outcomes: Mapping[int, rules.Outcome], by: User, now: datetime) -> None:
    """Write down Central Payments' answer to a batch, by item: all of it or nothing."""
    permit(by, "payments.load_answer")
    batch = Batch.objects.get(pk=batch_id)
    items = _record(outcomes, by, now)
    if any(item.batch_id != batch.pk for item in items):
        raise Refused(f"Only payments of {batch.number} can be answered.")
    paid = sum(item.outcome == BatchItem.Outcome.PAID for item in items)
    audit.record("batch.answered", batch, by=by, at=now, paid=paid, returned=len(items) - paid)


@transaction.atomic
def put_right(*, payment_id: int, note: str, by: User, now: datetime) -> Payment:
    """Let a returned payment go out again, to the payee's account as it is then, and say what was put right.

    Not for whoever recorded the return: see rules.put_right_refusal.
    """
    permit(by, "payments.make_batch")
    locks.take("batches")
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    if reason := rules.put_right_refusal(state=payment.state, returned_by=payment.returned_by_id, by=by.pk):
        raise Refused(reason)
    if not note.strip():
        raise Refused("Say what was put right.")
    with audit.acting(by, note), refusing():
        payment.state, payment.put_right_note, payment.put_right_by = Payment.State.PAYABLE, note, by
        payment.save(update_fields=["state", "put_right_note", "put_right_by"])
    audit.record("payment.put_right", payment, by=by, at=now, why=note)
    return payment


@transaction.atomic
def withdraw(*, payment_id: int, reason: str, by: User, now: datetime) -> Payment:
    """Decide that a payment shall never go out. What the payee is still owed needs a new line at its source."""
    permit(by, "payments.withdraw_payment")
    locks.take("batches")
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    if Payment.State.WITHDRAWN not in rules.MOVES[payment.state]:
        raise Refused("Only a payment that is to be batched or was returned can be withdrawn.")
    with audit.acting(by, reason), refusing():
        payment.state, payment.withdrawn_reason = Payment.State.WITHDRAWN, reason
        payment.save(update_fields=["state", "withdrawn_reason"])
    audit.record("payment.withdrawn", payment, by=by, at=now, why=reason)
    return payment


@transaction.atomic
def stop_payments(*, payee: Payee, reason: str, by: User, now: datetime) -> PaymentStop:
    """Let nothing go to a payee until the stop is lifted; open batches with them cannot be sent either."""
    permit(by, "payments.make_batch")
    locks.take("batches")
    with audit.acting(by, reason), refusing():
        stop = PaymentStop.objects.create(payee=payee, reason=reason, stopped_by=by, stopped_at=now)
    audit.record("payee.payments_stopped", payee, by=by, at=now, why=reason)
    return stop


@transaction.atomic
def lift_stop(*, stop_id: int, note: str, by: User, now: datetime) -> PaymentStop:
    """Let payments go to the payee again."""
    permit(by, "payments.make_batch")
    locks.take("batches")
    stop = PaymentStop.objects.select_for_update(of=("self",)).select_related("payee").get(pk=stop_id)
    if stop.lifted_at:
        raise Refused("The stop is lifted already.")
    with audit.acting(by, note), refusing():
        stop.lifted_by, stop.lifted_at, stop.lift_note = by, now, note
        stop.save(update_fields=["lifted_by", "lifted_at", "lift_note"])
    audit.record("payee.stop_lifted", stop.payee, by=by, at=now, why=note)
    return stop


def _open_batch(batch_id: int, seen_version: int) -> Batch:
    """The batch, locked, if it is open and as the person saw it."""
    locks.take("batches")
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.status != Batch.Status.OPEN:
        raise Refused(f"{batch.number} was sent and is locked.")
    if batch.version != seen_version:
        raise Refused(STALE)
    return batch


def _put_in(batch: Batch, payment_ids: Collection[int], now: datetime) -> None:
    wanted = set(payment_ids)
    payments = list(selectors.payments().select_for_update(of=("self",)).filter(pk__in=wanted))
    if len(payments) != len(wanted) or not wanted:
        raise Refused("Choose payments that are to be batched.")
    for payment in payments:
        if reason := selectors.refusal(payment, now):
            raise Refused(f"{payment_number(payment.pk)} for {payment.payee.party.name}: {reason}")
    with refusing():
        BatchItem.objects.bulk_create(
            BatchItem(
                batch=batch,
                payment=payment,
                net=payment.net,
                vat=payment.vat,
                bank_details_id=payment.account_id,
            )
            for payment in payments
        )
        Payment.objects.filter(pk__in=wanted).update(state=Payment.State.BATCHED)
    _recount(batch)


def _recount(batch: Batch) -> None:
    batch.count, batch.total = selectors.totals(BatchItem.objects.filter(batch=batch))
    batch.version += 1
    batch.save(update_fields=["count", "total", "version"])


def _sending_refusal(batch: Batch, items: list[BatchItem], now: datetime) -> str:
    """The first reason why a batch may not be sent, or "": much may have changed since a payment was put in."""
    if not items:
        return f"There is nothing in {batch.number}."
    problems = selectors.problems(batch, now)
    for item in items:
        if reason := problems.get(item.payment_id):
            return f"{payment_number(item.payment_id)} for {item.payment.payee.party.name}: {reason}"
    return ""


def outcome_refusal(item: BatchItem, outcome: rules.Outcome, now: datetime) -> str:
    """Why this outcome cannot be recorded for an item with its batch and payment, or ""."""
    return rules.outcome_refusal(
        outcome,
        batch_status=item.batch.status,
        sent_at=item.batch.sent_at,
        recorded=rules.Outcome(item.outcome, item.outcome_on, item.outcome_reason),
        payment_state=item.payment.state,
        now=now,
    )


def _record(outcomes: Mapping[int, rules.Outcome], by: User, now: datetime) -> list[BatchItem]:
    locks.take("batches")
    items = list(
        BatchItem.objects.select_for_update(of=("self", "payment"))
        .select_related("payment", "batch")
        .defer("payment__advice")
        .filter(pk__in=outcomes)
        .order_by("pk")
    )
    for item in items:
        outcome = outcomes[item.pk]
        if refusal := outcome_refusal(item, outcome, now):
            raise Refused(refusal)
        item.outcome, item.outcome_on, item.outcome_reason = outcome.kind, outcome.on, outcome.reason
        item.is_live = outcome.kind == BatchItem.Outcome.PAID
        payment = item.payment
        payment.state, payment.paid_on = outcome.kind, outcome.on if item.is_live else None
        if not item.is_live:
            payment.returned_on, payment.return_reason, payment.returned_by = outcome.on, outcome.reason, by
            payment.put_right_note, payment.put_right_by = "", None
    with audit.acting(by, "answer of Central Payments"), refusing():
        BatchItem.objects.bulk_update(items, ["outcome", "outcome_on", "outcome_reason", "is_live"])
        Payment.objects.bulk_update(
            [item.payment for item in items],
            ["state", "paid_on", "returned_on", "return_reason", "returned_by", "put_right_note", "put_right_by"],
        )
    return items
