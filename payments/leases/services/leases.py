"""A lease from its start to its keys, and who is paid for it."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from lewisham_ta.versions import lock
from payments.leases import rules
from payments.leases.models import Lease, LeasePayee, LeaseRent
from payments.leases.services.clashes import refuse_clash


@transaction.atomic
def start_lease(
    *,
    ref: str,
    property_id: int,
    payee_id: int,
    starts_on: date,
    ends_on: date | None,
    rent: Decimal,
    per: str,
    basis: str,
    keys_day_paid: bool = True,
    cost_code: str = "",
    break_on: date | None = None,
    by: User,
    now: datetime,
) -> Lease:
    """Record a lease with the payee and the rent that it starts with."""
    permit(by, "payments.manage_leases")
    lease = Lease(
        ref=ref,
        property_id=property_id,
        starts_on=starts_on,
        ends_on=ends_on,
        per=per,
        basis=basis,
        keys_day_paid=keys_day_paid,
        cost_code=cost_code,
        break_on=break_on,
    )
    refuse_clash(lease)
    with audit.acting(by), refusing():
        lease.save(force_insert=True)
        LeasePayee.objects.create(lease=lease, payee_id=payee_id, from_on=starts_on)
        LeaseRent.objects.create(lease=lease, from_on=starts_on, amount=rent, set_by=by, set_at=now)
    audit.record("lease.started", lease, by=by, at=now)
    return lease


@transaction.atomic
def change_lease(
    *,
    lease_id: int,
    starts_on: date,
    ends_on: date | None,
    per: str,
    basis: str,
    cost_code: str,
    break_on: date | None,
    notice_given_on: date | None,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Lease:
    """Change a lease's terms. The rent and the payee that it started with move with its first day."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id, seen=seen)
    old_start = lease.starts_on
    if starts_on != old_start:
        series = {
            "rent": list(lease.rents.values_list("from_on", flat=True)),
            "payee": list(lease.payees.values_list("from_on", flat=True)),
        }
        refuse_if(rules.start_refusal(starts_on=starts_on, old_start=old_start, series=series))
    lease.starts_on, lease.ends_on, lease.per, lease.basis = starts_on, ends_on, per, basis
    lease.cost_code, lease.break_on, lease.notice_given_on = cost_code, break_on, notice_given_on
    refuse_clash(lease)
    with audit.acting(by, why), refusing():
        lease.save(update_fields=["starts_on", "ends_on", "per", "basis", "cost_code", "break_on", "notice_given_on"])
        if starts_on != old_start:
            lease.rents.filter(from_on=old_start).update(from_on=starts_on)
            lease.payees.filter(from_on=old_start).update(from_on=starts_on)
    audit.record("lease.changed", lease, by=by, at=now, why=why)
    return lease


@transaction.atomic
def hand_back(
    *,
    lease_id: int,
    keys_returned_on: date,
    keys_day_paid: bool,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Lease:
    """Record that the keys came back, which is what ends the rent."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id, seen=seen)
    refuse_if(
        rules.hand_back_refusal(
            keys_returned_on=lease.keys_returned_on, new_day=keys_returned_on, starts_on=lease.starts_on
        )
    )
    lease.keys_returned_on, lease.keys_day_paid = keys_returned_on, keys_day_paid
    refuse_clash(lease)
    with audit.acting(by, why), refusing():
        lease.save(update_fields=["keys_returned_on", "keys_day_paid"])
    audit.record("lease.handed_back", lease, by=by, at=now, why=why, keys_returned_on=keys_returned_on.isoformat())
    return lease


@transaction.atomic
def undo_hand_back(*, lease_id: int, why: str, seen: str = "", by: User, now: datetime) -> Lease:
    """Take back a return of the keys that was recorded by mistake: the rent runs again."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id, seen=seen)
    refuse_if(rules.undo_hand_back_refusal(keys_returned_on=lease.keys_returned_on))
    lease.keys_returned_on = None
    refuse_clash(lease)
    with audit.acting(by, why), refusing():
        lease.save(update_fields=["keys_returned_on"])
    audit.record("lease.hand_back_undone", lease, by=by, at=now, why=why)
    return lease


@transaction.atomic
def change_payee(*, lease_id: int, payee_id: int, from_on: date, reason: str, by: User, now: datetime) -> LeasePayee:
    """Pay somebody else for this lease from a day on: a new owner, an agent."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id)
    refuse_if(rules.from_day_refusal(what="payee", from_on=from_on, starts_on=lease.starts_on))
    with audit.acting(by, reason), refusing():
        row = LeasePayee.objects.create(lease=lease, payee_id=payee_id, from_on=from_on, reason=reason)
    audit.record("lease.payee_changed", lease, by=by, at=now, why=reason, from_on=from_on.isoformat())
    return row


@transaction.atomic
def withdraw_payee(*, lease_payee_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a change of payee that was recorded by mistake."""
    permit(by, "payments.manage_leases")
    row = lock(LeasePayee, lease_payee_id)
    lease = lock(Lease, row.lease_id)
    is_first = not lease.payees.filter(from_on__lt=row.from_on).exists()
    refuse_if(rules.withdrawal_refusal(what="payee", is_first=is_first))
    with audit.acting(by, why):
        row.delete()
    audit.record("lease.payee_withdrawn", lease, by=by, at=now, why=why, from_on=row.from_on.isoformat())
