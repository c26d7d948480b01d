"""What the pages of a schedule show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.auth.models import Permission
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Concat
from django.shortcuts import get_object_or_404

from lewisham_ta.dates import previous_month
from lewisham_ta.models import AuditEvent, User
from lewisham_ta.money import ZERO
from payments.batches.models import Payment
from payments.controc import selectors
from payments.controc.models import Anomaly, Deputy, PayeeTotal, Release, Schedule, ScheduleLine
from payments.leases.models import LeasePayee

SIGNED_OFF = Schedule.Status.SIGNED_OFF


def schedules() -> QuerySet[Schedule]:
    """All schedules, latest first, with what the list shows of each, and how far their payments are."""
    totals = PayeeTotal.objects.filter(schedule=OuterRef("pk"))
    # A payment that was withdrawn is nobody's any more.
    payments = totals.filter(payment__isnull=False).exclude(payment__state=Payment.State.WITHDRAWN)
    return (
        Schedule.objects.defer("terms")
        .select_related("generated_by", "prepared_by", "submitted_by", "signed_off_by")
        .annotate(
            net=_sum_of(totals, "net"),
            held=_sum_of(totals, "held"),
            payees=_count_of(totals),
            lines_count=_count_of(ScheduleLine.objects.filter(schedule=OuterRef("pk"))),
            undecided=_count_of(
                Anomaly.objects.filter(schedule=OuterRef("pk"), decision="").exclude(severity=Anomaly.Severity.NOTE)
            ),
            payments_raised=_count_of(payments),
            payments_left=_count_of(payments.filter(payment__state__in=[Payment.State.SENT, Payment.State.PAID])),
            payments_paid=_count_of(payments.filter(payment__state=Payment.State.PAID)),
        )
        .order_by("-month", "-number", "-pk")
    )


def schedule_at(month: date, number: int) -> Schedule:
    """The schedule of a page's address. Raises Http404."""
    return get_object_or_404(schedules(), month=month, number=number)


def state_of(schedule: Schedule) -> str:
    """The state in words; "sent" and "paid" are read from the payments (docs/decisions/0006)."""
    if schedule.status == SIGNED_OFF and schedule.payments_raised:
        if schedule.payments_paid == schedule.payments_raised:
            return "paid"
        if schedule.payments_left == schedule.payments_raised:
            return "sent"
    return str(schedule.status)


def lines(schedule: Schedule) -> QuerySet[ScheduleLine]:
    """The schedule's lines, the worst flagged first, with what the page shows beside each."""
    last = ScheduleLine.objects.filter(
        schedule__month=previous_month(schedule.month),
        schedule__status=SIGNED_OFF,
        kind=ScheduleLine.Kind.RENT,
        lease=OuterRef("lease"),
    )
    return (
        ScheduleLine.objects.filter(schedule=schedule)
        .select_related("lease__property", "payee__party", "adjustment")
        .annotate(rank=_rank(schedule), last_month=Subquery(_grouped_sum(last, "lease", "amount")))
        .order_by("rank", "lease__ref", "kind", "starts_on", "pk")
    )


def anomalies(schedule: Schedule) -> QuerySet[Anomaly]:
    """STOP, CHECK, NOTE; undecided before decided. `amount` is what the schedule has for the lease or payee."""
    own = ScheduleLine.objects.filter(schedule=schedule)
    return (
        Anomaly.objects.filter(schedule=schedule)
        .select_related("lease__property", "payee__party", "decided_by")
        .annotate(
            label=Concat("code", Value(" "), Coalesce("lease__ref", "payee__party__ref")),
            severity_rank=_severity_rank("severity"),
            is_decided=Case(When(decision="", then=0), default=1, output_field=IntegerField()),
            amount=Coalesce(
                Subquery(_grouped_sum(own.filter(lease=OuterRef("lease")), "lease", "amount")),
                Subquery(_grouped_sum(own.filter(payee=OuterRef("payee")), "payee", "amount")),
                ZERO,
            ),
        )
        .order_by("is_decided", "severity_rank", "code", "lease__ref", "payee__party__ref", "pk")
    )


def totals(schedule: Schedule) -> QuerySet[PayeeTotal]:
    flagged = Anomaly.objects.filter(schedule=schedule, payee=OuterRef("payee"))
    return (
        PayeeTotal.objects.filter(schedule=schedule)
        .select_related("payee__party", "payment", "bank_details")
        .annotate(
            lines_count=_count_of(ScheduleLine.objects.filter(schedule=schedule, payee=OuterRef("payee"))),
            flags=_count_of(flagged.filter(decision="").exclude(severity=Anomaly.Severity.NOTE)),
        )
        .order_by("payee__party__ref", "pk")
    )


@dataclass(frozen=True, slots=True)
class Flags:
    """The anomalies that concern the lines of a page."""

    by_lease: dict[int, list[Anomaly]]
    by_payee: dict[int, list[Anomaly]]

    def of(self, line: ScheduleLine) -> list[Anomaly]:
        return self.by_lease.get(line.lease_id, []) + self.by_payee.get(line.payee_id, [])


def flags(schedule: Schedule, page: Iterable[ScheduleLine]) -> Flags:
    """One query for the lines that are shown, whatever their number."""
    page = list(page)
    found = Flags({}, {})
    concerned = Anomaly.objects.filter(
        Q(lease__in={line.lease_id for line in page}) | Q(payee__in={line.payee_id for line in page}),
        schedule=schedule,
    )
    for anomaly in concerned.select_related("decided_by").order_by("pk"):
        if anomaly.lease_id:
            found.by_lease.setdefault(anomaly.lease_id, []).append(anomaly)
        elif anomaly.payee_id:
            found.by_payee.setdefault(anomaly.payee_id, []).append(anomaly)
    return found


def exceptions(schedule: Schedule) -> QuerySet[Anomaly]:
    """Every STOP and CHECK with what was decided: what the signatory puts their name to."""
    return anomalies(schedule).exclude(severity=Anomaly.Severity.NOTE)


def story(schedule: Schedule) -> list[AuditEvent]:
    """Who did what with the schedule, newest first."""
    events = AuditEvent.objects.filter(
        subject_type__app_label="payments", subject_type__model="schedule", subject_id=schedule.pk
    )
    return list(events.select_related("by").order_by("-at", "-pk"))


def deputies() -> QuerySet[Deputy]:
    return Deputy.objects.select_related("person", "appointed_by").order_by("-from_on", "-pk")


def people_who_may_deputise() -> QuerySet[User]:
    """Those who prepare schedules: a deputy must know the work."""
    knows = Permission.objects.filter(content_type__app_label="payments", codename="prepare_schedule")
    return User.objects.filter(is_active=True, groups__permissions__in=knows).distinct().order_by("last_name", "pk")


def outstanding_lines() -> QuerySet[ScheduleLine]:
    """The lines behind `outstanding_amount`, oldest first, each with the anomaly by whose decision it is held."""
    decided = Anomaly.objects.filter(schedule=OuterRef("schedule"), decision=Anomaly.Decision.HELD).filter(
        Q(lease=OuterRef("lease")) | Q(payee=OuterRef("payee"))
    )
    return (
        selectors.outstanding()
        .select_related("schedule", "lease__property", "payee__party", "adjustment")
        .defer("schedule__terms", "schedule__bridge")
        .annotate(held_by=Subquery(decided.order_by("pk").values("pk")[:1]))
        .annotate(must_act=Subquery(decided.order_by("pk").values("must_act")[:1]))
        .order_by("schedule__month", "schedule__number", "lease__ref", "pk")
    )


def release_of(anomaly: Anomaly) -> Release | None:
    return Release.objects.select_related("released_by").filter(anomaly=anomaly).first()


def other_schedules(schedule: Schedule) -> QuerySet[Schedule]:
    others = Schedule.objects.exclude(pk=schedule.pk).only("month", "number", "status")
    return others.order_by("-month", "-number")


def payee_changes(schedule: Schedule) -> QuerySet[LeasePayee]:
    """Who is paid for a lease instead of somebody else, from a day in this month or since the schedule before it was
    generated: no rule of the design finds it, and it is the cheapest fraud there is."""
    earlier = LeasePayee.objects.filter(lease=OuterRef("lease"), from_on__lt=OuterRef("from_on"))
    before = (
        Schedule.objects.filter(status=SIGNED_OFF, month__lte=schedule.month)
        .exclude(pk=schedule.pk)
        .order_by("-month", "-number")
        .values_list("generated_at", flat=True)
        .first()
    )
    written = LeasePayee.pgh_event_model.objects.filter(pgh_created_at__gt=before or schedule.generated_at)
    return (
        LeasePayee.objects.filter(
            Q(from_on__gte=schedule.month) | Q(pk__in=written.values("pgh_obj_id")),
            Exists(earlier),
            lease__in=ScheduleLine.objects.filter(schedule=schedule).values("lease"),
        )
        .select_related("lease", "payee__party")
        .annotate(was=Subquery(earlier.order_by("-from_on").values("payee__party__name")[:1]))
        .order_by("lease__ref", "from_on", "pk")
    )


def outstanding_amount() -> Decimal:
    """What is held on signed-off schedules and not released by one."""
    return selectors.outstanding().aggregate(sum=Sum("amount", default=ZERO))["sum"]


def _rank(schedule: Schedule) -> Case:
    """0 for lines with an open STOP, 1 with an open CHECK, 2 with anything decided or noted, 3 for the rest."""
    found = Anomaly.objects.filter(schedule=schedule)
    undecided = found.filter(decision="")

    def of_line(anomalies: QuerySet[Anomaly]) -> Q:
        return Q(lease__in=anomalies.filter(lease__isnull=False).values("lease")) | Q(
            payee__in=anomalies.filter(payee__isnull=False).values("payee")
        )

    return Case(
        When(of_line(undecided.filter(severity=Anomaly.Severity.STOP)), then=Value(0)),
        When(of_line(undecided.filter(severity=Anomaly.Severity.CHECK)), then=Value(1)),
        When(of_line(found), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def _severity_rank(field: str) -> Case:
    return Case(
        When(**{field: Anomaly.Severity.STOP}, then=Value(0)),
        When(**{field: Anomaly.Severity.CHECK}, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _grouped_sum(rows: QuerySet, group: str, column: str) -> QuerySet:
    return rows.order_by().values(group).annotate(sum=Sum(column)).values("sum")


def _sum_of(rows: QuerySet, column: str) -> Coalesce:
    return Coalesce(Subquery(_grouped_sum(rows, "schedule", column)), ZERO)


def _count_of(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
