"""What every service of the room does first: lock the row, and see that it is still the one the person saw."""

from typing import TypeVar

from django.db.models import Model

from lewisham_ta.refusals import Refused
from payments.leases import rules
from payments.leases.models import Lease, Property
from payments.leases.selectors.versions import version_of

M = TypeVar("M", bound=Model)


class Stale(Refused):
    """The record changed while the person was reading it."""


class Clash(Refused):
    """Another lease holds the property on some of the days. `ref` is that lease's, for a link."""

    def __init__(self, message: str, *, ref: str) -> None:
        super().__init__(message)
        self.ref = ref


def lock(model: type[M], pk: int, *, seen: str = "") -> M:
    """The row, locked until the transaction ends. Refuses if it is not the version that was seen."""
    row = model._default_manager.select_for_update(of=("self",)).get(pk=pk)
    if seen and version_of(row) != seen:
        raise Stale(
            f"Somebody changed this {model._meta.verbose_name} while you were reading it. What you typed is kept: "
            "compare it with what is recorded now and save again."
        )
    return row


def refuse_if(reason: str) -> None:
    if reason:
        raise Refused(reason)


def refuse_clash(lease: Lease) -> None:
    """Refuse, naming the other lease, if the lease would hold its property on a day on which another one does.

    The database refuses it too (lease_property_held_once); it cannot say which lease it is. Two people who lease the
    same property at the same moment wait for each other at its row: at the constraint they could block each other.
    """
    Property.objects.select_for_update(no_key=True).get(pk=lease.property_id)
    held = _days_held(lease)
    for other in Lease.objects.filter(property_id=lease.property_id).exclude(pk=lease.pk).order_by("starts_on", "pk"):
        others = _days_held(other)
        if held and others and held.overlap(others):
            raise Clash(rules.clash_words(ref=other.ref, held=others), ref=other.ref)


def _days_held(lease: Lease) -> rules.Period | None:
    return rules.days_held(
        starts_on=lease.starts_on,
        ends_on=lease.ends_on,
        keys_returned_on=lease.keys_returned_on,
        keys_day_paid=lease.keys_day_paid,
    )
