"""What was changed after an open schedule was generated: a cheap look, where working the month out again takes long."""

from django.db.models import Q, QuerySet
from django.urls import reverse

from contacts.models import Party
from lewisham_ta.dates import last_of_month
from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.leases.models import Adjustment, Certificate, Hold, Lease, LeasePayee, LeaseRent, Property, Suspension
from payments.payees.models import BankDetails, Payee

OF_A_LEASE = (LeaseRent, LeasePayee, Suspension, Hold, Adjustment)
Changed = list[tuple[str, str]]  # reference and address of the page


def changed_after(schedule: Schedule) -> Changed:
    """The leases and payees of the schedule that have history after it was generated, in three queries.

    The history is read by the clock that wrote it, the database's. It tells that something was changed and not that
    an amount is another one now, so that it is a hint; what is signed off is worked out again.
    """
    if schedule.status == Schedule.Status.SIGNED_OFF:
        return []
    generated = Schedule.pgh_event_model.objects.filter(pgh_obj=schedule.pk, generated_at=schedule.generated_at)
    since = generated.order_by("pgh_id").values_list("pgh_created_at", flat=True).first()
    if since is None:
        return []

    def touched(model: type, key: str) -> QuerySet:
        return model.pgh_event_model.objects.filter(pgh_created_at__gt=since).values(key)  # type: ignore[attr-defined]

    lines = ScheduleLine.objects.filter(schedule=schedule)
    leases = Lease.objects.filter(  # those that ended too: what is corrected in them is backdated
        Q(starts_on__lte=last_of_month(schedule.month)) | Q(pk__in=lines.values("lease")),
        Q(pk__in=touched(Lease, "pgh_obj"))
        | Q(property__in=touched(Property, "pgh_obj"))
        | Q(property__in=touched(Certificate, "property"))
        | Q(*(Q(pk__in=touched(model, "lease")) for model in OF_A_LEASE), _connector=Q.OR),
    )
    found = Anomaly.objects.filter(schedule=schedule, payee__isnull=False)
    payees = Payee.objects.filter(
        Q(pk__in=PayeeTotal.objects.filter(schedule=schedule).values("payee")) | Q(pk__in=found.values("payee")),
        Q(pk__in=touched(Payee, "pgh_obj"))
        | Q(party__in=touched(Party, "pgh_obj"))
        | Q(pk__in=touched(BankDetails, "payee")),
    )
    return [
        *_linked(leases.order_by("ref").values_list("ref", flat=True), "leases:lease_detail"),
        *_linked(payees.order_by("party__ref").values_list("party__ref", flat=True), "payees:detail"),
    ]


def _linked(refs: QuerySet, page: str) -> Changed:
    return [(ref, reverse(page, args=[ref])) for ref in refs]
