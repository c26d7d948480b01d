"""What is known about payees, their accounts and the table that accounts are checked against."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from contacts.models import Party
from lewisham_ta import dated
from lewisham_ta.history import mask
from lewisham_ta.models import AuditEvent, User
from payments.payees import rules
from payments.payees.models import BankDetails, ModulusLoad, ModulusWeight, Payee, SortCodeSubstitution
from payments.payees.rules import ContactChange, ModulusTable, PayeeFacts, Verdict, Weighting, check_account, dashed
from payments.payees.sections import Event

TELEPHONE_DIGITS = 5  # fewer are a part of many numbers
SEES_WHOLE = "payments.see_bank_details"


class Account(NamedTuple):
    sort_code: str
    account_number: str
    account_name: str


@dataclass(frozen=True, slots=True)
class AccountsOnFile:
    """A payee's account in use and the one that waits; `refused` is the last one asked for, if it was refused."""

    current: Account | None = None
    waiting: Account | None = None
    refused: Account | None = None
    was_ever_approved: bool = False

    def is_news(self, account: Account) -> bool:
        """Whether a register that holds `account` asks for something that was not asked for before.

        A refused account is not asked for again by loading the same register again: a person said no.
        """
        return account not in (self.current, self.waiting, self.refused)


def accounts_on_file(payee_ids: Collection[int] | None = None) -> dict[int, AccountsOnFile]:
    """The accounts of these payees (of all, when none are named) that have any, by the payee's key."""
    rows = BankDetails.objects.all() if payee_ids is None else BankDetails.objects.filter(payee__in=payee_ids)
    found: dict[int, dict[str, object]] = defaultdict(dict)
    columns = ("payee_id", "status", "is_current", "sort_code", "account_number", "account_name")
    for payee_id, status, is_current, *account in rows.order_by("pk").values_list(*columns):
        known = found[payee_id]
        known["refused"] = Account(*account) if status == BankDetails.Status.REFUSED else None
        if status == BankDetails.Status.APPROVED:
            known["was_ever_approved"] = True
        if is_current:
            known["current"] = Account(*account)
        if status == BankDetails.Status.WAITING:
            known["waiting"] = Account(*account)
    return {payee_id: AccountsOnFile(**known) for payee_id, known in found.items()}  # type: ignore[arg-type]


def modulus_table() -> ModulusTable | None:
    """The loaded weight table, or None where nobody has loaded one."""
    columns = ("sort_code_from", "sort_code_to", "algorithm", "weights", "exception")
    rows = [
        Weighting(first, last, algorithm, tuple(weights), exception)
        for first, last, algorithm, weights, exception in ModulusWeight.objects.order_by("place").values_list(*columns)
    ]
    if not rows:
        return None
    return ModulusTable(rows, dict(SortCodeSubstitution.objects.values_list("sort_code", "substitute")))


def latest_modulus_load() -> ModulusLoad | None:
    return ModulusLoad.objects.select_related("loaded_by").order_by("-loaded_at", "-pk").first()


def cooling_off(now: datetime) -> timedelta:
    """How long changed bank details wait from their approval to the first payment."""
    return timedelta(hours=dated.whole_number("cooling_off_hours", timezone.localdate(now)))


def payees() -> QuerySet[Payee]:
    """Every payee with its party, whether it has an account in use, and whether one waits."""
    theirs = BankDetails.objects.filter(payee=OuterRef("pk"))
    return (
        Payee.objects.select_related("party")
        .annotate(
            has_account=Exists(theirs.filter(is_current=True)),
            has_waiting=Exists(theirs.filter(status=BankDetails.Status.WAITING)),
        )
        .order_by("party__ref", "pk")
    )


def _telephone_like(text: str) -> Q:
    """A telephone number however it is spaced, with 0 or +44 before it; nothing for a text that is none."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < TELEPHONE_DIGITS or any(char.isalpha() for char in text):
        return Q()
    national = digits.removeprefix("44").removeprefix("0")
    return Q(party__telephone__regex=r"\D*".join(national))


def payees_found(text: str) -> Q:
    """The payees whose reference, name, supplier number, e-mail or telephone has this text in it."""
    return (
        Q(party__ref__icontains=text)
        | Q(party__name__icontains=text)
        | Q(supplier_number__icontains=text)
        | Q(party__email__icontains=text)
        | _telephone_like(text)
    )


def facts_of(payee: Payee) -> PayeeFacts:
    """What a person may change about a payee; its party is fetched."""
    party = payee.party
    return PayeeFacts(
        name=party.name,
        kind=party.kind,
        email=party.email,
        telephone=party.telephone,
        address=party.address,
        vat_number=party.vat_number,
        supplier_number=payee.supplier_number,
        is_overseas=payee.is_overseas,
        nrl_approval_ref=payee.nrl_approval_ref,
        remittance_by=payee.remittance_by,
    )


def bank_details_of(payee: Payee) -> list[BankDetails]:
    """The account in use, the one that waits and all those before, the latest first."""
    rows = payee.bank_details.select_related("requested_by", "called_back_by", "decided_by")
    return list(rows.order_by("-is_current", "-requested_at", "-pk"))


def all_requests() -> QuerySet[BankDetails]:
    """Every account that was ever asked for, with all that its page shows."""
    return BankDetails.objects.select_related("payee__party", "requested_by", "called_back_by", "decided_by")


def waiting_requests() -> QuerySet[BankDetails]:
    return all_requests().filter(status=BankDetails.Status.WAITING).order_by("payee__party__ref", "pk")


def waiting_count() -> int:
    return BankDetails.objects.filter(status=BankDetails.Status.WAITING).count()


def waiting_by_step() -> dict[str, int]:
    """How many accounts wait: `first` from a register, `to_ring`, and `to_approve` after the call."""
    first = Q(is_first=True, source=BankDetails.Source.REGISTER)
    return BankDetails.objects.filter(status=BankDetails.Status.WAITING).aggregate(
        first=Count("pk", filter=first),
        to_ring=Count("pk", filter=~first & Q(called_back_at=None)),
        to_approve=Count("pk", filter=~first & Q(called_back_at__isnull=False)),
    )


def is_first_from_register(details: BankDetails) -> bool:
    return details.is_first and details.source == BankDetails.Source.REGISTER


def waits_for_call_back(details: BankDetails) -> bool:
    from_register = details.source == BankDetails.Source.REGISTER
    return details.called_back_at is None and rules.needs_call_back(
        is_first=details.is_first, from_register=from_register
    )


def approval_refusal(details: BankDetails, by: User, verdict: Verdict, *, is_ringing: bool = False) -> str:
    """Why this person may not approve these details, or "" if they may. `is_ringing` says they ring the payee now."""
    return rules.approval_refusal(
        is_waiting=details.status == BankDetails.Status.WAITING,
        asked_by_same_person=details.requested_by_id == by.pk,
        lacks_call_back=not is_ringing and waits_for_call_back(details),
        verdict=verdict,
    )


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """When the ways to reach a party last changed. None where they are as they were first recorded."""

    telephone: ContactChange | None = None
    email: ContactChange | None = None


def contact_changes(party_ids: Iterable[int]) -> dict[int, ContactChanges]:
    """The latest change of telephone number and e-mail address of each party, from the database's own history."""
    versions = (
        Party.pgh_event_model.objects.filter(pgh_obj__in=party_ids)  # type: ignore[attr-defined]
        .order_by("pgh_obj_id", "pgh_id")
        .values_list("pgh_obj_id", "pgh_created_at", "pgh_context__metadata", "telephone", "email")
    )
    names = {user.pk: str(user) for user in User.objects.all()}
    found: dict[int, dict[str, ContactChange]] = defaultdict(dict)
    previous: dict[int, dict[str, str]] = {}
    for party_id, at, context, telephone, email in versions:
        current = {"telephone": telephone, "email": email}
        for column, now in current.items():
            was = previous.get(party_id, current)[column]
            if was != now:
                who = names.get((context or {}).get("user"), "the system")
                found[party_id][column] = ContactChange(at, who, was, now)
        previous[party_id] = current
    return {party_id: ContactChanges(**changes) for party_id, changes in found.items()}


def account_words(details: BankDetails, *, whole: bool) -> str:
    """08-99-99 12345678 for people who may see it, ••••99 ••••5678 for everybody else."""
    if whole:
        return f"{dashed(details.sort_code)} {details.account_number}"
    return f"{mask(details.sort_code)} {mask(details.account_number)}"


@dataclass(frozen=True, slots=True)
class Request:
    """An account that was asked for, and what decides whether this person may approve it.

    `in_use` is the account it would replace, while it waits.
    """

    details: BankDetails
    in_use: BankDetails | None
    verdict: Verdict
    refusal: str
    contact: ContactChanges
    number_is_too_new: bool
    whole: bool

    @property
    def pk(self) -> int:
        return self.details.pk

    @property
    def account(self) -> str:
        return account_words(self.details, whole=self.whole)

    @property
    def account_in_use(self) -> str:
        return account_words(self.in_use, whole=self.whole) if self.in_use else ""

    @property
    def check_words(self) -> str:
        """The modulus verdict of today while it waits, and the one that was kept once it is decided."""
        is_waiting = self.details.status == BankDetails.Status.WAITING
        return str(self.verdict) if is_waiting else self.details.modulus_verdict or str(self.verdict)

    @property
    def call_back(self) -> str:
        """How far the call to the payee is."""
        if self.details.called_back_at:
            return "Confirmed"
        return "To be made" if waits_for_call_back(self.details) else "Not needed"


def requests(rows: Iterable[BankDetails], *, reader: User, now: datetime) -> list[Request]:
    """These accounts with everything beside them, in as many queries for many as for one."""
    rows = list(rows)
    waiting = [row.payee_id for row in rows if row.status == BankDetails.Status.WAITING]
    in_use = {details.payee_id: details for details in BankDetails.objects.filter(payee__in=waiting, is_current=True)}
    changes = contact_changes([row.payee.party_id for row in rows if not is_first_from_register(row)])
    table, quiet, whole = modulus_table(), cooling_off(now), reader.has_perm(SEES_WHOLE)
    found = []
    for row in rows:
        verdict = check_account(row.sort_code, row.account_number, table)
        contact = changes.get(row.payee.party_id, ContactChanges())
        changed_at = contact.telephone and contact.telephone.at
        found.append(
            Request(
                details=row,
                in_use=in_use.get(row.payee_id),
                verdict=verdict,
                refusal=approval_refusal(row, reader, verdict),
                contact=contact,
                number_is_too_new=rules.is_too_new(changed_at, row.requested_at, quiet),
                whole=whole,
            )
        )
    return found


EVENT_WORDS = {
    "payee.added": ("Payee added", ""),
    "payee.changed": ("Payee changed", ""),
    "bank_details.requested": ("Bank details asked for", "info"),
    "bank_details.called_back": ("Call-back recorded", "info"),
    "bank_details.approved": ("Bank details approved", "ok"),
    "bank_details.refused": ("Bank details refused", "error"),
}


def events_of(payee: Payee, bank_details: Iterable[BankDetails]) -> list[Event]:
    """What people did with this payee and its bank details."""
    kinds = ContentType.objects.get_for_models(Payee, BankDetails)
    rows = AuditEvent.objects.filter(
        Q(subject_type=kinds[Payee], subject_id=payee.pk)
        | Q(subject_type=kinds[BankDetails], subject_id__in=[details.pk for details in bank_details])
    )
    found = []
    for row in rows.select_related("by").order_by("-at", "-pk"):
        words, tone = EVENT_WORDS.get(row.action, (row.action, ""))
        is_bank = row.subject_type_id == kinds[BankDetails].pk
        url = reverse("payees:request", args=[row.subject_id]) if is_bank else ""
        found.append(Event(row.at, words, url, str(row.by or "the system"), row.why, tone))
    return found
