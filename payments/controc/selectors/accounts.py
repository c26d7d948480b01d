"""What decides how a payee is paid: the tax, and the account now and last time. Asked by the next generation."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Count, F, OuterRef, Subquery, When, Window

from payments.controc.models import PayeeTotal, Schedule
from payments.controc.rules.anomalies import PayeeInMonth
from payments.payees.models import BankDetails, Payee
from payments.payees.rules import TaxStatus, tax_status


class PayeeRecord(NamedTuple):
    """A payee as it stands: tax, the account it would be paid into now and the one it was paid into last time.

    `usable_from` is None where the account has cooled off.
    """

    id: int
    tax: TaxStatus
    account: tuple[str, str] | None
    usable_from: datetime | None
    is_change_waiting: bool
    used: tuple[str, str] | None

    @property
    def is_taxed(self) -> bool:
        return self.tax is TaxStatus.WITHHOLD

    def in_month(self, pays: bool, sharers: tuple[str, ...], carried_forward: Decimal) -> PayeeInMonth:
        return PayeeInMonth(
            payee=self.id,
            pays=pays,
            account=self.account,
            used=self.used,
            usable_from=self.usable_from,
            is_change_waiting=self.is_change_waiting,
            is_tax_unknown=self.tax is TaxStatus.UNKNOWN,
            sharers=sharers,
            carried_forward=carried_forward,
        )


def taxed(ids: Collection[int]) -> set[int]:
    """Those of the payees from whose rent tax is withheld."""
    rows = Payee.objects.filter(pk__in=ids).values_list("pk", "is_overseas", "nrl_approval_ref", "party__kind")
    return {pk for pk, *facts in rows if tax_status(*facts) is TaxStatus.WITHHOLD}


def payees(ids: Collection[int], *, now: datetime) -> list[PayeeRecord]:
    """The payees with these keys, in the order of their keys."""
    if not ids:
        return []
    # By range, and the others left out: thousands of keys in a query cost more than the rows to pass over.
    wanted, first, last = set(ids), min(ids), max(ids)
    used = (
        PayeeTotal.objects.filter(
            payee=OuterRef("pk"), schedule__status=Schedule.Status.SIGNED_OFF, bank_details__isnull=False
        )
        .order_by("-schedule__month", "-schedule__number")
        .values("bank_details")[:1]
    )
    rows = (
        Payee.objects.filter(pk__gte=first, pk__lte=last)
        .annotate(used=Subquery(used))
        .order_by("pk")
        .values_list("pk", "is_overseas", "nrl_approval_ref", "party__kind", "used")
    )
    current: dict[int, tuple[tuple[str, str], datetime | None]] = {}
    waiting: set[int] = set()
    accounts: dict[int, tuple[str, str]] = {}
    # An instant is slow to read, and hardly any of these is still to come.
    cooling = Case(When(usable_from__gt=now, then="usable_from"))
    for pk, payee, is_current, status, sort_code, number, usable_from in BankDetails.objects.filter(
        payee__gte=first, payee__lte=last
    ).values_list("pk", "payee_id", "is_current", "status", "sort_code", "account_number", cooling):
        accounts[pk] = (sort_code, number)
        if is_current:
            current[payee] = ((sort_code, number), usable_from)
        elif status == BankDetails.Status.WAITING:
            waiting.add(payee)
    found = []
    for pk, is_overseas, approval_ref, kind, used_id in rows:
        if pk in wanted:
            account, usable_from = current.get(pk, (None, None))
            found.append(
                PayeeRecord(
                    id=pk,
                    tax=tax_status(is_overseas, approval_ref, kind),
                    account=account,
                    usable_from=usable_from,
                    is_change_waiting=pk in waiting,
                    used=accounts.get(used_id),
                )
            )
    return found


def sharers(ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """Payee → others that are paid into the same account, each with its reference."""
    if not ids:
        return {}
    shared = (
        BankDetails.objects.filter(is_current=True)
        .annotate(alike=Window(Count("pk"), partition_by=[F("sort_code"), F("account_number")]))
        .filter(alike__gt=1)
        .order_by("payee__party__ref")
        .values_list("sort_code", "account_number", "payee_id", "payee__party__ref")
    )
    groups: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for sort_code, number, payee, ref in shared:
        groups[sort_code, number].append((payee, ref))
    wanted = set(ids)
    return {
        payee: [other for other in group if other[0] != payee]
        for group in groups.values()
        for payee, _ in group
        if payee in wanted
    }
