"""A month as three CSV files: lines.csv, payees.csv and anomalies.csv, all its schedules together."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import StringIO
from itertools import groupby
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from lewisham_ta.dates import ONE_DAY
from lewisham_ta.money import ZERO
from payments.controc.models import Anomaly, PayeeTotal, ScheduleLine
from payments.controc.rules.lines import RELEASED

LINES = ("lease", "payee", "kind", "for_month", "start", "end", "days", "rate", "amount")
PAYEES = (
    "payee",
    "rent",
    "adjustments",
    "nrl_tax",
    "brought_forward",
    "released",
    "held",
    "net",
    "carried_forward",
)
ANOMALIES = ("subject", "code")


def plain_files(month: date) -> dict[str, bytes]:
    """File name → content. In lines.csv, `start` and `end` are the first and the last day; a released amount is not
    a line of its own there, because the line that it pays was. In payees.csv, `rent` includes what is paid of
    backdated and released amounts, and `released` says how much of it was held before."""
    return {
        "lines.csv": _csv(LINES, _lines(month)),
        "payees.csv": _csv(PAYEES, _payees(month)),
        "anomalies.csv": _csv(ANOMALIES, _anomalies(month)),
    }


def _lines(month: date) -> Iterator[Sequence[Any]]:
    rows = (
        ScheduleLine.objects.filter(schedule__month=month)
        .exclude(kind=RELEASED)
        .order_by("lease__ref", "for_month", "starts_on", "pk")
        .values_list(
            "lease__ref", "payee__party__ref", "kind", "for_month", "starts_on", "ends_on", "days", "rent", "amount"
        )
    )
    for lease, payee, kind, for_month, starts_on, ends_on, *figures in rows.iterator():
        yield lease, payee, kind, f"{for_month:%Y-%m}", starts_on, ends_on and ends_on - ONE_DAY, *figures


def _payees(month: date) -> Iterator[Sequence[Any]]:
    """A payee's schedules of the month added up; the balance is that before the first and that after the last."""
    rows = (
        PayeeTotal.objects.filter(schedule__month=month)
        .order_by("payee__party__ref", "schedule__number")
        .values(
            "adjustments",
            "nrl_tax",
            "brought_forward",
            "released",
            "held",
            "net",
            "carried_forward",
            ref=F("payee__party__ref"),
            rent_paid=F("rent") + F("backdated") + F("released"),
        )
    )
    for ref, group in groupby(rows, key=lambda row: row["ref"]):
        totals = list(group)
        month_of = {name: sum((row[name] for row in totals), ZERO) for name in totals[0].keys() - {"ref"}}
        month_of["brought_forward"] = totals[0]["brought_forward"]
        month_of["carried_forward"] = totals[-1]["carried_forward"]
        yield ref, month_of["rent_paid"], *(month_of[name] for name in PAYEES[2:])


def _anomalies(month: date) -> Iterable[Sequence[Any]]:
    subject = Coalesce("lease__ref", "payee__party__ref")
    return (
        Anomaly.objects.filter(schedule__month=month).order_by("code", subject).values_list(subject, "code").distinct()
    )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
