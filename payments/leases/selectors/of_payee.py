"""The leases that a payee is or was paid for."""

from datetime import date

from django.db.models import Exists, Min, OuterRef, QuerySet

from payments.leases.models import Lease, LeasePayee
from payments.leases.selectors.lists import leases_on
from payments.payees.models import Payee


def leases_of(payee: Payee, day: date) -> "QuerySet[Lease]":
    """Every lease that this payee is or was paid for, as it stands on a day; `paid_from` is the first such day."""
    theirs = LeasePayee.objects.filter(lease=OuterRef("pk"), payee=payee)
    since = theirs.order_by().values("lease").annotate(first=Min("from_on")).values("first")
    return leases_on(day).filter(Exists(theirs)).annotate(paid_from=since)


def payee_spells_of(payee: Payee) -> "QuerySet[LeasePayee]":
    """The days from which this payee is paid for a lease, the latest first."""
    return payee.leases.select_related("lease__property").order_by("-from_on", "-pk")
