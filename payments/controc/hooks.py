"""What this room shows elsewhere: navigation, the home page, search, and panels on the pages of payees and leases."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from lewisham_ta import dated, navigation, search, work
from lewisham_ta.dates import first_of_month
from lewisham_ta.models import User
from lewisham_ta.templatetags import ta
from payments.batches import sources as payment_sources
from payments.batches.models import Payment
from payments.controc import lease_pages, selectors
from payments.controc.models import PayeeTotal, Schedule, ScheduleLine
from payments.controc.nets import selectors as nets
from payments.controc.nets.selectors import address_of
from payments.controc.rules.signing import Place
from payments.controc.selectors import pages
from payments.controc.tables import STATE_TONES, STATE_WORDS, line_words, place_args, place_words
from payments.leases import locks
from payments.leases import sections as lease_sections
from payments.leases.models import Lease
from payments.payees import sections as payee_sections
from payments.payees.models import Payee

SEE, PREPARE = "payments.see_schedule", "payments.prepare_schedule"
MOST_LINES = 36


def register() -> None:
    """Called once, when the app starts."""
    navigation.register("Rent schedule", "controc:schedule_list", order=10, section="Leased homes", permission=SEE)
    work.register(work_to_do)
    work.register_facts(facts, order=10)
    work.register_steps(steps, order=10)
    search.register(found, order=40)
    locks.provide(last_signed_off_month, late_months=selectors.late_months, scheduled=selectors.scheduled_adjustments)
    payee_sections.register(schedules_of_payee, order=20)
    payment_sources.register(net_of_payment)
    lease_sections.register_lease(lease_pages.month_of_lease, order=10)
    lease_sections.register_lease(lines_of_lease, order=20)
    lease_sections.register_events(lease_pages.paid_for_property)


def last_signed_off_month() -> date | None:
    last = selectors.latest_signed_off()
    return last.month if last else None


def work_to_do(user: User, today: date) -> Iterator[work.WorkItem]:
    """The open schedule and who is to act on it, or the next month when its day has come."""
    if not user.has_perm(SEE):
        return
    schedule = pages.schedules().exclude(status=Schedule.Status.SIGNED_OFF).first()
    if schedule is not None:
        is_draft = schedule.status == Schedule.Status.DRAFT
        is_returned = is_draft and schedule.returned_at is not None and schedule.returned_at >= schedule.generated_at
        name = "schedule_detail" if is_draft else "sign_off"
        if is_draft:
            open_ = ta.counted(schedule.undecided, "anomaly", "anomalies")
            step = f"Decide {open_} and submit" if schedule.undecided else "Submit for sign-off"
            if is_returned:
                step = f"Put right: {schedule.return_note}"
        else:
            step = "Sign off or return"
        yield work.WorkItem(
            title=f"Rent schedule, {place_words(schedule)}",
            url=reverse(f"controc:{name}", args=place_args(schedule)),
            next_step=step,
            status="Returned" if is_returned else STATE_WORDS[schedule.status],
            tone="warning" if is_returned else STATE_TONES[schedule.status],
            due_on=_due_on(schedule.month),
            count=schedule.lines_count,
            value=schedule.net,
            with_whom=str(schedule.generated_by) if is_draft else "Team leader",
            person=schedule.generated_by_id if is_draft else None,
            needs="" if is_draft else "payments.sign_off_schedule",
        )
        return
    month = selectors.month_to_come(today)
    if user.has_perm(PREPARE) and month <= first_of_month(today):
        yield work.WorkItem(
            title=f"Rent schedule, {Place(month)}",
            url=reverse("controc:schedule_list"),
            next_step="Generate the month",
            status="Not started",
            due_on=_due_on(month),
        )


def _due_on(month: date) -> date:
    """The day of the monthly run of that month, by which the team wants it generated."""
    return month.replace(day=dated.whole_number("run_day", month))


def facts(user: User, today: date) -> Iterator[work.Fact]:
    if not user.has_perm(SEE):
        return
    latest = pages.schedules().first()
    if latest is None:
        return
    *supplementary, month = pages.schedules().filter(month=latest.month)
    net = sum((schedule.net for schedule in supplementary), month.net)
    hint = ta.counted(month.payees, "payee")
    url = reverse("controc:schedule_detail", args=place_args(month))
    yield work.Fact(f"Landlord rent, {latest.month:%B}", ta.pounds(net), hint, url)
    inbox = reverse("controc:anomaly_list", args=place_args(latest)) + "?decision=open"
    yield work.Fact("Open anomalies", f"{latest.undecided:,}", "", inbox, "error" if latest.undecided else "")
    held: Decimal = pages.outstanding_amount()
    yield work.Fact("Held from earlier months", ta.pounds(held), url=reverse("controc:held_list"))


def steps(user: User, today: date) -> Iterator[work.Step]:
    """How far the month in hand is: the open schedule's month, or the one that follows the latest."""
    if not user.has_perm(SEE):
        return
    schedule = pages.schedules().filter(number=0).first()
    due = first_of_month(today)
    if schedule is not None and schedule.status == Schedule.Status.SIGNED_OFF and schedule.month < due:
        schedule = None
    marks = _marks(schedule, selectors.month_to_come(today))
    now = next((i for i, (_, done, _, _) in enumerate(marks) if not done), len(marks))
    for i, (words, done, note, url) in enumerate(marks):
        yield work.Step(words, "done" if done else "now" if i == now else "later", note, url)


def _marks(schedule: Schedule | None, month: date) -> list[tuple[str, bool, str, str]]:
    """(words, done, note, url) of each step; `month` is the one to generate next where there is no schedule."""
    if schedule is None:
        url = reverse("controc:schedule_list")
        return [
            (f"{month:%B} schedule generated", False, "", url),
            ("Anomalies decided", False, "", ""),
            ("Submitted", False, "", ""),
            ("Signed off", False, "", ""),
            ("Sent to Central Payments", False, "", ""),
            ("Paid", False, "", ""),
        ]
    args = place_args(schedule)
    is_signed = schedule.status == Schedule.Status.SIGNED_OFF
    raised, left, paid = schedule.payments_raised, schedule.payments_left, schedule.payments_paid
    batches = reverse("batches:list") if is_signed else ""
    return [
        (
            f"{schedule.month:%B} schedule generated",
            True,
            ta.when(schedule.generated_at),
            reverse("controc:schedule_detail", args=args),
        ),
        (
            "Anomalies decided",
            not schedule.undecided,
            f"{schedule.undecided} open" if schedule.undecided else "",
            reverse("controc:anomaly_list", args=args),
        ),
        (
            "Submitted",
            schedule.status != Schedule.Status.DRAFT,
            ta.when(schedule.submitted_at) if schedule.status != Schedule.Status.DRAFT else "",
            "",
        ),
        (
            "Signed off",
            is_signed,
            ta.when(schedule.signed_off_at) if is_signed else "",
            reverse("controc:sign_off", args=args),
        ),
        (
            "Sent to Central Payments",
            bool(is_signed and left == raised),
            f"{left:,} of {raised:,}" if is_signed else "",
            batches,
        ),
        ("Paid", bool(is_signed and paid == raised), f"{paid:,} of {raised:,}" if is_signed else "", batches),
    ]


def found(text: str, user: User) -> Iterator[search.Hit]:
    """A payment reference or a month leads to its schedule."""
    if not user.has_perm(SEE):
        return
    totals = PayeeTotal.objects.filter(payment__reference__icontains=text).select_related("schedule", "payee__party")
    for total in totals.order_by("-schedule__month", "pk")[: search.MOST_OF_A_KIND]:
        yield search.Hit(
            title=f"{total.payee.party.name}, {place_words(total.schedule)}",
            url=address_of(total),
            kind="Rent schedule",
            detail=ta.pounds(total.net),
        )


def schedules_of_payee(request: HttpRequest, payee: Payee) -> payee_sections.Section | None:
    """What the payee got month by month, with the real date it was paid, and the way to the statement of account."""
    if not request.user.has_perm(SEE):
        return None
    totals = PayeeTotal.objects.filter(payee=payee).select_related("schedule", "payment")
    rows = [
        {
            "place": place_words(total.schedule),
            "args": place_args(total.schedule),
            "total": total,
            "paid": _paid_words(total.payment),
        }
        for total in totals.defer("schedule__terms").order_by("-schedule__month", "-schedule__number")[:24]
    ]
    return payee_sections.Section(
        "Rent schedules", "payments/controc/_payee_section.html", {"rows": rows, "ref": payee.party.ref}
    )


def net_of_payment(user: User, payment: Payment) -> str:
    """The page that adds up what a payment of a schedule pays."""
    if not user.has_perm(SEE):
        return ""
    total = nets.totals().filter(payment=payment).first()
    return address_of(total) if total else ""


def _paid_words(payment: Payment | None) -> str:
    if payment is None:
        return ta.BLANK
    if payment.state == Payment.State.PAID:
        return f"Paid {ta.day(payment.paid_on)}"
    if payment.state == Payment.State.RETURNED:
        return f"Returned {ta.day(payment.returned_on)}: {payment.return_reason}"
    return str(payment.get_state_display())


def lines_of_lease(request: HttpRequest, lease: Lease) -> lease_sections.Section | None:
    """What was scheduled for the lease, latest first; each amount opens to its working."""
    if not request.user.has_perm(SEE):
        return None
    lines = (
        ScheduleLine.objects.filter(Q(lease=lease))
        .select_related("schedule", "payee__party", "adjustment")
        .defer("schedule__terms")
        .order_by("-schedule__month", "-schedule__number", "kind", "starts_on", "pk")[:MOST_LINES]
    )
    rows = [{"line": line, "words": line_words(line), "place": place_words(line.schedule)} for line in lines]
    return lease_sections.Section("On rent schedules", "payments/controc/_lease_section.html", {"rows": rows})
