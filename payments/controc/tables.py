"""The tables of a schedule's pages."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localdate

from lewisham_ta import icons, tables
from lewisham_ta.templatetags import ta
from payments.controc.forms import code_words
from payments.controc.models import Anomaly, Schedule, ScheduleLine
from payments.controc.selectors.pages import Flags, state_of
from payments.leases.models import Lease

STATE_WORDS = {
    "draft": "Draft",
    "ready": "Awaiting sign-off",
    "signed_off": "Signed off",
    "sent": "Sent",
    "paid": "Paid",
}
STATE_TONES = {"draft": "neutral", "ready": "warning", "signed_off": "ok", "sent": "info", "paid": "ok"}
SEVERITY_TONES = {"STOP": "error", "CHECK": "warning", "NOTE": "info"}


def place_args(schedule: Schedule) -> list[Any]:
    """How a schedule is named in an address: 2026-11 and its number."""
    return [f"{schedule.month:%Y-%m}", schedule.number]


def place_words(schedule: Schedule) -> str:
    return f"{schedule.month:%B %Y}" + (f", supplementary {schedule.number}" if schedule.number else "")


def state_tag(schedule: Schedule) -> SafeString:
    state = state_of(schedule)
    return icons.tag(STATE_WORDS[state], STATE_TONES[state])


class ScheduleTable(tables.Table):
    caption, noun, empty = "Rent schedules", "Schedules", "No schedule has been generated yet."

    month = tables.Column("Schedule", order_by=("month", "number"))
    state = tables.Column("State", accessor="status", orderable=False)
    lines_count = tables.NumberColumn("Lines")
    payees = tables.NumberColumn("Payees")
    net = tables.MoneyColumn("To pay £")
    held = tables.MoneyColumn("Held £")
    undecided = tables.NumberColumn("Open anomalies")
    prepared_by = tables.Column("Prepared by", orderable=False)
    signed_off_by = tables.Column("Signed off by", orderable=False)
    signed_off_at = tables.WhenColumn("Signed off")

    def render_month(self, record: Schedule) -> SafeString:
        address = reverse("controc:schedule_detail", args=place_args(record))
        return format_html('<a href="{}">{}</a>', address, place_words(record))

    def value_month(self, record: Schedule) -> str:
        return place_words(record)

    def render_state(self, record: Schedule) -> SafeString:
        return state_tag(record)

    def value_state(self, record: Schedule) -> str:
        return STATE_WORDS[state_of(record)]


class LineTable(tables.Table):
    caption, noun, empty = "Lines of the schedule", "Lines", "No line matches the filters."

    lease = tables.Column("Lease", order_by=("lease__ref", "pk"))
    address = tables.Column("Address", accessor="lease__property__address", css="clip clip-short")
    payee = tables.Column(
        "Payee", accessor="payee__party__name", order_by=("payee__party__name", "pk"), css="clip clip-short"
    )
    kind = tables.Column("Line", css="clip clip-short")
    starts_on = tables.Column("From", css="date")
    ends_on = tables.Column("To", css="date")
    days = tables.NumberColumn("Days")
    rent = tables.MoneyColumn("Rent £")
    basis = tables.Column("Basis", orderable=False)
    amount = tables.MoneyColumn("Amount £")
    last_month = tables.MoneyColumn("Last month £", orderable=False)
    cost_code = tables.Column("Code", css="date")
    is_held = tables.Column("Pay", orderable=False)

    def __init__(self, *args: Any, flags: Flags, schedule: Schedule, may_decide: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flags, self.schedule, self.may_decide = flags, schedule, may_decide

    def render_lease(self, record: ScheduleLine) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("leases:lease_detail", args=[record.lease.ref]), record.lease.ref
        )

    def value_lease(self, record: ScheduleLine) -> str:
        return record.lease.ref

    def render_payee(self, record: ScheduleLine) -> SafeString:
        address = reverse("payees:detail", args=[record.payee.party.ref])
        return format_html('<a href="{}">{}</a> {}', address, record.payee.party.ref, record.payee.party.name)

    def render_kind(self, record: ScheduleLine) -> str:
        return line_words(record)

    def render_amount(self, record: ScheduleLine, value: Decimal) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("controc:line_detail", args=[record.pk]), ta.money(value))

    def value_amount(self, value: Decimal) -> Decimal:
        return value

    def render_basis(self, value: str) -> str:
        return str(Lease.Basis(value).label)

    def render_last_month(self, record: ScheduleLine, value: Decimal) -> str:
        return ta.money(value) if record.kind == ScheduleLine.Kind.RENT else ta.BLANK

    def value_last_month(self, record: ScheduleLine, value: Decimal) -> Decimal | None:
        return value if record.kind == ScheduleLine.Kind.RENT else None

    def render_starts_on(self, value: date) -> str:
        return ta.day_in_month(value)

    def value_starts_on(self, value: date) -> date:
        return value

    def render_ends_on(self, value: date) -> str:
        return ta.day_in_month(ta.last_day(value))

    def value_ends_on(self, value: date) -> date | None:
        return ta.last_day(value)

    def render_is_held(self, record: ScheduleLine) -> SafeString:
        if record.is_held:
            return icons.tag("Held", "warning")
        return icons.tag("Stopped", "error") if self.tone(record) == "error" else icons.tag("Pay", "ok")

    def value_is_held(self, record: ScheduleLine) -> str:
        if record.is_held:
            return f"Held: {record.held_because}"
        return "Stopped" if self.tone(record) == "error" else "Pay"

    def tone(self, record: ScheduleLine) -> str:
        open_ = [anomaly.severity for anomaly in self.flags.of(record) if not anomaly.decision]
        return "error" if "STOP" in open_ else "warning" if "CHECK" in open_ else ""

    def reason(self, record: ScheduleLine) -> str:
        found = self.flags.of(record)
        if not found:
            return ""
        return render_to_string(
            "payments/controc/_line_reasons.html",
            {"anomalies": [shown(anomaly, record) for anomaly in found], "may_decide": self.may_decide},
        )


class LineExport(LineTable):
    """The lines as a file: the payee in two columns, and what the page says under a line in one."""

    payee_ref = tables.Column("Payee ref", accessor="payee__party__ref")
    found = tables.Column("What was found", accessor="pk", orderable=False)

    class Meta:
        sequence = ("lease", "address", "payee_ref", "...", "is_held", "found")

    def value_payee(self, value: str) -> str:
        return value

    def value_found(self, record: ScheduleLine) -> str:
        return " ".join(_found_words(anomaly) for anomaly in self.flags.of(record))


def _found_words(anomaly: Anomaly) -> str:
    found = f"{anomaly.severity}: {anomaly.words}"
    if not anomaly.decision:
        return found
    return f"{found} {anomaly.get_decision_display()} by {anomaly.decided_by}: {anomaly.reason}"


def line_words(line: ScheduleLine) -> str:
    """What a line is for: its kind, and the month where that is not the schedule's own."""
    if line.kind == ScheduleLine.Kind.RENT:
        return "Rent"
    if line.kind == ScheduleLine.Kind.ADJUSTMENT and line.adjustment:
        return f"{line.adjustment.get_kind_display()}: {line.adjustment.narrative}"
    return f"{line.get_kind_display()}, {line.for_month:%b %Y}"


def shown(anomaly: Anomaly, line: ScheduleLine | None = None) -> dict[str, Any]:
    """An anomaly as the pieces of templates print it."""
    return {
        "pk": anomaly.pk,
        "code": code_words(anomaly.code),
        "severity": anomaly.severity,
        "tone": SEVERITY_TONES[anomaly.severity],
        "words": anomaly.words,
        "decision": anomaly.get_decision_display() if anomaly.decision else "",
        "decided_by": anomaly.decided_by,
        "decided_at": anomaly.decided_at,
        "must_act": anomaly.must_act,
        "reason": anomaly.reason,
        "needs_decision": not anomaly.decision and anomaly.severity != Anomaly.Severity.NOTE,
        "may_accept": anomaly.severity == Anomaly.Severity.CHECK,
        "mend_url": mend_url(anomaly, line),
    }


def subject_of(anomaly: Anomaly) -> str:
    """The reference of the lease or payee."""
    return anomaly.lease.ref if anomaly.lease else anomaly.payee.party.ref if anomaly.payee else ""


def mend_url(anomaly: Anomaly, line: ScheduleLine | None = None) -> str:
    """The page on which what is wrong is put right."""
    if anomaly.payee_id:
        payee = line.payee if line is not None else anomaly.payee
        return reverse("payees:detail", args=[payee.party.ref]) if payee else ""
    lease = line.lease if line is not None else anomaly.lease
    if lease is None:
        return ""
    if anomaly.code in ("CERTIFICATE_EXPIRED", "DUPLICATE_PROPERTY"):
        return reverse("leases:property_detail", args=[lease.property.ref])
    return reverse("leases:lease_detail", args=[lease.ref])


class AnomalyTable(tables.Table):
    caption, noun, empty = "Anomalies", "Anomalies", "No anomaly matches the filters."

    pick = tables.CheckColumn(label="label", amount="amount")
    severity = tables.Column("Severity", order_by=("severity_rank", "pk"))
    code = tables.Column("Check")
    subject = tables.Column("On", accessor="pk", orderable=False)
    address = tables.Column("Name or address", accessor="pk", orderable=False)
    words = tables.Column("What was found", orderable=False, css="wrap")
    amount = tables.MoneyColumn("Amount £")
    decision = tables.Column("Decision", orderable=False, css="wrap", empty_values=())
    action = tables.Column("To do", accessor="pk", orderable=False, exclude_from_export=True)

    def render_severity(self, record: Anomaly) -> SafeString:
        return icons.tag(record.severity, SEVERITY_TONES[record.severity])

    def value_severity(self, record: Anomaly) -> str:
        return record.severity

    def render_code(self, value: str) -> str:
        return code_words(value)

    def render_subject(self, record: Anomaly) -> SafeString:
        return format_html('<a href="{}">{}</a>', mend_url(record), self.value_subject(record))

    def value_subject(self, record: Anomaly) -> str:
        return subject_of(record)

    def render_address(self, record: Anomaly) -> str:
        return record.lease.property.address if record.lease else record.payee.party.name if record.payee else ""

    def render_decision(self, record: Anomaly) -> SafeString | str:
        if record.decision:
            tone = "ok" if record.decision == Anomaly.Decision.ACCEPTED else "warning"
            tag = icons.tag(record.get_decision_display(), tone)
            when = f"{record.decided_by}, {ta.when(record.decided_at)}"
            act = f" To act: {record.must_act}." if record.must_act else ""
            return format_html('{} {}<span class="quiet">{} {}</span>', tag, record.reason, act, when)
        return (
            ta.BLANK if record.severity == Anomaly.Severity.NOTE else icons.tag("Open", SEVERITY_TONES[record.severity])
        )

    def value_decision(self, record: Anomaly) -> str:
        if not record.decision:
            return "" if record.severity == Anomaly.Severity.NOTE else "Open"
        return f"{record.get_decision_display()} by {record.decided_by}: {record.reason}"

    def render_action(self, record: Anomaly) -> SafeString | str:
        if record.severity == Anomaly.Severity.NOTE:
            return ""
        return format_html('<a href="{}">Decide</a>', reverse("controc:anomaly_decide", args=[record.pk]))

    def tone(self, record: Anomaly) -> str:
        return "" if record.decision else {"STOP": "error", "CHECK": "warning"}.get(record.severity, "")


class ExceptionTable(AnomalyTable):
    """The STOPs and CHECKs as the signatory reads them: there is nothing to tick, and each opens to its page."""

    caption, noun, empty = "Every STOP and CHECK and what was decided", "Exceptions", "There are none."

    class Meta:
        exclude = ("pick", "code", "action")
        sequence = ("subject", "address", "severity", "...")

    def render_subject(self, record: Anomaly) -> SafeString:
        address = reverse("controc:anomaly_decide", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, self.value_subject(record))


class TotalTable(tables.Table):
    caption, noun, empty = "What each payee gets", "Payees", "No payee matches the filters."

    payee = tables.Column("Payee", accessor="payee__party__ref", order_by=("payee__party__ref", "pk"))
    name = tables.Column("Name", accessor="payee__party__name")
    lines_count = tables.NumberColumn("Lines")
    rent = tables.MoneyColumn("Rent £")
    backdated = tables.MoneyColumn("Backdated £")
    released = tables.MoneyColumn("Released £")
    adjustments = tables.MoneyColumn("Adjustments £")
    nrl_tax = tables.MoneyColumn("NRL tax £")
    brought_forward = tables.MoneyColumn("Brought fwd £")
    net = tables.MoneyColumn("To pay £")
    held = tables.MoneyColumn("Held £")
    carried_forward = tables.MoneyColumn("Carried fwd £")
    payment = tables.Column("Payment", orderable=False)

    def __init__(self, *args: Any, schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place_args(schedule)
        self.lines_address = reverse("controc:schedule_detail", args=self.place)

    def render_payee(self, value: str) -> SafeString:
        return format_html('<a href="{}?find={}">{}</a>', self.lines_address, value, value)

    def value_payee(self, value: str) -> str:
        return value

    def render_net(self, record: Any, value: Decimal) -> SafeString:
        address = reverse("controc:net", args=[*self.place, record.payee.party.ref])
        return format_html('<a href="{}">{}</a>', address, ta.money(value))

    def value_net(self, value: Decimal) -> Decimal:
        return value

    def render_payment(self, record: Any) -> SafeString:
        address = reverse("batches:payment_detail", args=[record.payment_id])
        return format_html('<a href="{}">{}</a>', address, record.payment.get_state_display())

    def value_payment(self, record: Any) -> str:
        return f"{record.payment.reference} {record.payment.get_state_display()}"

    def tone(self, record: Any) -> str:
        return "warning" if record.flags else ""


class CauseLeaseTable(tables.Table):
    caption, noun, empty = "Leases and payees of this cause", "Rows", "Nothing in this cause."

    ref = tables.Column("Lease or payee", accessor="ref", orderable=False)
    name = tables.Column("Address or name", accessor="name", orderable=False)
    amount = tables.MoneyColumn("Amount £", accessor="amount", signed=True, orderable=False)

    def render_ref(self, record: Any, value: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', record["url"], value)

    def value_ref(self, value: str) -> str:
        return value


class HeldTable(tables.Table):
    caption, noun, empty = "Held and not released", "Amounts", "Nothing is held."

    lease = tables.Column("Lease", accessor="lease__ref")
    address = tables.Column("Address", accessor="lease__property__address", css="clip")
    payee = tables.Column("Payee", accessor="payee__party__name", css="clip")
    schedule = tables.Column("Held on", orderable=False)
    kind = tables.Column("Line", orderable=False)
    amount = tables.MoneyColumn("Amount £")
    held_because = tables.Column("Why", orderable=False)
    must_act = tables.Column("Who must act", orderable=False)
    held_by = tables.Column("To do", orderable=False, exclude_from_export=True)

    def render_lease(self, record: ScheduleLine, value: str) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("leases:lease_detail", args=[value]), value)

    def value_lease(self, value: str) -> str:
        return value

    def render_schedule(self, record: ScheduleLine) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("controc:line_detail", args=[record.pk]), place_words(record.schedule)
        )

    def value_schedule(self, record: ScheduleLine) -> str:
        return place_words(record.schedule)

    def render_kind(self, record: ScheduleLine) -> str:
        return line_words(record)

    def render_held_by(self, value: int) -> SafeString:
        return format_html('<a href="{}">Release</a>', reverse("controc:anomaly_decide", args=[value]))


class DeputyTable(tables.Table):
    caption, noun, empty = "Deputies", "Deputies", "Nobody has been appointed."

    person = tables.Column("Who may sign off", orderable=False)
    from_on = tables.DayColumn("From")
    to_on = tables.DayColumn("To")
    reason = tables.Column("Why", orderable=False)
    appointed_by = tables.Column("Appointed by", orderable=False)
    appointed_at = tables.WhenColumn("When")
    end = tables.Column("", accessor="pk", orderable=False, exclude_from_export=True)

    def __init__(self, *args: Any, may_end: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_end = may_end

    def render_end(self, record: Any) -> SafeString | str:
        if not self.may_end or record.to_on < localdate():
            return ""
        return mark_safe(render_to_string("payments/controc/_deputy_end.html", {"deputy": record}, self.request))


def page_of(table: tables.Table) -> Iterable[Any]:
    """The records of the page that the table shows."""
    return [row.record for row in table.paginated_rows]
