"""What the list of invoices, the work list and the navigation ask."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DateField,
    DecimalField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils.timezone import localdate

from bookings.models import Provider
from lewisham_ta import audit
from lewisham_ta.dated import KINDS
from lewisham_ta.models import Setting, User
from lewisham_ta.money import ZERO
from lewisham_ta.ranges import Days
from payments.invoices.emails.models import ProviderEmail
from payments.invoices.models import Invoice, InvoiceLine, InvoiceQuery
from payments.invoices.rules import moves

Decision, Status = InvoiceLine.Decision, Invoice.Status
OPEN = (Status.CHECKING, Status.READY)
SOON = timedelta(days=5)
LATEST = 10
BILLED = F("net") + F("vat")
PAYABLE = F("payable_net") + F("payable_vat") + F("adjusted_net") + F("adjusted_vat")


def invoices() -> QuerySet[Invoice]:
    """Invoices with provider, what they bill, what of it is payable, the lines to decide, and the queries sent."""
    lines = InvoiceLine.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    sent = InvoiceQuery.objects.exclude(sent_how="").order_by("sent_on", "pk")
    return (
        Invoice.objects.select_related("provider__party")
        .prefetch_related(Prefetch("queries", queryset=sent, to_attr="sent_queries"))
        .annotate(
            billed=_sum(lines.annotate(sum=Sum(BILLED))),
            payable=_sum(lines.exclude(decision=Decision.REJECT).annotate(sum=Sum(PAYABLE))),
            to_decide=Coalesce(
                Subquery(lines.filter(decision__in=moves.TO_DECIDE).annotate(count=Count("pk")).values("count")), 0
            ),
        )
        .annotate(difference=F("billed") - F("payable"))
        .order_by("-received_on", "-pk")
    )


def _sum(lines: "QuerySet[InvoiceLine, Any]") -> Coalesce:
    return Coalesce(Subquery(lines.values("sum")), ZERO, output_field=DecimalField(max_digits=13, decimal_places=2))


def found(*, q: str = "", status: str = "", provider: str = "", today: date) -> QuerySet[Invoice]:
    """The invoices that the filters leave."""
    rows = invoices()
    if q:
        rows = rows.filter(Q(number__icontains=q) | Q(provider__party__name__icontains=q))
    if provider:
        rows = rows.filter(provider__party__ref__iexact=provider)
    if status in Status.values:
        rows = rows.filter(status=status)
    elif status == "query":
        rows = rows.filter(pk__in=unanswered().values("invoice"))
    elif status in ("overdue", "soon"):
        rows = rows.filter(pk__in=[due.invoice.pk for due in dues(today) if due.state(today) == status])
    return rows


def totals(rows: QuerySet[Invoice]) -> dict[str, Any]:
    """The figures of all these invoices, in one query over their lines."""
    lines = InvoiceLine.objects.filter(invoice__in=rows.order_by().values("pk"))
    sums = lines.aggregate(
        billed=Coalesce(Sum(BILLED), ZERO),
        payable=Coalesce(Sum(PAYABLE, filter=~Q(decision=Decision.REJECT)), ZERO),
        to_decide=Count("pk", filter=Q(decision__in=moves.TO_DECIDE)),
    )
    return sums | {"difference": sums["billed"] - sums["payable"]}


def latest(party_id: int) -> list[Invoice]:
    """The latest invoices of a provider, by its party."""
    return list(invoices().filter(provider__party=party_id)[:LATEST])


def open_count() -> int:
    """How many invoices wait for somebody here."""
    return Invoice.objects.filter(status__in=OPEN).count()


def unanswered() -> QuerySet[InvoiceQuery]:
    return InvoiceQuery.objects.filter(answered_on=None, closed_on=None, invoice__status__in=OPEN).exclude(sent_how="")


def providers_with_invoices() -> list[tuple[str, str]]:
    """Reference and name of each provider that has sent an invoice."""
    rows = Invoice.objects.order_by("provider__party__name").values_list(
        "provider__party__ref", "provider__party__name"
    )
    return list(rows.distinct())


@dataclass(frozen=True, slots=True)
class Due:
    """By when an invoice is to be paid, and how long its clock stood still."""

    invoice: Invoice
    due_on: date
    stopped_days: int
    is_stopped: bool

    def state(self, today: date) -> str:
        """ "overdue", "soon", or nothing to say."""
        if self.invoice.status not in OPEN:
            return ""
        if self.due_on < today:
            return "overdue"
        return "soon" if self.due_on <= today + SOON else ""


class Clock:
    """The 30 days of invoices whose `sent_queries` were fetched: the setting's whole series is read once."""

    def __init__(self, today: date) -> None:
        self.today = today
        series = Setting.objects.filter(name="invoice_days").order_by("-from_on")
        self.series = list(series.values_list("from_on", "value"))

    def of(self, invoice: Invoice) -> Due:
        queries: Collection[InvoiceQuery] = invoice.sent_queries  # type: ignore[attr-defined]
        asked = [moves.Asked(query.sent_on, query.ended_on) for query in queries if query.sent_on]
        days = self._days(invoice.received_on)
        due_on = moves.due_on(received_on=invoice.received_on, days=days, queries=asked, today=self.today)
        stopped = (due_on - invoice.received_on).days - days
        return Due(invoice, due_on, stopped, any(each.ended_on is None for each in asked))

    def _days(self, on: date) -> int:
        return int(next((value for from_on, value in self.series if from_on <= on), KINDS["invoice_days"].default))


class DaysCovered(Aggregate):
    """How many days some runs of days cover together, a day that is in two of them once."""

    template = "(SELECT coalesce(sum(upper(run) - lower(run)), 0)::int FROM unnest(range_agg(%(expressions)s)) run)"
    output_field = IntegerField()


def due_day(today: date) -> Func:
    """The last day of each invoice as the clock above has it, for the database to sort by."""
    setting = Setting.objects.filter(name="invoice_days", from_on__lte=OuterRef("received_on")).order_by("-from_on")
    answered = Greatest("sent_on", Coalesce("answered_on", "closed_on", today, output_field=DateField()))
    sent = InvoiceQuery.objects.filter(invoice=OuterRef("pk")).exclude(sent_how="").order_by().values("invoice")
    stopped = sent.annotate(days=DaysCovered(Days("sent_on", answered))).values("days")
    days = Coalesce(Subquery(setting.values("value")[:1]), Value(str(KINDS["invoice_days"].default)))
    parts = ["received_on", Cast(days, IntegerField()), Coalesce(Subquery(stopped), 0)]
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" + ", output_field=DateField())


def dues(today: date) -> Iterator[Due]:
    """Every open invoice with its last day."""
    clock = Clock(today)
    sent = InvoiceQuery.objects.exclude(sent_how="").order_by("sent_on", "pk")
    rows = Invoice.objects.filter(status__in=OPEN).order_by("received_on", "pk")
    for invoice in rows.prefetch_related(Prefetch("queries", queryset=sent, to_attr="sent_queries")):
        yield clock.of(invoice)


def payable_of(invoices: Iterable[int]) -> Decimal:
    """What is payable of these invoices' lines that are not rejected."""
    lines = InvoiceLine.objects.filter(invoice__in=list(invoices)).exclude(decision=Decision.REJECT)
    return lines.aggregate(sum=Coalesce(Sum(PAYABLE), ZERO))["sum"]


def queries_of(invoice: Invoice) -> list[InvoiceQuery]:
    """Every query that was sent about an invoice, newest first, with its e-mail and lines."""
    rows = invoice.queries.exclude(sent_how="").select_related("sent_by", "answer_recorded_by", "email")
    return list(rows.prefetch_related("lines").order_by("-sent_on", "-pk"))


def emails_not_known_to_have_left() -> QuerySet[ProviderEmail]:
    """Letters to providers that were taken up for sending and never stamped as sent."""
    rows = ProviderEmail.objects.filter(sent_at=None, query=None).exclude(claimed_at=None)
    return rows.select_related("provider__party").order_by("pk")


CHASED = {"email": "By e-mail", "mailbox": "From the own mailbox", "post": "By post", "telephone": "By telephone"}


def chases_of(provider: Provider) -> list[tuple[str, date, User | None]]:
    """How, when and by whom a provider was asked for invoices that have not come, the latest first."""
    events = audit.events_of(provider, "invoice.chased").select_related("by").order_by("-pk")[:20]
    asked = [(each, each.detail.get("on")) for each in events]
    return [
        (CHASED[each.detail.get("how", "email")], date.fromisoformat(on) if on else localdate(each.at), each.by)
        for each, on in asked
    ]
