"""The list of invoices, and what is expected and has not come."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lewisham_ta import icons, tables
from lewisham_ta.templatetags.ta import day_short
from payments.invoices.models import Invoice
from payments.invoices.rules.expected import AGE_WORDS, OfProvider
from payments.invoices.selectors.pages import Clock, Due, due_day

TONES = {"checking": "info", "ready": "warning", "approved": "ok", "rejected": "neutral", "voided": "neutral"}
DECISION_TONES = {
    "undecided": "warning",
    "pass": "ok",
    "as_billed": "ok",
    "short_pay": "info",
    "but_away": "info",
    "query": "warning",
    "reject": "error",
}


def invoice_url(record: Invoice) -> str:
    return reverse("invoices:detail", args=[record.pk])


def state_tag(invoice: Invoice) -> SafeString:
    return icons.tag(invoice.get_status_display(), TONES[invoice.status])


class InvoiceTable(tables.Table):
    caption, noun, empty = "Nightly-paid invoices", "Invoices", "No invoices."
    provider = tables.Column("Provider", accessor="provider__party__name", linkify=invoice_url)
    number = tables.Column("Number")
    received_on = tables.DayColumn("Received")
    due_on = tables.Column("Due", accessor="pk", css="date")
    stopped = tables.NumberColumn("Days stopped", accessor="pk", orderable=False)
    billed = tables.MoneyColumn("Total £")
    payable = tables.MoneyColumn("Payable £")
    difference = tables.MoneyColumn("Difference £", signed=True)
    to_decide = tables.NumberColumn("To decide")
    status = tables.TagColumn("Status", tones=TONES)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today, self.clock = today, Clock(today)
        self.dues: dict[int, Due] = {}
        super().__init__(*args, **kwargs)

    def due(self, record: Invoice) -> Due:
        if record.pk not in self.dues:
            self.dues[record.pk] = self.clock.of(record)
        return self.dues[record.pk]

    def render_due_on(self, record: Invoice) -> str:
        due = self.due(record)
        state = due.state(self.today)
        if not state:
            return day_short(due.due_on)
        words, tone = ("overdue", "error") if state == "overdue" else ("soon", "warning")
        return format_html("{} {}", day_short(due.due_on), icons.tag(words.capitalize(), tone))

    def value_due_on(self, record: Invoice) -> date:
        return self.due(record).due_on

    def order_due_on(self, rows: QuerySet[Invoice], is_descending: bool) -> tuple[QuerySet[Invoice], bool]:
        rows = rows.annotate(due_day=due_day(self.today))
        return rows.order_by("-due_day" if is_descending else "due_day"), True

    def render_stopped(self, record: Invoice) -> str:
        due = self.due(record)
        return f"{due.stopped_days} now" if due.is_stopped else str(due.stopped_days or "–")

    def value_stopped(self, record: Invoice) -> int:
        return self.due(record).stopped_days

    def tone(self, record: Invoice) -> str:
        return {"overdue": "error", "soon": "warning"}.get(self.due(record).state(self.today), "")


class AgeColumn(tables.MoneyColumn):
    """What is of one age."""

    def __init__(self, age: int) -> None:
        super().__init__(f"{AGE_WORDS[age]} £", accessor="by_age", orderable=False)
        self.age = age

    def render(self, value: Any) -> str:
        return super().render(value[self.age] if isinstance(value, tuple) else value)

    def value(self, value: Any) -> Any:
        return value[self.age] if isinstance(value, tuple) else value


class ExpectedTable(tables.Table):
    """Nights without an invoice, a provider a row, by how long they are over."""

    caption, noun, empty = "Occupied nights without an invoice", "Providers", "Every night that is over was billed."
    name = tables.Column("Provider", linkify=lambda record: reverse("invoices:chase", args=[record.provider_id]))
    ref = tables.Column("Ref")
    first_on = tables.DayColumn("First night")
    nights = tables.NumberColumn("Nights")
    age_0 = AgeColumn(0)
    age_1 = AgeColumn(1)
    age_2 = AgeColumn(2)
    age_3 = AgeColumn(3)
    net = tables.MoneyColumn("Agreed net £")

    def tone(self, record: OfProvider) -> str:
        return "error" if record.by_age[3] else "warning" if record.by_age[2] else ""
