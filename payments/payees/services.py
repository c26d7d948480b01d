"""Payees, and their bank details under two-person control: one asks, the payee is rung, another approves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from contacts.models import Party
from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refusing
from lewisham_ta.versions import Stale
from payments.payees import rules, selectors
from payments.payees.models import BankDetails, ModulusLoad, ModulusWeight, Payee, SortCodeSubstitution
from payments.payees.rules import PayeeFacts, Verdict, Weighting, check_account
from payments.payees.selectors import Account, AccountsOnFile

PARTY_FACTS = ("name", "kind", "email", "telephone", "address", "vat_number")
PAYEE_FACTS = ("supplier_number", "is_overseas", "nrl_approval_ref", "remittance_by")


@transaction.atomic
def add_payee(*, ref: str, facts: PayeeFacts, by: User, now: datetime) -> Payee:
    permit(by, "payments.manage_payees")
    if reason := rules.facts_refusal(facts):
        raise Refused(reason)
    with audit.acting(by), refusing():
        party = Party.objects.create(ref=ref, **{name: getattr(facts, name) for name in PARTY_FACTS})
        payee = Payee.objects.create(party=party, **{name: getattr(facts, name) for name in PAYEE_FACTS})
    audit.record("payee.added", payee, by=by, at=now, ref=ref)
    return payee


@transaction.atomic
def change_payee(*, payee_id: int, facts: PayeeFacts, seen: str, why: str, by: User, now: datetime) -> Payee:
    """Change what is typed about a payee. `seen` is the fingerprint of the facts that the officer had on the page."""
    permit(by, "payments.manage_payees")
    payee = Payee.objects.select_for_update().select_related("party").get(pk=payee_id)
    current = selectors.facts_of(payee)
    if current.fingerprint != seen:
        raise Stale("Somebody changed this payee while you were typing. Check what it says now.")
    if facts == current:
        raise Refused("Nothing was changed.")
    if reason := rules.facts_refusal(facts):
        raise Refused(reason)
    with audit.acting(by, why), refusing():
        changed = _set(payee.party, facts, PARTY_FACTS) + _set(payee, facts, PAYEE_FACTS)
    audit.record("payee.changed", payee, by=by, at=now, why=why, changed=changed)
    return payee


def _set(row: Party | Payee, facts: PayeeFacts, names: Sequence[str]) -> list[str]:
    """Write the facts that differ and say which they were."""
    changed = [name for name in names if getattr(row, name) != getattr(facts, name)]
    for name in changed:
        setattr(row, name, getattr(facts, name))
    if changed:
        row.save(update_fields=changed)
    return changed


@transaction.atomic
def request_bank_change(
    *, payee_id: int, account: Account, reason: str, seen_current: int | None, by: User, now: datetime
) -> BankDetails:
    """Ask for another account. `seen_current` is the key of the bank details in use that the officer had in sight."""
    permit(by, "payments.request_bank_change")
    payee = Payee.objects.select_for_update().get(pk=payee_id)
    current = payee.bank_details.filter(is_current=True).first()
    if seen_current != (current and current.pk):
        raise Refused("The bank details in use changed while you were typing. Check what they are now.")
    on_file = selectors.accounts_on_file([payee_id]).get(payee_id, AccountsOnFile())
    verdict = check_account(account.sort_code, account.account_number, selectors.modulus_table())
    if refusal := rules.request_refusal(
        is_waiting=on_file.waiting is not None, is_same=account == on_file.current, verdict=verdict
    ):
        raise Refused(refusal)
    with audit.acting(by, reason), refusing():
        details = BankDetails.objects.create(
            payee=payee,
            **account._asdict(),
            source=BankDetails.Source.TYPED,
            reason=reason,
            modulus_verdict=str(verdict),
            is_first=not on_file.was_ever_approved,
            requested_by=by,
            requested_at=now,
        )
    audit.record("bank_details.requested", details, by=by, at=now, why=reason)
    return details


@transaction.atomic
def request_from_register(rows: Iterable[tuple[Payee, str, str, str]], by: User, now: datetime) -> list[BankDetails]:
    """Ask for the accounts (payee, sort code, account number, account name) that a register holds and we do not.

    An account that is in use, waits already, or was the last one asked for and refused, is passed over. Another one
    that waits is refused: the register is newer. An account that fails the modulus check waits like the others, so
    that it is seen; it cannot be approved.
    """
    permit(by, "payments.request_bank_change")
    wanted = {payee.pk: Account(*account) for payee, *account in rows}
    locked = Payee.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True)
    order = list(locked)
    on_file = selectors.accounts_on_file(wanted)
    nothing = AccountsOnFile()
    news = [payee_id for payee_id in order if on_file.get(payee_id, nothing).is_news(wanted[payee_id])]
    table = selectors.modulus_table()
    with audit.acting(by, "register load"), refusing():
        BankDetails.objects.filter(payee__in=news, status=BankDetails.Status.WAITING).update(
            status=BankDetails.Status.REFUSED,
            decided_by=by,
            decided_at=now,
            decision_note="Replaced by a later load of the register.",
        )
        requests = BankDetails.objects.bulk_create(
            BankDetails(
                payee_id=payee_id,
                **wanted[payee_id]._asdict(),
                source=BankDetails.Source.REGISTER,
                modulus_verdict=str(check_account(*wanted[payee_id][:2], table)),
                is_first=not on_file.get(payee_id, nothing).was_ever_approved,
                requested_by=by,
                requested_at=now,
            )
            for payee_id in news
        )
    audit.record_each("bank_details.requested", requests, by=by, at=now, why="register load")
    return requests


@transaction.atomic
def record_call_back(*, details_id: int, seen_number: str, note: str, by: User, now: datetime) -> BankDetails:
    """Record that the payee was rung on the number on file, and confirmed. The number is read here, never typed."""
    permit(by, "payments.request_bank_change")
    details = _lock(details_id)
    party = Party.objects.select_for_update().get(payee=details.payee_id)
    telephone = selectors.contact_changes([party.pk]).get(party.pk, selectors.ContactChanges()).telephone
    if refusal := rules.call_back_refusal(
        is_waiting=details.status == BankDetails.Status.WAITING,
        asked_by_same_person=details.requested_by_id == by.pk,
        is_called_back=details.called_back_at is not None,
        telephone=party.telephone,
        seen_number=seen_number,
        requested_at=details.requested_at,
        number_changed_at=telephone and telephone.at,
        cooling_off=selectors.cooling_off(now),
    ):
        raise Refused(refusal)
    details.called_back_by, details.called_back_at = by, now
    details.called_number, details.call_note = party.telephone, note
    with audit.acting(by, note), refusing():
        details.save(update_fields=["called_back_by", "called_back_at", "called_number", "call_note"])
    audit.record("bank_details.called_back", details, by=by, at=now, why=note)
    return details


@transaction.atomic
def approve_bank_details(*, details_id: int, by: User, now: datetime) -> BankDetails:
    """Take an account into use: a first one at once, a changed one when it has cooled off."""
    permit(by, "payments.approve_bank_details")
    details = _lock(details_id)
    verdict = check_account(details.sort_code, details.account_number, selectors.modulus_table())
    if refusal := selectors.approval_refusal(details, by, verdict):
        raise Refused(refusal)
    _approve([(details, verdict)], by=by, now=now)
    details.refresh_from_db()
    return details


@transaction.atomic
def approve_first_details(*, details_ids: Collection[int], by: User, now: datetime) -> int:
    """Take many first accounts from a register into use, all or none, and return how many."""
    permit(by, "payments.approve_bank_details")
    list(Payee.objects.select_for_update(of=("self",)).filter(bank_details__in=details_ids).order_by("pk"))
    rows = BankDetails.objects.filter(pk__in=details_ids).select_related("payee__party").order_by("pk")
    table = selectors.modulus_table()
    judged = [(row, check_account(row.sort_code, row.account_number, table)) for row in rows]
    for details, verdict in judged:
        refusal = selectors.approval_refusal(details, by, verdict)
        if not refusal and not selectors.is_first_from_register(details):
            refusal = "This is not a first account from a register: approve it by itself."
        if refusal:
            raise Refused(f"{details.payee.party}: {refusal} Nothing was approved.")
    _approve(judged, by=by, now=now)
    return len(judged)


@dataclass(slots=True)
class Approved:
    """What approving everything that waits came to: how many, and who was left out and why."""

    first: int = 0
    changed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def approved(self) -> int:
        return self.first + self.changed


@transaction.atomic
def approve_all_waiting(*, by: User, now: datetime) -> Approved:
    """Approve whatever waits and this person may approve; the rest waits on.

    Whoever does this states that they rang each payee whose account changes on the number on file: where no call-back
    was recorded, it is recorded now in their name.
    """
    permit(by, "payments.approve_bank_details")
    result = Approved()
    table = selectors.modulus_table()
    first = []
    for details in selectors.waiting_requests():
        verdict = check_account(details.sort_code, details.account_number, table)
        refusal = selectors.approval_refusal(details, by, verdict, is_ringing=True)
        if refusal:
            result.refused.append((str(details.payee.party), refusal))
        elif selectors.is_first_from_register(details):
            first.append(details.pk)
        else:
            try:
                _ring_and_approve(details, by=by, now=now)
                result.changed += 1
            except Refused as reason:
                result.refused.append((str(details.payee.party), str(reason)))
    if first:
        result.first = approve_first_details(details_ids=first, by=by, now=now)
    return result


@transaction.atomic
def _ring_and_approve(details: BankDetails, *, by: User, now: datetime) -> None:
    if selectors.waits_for_call_back(details):
        number = details.payee.party.telephone
        note = "confirmed with approve_bank_details"
        record_call_back(details_id=details.pk, seen_number=number, note=note, by=by, now=now)
    approve_bank_details(details_id=details.pk, by=by, now=now)


@transaction.atomic
def refuse_bank_details(*, details_id: int, reason: str, by: User, now: datetime) -> BankDetails:
    """Turn a request down. Whoever asked may take it back like this too."""
    permit(by, "payments.approve_bank_details")
    details = _lock(details_id)
    if details.status != BankDetails.Status.WAITING:
        raise Refused("This request has been decided already.")
    if not reason:
        raise Refused("Say why the request is refused.")
    details.status, details.decided_by, details.decided_at = BankDetails.Status.REFUSED, by, now
    details.decision_note = reason
    with audit.acting(by, reason):
        details.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    audit.record("bank_details.refused", details, by=by, at=now, why=reason)
    return details


@transaction.atomic
def load_modulus_table(
    *, weights: Sequence[Weighting], substitutes: dict[str, str], by: User | None, now: datetime
) -> ModulusLoad:
    """Put the published tables in the place of those that were loaded before."""
    permit(by, "lewisham_ta.change_settings")
    locks.take("modulus table")
    ModulusWeight.objects.all().delete()
    SortCodeSubstitution.objects.all().delete()
    ModulusWeight.objects.bulk_create(
        ModulusWeight(
            place=place,
            sort_code_from=row.sort_code_from,
            sort_code_to=row.sort_code_to,
            algorithm=row.algorithm,
            weights=list(row.weights),
            exception=row.exception,
        )
        for place, row in enumerate(weights, start=1)
    )
    SortCodeSubstitution.objects.bulk_create(
        SortCodeSubstitution(sort_code=sort_code, substitute=substitute)
        for sort_code, substitute in substitutes.items()
    )
    load = ModulusLoad.objects.create(loaded_at=now, loaded_by=by, weights=len(weights), substitutions=len(substitutes))
    audit.record("modulus_table.loaded", load, by=by, at=now, weights=len(weights), substitutions=len(substitutes))
    return load


def _lock(details_id: int) -> BankDetails:
    """The request, with its payee locked first: every writer of bank details queues there."""
    Payee.objects.select_for_update(of=("self",)).get(bank_details=details_id)
    return BankDetails.objects.select_related("payee__party").get(pk=details_id)


def _approve(judged: Sequence[tuple[BankDetails, Verdict]], *, by: User, now: datetime) -> None:
    """Write the approvals and record them. The verdict kept is today's: the table may be newer than the request."""
    cooling_off = selectors.cooling_off(now)
    alike: dict[tuple[bool, str], list[int]] = defaultdict(list)
    for details, verdict in judged:
        alike[details.is_first, str(verdict)].append(details.pk)
    with audit.acting(by), refusing():
        BankDetails.objects.filter(payee__in=[details.payee_id for details, _ in judged], is_current=True).update(
            is_current=False
        )
        for (is_first, words), ids in alike.items():
            BankDetails.objects.filter(pk__in=ids).update(
                status=BankDetails.Status.APPROVED,
                is_current=True,
                decided_by=by,
                decided_at=now,
                usable_from=now if is_first else now + cooling_off,
                modulus_verdict=words,
            )
    for details, _ in judged:
        audit.record("bank_details.approved", details, by=by, at=now)
