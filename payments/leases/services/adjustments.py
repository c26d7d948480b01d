"""Recharges and credits that no signed-off schedule has yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from lewisham_ta.versions import lock
from payments.leases import rules
from payments.leases.locks import SCHEDULES, last_signed_off_month, scheduled_adjustments
from payments.leases.models import Adjustment


@dataclass(frozen=True, slots=True)
class NewAdjustment:
    lease_id: int
    kind: str
    amount: Decimal
    narrative: str


@transaction.atomic
def add_adjustment(
    *, lease_id: int, month: date, kind: str, amount: Decimal, narrative: str, by: User, now: datetime
) -> Adjustment:
    permit(by, "payments.manage_leases")
    return add_adjustments(month=month, rows=[NewAdjustment(lease_id, kind, amount, narrative)], by=by, now=now)[0]


@transaction.atomic
def add_adjustments(*, month: date, rows: Sequence[NewAdjustment], by: User, now: datetime) -> list[Adjustment]:
    """Record the adjustments of a month, all or none. `month` is its first day."""
    permit(by, "payments.manage_leases")
    locks.take(SCHEDULES)
    refuse_if(rules.month_refusal(month=month, signed_off_to=last_signed_off_month()))
    with audit.acting(by), refusing():
        added = Adjustment.objects.bulk_create(
            Adjustment(lease_id=row.lease_id, month=month, kind=row.kind, amount=row.amount, narrative=row.narrative)
            for row in rows
        )
    for adjustment in added:
        audit.record("adjustment.added", adjustment, by=by, at=now)
    return added


@transaction.atomic
def withdraw_adjustment(*, adjustment_id: int, why: str, by: User, now: datetime) -> Adjustment:
    """Take back an adjustment that no signed-off schedule has. The next generation leaves it out."""
    permit(by, "payments.manage_leases")
    locks.take(SCHEDULES)
    row = lock(Adjustment, adjustment_id)
    if row.withdrawn_at is not None:
        raise Refused("This adjustment is already withdrawn.")
    refuse_if(
        rules.withdraw_adjustment_refusal(
            month=row.month,
            signed_off_to=last_signed_off_month(),
            is_scheduled=bool(scheduled_adjustments([row.pk])),
        )
    )
    row.withdrawn_at = now
    with audit.acting(by, why):
        row.save(update_fields=["withdrawn_at"])
    audit.record("adjustment.withdrawn", row, by=by, at=now, why=why)
    return row
