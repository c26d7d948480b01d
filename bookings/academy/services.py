"""What a person decides about Academy: an exception is settled with a note, a match is confirmed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bookings.academy import selectors
from bookings.academy.models import AcademyFinding
from bookings.academy.rules import matching
from bookings.academy.rules.matching import GROUND_WORDS, Proposal
from bookings.stays.models import Booking
from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing

MANAGE = "bookings.manage_bookings"
CHANGED = "Something in Academy or the bookings changed while you were reading. Look at the list again."


@transaction.atomic
def settle(*, keys: Collection[str], note: str, by: User, now: datetime) -> int:
    """Settle the exceptions that a person saw, each with its figures: one that says something else is refused."""
    permit(by, MANAGE)
    note = note.strip()
    if not note:
        raise Refused("Say what was done about it.")
    locks.take("academy findings")
    lines = {line.key: line for line in selectors.lines(timezone.localdate(now))}
    if not set(keys) <= lines.keys():
        raise Refused(CHANGED)
    chosen = [lines[key].difference for key in sorted(set(keys)) if lines[key].settled is None]
    with audit.acting(by, note), refusing():
        findings = AcademyFinding.objects.bulk_create(
            AcademyFinding(
                kind=one.kind,
                booking_id=one.stay.pk if one.stay else None,
                account_id=one.account.pk if one.account else None,
                figures=one.figures,
                note=note,
                settled_by=by,
                settled_at=now,
            )
            for one in chosen
        )
    for finding in findings:
        audit.record("academy.settled", finding, by=by, at=now, why=note)
    return len(findings)


@transaction.atomic
def reopen(*, finding_id: int, why: str, by: User, now: datetime) -> None:
    """Take a settlement back: the exception is work again. That it was settled, and why not any more, is kept."""
    permit(by, MANAGE)
    locks.take("academy findings")
    finding = AcademyFinding.objects.filter(pk=finding_id).first()
    if finding is None:
        raise Refused("This exception is open again already.")
    said = {"kind": finding.kind, "booking": finding.booking_id, "account": finding.account_id}
    audit.record("academy.reopened", finding, by=by, at=now, why=why, note=finding.note)
    with audit.acting(by, why):
        AcademyFinding.objects.filter(**said).delete()


@transaction.atomic
def confirm_matches(*, pairs: Sequence[tuple[int, int]], by: User, now: datetime) -> list[Proposal]:
    """Write into bookings the Academy references that were proposed for them: pairs of booking and account.

    The bookings are locked and matched again, so that what is written is what a person saw.
    """
    permit(by, MANAGE)
    locks.take("academy findings")
    bookings = {row.pk: row for row in Booking.objects.select_for_update(of=("self",)).filter(pk__in=dict(pairs))}
    proposed = {(one.stay.pk, one.account.pk): one for one in selectors.proposals(timezone.localdate(now))}
    if len(dict(pairs)) != len(pairs):
        raise Refused("A booking has one Academy account: choose one of the two.")
    if not set(pairs) <= proposed.keys():
        raise Refused(CHANGED)
    chosen = [proposed[pair] for pair in pairs]
    refuse_if(matching.confirm_refusal(chosen))
    with audit.acting(by, "Academy match confirmed"), refusing():
        for one in chosen:
            Booking.objects.filter(pk=one.stay.pk).update(academy_ref=one.account.ref, version=F("version") + 1)
    for one in chosen:
        words = f"{one.account.ref} by {GROUND_WORDS[one.ground].lower()}"
        audit.record("booking.academy_matched", bookings[one.stay.pk], by=by, at=now, match=words)
    return chosen
