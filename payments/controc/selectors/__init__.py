"""What pages, reports and the next generation ask of the schedules."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value, Window
from django.db.models.functions import MD5, Cast, Coalesce, Concat
from django.db.models.lookups import LessThan

from lewisham_ta import dated
from lewisham_ta.dates import first_of_month, last_of_month, next_month, previous_month
from lewisham_ta.money import ZERO
from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules.anomalies import Cap, Hold
from payments.controc.rules.backdating import months_to_look_at
from payments.controc.rules.lines import ADJUSTMENT, BACKDATED, RENT, Charge, HeldLine, Line
from payments.controc.rules.totals import MONEY, ControlTotals
from payments.leases.models import Adjustment, Certificate, Lease, RentCap
from payments.leases.models import Hold as LeaseHold

SIGNED_OFF = Schedule.Status.SIGNED_OFF
LINE_COLUMNS = (
    "lease_id",
    "payee_id",
    "kind",
    "for_month",
    "amount",
    "starts_on",
    "ends_on",
    "days",
    "rent",
    "per",
    "basis",
    "cost_code",
    "lease_rent_id",
    "adjustment_id",
    "releases_id",
    "working",
    "is_held",
    "held_because",
)

# --- Schedules -------------------------------------------------------------------------------------------------------


def latest_signed_off() -> Schedule | None:
    """The last schedule that was signed off: of the latest month, its last supplementary one."""
    return Schedule.objects.filter(status=SIGNED_OFF).order_by("-month", "-number").defer("terms").first()


def open_schedule() -> Schedule | None:
    """The one schedule that is not signed off yet."""
    return Schedule.objects.exclude(status=SIGNED_OFF).defer("terms").first()


def month_to_come(today: date) -> date:
    """The month that is generated next: that after the latest signed-off one, or this one where there is none."""
    last = latest_signed_off()
    return next_month(last.month) if last else first_of_month(today)


def signed_off_months() -> list[date]:
    return list(Schedule.objects.filter(status=SIGNED_OFF, number=0).values_list("month", flat=True))


def late_months() -> list[date]:
    """The signed-off months of which the next regular schedule takes what came late."""
    last = latest_signed_off()
    if last is None:
        return []
    month = next_month(last.month)
    months_back = dated.whole_number("backdating_months", last_of_month(month))
    return months_to_look_at(month, signed_off_months(), months_back)


def scheduled_adjustments(ids: Collection[int]) -> set[int]:
    """Which of these adjustments a signed-off schedule has."""
    lines = ScheduleLine.objects.filter(adjustment__in=ids, kind=ADJUSTMENT, schedule__status=SIGNED_OFF)
    return set(lines.values_list("adjustment_id", flat=True))


def latest_terms() -> bytes:
    """The digests that the latest signed-off regular schedule was made from."""
    packed = (
        Schedule.objects.filter(status=SIGNED_OFF, number=0).order_by("-month").values_list("terms", flat=True).first()
    )
    return bytes(packed or b"")


def control_totals(schedule: Schedule) -> ControlTotals:
    sums = PayeeTotal.objects.filter(schedule=schedule).aggregate(
        payees=Count("pk"), **{name: Sum(name, default=ZERO) for name in MONEY}
    )
    return ControlTotals(lines=ScheduleLine.objects.filter(schedule=schedule).count(), **sums)


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many anomalies of a code a schedule has, and how many of them nobody has decided yet."""

    code: str
    severity: str
    all: int
    open: int


def anomaly_counts(schedule: Schedule) -> list[CodeCount]:
    """By severity (STOP first) and code. A NOTE is never open: it needs no decision."""
    order = {"STOP": 0, "CHECK": 1, "NOTE": 2}
    rows = (
        Anomaly.objects.filter(schedule=schedule)
        .values_list("code", "severity")
        .annotate(all=Count("pk"), open=Count("pk", filter=Q(decision="") & ~Q(severity="NOTE")))
    )
    return sorted((CodeCount(*row) for row in rows), key=lambda count: (order[count.severity], count.code))


def open_anomalies(schedule: Schedule) -> QuerySet[Anomaly]:
    """What must still be mended, held or accepted before sign-off."""
    return Anomaly.objects.filter(schedule=schedule, decision="").exclude(severity="NOTE")


def sample_of_unflagged(schedule: Schedule) -> list[ScheduleLine]:
    """Lines that no rule found anything in, drawn at random for the signatory: the same for everybody who looks at
    this version of the schedule, so that the pack has those that were seen."""
    count = dated.whole_number("sample_lines", last_of_month(schedule.month))
    flagged = Anomaly.objects.filter(schedule=schedule)
    draw = MD5(Concat(Value(f"{schedule.generated_at.isoformat()} "), Cast("pk", TextField())))
    unflagged = (
        ScheduleLine.objects.filter(schedule=schedule)
        .exclude(lease__in=flagged.filter(lease__isnull=False).values("lease"))
        .exclude(payee__in=flagged.filter(payee__isnull=False).values("payee"))
    )
    return list(unflagged.select_related("lease__property", "payee__party").order_by(draw, "pk")[:count])


# --- What was scheduled before ----------------------------------------------------------------------------------------


def rents_of_last_month(month: date) -> dict[int, Decimal] | None:
    """Lease → its rent in the month before, held or not; None where that month is not signed off."""
    last = previous_month(month)
    if not Schedule.objects.filter(month=last, number=0, status=SIGNED_OFF).exists():
        return None
    rows = ScheduleLine.objects.filter(schedule__month=last, schedule__status=SIGNED_OFF, kind=RENT)
    return dict(rows.values_list("lease_id").annotate(Sum("amount")))


def leases_scheduled_in(month: date) -> set[int]:
    """The leases that have something for the month on a signed-off schedule."""
    rows = ScheduleLine.objects.filter(schedule__status=SIGNED_OFF, for_month=month, kind__in=[RENT, BACKDATED])
    return set(rows.values_list("lease_id", flat=True))


def scheduled_so_far(leases: Collection[int], months: Collection[date]) -> dict[int, dict[tuple[date, int], Decimal]]:
    """Lease → month and payee → rent and corrections scheduled, held or not. Releases pay what is counted already."""
    found: dict[int, dict[tuple[date, int], Decimal]] = defaultdict(dict)
    if leases and months:
        rows = ScheduleLine.objects.filter(
            lease__in=leases, kind__in=[RENT, BACKDATED], for_month__in=months, schedule__status=SIGNED_OFF
        )
        for lease, month, payee, amount in rows.values_list("lease_id", "for_month", "payee_id").annotate(
            Sum("amount")
        ):
            found[lease][month, payee] = amount
    return found


def outstanding(lines: QuerySet[ScheduleLine] | None = None) -> QuerySet[ScheduleLine]:
    """Held lines of signed-off schedules that no line of a signed-off schedule has released."""
    released = ScheduleLine.objects.filter(releases=OuterRef("pk"), schedule__status=SIGNED_OFF)
    rows = ScheduleLine.objects.all() if lines is None else lines
    return rows.filter(~Exists(released), is_held=True, schedule__status=SIGNED_OFF)


def outstanding_held_lines() -> dict[int, list[HeldLine]]:
    """Lease → its outstanding held lines, each with the codes by whose decision it was held."""
    rows = list(outstanding().order_by("pk").values_list("pk", "schedule_id", *LINE_COLUMNS))
    codes: dict[tuple[int, str, int], set[tuple[str, str]]] = defaultdict(set)
    decided = Anomaly.objects.filter(
        schedule__in={row[1] for row in rows}, decision=Anomaly.Decision.HELD, release=None
    )
    for schedule, lease, payee, code, severity in decided.values_list(
        "schedule_id", "lease_id", "payee_id", "code", "severity"
    ):
        codes[(schedule, "lease", lease) if lease else (schedule, "payee", payee)].add((code, severity))
    found: dict[int, list[HeldLine]] = defaultdict(list)
    for pk, schedule, *columns in rows:
        line = Line(*columns)
        by_whom = codes[schedule, "lease", line.lease] | codes[schedule, "payee", line.payee]
        found[line.lease].append(HeldLine(pk, line, frozenset(by_whom)))
    return dict(found)


def balances(schedule: Schedule | None) -> dict[int, Decimal]:
    """Payee → the balance below zero that the schedule carried forward.

    The latest signed-off schedule has them all: a payee with a balance is on every schedule until it is used up.
    """
    rows = PayeeTotal.objects.filter(schedule=schedule, carried_forward__lt=0)
    return dict(rows.values_list("payee_id", "carried_forward"))


# --- Leases ----------------------------------------------------------------------------------------------------------


def with_keys(leases: Iterable[int]) -> Q:
    return Q(pk__in=list(leases))


def holds_on(day: date, first: int, last: int) -> dict[int, Hold]:
    """Lease → the hold that is open on the day, for the leases whose keys are from `first` to `last`."""
    rows = LeaseHold.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day, lease__gte=first, lease__lte=last
    )
    return {
        lease: Hold(starts_on, ends_on, reason)
        for lease, starts_on, ends_on, reason in rows.values_list("lease_id", "starts_on", "ends_on", "reason")
    }


def certificates_out_of_date(last_day: date, first: int, last: int) -> dict[int, dict[str, date | None]]:
    """Property → kind → when the latest certificate of that kind, issued by the day, expires, None if there is none.

    Only properties for which one of them is missing or has expired on the day, and only those of the leases whose keys
    are from `first` to `last`.
    """

    def latest(kind: str) -> Subquery:
        rows = Certificate.objects.filter(property=OuterRef("property"), kind=kind, issued_on__lte=last_day)
        return Subquery(rows.order_by("-issued_on").values("expires_on")[:1])

    kinds = Certificate.Kind.values
    # One comparison a kind, in which none is long expired: the database looks the latest up again for each comparison.
    expired = [LessThan(Coalesce(latest(kind), Value(date.min)), last_day) for kind in kinds]
    rows = Lease.objects.filter(Q(*expired, _connector=Q.OR), pk__gte=first, pk__lte=last)
    return {
        property_id: dict(zip(kinds, expiries, strict=True))
        for property_id, *expiries in rows.values_list("property_id", *map(latest, kinds))
    }


def charges_due(months: Collection[date]) -> dict[int, list[Charge]]:
    """Lease → its adjustments of these months that no signed-off schedule has."""
    scheduled = ScheduleLine.objects.filter(adjustment=OuterRef("pk"), kind=ADJUSTMENT, schedule__status=SIGNED_OFF)
    rows = Adjustment.objects.filter(~Exists(scheduled), month__in=months, withdrawn_at=None).order_by("month", "pk")
    found: dict[int, list[Charge]] = defaultdict(list)
    for lease, *columns in rows.values_list("lease_id", "pk", "month", "kind", "amount"):
        found[lease].append(Charge(*columns))
    return dict(found)


def rent_caps() -> dict[int, list[Cap]]:
    """Bedrooms → the caps that are loaded for that size."""
    found: dict[int, list[Cap]] = defaultdict(list)
    for bedrooms, from_on, amount in RentCap.objects.order_by("from_on").values_list(
        "bedrooms", "from_on", "weekly_amount"
    ):
        found[bedrooms].append(Cap(from_on, amount))
    return dict(found)


@dataclass(frozen=True, slots=True)
class SameDwelling:
    """Leases in force in the month on what looks like one dwelling: key → ref, and what is the same."""

    same: str
    leases: dict[int, str]


def leases_of_the_same_dwelling(month: date) -> list[SameDwelling]:
    in_force = Lease.objects.filter(
        Q(keys_returned_on=None) | Q(keys_returned_on__gte=month), starts_on__lte=last_of_month(month)
    )
    groups: list[SameDwelling] = []
    for same, name in (("UPRN", "property__uprn"), ("address", "property__address_key")):
        rows = (
            in_force.exclude(**{name: ""})
            .annotate(alike=Window(Count("pk"), partition_by=[F(name)]))
            .filter(alike__gt=1)
            .order_by(name, "pk")
            .values_list(name, "pk", "ref")
        )
        by_value: dict[str, dict[int, str]] = defaultdict(dict)
        for value, pk, ref in rows:
            by_value[value][pk] = ref
        groups += [SameDwelling(same, leases) for leases in by_value.values()]
    return groups
