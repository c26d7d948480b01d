"""A month ahead of its turn: what it would come to if it were generated now, as its page shows it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localdate

from lewisham_ta import tables
from lewisham_ta.templatetags import ta
from payments.controc import selectors
from payments.controc.rules.totals import MONEY
from payments.controc.services import Preview
from payments.controc.tables import code_words, place_words
from payments.payees.models import Payee


class PreviewTable(tables.Table):
    caption, noun, empty = "What each payee would get", "Payees", "Nobody would get anything."

    ref = tables.Column("Payee", linkify=lambda record: reverse("payees:detail", args=[record["ref"]]))
    name = tables.Column("Name")
    rent = tables.MoneyColumn("Rent £", accessor="total__rent")
    backdated = tables.MoneyColumn("Backdated £", accessor="total__backdated")
    released = tables.MoneyColumn("Released £", accessor="total__released")
    adjustments = tables.MoneyColumn("Adjustments £", accessor="total__adjustments")
    nrl_tax = tables.MoneyColumn("NRL tax £", accessor="total__nrl_tax")
    brought_forward = tables.MoneyColumn("Brought fwd £", accessor="total__brought_forward")
    net = tables.MoneyColumn("To pay £", accessor="total__net")
    held = tables.MoneyColumn("Held £", accessor="total__held")
    carried_forward = tables.MoneyColumn("Carried fwd £", accessor="total__carried_forward")


def table(result: Preview, request: HttpRequest) -> PreviewTable:
    payees = Payee.objects.filter(pk__in=[total.payee for total in result.totals]).select_related("party").in_bulk()
    rows = [
        {"ref": payees[total.payee].party.ref, "name": payees[total.payee].party.name, "total": total}
        for total in result.totals
    ]
    sums = result.control_totals
    return PreviewTable(
        sorted(rows, key=lambda row: row["ref"]),
        request=request,
        totals={name: getattr(sums, name) for name in MONEY},
    )


def context(result: Preview, now: datetime) -> dict[str, Any]:
    """The facts, and how many anomalies of each kind there would be, the gravest first."""
    totals = result.control_totals
    counts: dict[tuple[str, str], int] = {}
    for finding in result.findings:
        counts[finding.severity, finding.code] = counts.get((finding.severity, finding.code), 0) + 1
    order = ("STOP", "CHECK", "NOTE")
    last = selectors.latest_signed_off()
    open_ = selectors.open_schedule()
    last_net = None if last is None else selectors.control_totals(last).net
    return {
        "month": result.place.month,
        "today": localdate(now),
        "left_out": place_words(open_) if open_ and open_.month < result.place.month else "",
        "facts": [
            {"label": "Would be paid", "value": ta.pounds(totals.net)},
            {
                "label": "Against the latest signed-off schedule",
                "value": ta.BLANK if last_net is None else ta.signed_pounds(totals.net - last_net),
            },
            {"label": "Lines", "value": f"{totals.lines:,}", "hint": f"{totals.payees:,} payees"},
            {"label": "Backdated", "value": ta.pounds(totals.backdated)},
            {"label": "Held", "value": ta.pounds(totals.held)},
        ],
        "counts": [
            (code_words(code), severity, count)
            for (severity, code), count in sorted(counts.items(), key=lambda row: (order.index(row[0][0]), row[0][1]))
        ],
    }
