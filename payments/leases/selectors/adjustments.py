"""The adjustments of a month, and what was pasted beside what is recorded."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from lewisham_ta.money import ZERO
from payments.leases import rules
from payments.leases.models import Adjustment, Lease


def adjustments_of_month(month: date) -> "QuerySet[Adjustment]":
    """Those that are paid: withdrawn ones are not."""
    return (
        Adjustment.objects.filter(month=month, withdrawn_at__isnull=True)
        .select_related("lease__property")
        .order_by("lease__ref", "pk")
    )


def adjustments_total(month: date, kind: str) -> Decimal:
    rows = adjustments_of_month(month).filter(kind=kind).order_by()
    return rows.aggregate(total=Sum("amount"))["total"] or ZERO


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A pasted row beside its lease. It is recorded only if no row of the table has a problem."""

    line: int
    lease_ref: str
    lease_id: int
    address: str
    kind: str
    amount: Decimal | None
    narrative: str
    problems: tuple[str, ...]


def checked_adjustments(text: str, month: date, *, again: bool) -> list[CheckedRow]:
    """The pasted rows with what is wrong with each. A row that is recorded already is wrong unless `again`."""
    pasted = rules.pasted_adjustments(text)
    leases = _leases({row.lease_ref for row in pasted})
    recorded = Counter(adjustments_of_month(month).values_list("lease_id", "kind", "amount", "narrative"))
    rows = []
    for row in pasted:
        lease = leases.get(row.lease_ref)
        problems = list(row.problems)
        if row.lease_ref and not lease:
            problems.append(f"There is no lease {row.lease_ref}.")
        if lease and not again and recorded[(lease.pk, row.kind, row.amount, row.narrative)]:
            problems.append("The same is already recorded for this month.")
        rows.append(
            CheckedRow(
                line=row.line,
                lease_ref=row.lease_ref,
                lease_id=lease.pk if lease else 0,
                address=lease.property.address if lease else "",
                kind=row.kind,
                amount=row.amount,
                narrative=row.narrative,
                problems=tuple(problems),
            )
        )
    return rows


def _leases(refs: Collection[str]) -> dict[str, Lease]:
    return {lease.ref: lease for lease in Lease.objects.filter(ref__in=refs).select_related("property")}
