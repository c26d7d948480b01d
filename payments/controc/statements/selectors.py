"""A payee's statement of account: what was due, what was withheld, what was paid, and the balance after each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.timezone import localdate

from lewisham_ta.dates import days_in_month, last_day
from lewisham_ta.money import ZERO
from payments.batches.models import Payment
from payments.controc.models import PayeeTotal, Schedule, ScheduleLine
from payments.controc.nets import selectors as nets
from payments.controc.rules.entitlement import formula
from payments.payees.models import Payee

SIGNED = Q(schedule__status=Schedule.Status.SIGNED_OFF)
# A released line pays what an earlier, held line made due: it is not due again.
DUE = ~Q(kind=ScheduleLine.Kind.RELEASED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `due` raises the balance (a recharge or tax lowers it), `paid` lowers it."""

    on: date
    what: str
    lease: str = ""
    property: str = ""
    address: str = ""
    working: str = ""
    due: Decimal | None = None
    paid: Decimal | None = None
    balance: Decimal = ZERO
    note: str = ""
    line: int | None = None  # the line of a schedule whose page explains it
    url: str = ""  # the page that explains any other amount


@dataclass(frozen=True, slots=True)
class Statement:
    """`closing` is what the council owes the payee after the last entry; below zero, what the payee owes."""

    payee: Payee
    first_month: date
    last_month: date
    opening: Decimal
    entries: tuple[Entry, ...]

    @property
    def closing(self) -> Decimal:
        return self.entries[-1].balance if self.entries else self.opening

    @property
    def due(self) -> Decimal:
        return sum((entry.due for entry in self.entries if entry.due is not None), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((entry.paid for entry in self.entries if entry.paid is not None), ZERO)


def statement_of(payee: Payee, *, first_month: date, last_month: date) -> Statement:
    """Every schedule of the payee that is signed off for these months, both included, oldest first; five queries."""
    span = SIGNED & Q(schedule__month__gte=first_month, schedule__month__lte=last_month)
    lines: dict[int, list[ScheduleLine]] = {}
    for line in (
        ScheduleLine.objects.filter(span & DUE, payee=payee)
        .select_related("lease__property", "adjustment")
        .order_by("lease__ref", "for_month", "starts_on", "pk")
    ):
        lines.setdefault(line.schedule_id, []).append(line)
    opening = balance = _balance_before(payee, first_month)
    entries: list[Entry] = []
    totals = nets.totals().filter(span, payee=payee)
    for total in totals.order_by("schedule__month", "schedule__number"):
        for entry in _entries(total, lines.get(total.schedule_id, ())):
            balance += (entry.due or ZERO) - (entry.paid or ZERO)
            entries.append(replace(entry, balance=balance))
    return Statement(payee, first_month, last_month, opening, tuple(entries))


def months_of(payee: Payee) -> list[date]:
    """The months whose signed-off schedules name the payee, oldest first."""
    months = PayeeTotal.objects.filter(SIGNED, payee=payee).order_by("schedule__month")
    return list(months.values_list("schedule__month", flat=True).distinct())


def financial_year_of(day: date) -> date:
    """The first month of the council's financial year that the day is in."""
    return date(day.year if day.month >= 4 else day.year - 1, 4, 1)


def _balance_before(payee: Payee, first_month: date) -> Decimal:
    earlier = SIGNED & Q(schedule__month__lt=first_month)
    due = ScheduleLine.objects.filter(earlier & DUE, payee=payee).aggregate(sum=Sum("amount"))["sum"] or ZERO
    totals = PayeeTotal.objects.filter(earlier, payee=payee).aggregate(
        tax=Sum("nrl_tax"), paid=Sum("payment__net", filter=Q(payment__state=Payment.State.PAID))
    )
    return due - (totals["tax"] or ZERO) - (totals["paid"] or ZERO)


def _entries(total: PayeeTotal, lines: Iterable[ScheduleLine]) -> Iterable[Entry]:
    signed_on = localdate(total.schedule.signed_off_at)
    for line in lines:
        yield Entry(
            on=signed_on,
            what=_what(line),
            lease=line.lease.ref,
            property=line.lease.property.ref,
            address=line.lease.property.address,
            working=_working(line),
            due=line.amount,
            note=f"Held: {line.held_because}" if line.is_held else "",
            line=line.pk,
        )
    if total.nrl_tax:
        yield Entry(
            on=signed_on,
            what=f"Non-resident landlord tax withheld, {total.schedule.month:%B %Y}",
            working=f"on £{total.nrl_base:,.2f}",
            due=-total.nrl_tax,
            url=nets.address_of(total),
        )
    payment, url = total.payment, nets.address_of(total)
    if payment is None:
        return
    if payment.state == Payment.State.PAID and payment.paid_on:
        yield Entry(
            on=payment.paid_on,
            what=f"Paid, reference {payment.reference}",
            paid=payment.net,
            url=nets.address_of(total),
        )
    else:
        yield Entry(
            on=payment.due_on,
            what=f"Payment of £{payment.net:,.2f}, reference {payment.reference}",
            note=_not_paid_yet(payment),
            url=url,
        )


def _not_paid_yet(payment: Payment) -> str:
    if payment.state == Payment.State.RETURNED:
        return f"Returned by the bank: {payment.return_reason}"
    return f"{payment.get_state_display()}, not confirmed as paid yet"


def _what(line: ScheduleLine) -> str:
    match line.kind:
        case ScheduleLine.Kind.RENT:
            last = last_day(line.ends_on)
            return f"Rent {line.starts_on:%d/%m/%y} to {last:%d/%m/%y}"
        case ScheduleLine.Kind.BACKDATED:
            return f"Backdated for {line.for_month:%B %Y}"
    kind = line.adjustment.get_kind_display() if line.adjustment else "Adjustment"
    narrative = f": {line.adjustment.narrative}" if line.adjustment else ""
    return f"{kind} {line.for_month:%B %Y}{narrative}"


def _working(line: ScheduleLine) -> str:
    if line.kind == ScheduleLine.Kind.RENT and line.rent is not None and line.starts_on and line.days:
        return formula(line.rent, line.basis, line.days, days_in_month(line.starts_on))
    if line.kind == ScheduleLine.Kind.BACKDATED and line.working:
        return f"due £{Decimal(line.working['due']):,.2f}, scheduled before £{Decimal(line.working['scheduled']):,.2f}"
    return ""
