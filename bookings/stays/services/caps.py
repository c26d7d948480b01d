"""Rates beside the caps, and who approved those that are over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bookings.stays import rules
from bookings.stays.models import Booking
from bookings.units.models import NightlyCap, Unit
from bookings.units.rules import cap_on
from lewisham_ta.models import User
from lewisham_ta.refusals import refuse_if

APPROVE = "bookings.approve_over_cap"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who is named as the approver of a rate over the cap, and why."""

    approver_id: int | None = None
    reason: str = ""


def over(unit: Unit, series: Iterable[tuple[date, Decimal]]) -> list[tuple[Decimal, Decimal]]:
    """The rates that are over the cap of their first night, each with the cap."""
    caps = list(NightlyCap.objects.filter(size=unit.size))
    beside = [(amount, cap_on(caps, size=unit.size, area=unit.brma, day=from_on)) for from_on, amount in series]
    return [(amount, cap) for amount, cap in beside if cap is not None and amount > cap]


def approve(
    booking: Booking, unit: Unit, series: Iterable[tuple[date, Decimal]], approval: Approval, *, by: User
) -> dict[str, Any]:
    """Put the approver on the booking where a rate needs one, or refuse. What the audit event says of it."""
    found = over(unit, series)
    if not found:
        return {}
    rate, cap = max(found)
    approver = User.objects.filter(pk=approval.approver_id, is_active=True).first() if approval.approver_id else None
    refuse_if(
        rules.cap_refusal(
            rate=rate,
            cap=cap,
            approver_may=approver.has_perm(APPROVE) if approver else None,
            is_booker=approver is not None and approver.pk in {by.pk, booking.booked_by_id},
        ),
        at="cap_approver",
    )
    refuse_if(rules.cap_reason_refusal(reason=approval.reason), at="cap_reason")
    booking.cap_approved_by, booking.cap_reason = approver, approval.reason
    return {"cap_approver": approval.approver_id, "cap_reason": approval.reason, "cap": str(cap)}
