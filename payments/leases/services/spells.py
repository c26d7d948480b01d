"""Suspensions (no rent is due) and holds (rent waits). `ends_on` is the first day after the spell."""

from datetime import date, datetime
from typing import TypeVar

from django.db import transaction

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refuse_if, refusing
from lewisham_ta.versions import lock
from payments.leases import rules
from payments.leases.models import Hold, Lease, Suspension

S = TypeVar("S", Suspension, Hold)


@transaction.atomic
def suspend(
    *, lease_id: int, starts_on: date, ends_on: date | None, reason: str, by: User, now: datetime
) -> Suspension:
    """Stop the rent from a day on: until further notice, or up to but not including `ends_on`."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id)
    refuse_if(rules.from_day_refusal(what="suspension", from_on=starts_on, starts_on=lease.starts_on))
    with audit.acting(by, reason), refusing():
        row = Suspension.objects.create(lease=lease, starts_on=starts_on, ends_on=ends_on, reason=reason)
    audit.record("lease.suspended", lease, by=by, at=now, why=reason, starts_on=starts_on.isoformat())
    return row


@transaction.atomic
def end_suspension(*, suspension_id: int, ends_on: date, why: str = "", by: User, now: datetime) -> Suspension:
    """Let the rent run again from `ends_on` on."""
    permit(by, "payments.manage_leases")
    return _end(Suspension, suspension_id, ends_on, "suspension", "lease.suspension_ended", why=why, by=by, now=now)


@transaction.atomic
def withdraw_suspension(*, suspension_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a suspension that was a mistake. Rent not paid because of it is then backdated."""
    permit(by, "payments.manage_leases")
    _withdraw(Suspension, suspension_id, "lease.suspension_withdrawn", why=why, by=by, now=now)


@transaction.atomic
def hold(
    *,
    lease_id: int,
    starts_on: date,
    reason: str,
    must_act: str = "",
    ends_on: date | None = None,
    by: User,
    now: datetime,
) -> Hold:
    """Keep the rent of a lease from being paid until somebody has acted; it is still worked out and shown."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id)
    refuse_if(rules.from_day_refusal(what="hold", from_on=starts_on, starts_on=lease.starts_on))
    with audit.acting(by, reason), refusing():
        row = Hold.objects.create(lease=lease, starts_on=starts_on, ends_on=ends_on, reason=reason, must_act=must_act)
    audit.record("lease.held", lease, by=by, at=now, why=reason, starts_on=starts_on.isoformat(), must_act=must_act)
    return row


@transaction.atomic
def name_who_must_act(*, hold_id: int, must_act: str, why: str = "", by: User, now: datetime) -> Hold:
    """Say who has to do what a hold waits for: a hold that came with the register does not say it."""
    permit(by, "payments.manage_leases")
    row = lock(Hold, hold_id)
    row.must_act = must_act
    with audit.acting(by, why):
        row.save(update_fields=["must_act"])
    audit.record("lease.hold_given_to", row.lease, by=by, at=now, why=why, must_act=must_act)
    return row


@transaction.atomic
def release_hold(*, hold_id: int, released_on: date, why: str = "", by: User, now: datetime) -> Hold:
    """Release a hold. `released_on` is the first day not held; what was held is paid with the next schedule."""
    permit(by, "payments.manage_leases")
    return _end(Hold, hold_id, released_on, "hold", "lease.hold_released", why=why, by=by, now=now)


@transaction.atomic
def withdraw_hold(*, hold_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a hold that was a mistake."""
    permit(by, "payments.manage_leases")
    _withdraw(Hold, hold_id, "lease.hold_withdrawn", why=why, by=by, now=now)


def _end(model: type[S], pk: int, ends_on: date, what: str, action: str, *, why: str, by: User, now: datetime) -> S:
    row = lock(model, pk)
    refuse_if(rules.end_refusal(what=what, starts_on=row.starts_on, ends_on=row.ends_on, new_end=ends_on))
    row.ends_on = ends_on
    with audit.acting(by, why), refusing():
        row.save(update_fields=["ends_on"])
    audit.record(action, row.lease, by=by, at=now, why=why, ends_on=ends_on.isoformat())
    return row


def _withdraw(model: type[Suspension] | type[Hold], pk: int, action: str, *, why: str, by: User, now: datetime) -> None:
    row = lock(model, pk)
    with audit.acting(by, why):
        row.delete()
    audit.record(action, row.lease, by=by, at=now, why=why, starts_on=row.starts_on.isoformat())
