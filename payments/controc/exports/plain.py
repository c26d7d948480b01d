"""A month as three CSV files: lines.csv, payees.csv and anomalies.csv, all its schedules together."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from lewisham_ta.dates import ONE_DAY
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
    """A payee's schedules of the month added up. Between them, a balance is brought forward once: by the first."""
    rows = (
        PayeeTotal.objects.filter(schedule__month=month)
        .order_by("payee__party__ref", "schedule__number")
        .values_list(
            "payee__party__ref",
            F("rent") + F("backdated") + F("released"),
            "adjustments",
            "nrl_tax",
            "brought_forward",
            "released",
            "held",
            "net",
            "carried_forward",
        )
    )
    sums: dict[str, list[Decimal]] = {}
    for payee, *amounts in rows:
        if payee in sums:
            before = sums[payee]
            added = [old + new for old, new in zip(before, amounts, strict=True)]
            added[3], added[7] = before[3], amounts[7]
            sums[payee] = added
        else:
            sums[payee] = list(amounts)
    yield from ((payee, *amounts) for payee, amounts in sums.items())


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
