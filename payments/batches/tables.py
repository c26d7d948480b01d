"""The lists of payments, batches, and what is in a batch."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lewisham_ta import icons, tables
from payments.batches import selectors
from payments.batches.models import Batch, BatchItem, Payment, Remittance
from payments.batches.rules import payment_number

PAYMENT_TONES = {
    "payable": "neutral",
    "batched": "info",
    "sent": "info",
    "paid": "ok",
    "returned": "warning",
    "withdrawn": "neutral",
}


def payment_url(record: Payment) -> str:
    return reverse("batches:payment_detail", args=[record.pk])


class PayeeLinks(tables.Table):
    """Payees lead to their pages for those who may see them; Central Payments may not."""

    def __init__(self, *args: Any, sees_payees: bool = False, **kwargs: Any) -> None:
        self.sees_payees = sees_payees
        super().__init__(*args, **kwargs)

    def render_payee_ref(self, value: str) -> SafeString | str:
        if not self.sees_payees:
            return value
        return format_html('<a href="{}">{}</a>', reverse("payees:detail", args=[value]), value)

    def value_payee_ref(self, value: str) -> str:
        return value


class PickPayable(tables.CheckColumn):
    """A box only where there is something to batch."""

    def render(self, value: Any, record: Payment, table: tables.Table) -> str:
        return super().render(value, record, table) if record.state == Payment.State.PAYABLE else ""


class PaymentTable(PayeeLinks):
    caption, noun, empty = "Payments", "Payments", "No payments."
    pick = PickPayable(label="reference", amount="gross")
    number = tables.Column("Payment", accessor="pk", linkify=payment_url)
    payee = tables.Column("Payee", accessor="payee__party__name")
    payee_ref = tables.Column("Ref", accessor="payee__party__ref")
    source = tables.Column("From")
    reference = tables.Column("Bank reference")
    due_on = tables.DayColumn("Due")
    gross = tables.MoneyColumn("Amount £")
    state = tables.TagColumn("State", tones=PAYMENT_TONES)
    live_batch = tables.Column(
        "Batch", orderable=False, linkify=lambda record: reverse("batches:detail", args=[record.live_batch])
    )
    why_not = tables.Column("Why it cannot go now", accessor="pk", orderable=False)

    def __init__(self, *args: Any, now: datetime, picking: bool, **kwargs: Any) -> None:
        self.now = now
        super().__init__(*args, exclude=() if picking else ("pick",), **kwargs)

    def render_number(self, record: Payment) -> str:
        return payment_number(record.pk)

    def render_why_not(self, record: Payment) -> str:
        return self._why_not(record) or "–"

    def value_why_not(self, record: Payment) -> str:
        return self._why_not(record)

    def tone(self, record: Payment) -> str:
        return "warning" if self._why_not(record) else ""

    def _why_not(self, record: Payment) -> str:
        """Only what the officer can do something about: not that it is in a batch or has left."""
        if record.state in (Payment.State.PAYABLE, Payment.State.RETURNED):
            return selectors.refusal(record, self.now)
        return ""


class ReturnedTable(tables.Table):
    caption, noun, empty = "Returned payments", "Payments", "Nothing has come back."
    number = tables.Column("Payment", accessor="pk", linkify=payment_url)
    payee = tables.Column("Payee", accessor="payee__party__name")
    source = tables.Column("From")
    returned_on = tables.DayColumn("Returned")
    gross = tables.MoneyColumn("Amount £")
    return_reason = tables.Column("Why it came back")

    def render_number(self, record: Payment) -> str:
        return payment_number(record.pk)


class BatchTable(tables.Table):
    caption, noun, empty = "Batches", "Batches", "No batches yet."
    number = tables.Column("Batch", linkify=lambda record: reverse("batches:detail", args=[record.number]))
    status = tables.Column("State")
    count = tables.NumberColumn("Payments")
    total = tables.MoneyColumn("Control total £")
    made_by = tables.Column("Made by", orderable=False)
    made_at = tables.WhenColumn("Made")
    sent_at = tables.WhenColumn("Sent")
    unanswered = tables.NumberColumn("Not answered")
    paid = tables.NumberColumn("Paid")
    paid_total = tables.MoneyColumn("Paid £")
    returned = tables.NumberColumn("Returned")
    returned_total = tables.MoneyColumn("Returned £")

    def render_status(self, record: Batch) -> SafeString:
        return icons.tag(*self._state(record))

    def value_status(self, record: Batch) -> str:
        return self._state(record)[0]

    def _state(self, record: Batch) -> tuple[str, str]:
        """Open, sent, or answered: every payment of it is paid or came back."""
        if not record.sent_at:
            return "Open", "warning"
        return ("Sent", "info") if record.unanswered else ("Answered", "ok")

    def render_unanswered(self, record: Batch, value: int) -> str:
        return f"{value:,}" if record.sent_at else "–"

    def value_unanswered(self, record: Batch, value: int) -> int | None:
        return value if record.sent_at else None


class ItemTable(PayeeLinks):
    """The payments of a batch. `refusals` are the reasons for which they keep an open batch from being sent."""

    caption, noun, empty = "Payments in this batch", "Payments", "Nothing is in this batch."
    pick = tables.CheckColumn(accessor="payment_id", label="payment__reference", amount="gross")
    number = tables.Column("Payment", accessor="payment_id", linkify=lambda record: payment_url(record.payment))
    payee = tables.Column("Payee", accessor="payment__payee__party__name")
    payee_ref = tables.Column("Ref", accessor="payment__payee__party__ref")
    reference = tables.Column("Bank reference", accessor="payment__reference")
    account = tables.Column("Paid into", accessor="bank_details", orderable=False)
    gross = tables.MoneyColumn("Amount £")
    outcome = tables.TagColumn("Outcome", tones={"paid": "ok", "returned": "warning"}, empty_values=())
    outcome_on = tables.DayColumn("On")
    outcome_reason = tables.Column("Why returned")
    by_hand = tables.Column(
        "By hand",
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        linkify=lambda record: reverse("batches:record_outcome", args=[record.pk]),
    )

    def __init__(self, *args: Any, batch: Batch, may_change: bool, may_answer: bool, **kwargs: Any) -> None:
        self.refusals: dict[int, str] = kwargs.pop("refusals", {})
        is_open = batch.status == Batch.Status.OPEN
        left_out = ["outcome", "outcome_on", "outcome_reason"] if is_open else []
        if not (is_open and may_change):
            left_out.append("pick")
        if is_open or not may_answer:
            left_out.append("by_hand")
        super().__init__(*args, exclude=left_out, **kwargs)

    def render_number(self, record: BatchItem) -> str:
        return payment_number(record.payment_id)

    def render_account(self, value: Any) -> str:
        return selectors.masked(value).capitalize()

    def tone(self, record: BatchItem) -> str:
        if record.payment_id in self.refusals:
            return "error"
        return "warning" if record.outcome == BatchItem.Outcome.RETURNED else ""

    def reason(self, record: BatchItem) -> str:
        return self.refusals.get(record.payment_id, "")

    def render_by_hand(self) -> str:
        return "Record outcome"


class RemittanceTable(tables.Table):
    caption, noun, empty = "Remittance advices", "Advices", "No advices yet."
    payee = tables.Column(
        "Payee",
        accessor="payee__party__name",
        linkify=lambda record: reverse("batches:remittance_file", args=[record.pk]),
    )
    payee_ref = tables.Column("Ref", accessor="payee__party__ref")
    email_to = tables.Column("E-mailed to", default="Printed")
    how = tables.Column("State", accessor="pk", orderable=False)
    emailed_at = tables.WhenColumn("E-mailed")
    sha256 = tables.Column("SHA-256", accessor="file__sha256", css="digest", orderable=False)

    def render_how(self, record: Remittance) -> str:
        if not record.email_to:
            return "In the print file"
        if record.emailed_at:
            return "E-mailed"
        return "Not known to have left" if record.claimed_at else "Waits to be e-mailed"

    def tone(self, record: Remittance) -> str:
        return "warning" if record.claimed_at and not record.emailed_at else ""
