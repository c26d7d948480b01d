"""An empty database filled with the invented borough: two months paid, and the current one generated and waiting.

Everything goes through the services of the screens and meets the same refusals, in one transaction: a demo that is
interrupted leaves the database as it was.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from contacts.models import Party
from lewisham_ta import audit, limits
from lewisham_ta.dates import add_months, last_of_month
from lewisham_ta.imports import uploads, workbook
from lewisham_ta.imports.preview import Importer
from lewisham_ta.management.commands.practice_users import make_practice_users
from lewisham_ta.models import AuditEvent, Job, User
from lewisham_ta.refusals import Refused
from payments.batches import remittances
from payments.batches import selectors as batch_selectors
from payments.batches import services as batches
from payments.batches.imports import BATCH_ANSWER
from payments.batches.models import Batch, Remittance
from payments.batches.rules import payment_number
from payments.controc import services as controc
from payments.controc.models import Anomaly, Schedule
from payments.demo import reasons
from payments.demo.borough import Borough
from payments.demo.moments import Moments
from payments.demo.register import register
from payments.leases.imports.register import PSL_REGISTER
from payments.payees import selectors as payee_selectors
from payments.payees import services as payees
from payments.payees.models import BankDetails, Payee

FILLED = "demo.filled"
LEADERS_LIMIT = Decimal("25000.00")
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Team:
    """The practice users who run the months."""

    officer: User
    officer2: User
    leader: User
    manager: User
    finance: User

    @classmethod
    def made(cls) -> "Team":
        make_practice_users()
        return cls(
            *(User.objects.get(username=name) for name in ("officer", "officer2", "leader", "manager", "finance"))
        )


def is_filled() -> bool:
    """Whether this database holds the demo already."""
    return AuditEvent.objects.filter(action=FILLED).exists()


@transaction.atomic
def fill(*, borough: Borough, folder: Path, now: datetime, say: Say) -> None:
    """Fill an empty database. The registers that a person may load by hand are written into `folder`."""
    if Party.objects.exists():
        raise Refused("The demo fills an empty database, and this one has landlords in it.")
    team, moments = Team.made(), Moments(now)
    say(f"Registers are in {_write_registers(borough, folder, localdate(now))}.")
    _set_limit(team, moments.on(add_months(borough.month, -2), 10, 11))
    for back in (2, 1):
        _close(borough, add_months(borough.month, -back), team, moments, say, is_latest=back == 1)
    _begin(borough, team, moments, localdate(now), say)
    audit.record(FILLED, team.officer, by=None, at=now)


def _set_limit(team: Team, now: datetime) -> None:
    """The leader signs for payees up to an amount that none of the borough's comes to."""
    limits.set_limit(
        person=team.leader,
        amount=LEADERS_LIMIT,
        from_on=localdate(now),
        reason="Scheme of delegation.",
        by=team.manager,
        now=now,
    )


def _write_registers(borough: Borough, folder: Path, today: date) -> Path:
    """The registers as they were loaded, and next month's, which is there to be tried on the import screen."""
    folder.mkdir(parents=True, exist_ok=True)
    for ahead in (-2, -1, 0, 1):
        month = add_months(borough.month, ahead)
        known_on = today if ahead == 0 else last_of_month(month)
        (folder / f"psl_register_{month:%Y-%m}.xlsx").write_bytes(register(borough, known_on))
    return folder


def _close(borough: Borough, month: date, team: Team, moments: Moments, say: Say, *, is_latest: bool) -> None:
    """A month from its register to Central Payments' answer."""
    said = f"{month:%B %Y}"
    _load(borough, month, last_of_month(month), by=team.officer, now=moments.on(month, 14, 9, 40))
    _approve_accounts(by=team.leader, now=moments.on(month, 14, 14, 20))
    _choose_email(by=team.officer2, now=moments.on(month, 15, 10))
    if not is_latest:
        _analyse()
    say(f"{said}: register loaded, bank details approved.")

    schedule = controc.generate(month=month, by=team.officer, now=moments.on(month, 20, 9, 15))
    decided = _decide(schedule, by=team.officer, now=moments.on(month, 20, 15, 30))
    schedule.refresh_from_db()
    submitted_at = moments.on(month, 21, 11, 5)
    controc.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=team.officer2, now=submitted_at)
    schedule = controc.sign_off(
        schedule_id=schedule.pk,
        seen_version=schedule.version + 1,
        note="Bridge and exceptions read.",
        by=team.leader,
        now=moments.on(month, 24, 10, 25),
    )
    say(f"{said}: generated, {decided} anomalies decided, signed off.")

    batch = _send(None, by=team.officer, now=moments.on(month, 24, 14))
    say(f"{said}: batch {batch.number} of {batch.count} payments sent, advices made.")
    paid_at, back_at = moments.on(month, 28, 16), moments.on(month, 30, 10, 30)
    reasons_back = ("Account closed", "Account name does not match") if is_latest else ()
    returned = _answer(batch, team, paid_at=paid_at, back_at=back_at, reasons_back=reasons_back)
    if returned:
        _send_again(returned[0], month, team, moments)
        say(f"{said}: answered; two payments came back, one was sent again.")
    else:
        say(f"{said}: answered, everything paid.")


def _begin(borough: Borough, team: Team, moments: Moments, today: date, say: Say) -> None:
    """The current month: loaded, a change of account waiting, the draft generated, a few anomalies decided."""
    _load(borough, borough.month, today, by=team.officer, now=moments.ago(hours=3))
    _approve_accounts(by=team.leader, now=moments.ago(hours=2), leave_changes=1)
    schedule = controc.generate(month=borough.month, by=team.officer, now=moments.ago(minutes=80))
    _decide_a_few(schedule, by=team.officer, now=moments.ago(minutes=35))
    waiting = Anomaly.objects.filter(schedule=schedule, decision="").exclude(severity=Anomaly.Severity.NOTE).count()
    say(f"{borough.month:%B %Y}: generated; {waiting} anomalies wait.")


def _load(borough: Borough, month: date, known_on: date, *, by: User, now: datetime) -> None:
    _load_file(PSL_REGISTER, f"psl_register_{month:%Y-%m}.xlsx", register(borough, known_on), by=by, now=now)


def _load_file(importer: Importer, name: str, content: bytes, *, by: User, now: datetime) -> None:
    plan = importer.plan(workbook.read(content, name))
    if plan.wrong:
        raise Refused(f"{name}: {plan.summary}")
    uploads.load_now(importer=importer, name=name, content=content, plan=plan, by=by, now=now)


def _approve_accounts(*, by: User, now: datetime, leave_changes: int = 0) -> None:
    """First accounts all at once, changed ones after a call; `leave_changes` of those are left waiting."""
    waiting = payee_selectors.waiting_requests()
    first = list(waiting.filter(is_first=True, source=BankDetails.Source.REGISTER).values_list("pk", flat=True))
    if first:
        payees.approve_first_details(details_ids=first, by=by, now=now)
    for details in waiting[leave_changes:]:
        _ring_and_approve(details, by=by, now=now)


def _ring_and_approve(details: BankDetails, *, by: User, now: datetime) -> None:
    number = details.payee.party.telephone
    rung_at, note = now - timedelta(minutes=20), "Spoke to the owner, who read the account back."
    payees.record_call_back(details_id=details.pk, seen_number=number, note=note, by=by, now=rung_at)
    payees.approve_bank_details(details_id=details.pk, by=by, now=now)


def _choose_email(*, by: User, now: datetime) -> None:
    """Three in ten payees want their advice by e-mail; the register has no column for it."""
    for payee in payee_selectors.payees().filter(remittance_by=Payee.Remittance.PRINT):
        if payee.pk % 10 < 3:
            facts = payee_selectors.facts_of(payee)
            payees.change_payee(
                payee_id=payee.pk,
                facts=replace(facts, remittance_by=Payee.Remittance.EMAIL),
                seen=facts.fingerprint,
                why="Asked for advices by e-mail.",
                by=by,
                now=now,
            )


def _decide(schedule: Schedule, *, by: User, now: datetime) -> int:
    """Every STOP is held, and one in twelve of the CHECKs on a lease; the others are accepted, with varied reasons."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    for anomaly in _open(schedule):
        seen[anomaly.code] += 1
        may_wait = anomaly.code in ("LEASE_EXPIRED", "CERTIFICATE_EXPIRED") and seen[anomaly.code] % 12 == 6
        if anomaly.severity == Anomaly.Severity.STOP or may_wait:
            groups["held", *reasons.HELD.get(anomaly.code, reasons.OTHERWISE_HELD)].append(anomaly.pk)
        else:
            choice = reasons.ACCEPTED.get(anomaly.code, reasons.OTHERWISE_ACCEPTED)
            groups["accepted", choice[seen[anomaly.code] % len(choice)], ""].append(anomaly.pk)
    return _decide_groups(groups, by=by, now=now)


def _decide_a_few(schedule: Schedule, *, by: User, now: datetime) -> int:
    """The officer has begun: one STOP is held, and the first few of two kinds of CHECK are accepted."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    open_ = list(_open(schedule))
    for code, how_many in (("RENT_CHANGED", 3), ("LEASE_EXPIRED", 5)):
        for anomaly in islice((each for each in open_ if each.code == code), how_many):
            groups["accepted", reasons.ACCEPTED[code][0], ""].append(anomaly.pk)
    for anomaly in islice((each for each in open_ if each.code == "NO_BANK_DETAILS"), 1):
        groups["held", *reasons.HELD["NO_BANK_DETAILS"]].append(anomaly.pk)
    return _decide_groups(groups, by=by, now=now)


def _open(schedule: Schedule) -> Iterable[Anomaly]:
    rows = Anomaly.objects.filter(schedule=schedule, decision="").exclude(severity=Anomaly.Severity.NOTE)
    return rows.order_by("code", "pk")


def _decide_groups(groups: dict[tuple[str, str, str], list[int]], *, by: User, now: datetime) -> int:
    return sum(
        controc.decide(
            anomaly_ids=ids, decision=decision, reason=reason, must_act=must_act, by=by, now=now + timedelta(minutes=i)
        )
        for i, ((decision, reason, must_act), ids) in enumerate(groups.items())
    )


def _send(payment_ids: list[int] | None, *, by: User, now: datetime) -> Batch:
    """A batch made and sent, and its advices, which a worker would otherwise make."""
    batch = batches.make_batch(payment_ids=payment_ids, by=by, now=now)
    sent_at = now + timedelta(minutes=25)
    batch = batches.send_batch(batch_id=batch.pk, seen_version=batch.version, by=by, now=sent_at)
    started_at, finished_at = sent_at + timedelta(seconds=2), sent_at + timedelta(seconds=40)
    made = remittances.make_advices(batch_id=batch.pk, by=by, now=finished_at, progress=lambda *_: None)
    Job.objects.filter(kind="batches.remittances", key=batch.number).update(
        state=Job.State.DONE,
        attempts=1,
        started_at=started_at,
        finished_at=finished_at,
        done=made,
        total=made,
        result=f"{made} advices made.",
    )
    with _mail_to_nobody():
        remittances.email_waiting(now=finished_at)
    Remittance.objects.filter(batch=batch, emailed_at__isnull=False).update(emailed_at=finished_at)
    return batch


@contextmanager
def _mail_to_nobody() -> Iterator[None]:
    """Hundreds of letters would otherwise run over the terminal: the demo's mail goes to the console."""
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before


def _answer(
    batch: Batch, team: Team, *, paid_at: datetime, back_at: datetime, reasons_back: tuple[str, ...] = ()
) -> list[int]:
    """Load Central Payments' answer: all paid on one day, but one payment returned for each of `reasons_back`.

    Returns the payments that came back.
    """
    # Early in a month everything has happened this morning, and the answer came after the batch all the same.
    paid_at, back_at = max(paid_at, batch.sent_at), max(back_at, batch.sent_at)
    items = list(batch_selectors.items(batch))
    came_back = dict(zip(items[len(items) // 3 :: max(1, len(items) // 3)], reasons_back, strict=False))
    rows = [["Payment number", "Amount", "Outcome", "Date", "Reason"]]
    for item in items:
        why = came_back.get(item, "")
        on = localdate(back_at if why else paid_at)
        outcome = "Returned" if why else "Paid"
        rows.append([payment_number(item.payment_id), f"{item.net + item.vat}", outcome, f"{on:%d/%m/%Y}", why])
    out = StringIO()
    csv.writer(out).writerows(rows)
    _load_file(BATCH_ANSWER, f"answer_{batch.number}.csv", out.getvalue().encode(), by=team.finance, now=back_at)
    return [item.payment_id for item in came_back]


def _send_again(payment_id: int, month: date, team: Team, moments: Moments) -> None:
    put_right_at, paid_at = moments.on(month, 33, 15), moments.on(month, 35, 16)
    note = "The bank keyed one digit wrong; the payee confirmed the account on the telephone."
    batches.put_right(payment_id=payment_id, note=note, by=team.officer2, now=put_right_at)
    batch = _send([payment_id], by=team.officer2, now=put_right_at + timedelta(minutes=5))
    _answer(batch, team, paid_at=paid_at, back_at=paid_at)


def _analyse() -> None:
    """Tell PostgreSQL how large the tables have become: its own look at them sees nothing of an open transaction."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
