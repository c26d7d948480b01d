"""A schedule handed on: to the signatory, back to the officer, or signed off, which freezes and pays it."""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate
from pghistory.models import Context

from lewisham_ta import audit, files, limits, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refusing
from payments.controc import exports, selectors
from payments.controc.models import Deputy, PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules import signing
from payments.controc.rules.bridge import Bridge
from payments.controc.selectors.rents import rent_lines, working_with_rent
from payments.controc.services import paying
from payments.controc.services.bridging import bridge_of
from payments.controc.services.freshness import changed_since_generated
from payments.controc.services.generation import LOCK, PREPARE, SIGN, Progress
from payments.leases.models import Adjustment, Hold, Lease, LeasePayee, LeaseRent, Suspension
from payments.payees.models import Payee

STEPS = 4  # of a sign-off: the checks, the month worked out again, the payments, the pack


@transaction.atomic
def submit(*, schedule_id: int, seen_version: int, by: User, now: datetime) -> Schedule:
    """Hand a draft to the signatory. Anomalies may still be open: they can be decided until it is signed off."""
    permit(by, PREPARE)
    schedule = _lock(schedule_id, seen_version)
    if reason := signing.submit_refusal(status=schedule.status):
        raise Refused(reason)
    with audit.acting(by):
        schedule.status, schedule.submitted_by, schedule.submitted_at = Schedule.Status.READY, by, now
        schedule.version += 1
        schedule.save(update_fields=["status", "submitted_by", "submitted_at", "version"])
        audit.record("schedule.submitted", schedule, by=by, at=now)
    return schedule


@transaction.atomic
def return_to_officer(*, schedule_id: int, seen_version: int, note: str, by: User, now: datetime) -> Schedule:
    """Make it a draft again, with a note of what has to be put right."""
    if not may_sign(by, now):
        permit(by, SIGN)
    schedule = _lock(schedule_id, seen_version)
    if reason := signing.return_refusal(status=schedule.status, note=note):
        raise Refused(reason)
    with audit.acting(by, note):
        schedule.status, schedule.returned_by, schedule.returned_at = Schedule.Status.DRAFT, by, now
        schedule.return_note = note.strip()
        schedule.version += 1
        schedule.save(update_fields=["status", "returned_by", "returned_at", "return_note", "version"])
        audit.record("schedule.returned", schedule, by=by, at=now, why=note.strip())
    return schedule


@transaction.atomic
def sign_off(
    *,
    schedule_id: int,
    seen_version: int,
    note: str = "",
    by: User,
    now: datetime,
    progress: Progress = lambda done, total, words: None,
) -> Schedule:
    """Freeze the schedule with its pack, and make its nets payable. It is never reopened."""
    progress(0, STEPS, "Asking whether it can be signed off")
    schedule = _lock(schedule_id, seen_version)
    result = checked(schedule, by=by, now=now)
    changed = changed_since_generated(schedule, now=now, said=lambda words: progress(1, STEPS, words))
    if reason := signing.changed_refusal(changed=changed):
        raise Refused(reason)
    with audit.acting(by, note):
        progress(2, STEPS, "Raising the payments")
        schedule.signed_off_by, schedule.signed_off_at, schedule.sign_off_note = by, now, note.strip()
        schedule.bridge = result.to_json()
        paid = paying.pay(schedule, by=by, now=now)
        rent_lines(schedule).update(working=working_with_rent())  # a rent that is corrected later has another setter
        progress(3, STEPS, "Making the pack")
        pdf, xlsx = exports.pack(schedule, result)
        name = f"CONTROC {schedule}"
        schedule.pack_pdf = files.store(f"{name}.pdf", pdf, files.PDF, by, now)
        schedule.pack_xlsx = files.store(f"{name}.xlsx", xlsx, files.XLSX, by, now)
        schedule.status = Schedule.Status.SIGNED_OFF
        schedule.version += 1
        with refusing():
            schedule.save(
                update_fields=[
                    "status",
                    "signed_off_by",
                    "signed_off_at",
                    "sign_off_note",
                    "bridge",
                    "pack_pdf",
                    "pack_xlsx",
                    "version",
                ]
            )
        audit.record("schedule.signed_off", schedule, by=by, at=now, why=note.strip(), payments=paid)
    return schedule


def check_sign_off(*, schedule_id: int, seen_version: int, by: User, now: datetime) -> None:
    """Refuse what a sign-off would refuse, as far as that is known without working the month out again."""
    schedule = Schedule.objects.get(pk=schedule_id)
    if reason := signing.stale_refusal(version=schedule.version, seen_version=seen_version):
        raise Refused(reason)
    checked(schedule, by=by, now=now)


def checked(schedule: Schedule, *, by: User, now: datetime) -> Bridge:
    """The bridge that this person signs the schedule on. Raises Refused where they may not, or where it is not ready.

    Whether it still is what would be generated is not asked: that takes as long as generating it.
    """
    if reason := why_not_sign(schedule, by=by, now=now) or limit_refusal(schedule, by=by, now=now):
        raise Refused(reason)
    result = bridge_of(schedule)
    if reason := signing.bridge_refusal(closes=result.closes, unexplained=result.unexplained):
        raise Refused(reason)
    return result


def why_not_sign(schedule: Schedule, *, by: User, now: datetime) -> str:
    """Why this person may not sign the schedule off for what was decided and by whom, or ""."""
    open_ = selectors.open_anomalies(schedule).aggregate(
        stops=Count("pk", filter=Q(severity="STOP")), checks=Count("pk", filter=Q(severity="CHECK"))
    )
    return signing.sign_off_refusal(
        status=schedule.status,
        by=by.pk,
        may_sign=may_sign(by, now),
        handled_by=handled_by(schedule),
        open_stops=open_["stops"],
        open_checks=open_["checks"],
    )


def limit_refusal(schedule: Schedule, *, by: User, now: datetime) -> str:
    """Why the amounts are too high for this person to approve, or ""."""
    limit = signing_limit(by, now)
    above = [(total.payee.party.ref, total.net) for total in above_limit(schedule, limit)]
    return signing.limit_refusal(limit=str(limit), above=above)


def above_limit(schedule: Schedule, limit: limits.Limit | None) -> list[PayeeTotal]:
    """The payees who get more than this limit allows, the largest first."""
    if limit is None:
        return []
    totals = PayeeTotal.objects.filter(schedule=schedule, net__gt=0).select_related("payee__party")
    return [total for total in totals.order_by("-net", "payee__party__ref") if not limit.allows(total.net)]


def signing_limit(person: User, now: datetime) -> limits.Limit | None:
    """What a person may sign for each payee. A deputy signs no more than whoever appointed them could."""
    today = localdate(now)
    own = limits.limit_of(person, today)
    if person.has_perm(SIGN):
        return own
    lent = [_lent(spell.appointed_by, today) for spell in _deputy_spells(person, now).select_related("appointed_by")]
    known = [limit for limit in lent if limit is not None]
    if not known or len(known) < len(lent):  # appointed by somebody without a limit
        return own
    highest = max(known, key=lambda limit: limit.amount)
    return own if own is not None and own.amount <= highest.amount else highest


def _lent(appointer: User, on: date) -> limits.Limit | None:
    limit = limits.limit_of(appointer, on)
    return limit and replace(limit, whose=str(appointer))


def may_sign(person: User, now: datetime) -> bool:
    """By role, or as a deputy within dates that were set beforehand."""
    return person.has_perm(SIGN) or _deputy_spells(person, now).exists()


def _deputy_spells(person: User, now: datetime) -> QuerySet[Deputy]:
    today = localdate(now)
    return Deputy.objects.filter(person=person, from_on__lte=today, to_on__gte=today, appointed_at__lt=now)


def handled_by(schedule: Schedule) -> set[int]:
    """Who prepared the schedule, or changed something that it pays: since the one before was generated, or ever where
    it is paid for the first time, so that nobody signs their own change by waiting for its month.

    The changes are read from the history that the database writes. Deciding anomalies and approving bank details are
    not edits: the signatory may do both.
    """
    people = {schedule.prepared_by_id, schedule.generated_by_id, schedule.submitted_by_id} - {None}
    lines = ScheduleLine.objects.filter(schedule=schedule)
    leases = lines.values("lease")
    paid_before = ScheduleLine.objects.filter(schedule__status=Schedule.Status.SIGNED_OFF)
    first_lines = lines.exclude(lease__in=paid_before.values("lease"))
    first_rents = lines.exclude(lease_rent=None).exclude(
        lease_rent__in=paid_before.exclude(lease_rent=None).values("lease_rent")
    )
    since = selectors.latest_signed_off()
    recent = {"pgh_created_at__gt": since.generated_at} if since is not None else {}
    adjustments = lines.exclude(adjustment=None).values("adjustment")
    for model, which in (
        (Lease, {"pgh_obj__in": leases, **recent}),
        (LeaseRent, {"lease__in": leases, **recent}),
        (LeasePayee, {"lease__in": leases, **recent}),
        (Suspension, {"lease__in": leases, **recent}),
        (Hold, {"lease__in": leases, **recent}),
        (Payee, {"pgh_obj__in": lines.values("payee"), **recent}),
        (Adjustment, {"pgh_obj__in": adjustments}),
        (LeaseRent, {"pgh_obj__in": first_rents.values("lease_rent")}),
        (Lease, {"pgh_obj__in": first_lines.values("lease")}),
        (LeasePayee, {"lease__in": first_lines.values("lease")}),
    ):
        events: QuerySet = model.pgh_event_model.objects.filter(**which)
        people |= _authors(events)
    return people


def _authors(events: QuerySet) -> set[int]:
    contexts = Context.objects.filter(metadata__has_key="user", pk__in=events.values("pgh_context"))
    users = contexts.values_list("metadata__user", flat=True).distinct()
    return {int(user) for user in users if user is not None}


def _lock(schedule_id: int, seen_version: int) -> Schedule:
    locks.take(LOCK)
    schedule = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule_id)
    if reason := signing.stale_refusal(version=schedule.version, seen_version=seen_version):
        raise Refused(reason)
    return schedule
