"""The page that adds up what one payee gets from one schedule, and the workbook of it."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lewisham_ta.exports import XLSX
from lewisham_ta.templatetags import ta
from payments.controc import tables
from payments.controc.models import Anomaly, Schedule
from payments.controc.nets import exports
from payments.controc.nets.selectors import Net, address_of, net_of, totals
from payments.controc.views.common import SEE, around, schedule_or_404


@require_GET
@permission_required(SEE, raise_exception=True)
def net(request: HttpRequest, month: str, number: int, ref: str) -> HttpResponse:
    schedule = schedule_or_404(month, number)
    shown = net_of(get_object_or_404(totals(), schedule=schedule, payee__party__ref=ref))
    if request.GET.get("export") == "xlsx":
        name = f'attachment; filename="{exports.file_name(shown)}"'
        return HttpResponse(exports.net_xlsx(shown), content_type=XLSX, headers={"Content-Disposition": name})
    context = around(request, schedule) | {
        "net": shown,
        "payee": shown.total.payee,
        "facts": _facts(shown, may_see_payments=request.user.has_perm("payments.see_payments")),
        "held_total": shown.total.held,
        "anomalies": [tables.shown(found) | {"subject": _subject(found)} for found in _found(schedule, shown)],
        "others": [(tables.place_words(other.schedule), other.net, address_of(other)) for other in shown.others],
    }
    return render(request, "payments/controc/net.html", context)


def _found(schedule: Schedule, shown: Net) -> list[Anomaly]:
    """What the rules found about the payee and its leases, the gravest first."""
    leases = {row.line.lease_id for row in (*shown.held, *(row for step in shown.steps for row in step.rows))}
    rows = Anomaly.objects.filter(Q(payee=shown.total.payee) | Q(lease__in=leases), schedule=schedule)
    order = {"STOP": 0, "CHECK": 1, "NOTE": 2}
    rows = rows.select_related("lease__property", "payee__party", "decided_by")
    return sorted(rows, key=lambda row: (order[row.severity], bool(row.decision), row.code, row.pk))


def _subject(anomaly: Anomaly) -> str:
    return anomaly.lease.ref if anomaly.lease else anomaly.payee.party.ref


def _facts(shown: Net, *, may_see_payments: bool) -> list[dict[str, Any]]:
    total, last = shown.total, shown.before
    payment = total.payment
    return [
        {"label": "To pay", "value": ta.pounds(total.net)},
        {
            "label": "Held, not in this",
            "value": ta.pounds(total.held),
            "url": "#held" if shown.held else "",
            "tone": "warning" if shown.held else "",
        },
        {"label": "Lines", "value": f"{shown.lines_count:,}"},
        {
            "label": tables.place_words(last.schedule) if last else "Before this",
            "value": ta.pounds(last.net) if last else ta.BLANK,
            "url": address_of(last) if last else "",
        },
        {
            "label": "Payment",
            "value": payment.get_state_display() if payment else ta.BLANK,
            "hint": payment.reference if payment else "",
            "url": reverse("batches:payment_detail", args=[payment.pk]) if payment and may_see_payments else "",
        },
    ]
