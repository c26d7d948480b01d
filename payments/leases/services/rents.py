"""What a lease costs from a day on, and the caps that rents are checked against."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import ProtectedError

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from lewisham_ta.versions import lock
from payments.leases import rules
from payments.leases.models import Lease, LeaseRent, RentCap


@transaction.atomic
def set_rent(*, lease_id: int, from_on: date, amount: Decimal, reason: str, by: User, now: datetime) -> LeaseRent:
    """Set the rent from a day on. A day in a month already signed off is paid for by backdating."""
    permit(by, "payments.manage_leases")
    lease = lock(Lease, lease_id)
    refuse_if(rules.from_day_refusal(what="rent", from_on=from_on, starts_on=lease.starts_on))
    with audit.acting(by, reason), refusing():
        row = LeaseRent.objects.create(
            lease=lease, from_on=from_on, amount=amount, reason=reason, set_by=by, set_at=now
        )
    audit.record("lease.rent_set", lease, by=by, at=now, why=reason, from_on=from_on.isoformat(), amount=str(amount))
    return row


@transaction.atomic
def correct_rent(
    *, rent_id: int, from_on: date, amount: Decimal, why: str, seen: str = "", by: User, now: datetime
) -> LeaseRent:
    """Put right a rent that was recorded wrongly. Who set it is now the person who corrected it."""
    permit(by, "payments.manage_leases")
    row = lock(LeaseRent, rent_id, seen=seen)
    lease = lock(Lease, row.lease_id)
    refuse_if(rules.rent_refusal(from_on=from_on, starts_on=lease.starts_on, is_first=_is_first(row)))
    row.from_on, row.amount, row.reason, row.set_by, row.set_at = from_on, amount, why, by, now
    with audit.acting(by, why), refusing():
        row.save(update_fields=["from_on", "amount", "reason", "set_by", "set_at"])
    audit.record("lease.rent_corrected", lease, by=by, at=now, why=why, from_on=from_on.isoformat(), amount=str(amount))
    return row


@transaction.atomic
def withdraw_rent(*, rent_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a rent that was never to be. One that a schedule was worked out with stays, and is corrected."""
    permit(by, "payments.manage_leases")
    row = lock(LeaseRent, rent_id)
    lease = lock(Lease, row.lease_id)
    refuse_if(rules.withdrawal_refusal(what="rent", is_first=_is_first(row)))
    from_on = row.from_on
    before = lease.rents.filter(from_on__lt=from_on).order_by("-from_on")[0]
    try:
        with audit.acting(by, why):
            row.delete()
    except ProtectedError:
        raise Refused(
            f"A schedule was worked out with this rent, so it stays on record. Correct its amount to the rent before "
            f"it, £{before.amount:,.2f}: what was paid too much or too little is then backdated."
        ) from None
    audit.record("lease.rent_withdrawn", lease, by=by, at=now, why=why, from_on=from_on.isoformat())


def _is_first(rent: LeaseRent) -> bool:
    return not LeaseRent.objects.filter(lease_id=rent.lease_id, from_on__lt=rent.from_on).exists()


@transaction.atomic
def set_rent_cap(*, bedrooms: int, from_on: date, weekly_amount: Decimal, by: User, now: datetime) -> RentCap:
    """Set the highest weekly rent for a size from a day on."""
    permit(by, "lewisham_ta.change_settings")
    with audit.acting(by), refusing():
        row = RentCap.objects.create(bedrooms=bedrooms, from_on=from_on, weekly_amount=weekly_amount)
    audit.record("rent_cap.set", row, by=by, at=now, from_on=from_on.isoformat(), weekly_amount=str(weekly_amount))
    return row


@transaction.atomic
def withdraw_rent_cap(*, cap_id: int, why: str, by: User, now: datetime) -> None:
    """Take back a cap that was set by mistake. Schedules already made keep what they found."""
    permit(by, "lewisham_ta.change_settings")
    row = lock(RentCap, cap_id)
    audit.record("rent_cap.withdrawn", row, by=by, at=now, why=why, weekly_amount=str(row.weekly_amount))
    with audit.acting(by, why):
        row.delete()
