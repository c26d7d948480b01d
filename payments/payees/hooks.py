"""What this room adds to the product's frame: navigation, search and the work on the home page."""

from collections.abc import Collection, Iterator
from datetime import date

from django.urls import reverse

from lewisham_ta import history, navigation, search, work
from lewisham_ta.models import User
from lewisham_ta.search import MOST_OF_A_KIND, Hit
from lewisham_ta.work import WorkItem
from payments.payees import selectors
from payments.payees.models import Payee


def register() -> None:
    navigation.register(
        "Payees",
        "payees:list",
        order=40,
        section="Payments",
        permission="payments.see_records",
        count=_waiting_for_approvers,
    )
    work.register(bank_details_to_decide)
    search.register(payees_found, order=10)
    history.register_labels(Payee, payee_labels)


def payee_labels(pks: Collection[int]) -> dict[int, str]:
    """How a payee is named where the history and the audit log point to it."""
    rows = Payee.objects.filter(pk__in=pks).values_list("pk", "party__ref", "party__name")
    return {pk: f"{ref} {name}" for pk, ref, name in rows}


def _waiting_for_approvers(user: User) -> int:
    return selectors.waiting_count() if user.has_perm("payments.approve_bank_details") else 0


def bank_details_to_decide(user: User, today: date) -> Iterator[WorkItem]:
    """Accounts that wait: first ones to approve, changes to ring about, changes to approve."""
    if not user.has_perm("payments.approve_bank_details"):
        return
    waiting = selectors.waiting_by_step()
    url = reverse("payees:approvals")
    if waiting["first"]:
        yield WorkItem("First bank details", url, "Approve", "Waiting", "warning", count=waiting["first"])
    if waiting["to_ring"]:
        yield WorkItem(
            "Bank detail changes",
            url,
            "Ring the payee on the number on file",
            "Waiting",
            "warning",
            count=waiting["to_ring"],
        )
    if waiting["to_approve"]:
        yield WorkItem(
            "Bank detail changes, called back", url, "Approve", "Waiting", "warning", count=waiting["to_approve"]
        )


def payees_found(text: str, user: User) -> Iterator[Hit]:
    if not user.has_perm("payments.see_records"):
        return
    for payee in selectors.payees().filter(selectors.payees_found(text))[:MOST_OF_A_KIND]:
        party = payee.party
        detail = ", ".join(filter(None, [party.get_kind_display(), payee.supplier_number]))
        yield Hit(str(party), reverse("payees:detail", args=[party.ref]), "Payee", detail)
