"""What is coming up or waiting: leases that end or may be broken, and holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Q

from lewisham_ta import dated
from payments.leases import rules
from payments.leases.models import Hold, Lease
from payments.leases.selectors.lists import in_force_on


@dataclass(frozen=True, slots=True)
class LeaseReminder:
    """Leases with the same thing to do; `query` finds them on the list of leases."""

    words: str
    next_step: str
    status: str
    tone: str
    query: str
    count: int
    soonest: date | None = None


@dataclass(frozen=True, slots=True)
class HoldsWaiting:
    """Open holds that wait for the same person or body."""

    must_act: str
    count: int
    since: date


def lease_reminders(today: date) -> list[LeaseReminder]:
    """Leases past their last day, and those that end or can be broken within each window that adds some to the nearer
    ones; counted in SQL."""
    windows = sorted(rules.reminder_days(dated.value("lease_reminder_days", today)))
    counts: dict[str, Count | Min] = {"over": Count("pk", filter=Q(ends_on__lte=today))}
    for days in windows:
        for what in ("ends_on", "break_on"):
            within = Q(**{f"{what}__gt": today, f"{what}__lte": today + timedelta(days=days)})
            counts[f"{what}_{days}"] = Count("pk", filter=within)
            counts[f"{what}_{days}_first"] = Min(what, filter=within)
    found = Lease.objects.filter(in_force_on(today)).aggregate(**counts)
    reminders = []
    if found["over"]:
        over = "Take the keys back, or agree a new lease"
        reminders.append(
            LeaseReminder(
                "Leases past their last day", over, "Holding over", "error", "state=holding_over", found["over"]
            )
        )
    for what, words, query in (("ends_on", "Leases ending", "ending"), ("break_on", "Leases to break", "breaking")):
        nearer = 0
        for days in windows:
            count = found[f"{what}_{days}"]
            if count > nearer:
                reminders.append(
                    LeaseReminder(
                        words,
                        "Renew, or plan the handback",
                        f"Within {days} days",
                        "warning",
                        f"state=live&{query}={days}",
                        count,
                        found[f"{what}_{days}_first"],
                    )
                )
            nearer = count
    return reminders


def holds_on(day: date, leases: Iterable[Lease]) -> dict[int, Hold]:
    """The hold that keeps each of these leases from being paid on a day."""
    rows = Hold.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lte=day, lease__in=leases)
    return {row.lease_id: row for row in rows.order_by("pk")}


def open_holds(today: date) -> list[HoldsWaiting]:
    """Holds in force, by who must act; those with nobody named come first."""
    rows = Hold.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=today), starts_on__lte=today)
    rows = rows.values("must_act").annotate(count=Count("pk"), since=Min("starts_on")).order_by("must_act")
    return [HoldsWaiting(**row) for row in rows]
