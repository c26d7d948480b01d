"""What this room shows on the pages of a lease and a property: a month by today's terms, and what was paid."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from lewisham_ta.dates import days_in_month, first_of_month
from lewisham_ta.money import total
from lewisham_ta.templatetags import ta
from payments.batches.models import Payment
from payments.controc.models import PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules.entitlement import Stretch, formula, priced, stretches
from payments.controc.services import terms
from payments.leases import sections
from payments.leases.forms import MonthFilter
from payments.leases.models import Lease, LeaseRent, Property
from payments.payees.models import Payee

SEE = "payments.see_schedule"


def month_of_lease(request: HttpRequest, lease: Lease) -> sections.Section | None:
    """What the lease comes to in a month (`?month=2026-11`, else this one), run by run with the sum written out."""
    if not request.user.has_perm(SEE):
        return None
    form = MonthFilter({"month": request.GET.get("month") or f"{timezone.localdate():%Y-%m}"})
    month = form.cleaned_data["month"] if form.is_valid() else first_of_month(timezone.localdate())
    own = terms.read(Q(pk=lease.pk))[0].terms
    found = stretches(own, month)
    payees = Payee.objects.select_related("party").in_bulk([each.payee for each in found if each.payee])
    rents = LeaseRent.objects.select_related("set_by").in_bulk([each.rent.id for each in found if each.rent])
    rows = []
    for each in found:
        run = next(iter(priced([each], own.basis, month)), None)
        rows.append(
            {
                "stretch": each,
                "payee": payees[each.payee].party if each.payee else None,
                "rent": rents[each.rent.id] if each.rent else None,
                "amount": run.amount if run else None,
                "working": formula(run.rent.amount, own.basis, run.days, days_in_month(month)) if run else _lacks(each),
            }
        )
    context: dict[str, Any] = {
        "form": form,
        "month": month,
        "rows": rows,
        "total": total(row["amount"] for row in rows if row["amount"] is not None),
        "days": sum((each.ends_on - each.starts_on).days for each in found),
        "month_days": days_in_month(month),
    }
    return sections.Section("A month worked out by today's terms", "payments/controc/_lease_month.html", context)


def _lacks(stretch: Stretch) -> str:
    return "No rent is set for these days" if stretch.rent is None else "Nobody is named who is paid for these days"


def paid_for_property(request: HttpRequest, row: Property) -> Iterator[sections.Event]:
    """The property's part of each signed-off schedule, with what became of the payment that it went into."""
    if not request.user.has_perm(SEE):
        return
    lines = ScheduleLine.objects.filter(lease__property=row, is_held=False, schedule__status=Schedule.Status.SIGNED_OFF)
    parts = lines.values("schedule", "payee", "lease__ref", "payee__party__name").annotate(amount=Sum("amount"))
    totals = {
        (each.schedule_id, each.payee_id): each
        for each in PayeeTotal.objects.filter(schedule__in=lines.values("schedule"), payee__in=lines.values("payee"))
        .select_related("schedule", "payment")
        .defer("schedule__terms")
    }
    for part in parts.order_by("schedule", "lease__ref", "payee"):
        each = totals[part["schedule"], part["payee"]]
        schedule, payment = each.schedule, each.payment
        paid_on = payment.paid_on if payment and payment.state == Payment.State.PAID else None
        yield sections.Event(
            on=paid_on or timezone.localdate(schedule.signed_off_at),
            words=f"{ta.pounds(part['amount'])} {'paid' if paid_on else 'signed off'} for lease {part['lease__ref']}",
            detail=f"{schedule.month:%B %Y}, to {part['payee__party__name']}"
            + (f": {payment.get_state_display().lower()}" if payment and not paid_on else ""),
            url=reverse("controc:schedule_detail", args=[f"{schedule.month:%Y-%m}", schedule.number]),
            tone="ok" if paid_on else "",
        )
