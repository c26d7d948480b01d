"""The sign-off pack: what the signatory saw, as a PDF, and every line with its working, as a workbook."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from lewisham_ta import pdf
from lewisham_ta.dates import ONE_DAY, days_in_month
from lewisham_ta.exports import Sheet, workbook_of
from payments.controc import selectors
from payments.controc.forms import code_words
from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules.bridge import Bridge
from payments.controc.rules.entitlement import formula
from payments.controc.selectors.rents import rent_set
from payments.leases.models import Lease
from payments.payees.models import Payee

LINES = (
    "Lease",
    "Property",
    "Address",
    "Payee",
    "Name",
    "Kind",
    "For month",
    "First day",
    "Last day",
    "Days",
    "Rent",
    "Per",
    "Basis",
    "Amount",
    "Held",
    "Why held",
    "Cost code",
    "Working",
    "Rent set by",
    "Rent set at",
)
PAYEES = (
    "Payee",
    "Name",
    "Rent",
    "Backdated",
    "Released",
    "Adjustments",
    "Taxed amount",
    "NRL tax",
    "Brought forward",
    "Net",
    "Carried forward",
    "Held",
)
BRIDGE = ("Lease or payee", "Why", "Amount", "Total")
ANOMALIES = (
    "Severity",
    "Code",
    "Check",
    "Subject",
    "Address or name",
    "What",
    "Decision",
    "Decided by",
    "Decided at",
    "Reason",
    "Who must act",
)


def pack(schedule: Schedule, bridge: Bridge) -> tuple[bytes, bytes]:
    """The PDF and the workbook of a schedule that is being signed off, with the bridge that it is signed on."""
    sample = selectors.sample_of_unflagged(schedule)
    context = {
        "title": f"CONTROC {schedule}",
        "schedule": schedule,
        "totals": selectors.control_totals(schedule),
        "counts": selectors.anomaly_counts(schedule),
        # A NOTE is for reading on the screen; the workbook has them all.
        "anomalies": [row for row in _anomaly_rows(schedule) if row[0] != "NOTE"],
        "bridge": bridge,
        "causes": list(bridge.by_cause.items()),
        "sample": [(line, Lease.Basis(line.basis).label if line.basis else "") for line in sample],
    }
    return pdf.render("payments/controc/pack.html", context), workbook(schedule, bridge)


def workbook(schedule: Schedule, bridge: Bridge) -> bytes:
    """Every line with its working, the payees' totals, and every anomaly with what was decided about it."""
    return workbook_of(
        [
            Sheet("Lines", LINES, _line_rows(schedule)),
            Sheet("Payees", PAYEES, _payee_rows(schedule)),
            Sheet("Anomalies", ANOMALIES, _anomaly_rows(schedule)),
            Sheet("Bridge", BRIDGE, _bridge_rows(bridge)),
        ]
    )


def working(line: ScheduleLine) -> str:
    """How the amount of a line came about, as a sum that can be done again."""
    if line.kind == ScheduleLine.Kind.RELEASED:
        return f"Held on {line.releases.schedule}, released now."
    if line.rent is not None:
        assert line.days is not None
        return formula(line.rent, line.basis, line.days, days_in_month(line.for_month))
    if line.adjustment is not None:
        return line.adjustment.narrative
    assert line.working is not None
    runs = "; ".join(run["sum"] for run in line.working["runs"]) or "no payable day"
    due, scheduled = Decimal(line.working["due"]), Decimal(line.working["scheduled"])
    return f"Due £{due:,.2f} ({runs}), scheduled £{scheduled:,.2f}."


def _line_rows(schedule: Schedule) -> Iterator[Sequence[Any]]:
    rows = (
        ScheduleLine.objects.filter(schedule=schedule)
        .select_related("lease__property", "payee__party", "lease_rent__set_by", "adjustment", "releases__schedule")
        .order_by("lease__ref", "for_month", "starts_on", "pk")
    )
    for line in rows.iterator(chunk_size=2000):
        rent = rent_set(line)
        yield (
            line.lease.ref,
            line.lease.property.ref,
            f"{line.lease.property.address}, {line.lease.property.postcode}",
            line.payee.party.ref,
            line.payee.party.name,
            line.get_kind_display(),
            f"{line.for_month:%Y-%m}",
            line.starts_on,
            line.ends_on and line.ends_on - ONE_DAY,
            line.days,
            line.rent,
            line.per,
            line.basis,
            line.amount,
            line.is_held,
            line.held_because,
            line.cost_code,
            working(line),
            rent and rent.set_by,
            rent and rent.set_at,
        )


def _bridge_rows(bridge: Bridge) -> Iterator[Sequence[Any]]:
    """The causes, then each lease and payee of each cause."""
    yield "", "Last month", None, bridge.last_total
    for cause, amount in bridge.by_cause.items():
        yield "", str(cause.value), None, amount
    yield "", "This month", None, bridge.this_total
    leases = dict(Lease.objects.filter(pk__in=bridge.by_lease).values_list("pk", "ref"))
    payees = dict(Payee.objects.filter(pk__in=bridge.by_payee).values_list("pk", "party__ref"))
    for refs, rows in ((leases, bridge.by_lease), (payees, bridge.by_payee)):
        for pk, causes in sorted(rows.items(), key=lambda row: refs[row[0]]):
            for cause, amount in causes.items():
                yield refs[pk], str(cause.value), amount, None


def _payee_rows(schedule: Schedule) -> Iterator[Sequence[Any]]:
    rows = PayeeTotal.objects.filter(schedule=schedule).order_by("payee__party__ref")
    yield from rows.values_list(
        "payee__party__ref",
        "payee__party__name",
        "rent",
        "backdated",
        "released",
        "adjustments",
        "nrl_base",
        "nrl_tax",
        "brought_forward",
        "net",
        "carried_forward",
        "held",
    )


def _anomaly_rows(schedule: Schedule) -> list[Sequence[Any]]:
    order = {"STOP": 0, "CHECK": 1, "NOTE": 2}
    rows = Anomaly.objects.filter(schedule=schedule).select_related("lease__property", "payee__party", "decided_by")
    return [
        (
            anomaly.severity,
            anomaly.code,
            code_words(anomaly.code),
            anomaly.lease.ref if anomaly.lease else anomaly.payee.party.ref,
            anomaly.lease.property.address if anomaly.lease else anomaly.payee.party.name,
            anomaly.words,
            anomaly.get_decision_display() if anomaly.severity != "NOTE" else "",
            anomaly.decided_by and str(anomaly.decided_by),
            anomaly.decided_at,
            anomaly.reason,
            anomaly.must_act,
        )
        for anomaly in sorted(rows, key=lambda row: (order[row.severity], row.code, row.pk))
    ]
