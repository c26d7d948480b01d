"""The leased homes' months: two closed and paid, and the current one generated and waiting."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from lewisham_ta.dates import last_of_month
from lewisham_ta.models import User
from payments.batches import services as batches
from payments.controc import services as controc
from payments.controc.models import Anomaly, Schedule
from payments.demo import reasons
from payments.demo.borough import Borough
from payments.demo.filling.common import Say, Team, analyse, answer, load_file, send
from payments.demo.moments import Moments
from payments.demo.register import register
from payments.leases.imports.register import PSL_REGISTER
from payments.payees import selectors as payee_selectors
from payments.payees import services as payees
from payments.payees.models import BankDetails, Payee


def close(borough: Borough, month: date, team: Team, moments: Moments, say: Say, *, is_latest: bool) -> None:
    """A month from its register to Central Payments' answer."""
    said = f"{month:%B %Y}"
    _load(borough, month, last_of_month(month), by=team.officer, now=moments.on(month, 14, 9, 40))
    _approve_accounts(by=team.leader, now=moments.on(month, 14, 14, 20))
    _choose_email(by=team.officer2, now=moments.on(month, 15, 10))
    if not is_latest:
        analyse()
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

    batch = send(None, by=team.officer, now=moments.on(month, 24, 14))
    say(f"{said}: batch {batch.number} of {batch.count} payments sent, advices made.")
    paid_at, back_at = moments.on(month, 28, 16), moments.on(month, 30, 10, 30)
    reasons_back = ("Account closed", "Account name does not match") if is_latest else ()
    returned = answer(batch, team, paid_at=paid_at, back_at=back_at, reasons_back=reasons_back)
    if returned:
        _send_again(returned[0], month, team, moments)
        say(f"{said}: answered; two payments came back, one was sent again.")
    else:
        say(f"{said}: answered, everything paid.")


def begin(borough: Borough, team: Team, moments: Moments, today: date, say: Say) -> None:
    """The current month: loaded, a change of account waiting, the draft generated, a few anomalies decided."""
    _load(borough, borough.month, today, by=team.officer, now=moments.ago(hours=3))
    _approve_accounts(by=team.leader, now=moments.ago(hours=2), leave_changes=1)
    schedule = controc.generate(month=borough.month, by=team.officer, now=moments.ago(minutes=80))
    _decide_a_few(schedule, by=team.officer, now=moments.ago(minutes=35))
    waiting = Anomaly.objects.filter(schedule=schedule, decision="").exclude(severity=Anomaly.Severity.NOTE).count()
    say(f"{borough.month:%B %Y}: generated; {waiting} anomalies wait.")


def _load(borough: Borough, month: date, known_on: date, *, by: User, now: datetime) -> None:
    load_file(PSL_REGISTER, f"psl_register_{month:%Y-%m}.xlsx", register(borough, known_on), by=by, now=now)


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


def _send_again(payment_id: int, month: date, team: Team, moments: Moments) -> None:
    put_right_at, paid_at = moments.on(month, 33, 15), moments.on(month, 35, 16)
    note = "The bank keyed one digit wrong; the payee confirmed the account on the telephone."
    batches.put_right(payment_id=payment_id, note=note, by=team.officer2, now=put_right_at)
    batch = send([payment_id], by=team.officer2, now=put_right_at + timedelta(minutes=5))
    answer(batch, team, paid_at=paid_at, back_at=paid_at)
