"""What people decide about anomalies, and what a hold does to the lines and totals of a schedule."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from lewisham_ta import audit, dated, locks
from lewisham_ta.dates import last_of_month
from lewisham_ta.models import User
from lewisham_ta.money import ZERO
from lewisham_ta.refusals import Clash, Refused, permit
from payments.controc import selectors
from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules import anomalies, signing
from payments.controc.rules.lines import Line
from payments.controc.rules.totals import Sums, payee_total
from payments.controc.selectors import accounts

DECIDED = ("decision", "decided_by_id", "decided_at", "reason", "must_act")
Decisions = dict[tuple[str, int | None, int | None], Anomaly]


@transaction.atomic
def decide(
    *,
    anomaly_ids: Collection[int],
    decision: str,
    reason: str,
    must_act: str = "",
    seen_version: int | None = None,
    by: User,
    now: datetime,
) -> int:
    """Accept, hold, or (with "") take back what was decided, for one or many anomalies of one schedule.

    Returns how many. A hold keeps the lines of its lease or payee from being paid with this schedule. Where one of
    many is in the way, the refusal says which.
    """
    if not by.has_perm("payments.sign_off_schedule"):
        permit(by, "payments.prepare_schedule")
    locks.take("controc")
    chosen = list(
        Anomaly.objects.select_for_update(of=("self", "schedule"))
        .select_related("schedule")
        .filter(pk__in=anomaly_ids)
        .order_by("pk")
    )
    if not chosen or len({anomaly.schedule_id for anomaly in chosen}) > 1:
        raise Refused("Choose anomalies of one schedule.")
    schedule = chosen[0].schedule
    if seen_version is not None and (
        reason_not := signing.stale_refusal(version=schedule.version, seen_version=seen_version)
    ):
        raise Refused(reason_not)
    for anomaly in chosen:
        if reason_not := signing.decide_refusal(
            status=schedule.status, severity=anomaly.severity, decision=decision, reason=reason
        ):
            if schedule.status == Schedule.Status.SIGNED_OFF or len(chosen) == 1:
                raise Refused(reason_not)
            raise Clash(reason_not, anomaly)
    holds_change = [anomaly for anomaly in chosen if signing.HELD in (anomaly.decision, decision)]
    with audit.acting(by, reason):
        stamp: dict[str, Any] = (
            {"decided_by": by, "decided_at": now, "reason": reason.strip(), "must_act": must_act.strip()}
            if decision
            else {"decided_by": None, "decided_at": None, "reason": "", "must_act": ""}
        )
        Anomaly.objects.filter(pk__in=[anomaly.pk for anomaly in chosen]).update(decision=decision, **stamp)
        hold_lines(schedule, holds_change)
        schedule.version += 1
        schedule.save(update_fields=["version"])
        audit.record(
            f"anomalies.{decision or 'reopened'}",
            schedule,
            by=by,
            at=now,
            why=reason.strip(),
            anomalies=[anomaly.pk for anomaly in chosen],
        )
    return len(chosen)


def decisions(schedule: Schedule) -> Decisions:
    """What was decided so far, by code, lease and payee."""
    decided = Anomaly.objects.filter(schedule=schedule).exclude(decision="")
    return {(anomaly.code, anomaly.lease_id, anomaly.payee_id): anomaly for anomaly in decided}


def decide_again(schedule: Schedule, before: Decisions) -> None:
    """Give the anomalies of a schedule generated again the decisions of those that are still the same."""
    if not before:
        return
    same = []
    for anomaly in Anomaly.objects.filter(schedule=schedule, code__in={code for code, _, _ in before}):
        earlier = before.get((anomaly.code, anomaly.lease_id, anomaly.payee_id))
        if earlier and (earlier.severity, earlier.words, earlier.figures) == (
            anomaly.severity,
            anomaly.words,
            anomaly.figures,
        ):
            for name in DECIDED:
                setattr(anomaly, name, getattr(earlier, name))
            same.append(anomaly)
    Anomaly.objects.bulk_update(same, [name.removesuffix("_id") for name in DECIDED], batch_size=1000)
    hold_lines(schedule, [anomaly for anomaly in same if anomaly.decision == Anomaly.Decision.HELD])


def hold_lines(schedule: Schedule, touched: Iterable[Anomaly]) -> None:
    """Hold or free the lines of these anomalies' leases and payees as the schedule's anomalies say, and add up again.

    A line is held by a decision on its lease or its payee, and by ON_HOLD, which says that the lease was on hold when
    the schedule was generated.
    """
    touched = list(touched)
    if not touched:
        return
    lines = ScheduleLine.objects.filter(
        Q(lease__in=[anomaly.lease_id for anomaly in touched if anomaly.lease_id])
        | Q(payee__in=[anomaly.payee_id for anomaly in touched if anomaly.payee_id]),
        schedule=schedule,
    ).only("lease_id", "payee_id", "is_held", "held_because")
    because = _holds(schedule)
    changed = []
    for line in lines:
        words = "; ".join(because["lease", line.lease_id] + because["payee", line.payee_id])[:300]
        if words != line.held_because:
            line.is_held, line.held_because = bool(words), words
            changed.append(line)
    ScheduleLine.objects.bulk_update(changed, ["is_held", "held_because"], batch_size=1000)
    _add_up(schedule, {line.payee_id for line in changed})


def _holds(schedule: Schedule) -> dict[tuple[str, int], list[str]]:
    """Lease or payee → why its lines are held."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    holding = Anomaly.objects.filter(Q(decision=Anomaly.Decision.HELD) | Q(code="ON_HOLD"), schedule=schedule)
    for anomaly in holding.order_by("pk"):
        subject = ("lease", anomaly.lease_id) if anomaly.lease_id else ("payee", anomaly.payee_id)
        found[subject].append(anomaly.reason or anomaly.words)
    return found


def _add_up(schedule: Schedule, payees: Collection[int]) -> None:
    """The payees' totals again from their lines, with what they brought forward as it was."""
    sums: dict[int, Sums] = {payee: Sums() for payee in payees}
    lines = ScheduleLine.objects.filter(schedule=schedule, payee__in=payees)
    for row in lines.values_list(*selectors.LINE_COLUMNS):
        line = Line(*row)
        sums[line.payee].add(line)
    tax_percent = dated.number("nrl_percent", last_of_month(schedule.month))
    taxed = accounts.taxed(payees)
    rows = list(PayeeTotal.objects.filter(schedule=schedule, payee__in=payees))
    names: list[str] = []
    for row in rows:
        total = payee_total(
            row.payee_id,
            sums[row.payee_id],
            brought_forward=row.brought_forward,
            tax_percent=tax_percent if row.payee_id in taxed else ZERO,
        )
        values = total._asdict()
        names = [name for name in values if name != "payee"]
        for name in names:
            setattr(row, name, values[name])
    PayeeTotal.objects.bulk_update(rows, names or ["net"], batch_size=1000)
    _note_negative_nets(schedule, rows)


def _note_negative_nets(schedule: Schedule, totals: Iterable[PayeeTotal]) -> None:
    totals = list(totals)
    Anomaly.objects.filter(schedule=schedule, code="NEGATIVE_NET", payee__in=[row.payee_id for row in totals]).delete()
    Anomaly.objects.bulk_create(
        Anomaly(
            schedule=schedule,
            code="NEGATIVE_NET",
            severity=anomalies.NOTE,
            payee_id=row.payee_id,
            words=said[0],
            figures=said[1],
        )
        for row in totals
        if (said := anomalies.negative_net(row.carried_forward))
    )
