"""Whether a schedule still is what would be generated: what is signed off must be what is known at that moment."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules.anomalies import Finding
from payments.controc.rules.lines import Line
from payments.controc.rules.signing import Place
from payments.controc.rules.totals import MONEY, Total
from payments.controc.services.working_out import drawn, work_out
from payments.leases.models import Lease
from payments.payees.models import Payee

# What makes a line the one that it is. The setter of a rent and the words of a hold may change without the amount.
SAME_LINE = ("lease_id", "payee_id", "kind", "for_month", "starts_on", "ends_on", "amount", "releases_id", "is_held")


def changed_since_generated(schedule: Schedule, *, now: datetime, said: Callable[[str], None]) -> list[str]:
    """The references of the leases and payees that have another line, tax or finding now than when the schedule was
    generated.

    The month is worked out again, without writing, with the holds that were decided. Everything that is paid is in
    the comparison, so nothing that decides an amount can be changed unseen between generation and sign-off. `said` is
    told how far it is.
    """
    held = Anomaly.objects.filter(schedule=schedule, decision=Anomaly.Decision.HELD)
    held_leases, held_payees = (set(held.values_list(name, flat=True)) - {None} for name in ("lease_id", "payee_id"))
    lines: Counter[tuple[Any, ...]] = Counter()
    totals: dict[int, Total] = {}
    findings = set()
    leases_done = 0
    for part in work_out(Place(schedule.month, schedule.number), now=now):
        found: list[Finding] = []
        for line in drawn(part.lines, found):
            is_held = line.is_held or line.lease in held_leases or line.payee in held_payees
            lines[_same(line, is_held)] += 1
        totals.update({total.payee: total for total in drawn(part.totals, found)})
        leases_done += part.leases
        said(f"Worked out again: {leases_done:,} leases")
        findings |= {
            (finding.lease, finding.payee, finding.code, finding.words, _plain(finding.figures)) for finding in found
        }
    then = Counter(ScheduleLine.objects.filter(schedule=schedule).values_list(*SAME_LINE))
    leases = {key[0] for key in (lines - then) + (then - lines)}
    known = {
        (lease, payee, code, words, _plain(figures))
        for lease, payee, code, words, figures in Anomaly.objects.filter(schedule=schedule).values_list(
            "lease_id", "payee_id", "code", "words", "figures"
        )
    }
    # A balance below zero follows from what was held, so that it is no news of its own.
    news = {finding for finding in findings - known if finding[2] != "NEGATIVE_NET"}
    leases |= {finding[0] for finding in news if finding[0] is not None}
    payees = {finding[1] for finding in news if finding[1] is not None}
    payees |= _taxed_otherwise(schedule, totals, held_leases=held_leases, held_payees=held_payees)
    return [
        *Lease.objects.filter(pk__in=leases).order_by("ref").values_list("ref", flat=True),
        *Payee.objects.filter(pk__in=payees).order_by("party__ref").values_list("party__ref", flat=True),
    ]


def _same(line: Line, is_held: bool) -> tuple[Any, ...]:
    return (
        line.lease,
        line.payee,
        line.kind,
        line.for_month,
        line.starts_on,
        line.ends_on,
        line.amount,
        line.releases,
        is_held,
    )


def _plain(figures: dict[str, Any]) -> str:
    return json.dumps(figures, sort_keys=True)


def _taxed_otherwise(
    schedule: Schedule, totals: dict[int, Total], *, held_leases: set[int], held_payees: set[int]
) -> set[int]:
    """Payees whose total is another one now. Where lines are held by a decision the totals differ by what is held; what
    a lease's own hold keeps back is kept back in both."""
    by_decision = ScheduleLine.objects.filter(schedule=schedule, lease__in=held_leases).values_list(
        "payee_id", flat=True
    )
    left_out = held_payees | set(by_decision)
    rows = PayeeTotal.objects.filter(schedule=schedule).exclude(payee__in=left_out).values_list("payee_id", *MONEY)
    return {
        payee
        for payee, *amounts in rows
        if payee not in totals or amounts != [getattr(totals[payee], name) for name in MONEY]
    }
