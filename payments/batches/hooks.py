"""What this room has on the home page, in the navigation, in the search box and on a payee's page."""

from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest
from django.urls import reverse

from lewisham_ta import history, navigation, search, work
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import pounds
from payments.batches import selectors
from payments.batches.models import Batch, BatchItem, Payment
from payments.batches.rules import payment_number
from payments.payees import sections as payee_sections
from payments.payees.models import BankDetails, Payee


def register() -> None:
    navigation.register(
        "Payments",
        "batches:payment_list",
        order=41,
        section="Payments",
        permission="payments.see_payments",
        count=returned_count,
    )
    navigation.register("Batches", "batches:list", order=42, section="Payments", permission="payments.see_payments")
    work.register(work_items)
    work.register_facts(facts, order=40)
    search.register(hits, order=40)
    payee_sections.register(stop_of_payee, order=5)
    payee_sections.register_events(events_of_payee)
    history.register_labels(BankDetails, account_labels)


def account_labels(pks: Collection[int]) -> dict[int, str]:
    return {row.pk: selectors.masked(row) for row in BankDetails.objects.filter(pk__in=pks)}


def returned_count(user: User) -> int:
    return Payment.objects.filter(state=Payment.State.RETURNED).count()


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    if user.has_perm("payments.make_batch"):
        yield from _to_batch()
        yield from _returned()
        yield from _open_batches()
        yield from _unconfirmed()
    if user.has_perm("payments.load_answer"):
        yield from _to_answer()


def _to_batch() -> Iterator[work.WorkItem]:
    rows = Payment.objects.filter(state=Payment.State.PAYABLE)
    count, total = selectors.totals(rows)
    if count:
        yield work.WorkItem(
            title="Payments to be batched",
            url=reverse("batches:payment_list") + "?state=payable",
            next_step="Make a batch",
            status="To be batched",
            due_on=rows.order_by("due_on").values_list("due_on", flat=True).first(),
            count=count,
            value=total,
        )


def _returned() -> Iterator[work.WorkItem]:
    rows = Payment.objects.filter(state=Payment.State.RETURNED)
    count, total = selectors.totals(rows)
    if count:
        yield work.WorkItem(
            title="Payments that came back",
            url=reverse("batches:returned_list"),
            next_step="Put right, then batch again",
            status="Returned",
            tone="warning",
            due_on=rows.order_by("returned_on").values_list("returned_on", flat=True).first(),
            count=count,
            value=total,
        )


def _open_batches() -> Iterator[work.WorkItem]:
    for batch in Batch.objects.filter(status=Batch.Status.OPEN).select_related("made_by").order_by("number"):
        yield work.WorkItem(
            title=f"Batch {batch.number}",
            url=reverse("batches:detail", args=[batch.number]),
            next_step="Check and send",
            status="Open",
            tone="warning",
            count=batch.count,
            value=batch.total,
            with_whom=str(batch.made_by),
            person=batch.made_by_id,
        )


def _unconfirmed() -> Iterator[work.WorkItem]:
    rows = selectors.unconfirmed_emails().values("batch__number").annotate(count=Count("pk")).order_by("batch__number")
    for row in rows:
        yield work.WorkItem(
            title=f"Advices of {row['batch__number']} not known to have left",
            url=reverse("batches:remittance_list", args=[row["batch__number"]]),
            next_step="Ask the payees, e-mail again",
            status="Check",
            tone="warning",
            count=row["count"],
        )


def _to_answer() -> Iterator[work.WorkItem]:
    open_items = Q(items__outcome=BatchItem.Outcome.NONE)
    waiting = (
        Batch.objects.filter(status=Batch.Status.SENT)
        .annotate(
            count_open=Count("items", filter=open_items),
            value=Sum(F("items__net") + F("items__vat"), filter=open_items),
        )
        .filter(count_open__gt=0)
        .order_by("number")
    )
    for batch in waiting:
        yield work.WorkItem(
            title=f"Answer to batch {batch.number}",
            url=reverse("batches:detail", args=[batch.number]),
            next_step="Load what was paid and returned",
            status="Sent",
            tone="info",
            count=batch.count_open,
            value=batch.value,
            with_whom="Central Payments",
        )


def facts(user: User, today: date) -> Iterator[work.Fact]:
    if not user.has_perm("payments.see_payments"):
        return
    count, total = selectors.totals(Payment.objects.filter(state=Payment.State.PAYABLE))
    url = reverse("batches:payment_list") + "?state=payable"
    yield work.Fact("To be batched", pounds(total), hint=f"{count} payment{'' if count == 1 else 's'}", url=url)


def hits(text: str, user: User) -> Iterator[search.Hit]:
    """Payments by number, bank reference or payee, batches by number."""
    if not user.has_perm("payments.see_payments"):
        return
    for batch in Batch.objects.filter(number__iexact=text):
        yield search.Hit(
            f"Batch {batch.number}",
            reverse("batches:detail", args=[batch.number]),
            "Batch",
            f"{batch.get_status_display()}, {batch.count} payments, {pounds(batch.total)}",
        )
    found = Q(reference__icontains=text) | Q(payee__party__ref__iexact=text) | Q(payee__party__name__icontains=text)
    digits = text[1:] if text[:1].upper() == "P" else text
    if digits.isdecimal() and len(digits) == 7:
        found |= Q(pk=int(digits))
    for payment in selectors.payments().filter(found)[: search.MOST_OF_A_KIND]:
        yield search.Hit(
            f"{payment_number(payment.pk)} {payment.payee.party.name}",
            reverse("batches:payment_detail", args=[payment.pk]),
            "Payment",
            f"{payment.get_state_display()}, {pounds(payment.gross)}, {payment.source}",
        )


def stop_of_payee(request: HttpRequest, payee: Payee) -> payee_sections.Section | None:
    """That nothing is paid to the payee, where that is so."""
    stop = payee.stops.filter(lifted_at=None).select_related("stopped_by").first()
    if stop is None or not request.user.has_perm("payments.see_payments"):
        return None
    return payee_sections.Section("Payments are stopped", "payments/batches/_payee_stop.html", {"stop": stop})


def events_of_payee(request: HttpRequest, payee: Payee) -> Iterator[payee_sections.Event]:
    """When the payee was paid, when money came back, and when payments were stopped."""
    if not request.user.has_perm("payments.see_payments"):
        return
    for payment in selectors.payments().filter(payee=payee).exclude(paid_on=None, returned_on=None):
        url = reverse("batches:payment_detail", args=[payment.pk])
        words = f"{pounds(payment.gross)}, {payment.source}"
        if payment.paid_on:
            yield payee_sections.Event(payment.paid_on, f"Paid {words}", url, tone="ok")
        if payment.returned_on:
            reason = payment.return_reason
            yield payee_sections.Event(payment.returned_on, f"Returned {words}", url, detail=reason, tone="error")
    for stop in payee.stops.select_related("stopped_by", "lifted_by"):
        who, detail = str(stop.stopped_by), stop.reason
        yield payee_sections.Event(stop.stopped_at, "Payments stopped", who=who, detail=detail, tone="warning")
        if stop.lifted_at:
            who, detail = str(stop.lifted_by), stop.lift_note
            yield payee_sections.Event(stop.lifted_at, "Payments go on", who=who, detail=detail, tone="ok")
