"""What is known about payees, their accounts and the table that accounts are checked against."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from contacts.models import Party
from lewisham_ta import dated
from lewisham_ta.models import User
from payments.payees.models import BankDetails, ModulusLoad, ModulusWeight, Payee, SortCodeSubstitution
from payments.payees.rules import ContactChange, ModulusTable, PayeeFacts, Weighting, needs_call_back


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


def payees_found(text: str) -> Q:
    """The payees whose reference, name or supplier number has this text in it."""
    return (
        Q(party__ref__icontains=text)
        | Q(party__name__icontains=text)
        | Q(supplier_number__icontains=text)
        | Q(party__email__icontains=text)
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


def waiting_requests() -> QuerySet[BankDetails]:
    """Every account that waits for somebody, with all that the approval page shows."""
    return (
        BankDetails.objects.filter(status=BankDetails.Status.WAITING)
        .select_related("payee__party", "requested_by", "called_back_by")
        .order_by("payee__party__ref", "pk")
    )


FIRST_FROM_REGISTER = Q(is_first=True, source=BankDetails.Source.REGISTER)


def waits_for_call_back(details: BankDetails) -> bool:
    from_register = details.source == BankDetails.Source.REGISTER
    return details.called_back_at is None and needs_call_back(is_first=details.is_first, from_register=from_register)


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
