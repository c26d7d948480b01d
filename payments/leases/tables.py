"""The lists of this room."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from lewisham_ta import icons, tables
from lewisham_ta.templatetags.ta import MINUS, day
from payments.leases.models import Hold, Lease, Property
from payments.leases.rules import certificate_state
from payments.leases.selectors import EXPIRY_COLUMNS, LeaseState

STATE_TONES = {
    LeaseState.LIVE: "ok",
    LeaseState.HOLDING_OVER: "warning",
    LeaseState.ENDED: "neutral",
    LeaseState.NOT_STARTED: "info",
}


def lease_url(record: Any) -> str:
    ref = record.ref if isinstance(record, Lease) else record.lease_ref
    return reverse("leases:lease_detail", args=[ref])


def property_url(record: Any) -> str:
    ref = record.ref if isinstance(record, Property) else record.property_ref
    return reverse("leases:property_detail", args=[ref])


class StateColumn(tables.TagColumn):
    """The state of a lease, with held and suspended beside it."""

    def render(self, value: str, record: Any, **kwargs: Any) -> SafeString:
        said = [icons.tag(LeaseState(value).label, STATE_TONES[LeaseState(value)])]
        said += [icons.tag("Held", "warning")] * record.is_held
        said += [icons.tag("Suspended", "warning")] * record.is_suspended
        return SafeString(" ".join(said))

    def value(self, value: str, record: Any) -> str:
        said = [LeaseState(value).label] + ["held"] * record.is_held + ["suspended"] * record.is_suspended
        return ", ".join(said)


class LeaseTable(tables.Table):
    caption = noun = "Leases"
    empty = "No lease is like that."

    ref = tables.Column("Lease", linkify=lease_url)
    property_ref = tables.Column(
        "Property",
        accessor="property__ref",
        linkify=lambda record: reverse("leases:property_detail", args=[record.property.ref]),
    )
    address = tables.Column("Address", accessor="property__address", css="clip")
    postcode = tables.Column("Postcode", accessor="property__postcode")
    bedrooms = tables.NumberColumn("Bed", accessor="property__bedrooms")
    payee_ref = tables.Column("Payee", linkify=lambda value: reverse("payees:detail", args=[value]))
    payee_name = tables.Column("Paid to", css="clip")
    starts_on = tables.DayColumn("First day")
    ends_on = tables.DayColumn("Last day", last_day=True)
    keys_returned_on = tables.DayColumn("Keys back")
    basis = tables.Column("Basis")
    weekly_rent = tables.MoneyColumn("Rent a week £")
    monthly_rent = tables.MoneyColumn("Rent a month £")
    state = StateColumn("State")

    holds: Mapping[int, Hold] = {}

    def tone(self, record: Any) -> str:
        return "warning" if record.state == LeaseState.HOLDING_OVER or record.is_held else ""

    def reason(self, record: Any) -> str:
        hold = self.holds.get(record.pk)
        if hold is None:
            return ""
        return f"Held from {day(hold.starts_on)}: {hold.reason}. To act: {hold.must_act or 'nobody is named'}."


class ExpiryColumn(tables.DayColumn):
    """The last day of a certificate; what is expired, missing or near says so in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Nothing to show is something to say here, so an empty value must reach `render`.
        super().__init__(*args, empty_values=(), **kwargs)

    def render(self, value: date | None, table: "PropertyTable", record: Any) -> SafeString | str:
        state = certificate_state(value, table.today, table.reminders)
        if state.tone == "ok" or (value is None and record.lease_ref is None):
            return super().render(value) if value else table.default
        words = super().render(value) if value else ""
        return SafeString(f"{words} {icons.tag(state.words, state.tone)}".strip())

    def value(self, value: date | None) -> date | str:
        return value or "Missing"


class PropertyTable(tables.Table):
    caption = noun = "Properties"
    empty = "No property is like that."

    ref = tables.Column("Property", linkify=property_url)
    uprn = tables.Column("UPRN")
    address = tables.Column("Address")
    postcode = tables.Column("Postcode")
    bedrooms = tables.NumberColumn("Bed")
    kind = tables.Column("Type")
    lease_ref = tables.Column("Lease in force", linkify=lambda value: reverse("leases:lease_detail", args=[value]))
    gas_expires_on = ExpiryColumn("Gas safety to")
    eicr_expires_on = ExpiryColumn("EICR to")
    epc_expires_on = ExpiryColumn("EPC to")

    def __init__(self, *args: Any, today: date, reminders: list[int], **kwargs: Any) -> None:
        self.today, self.reminders = today, reminders
        super().__init__(*args, **kwargs)

    def tone(self, record: Any) -> str:
        if record.lease_ref is None:
            return ""
        tones = {
            certificate_state(getattr(record, column), self.today, self.reminders).tone
            for column in EXPIRY_COLUMNS.values()
        }
        return next((tone for tone in ("error", "warning") if tone in tones), "")


class CertificateTable(tables.Table):
    caption = noun = "Certificates"
    empty = "No certificate is like that."

    property_ref = tables.Column("Property", linkify=property_url)
    address = tables.Column("Address")
    postcode = tables.Column("Postcode")
    lease_ref = tables.Column("Lease", linkify=lease_url)
    kind_words = tables.Column("Certificate")
    expires_on = tables.DayColumn("Last day")
    days_left = tables.NumberColumn("Days left")
    state = tables.Column("State")

    def render_days_left(self, value: int) -> str:
        return f"{MINUS}{-value}" if value < 0 else str(value)

    def value_days_left(self, value: int) -> int:
        return value

    def render_state(self, value: str, record: Any) -> SafeString:
        return icons.tag(value, record.tone)

    def value_state(self, value: str) -> str:
        return value

    def tone(self, record: Any) -> str:
        return "" if record.tone == "ok" else record.tone


class AdjustmentTable(tables.Table):
    noun = "Adjustments"
    empty = "No adjustment is recorded for this month."

    def __init__(self, *args: Any, may_withdraw: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, exclude=() if may_withdraw else ("withdraw",), **kwargs)

    lease_ref = tables.Column("Lease", accessor="lease__ref", linkify=lambda record: lease_url(record.lease))
    address = tables.Column("Address", accessor="lease__property__address")
    kind = tables.Column("Type")
    amount = tables.MoneyColumn("Amount £")
    narrative = tables.Column("Narrative")
    withdraw = tables.Column(
        "Mend",
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        linkify=lambda record: reverse("leases:adjustment_withdraw", args=[record.pk]),
    )

    def render_withdraw(self) -> str:
        return "Withdraw"
