"""What the pages, the files and the other rooms ask about payments and batches."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, When

from lewisham_ta import files
from lewisham_ta.models import StoredFile
from lewisham_ta.money import ZERO
from payments.batches import rules
from payments.batches.models import Batch, BatchItem, Payment, PaymentQuerySet, PaymentStop, Remittance
from payments.payees.models import BankDetails


def masked(bank_details: BankDetails) -> str:
    """An account as anybody may read it: the last four digits."""
    return f"account ending {bank_details.account_number[-4:]}"


def refusal(payment: Payment, now: datetime, *, inside: str = "") -> str:
    """Why a payment (of `with_facts`) may not go out now, or "". `inside` is an open batch that it is in."""
    is_inside = bool(inside) and payment.live_batch == inside
    return rules.payable_refusal(
        state=Payment.State.PAYABLE if is_inside and payment.state == Payment.State.BATCHED else payment.state,
        amount=payment.net + payment.vat,
        prepared_by=payment.prepared_by_id,
        approved_by=payment.approved_by_id,
        held_because=payment.stop_reason,
        account=rules.Account(payment.account_id, payment.account_usable_from) if payment.account_id else None,
        change_waits=payment.change_waits,
        batch="" if is_inside else payment.live_batch,
        now=now,
    )


def sources() -> list[str]:
    """Where payments came from, the newest first."""
    return list(Payment.objects.values_list("source", flat=True).distinct().order_by("-source"))


def problems(batch: Batch, now: datetime) -> dict[int, str]:
    """Why payments keep an open batch from being sent, by payment."""
    rows = payments().filter(items__batch=batch, items__is_live=True)
    accounts = dict(BatchItem.objects.filter(batch=batch).values_list("payment_id", "bank_details_id"))
    found = {}
    for payment in rows:
        reason = refusal(payment, now, inside=batch.number)
        if not reason and payment.account_id != accounts[payment.pk]:
            reason = "The bank details changed since it was put into the batch: take it out and put it in again."
        if reason:
            found[payment.pk] = reason
    return found


def payments() -> PaymentQuerySet:
    """Payments with their payee and what the payable rule asks about, newest first."""
    return (
        Payment.objects.with_facts()
        .annotate(gross=F("net") + F("vat"))
        .select_related("payee__party", "bank_details")
        .defer("advice", "coding")
        .order_by("-approved_at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many payments are to be batched: those that may go now, with their pounds, and the rest."""

    payable: int
    total: Decimal
    refused: int


def waiting(now: datetime) -> Waiting:
    """What is to be batched, counted and added up in SQL: a page that shows two figures loads no payments.

    The payable rule is asked once for all payments that are alike in what it asks about.
    """
    alike = (
        Payment.objects.filter(state=Payment.State.PAYABLE)
        .with_facts()
        .values(
            "change_waits",
            is_own=Q(approved_by=F("prepared_by")),
            is_stopped=~Q(stop_reason=""),
            is_in_batch=~Q(live_batch=""),
            has_account=Q(account_id__isnull=False),
            cools_off=Case(When(account_usable_from__gt=now, then=True), default=False),
        )
        .annotate(usable_from=Min("account_usable_from"), count=Count("pk"), total=Sum(F("net") + F("vat")))
    )
    payable, total, refused = 0, ZERO, 0
    for group in alike:
        if rules.payable_refusal(
            state=Payment.State.PAYABLE,
            amount=group["total"],
            prepared_by=0,
            approved_by=0 if group["is_own"] else 1,
            held_because="stopped" if group["is_stopped"] else "",
            account=rules.Account(0, group["usable_from"]) if group["has_account"] else None,
            change_waits=group["change_waits"],
            batch="another" if group["is_in_batch"] else "",
            now=now,
        ):
            refused += group["count"]
        else:
            payable, total = payable + group["count"], total + group["total"]
    return Waiting(payable, total, refused)


def payable_ids(now: datetime) -> list[int]:
    """The payments that may go now."""
    rows = payments().filter(state=Payment.State.PAYABLE)
    return [payment.pk for payment in rows if not refusal(payment, now)]


def returned() -> PaymentQuerySet:
    """Payments that came back and wait for the officer, longest first."""
    return payments().filter(state=Payment.State.RETURNED).order_by("returned_on", "pk")


def _pounds_of(outcome: str) -> Sum:
    return Sum(F("items__net") + F("items__vat"), filter=Q(items__outcome=outcome), default=ZERO)


def batches() -> QuerySet[Batch]:
    """Batches, newest first, with how many of their payments are paid, returned or not answered."""
    return (
        Batch.objects.select_related("made_by", "sent_by")
        .annotate(
            paid=Count("items", filter=Q(items__outcome=BatchItem.Outcome.PAID)),
            returned=Count("items", filter=Q(items__outcome=BatchItem.Outcome.RETURNED)),
            unanswered=Count("items", filter=Q(items__outcome=BatchItem.Outcome.NONE)),
            paid_total=_pounds_of(BatchItem.Outcome.PAID),
            returned_total=_pounds_of(BatchItem.Outcome.RETURNED),
        )
        .order_by("-number", "-pk")
    )


def items(batch: Batch) -> QuerySet[BatchItem]:
    """The payments of a batch with payee and account, in the order of the sheet."""
    return (
        BatchItem.objects.filter(batch=batch)
        .annotate(gross=F("net") + F("vat"))
        .select_related("payment__payee__party", "bank_details")
        .defer("payment__advice")
        .order_by("payment__payee__party__ref", "payment__source", "pk")
    )


def sent_items(payment_ids: Collection[int], references: Collection[str]) -> QuerySet[BatchItem]:
    """The items of sent batches that are of these payments or carry these bank references."""
    return (
        BatchItem.objects.filter(Q(payment__in=payment_ids) | Q(payment__reference__in=references))
        .filter(batch__status=Batch.Status.SENT)
        .select_related("batch", "payment__payee__party")
        .defer("payment__advice", "payment__coding")
        .order_by("pk")
    )


def totals(rows: QuerySet[BatchItem] | QuerySet[Payment]) -> tuple[int, Decimal]:
    """How many and how many pounds, of a batch its control count and control total."""
    sums = rows.aggregate(count=Count("pk"), total=Sum(F("net") + F("vat")))
    return sums["count"], sums["total"] or ZERO


def history_of(payment: Payment) -> QuerySet[BatchItem]:
    """The batches that a payment was in, newest first, with the account each used."""
    return (
        BatchItem.objects.filter(payment=payment)
        .select_related("batch", "bank_details")
        .order_by("-batch__made_at", "-pk")
    )


def remittances(batch: Batch) -> QuerySet[Remittance]:
    """The advices of a batch in the order of the print file, without their bytes."""
    return (
        Remittance.objects.filter(batch=batch)
        .select_related("payee__party", "file")
        .defer("file__content")
        .order_by("payee__party__ref", "pk")
    )


def unconfirmed_emails() -> QuerySet[Remittance]:
    """Advices that were taken up for e-mailing and never stamped as sent: nobody knows whether they left."""
    return Remittance.objects.filter(claimed_at__isnull=False, emailed_at__isnull=True).exclude(email_to="")


@dataclass(frozen=True, slots=True)
class AdviceFigures:
    """How far the advices of a batch are."""

    made: int
    emailed: int
    to_email: int
    unconfirmed: int
    printed: int


def advice_figures(batch: Batch) -> AdviceFigures:
    by_email = ~Q(email_to="")
    figures = Remittance.objects.filter(batch=batch).aggregate(
        made=Count("pk"),
        emailed=Count("pk", filter=Q(emailed_at__isnull=False)),
        to_email=Count("pk", filter=by_email & Q(claimed_at__isnull=True)),
        unconfirmed=Count("pk", filter=by_email & Q(claimed_at__isnull=False, emailed_at__isnull=True)),
        printed=Count("pk", filter=Q(email_to="")),
    )
    return AdviceFigures(**figures)


def account_to_use(payment: Payment) -> str:
    """The payee's account as it is now, masked, or "" while there is none."""
    current = BankDetails.objects.filter(pk=payment.account_id).first()
    return masked(current) if current else ""


def account_it_came_back_from(payment: Payment) -> str:
    """The payee's account as it is now, masked, if it is the one from which the payment was returned, or ""."""
    last = BatchItem.objects.filter(payment=payment, outcome=BatchItem.Outcome.RETURNED).order_by("-pk")
    item = last.select_related("bank_details").first()
    return masked(item.bank_details) if item and item.bank_details_id == payment.account_id else ""


def stored_files(batch: Batch) -> dict[str, StoredFile]:
    """The files of a batch with their downloads, the bytes left in the database."""
    names = {batch.sheet_id: "sheet", batch.csv_id: "csv", batch.advice_print_file_id: "advices"}
    rows = files.without_content().filter(pk__in=[pk for pk in names if pk])
    return {names[row.pk]: row for row in rows}


def standing_stop(payment: Payment) -> PaymentStop | None:
    return (
        PaymentStop.objects.filter(payee=payment.payee_id, lifted_at__isnull=True).select_related("stopped_by").first()
    )


def is_paid(source: str) -> bool:
    """Whether everything that a source ("CONTROC 2026-10") raised, and that was not withdrawn, is paid."""
    own = Payment.objects.filter(source=source).exclude(state=Payment.State.WITHDRAWN)
    return own.exists() and not own.exclude(state=Payment.State.PAID).exists()
