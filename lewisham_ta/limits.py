"""How much a person may approve from a date on. Whoever approves money asks `refusal_for` with the amount.

A person without a limit is limited by their role only. Nobody sets their own, and none is set in the past: what was
approved then stays as it was.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from lewisham_ta import audit
from lewisham_ta.models import ApprovalLimit, User
from lewisham_ta.refusals import Refused, permit, refusing
from lewisham_ta.templatetags import ta

SET = "lewisham_ta.set_limits"


@dataclass(frozen=True, slots=True)
class Limit:
    """The highest amount that somebody may approve, and since when. `whose` names another person whose limit it is."""

    amount: Decimal
    since: date
    whose: str = ""

    def __str__(self) -> str:
        words = f"{ta.pounds(self.amount)} since {ta.day(self.since)}"
        return f"{words}, the limit of {self.whose}" if self.whose else words

    def allows(self, amount: Decimal) -> bool:
        return amount <= self.amount


def limit_of(person: User, on: date) -> Limit | None:
    """The limit of a person in force on a day; None is no limit but their role."""
    row = ApprovalLimit.objects.filter(person=person, from_on__lte=on).order_by("-from_on").first()
    return Limit(row.amount, row.from_on) if row else None


def refusal(limit: Limit | None, amount: Decimal) -> str:
    """Why somebody with this limit may not approve this amount, said to them, or "" if they may."""
    if limit is None or limit.allows(amount):
        return ""
    return f"Your approval limit is {limit}, and this is {ta.pounds(amount)}."


def refusal_for(*, person: User, amount: Decimal, on: date) -> str:
    """Why this person may not approve this amount on this day, or "" if they may."""
    return refusal(limit_of(person, on), amount)


@transaction.atomic
def set_limit(*, person: User, amount: Decimal, from_on: date, reason: str, by: User, now: datetime) -> ApprovalLimit:
    """Set what a person may approve at most from a day on, today at the earliest."""
    permit(by, SET)
    _refuse_oneself(person, by)
    if from_on < timezone.localdate(now):
        raise Refused("A limit changes from today or a later day: what was approved before stays as it was.")
    with audit.acting(by, reason), refusing():
        limit = ApprovalLimit.objects.create(
            person=person, from_on=from_on, amount=amount, reason=reason.strip(), set_by=by, set_at=now
        )
    audit.record("limit.set", person, by=by, at=now, why=reason, amount=str(amount), from_on=str(from_on))
    return limit


@transaction.atomic
def withdraw_limit(*, limit: ApprovalLimit, reason: str, by: User, now: datetime) -> None:
    """Take back a limit that is not in force yet. The history keeps it."""
    permit(by, SET)
    _refuse_oneself(limit.person, by)
    if limit.from_on <= timezone.localdate(now):
        raise Refused("This limit is in force already: set another from today on.")
    if not reason.strip():
        raise Refused("Say why the limit is taken back.")
    with audit.acting(by, reason):
        limit.delete()
    detail = {"amount": str(limit.amount), "from_on": str(limit.from_on)}
    audit.record("limit.withdrawn", limit.person, by=by, at=now, why=reason, **detail)


def _refuse_oneself(person: User, by: User) -> None:
    if person.pk == by.pk:
        raise Refused("Somebody else must set your approval limit.")
