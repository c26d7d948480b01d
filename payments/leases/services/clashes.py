"""That a lease holds its property alone."""

from lewisham_ta.refusals import Clash
from payments.leases import rules
from payments.leases.models import Lease, Property


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
            raise Clash(rules.clash_words(ref=other.ref, held=others), other)


def _days_held(lease: Lease) -> rules.Period | None:
    return rules.days_held(
        starts_on=lease.starts_on,
        ends_on=lease.ends_on,
        keys_returned_on=lease.keys_returned_on,
        keys_day_paid=lease.keys_day_paid,
    )
