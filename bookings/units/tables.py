"""The lists of this room."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookings.units.models import NightlyCap, Provider, Unit
from bookings.units.rules import grade_warning, over_cap
from lewisham_ta import icons, tables
from lewisham_ta.templatetags.ta import day


def unit_url(record: Any) -> str:
    row = record if isinstance(record, Unit) else record.unit
    return reverse("units:detail", args=[row.ref])


def provider_url(record: Any) -> str:
    row = record if isinstance(record, Provider) else record.provider
    return reverse("units:provider_detail", args=[row.party.ref])


def warnings_of(unit: Any, on: date) -> list[str]:
    """What is to be known before a unit is booked: its grade and its rate beside the cap."""
    grade = grade_warning(
        size=unit.size,
        is_bed_and_breakfast=unit.is_bed_and_breakfast,
        grade=unit.grade,
        grade_expires_on=unit.grade_expires_on,
        day=on,
    )
    said = ["No good grade"] * bool(grade)
    if unit.rate_now is not None and over_cap(rate=unit.rate_now, cap=unit.cap_now):
        said.append("Over the cap")
    return said


class KindColumn(tables.Column):
    """The two flags of a unit in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="is_self_contained", **kwargs)

    def render(self, record: Unit) -> str:
        words = "Self-contained" if record.is_self_contained else "Shared"
        return f"{words}, B&B" if record.is_bed_and_breakfast else words

    def value(self, record: Unit) -> str:
        return self.render(record)


class WarningColumn(tables.Column):
    """The warnings of a unit on the day that the table is about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="pk", orderable=False, **kwargs)

    def render(self, record: Unit, table: Any) -> SafeString:
        return SafeString(" ".join(icons.tag(words, "warning") for words in warnings_of(record, table.day)))

    def value(self, record: Unit, table: Any) -> str:
        return ", ".join(warnings_of(record, table.day))


class UnitTable(tables.Table):
    caption = noun = "Units"
    empty = "No unit is like that."

    ref = tables.Column("Unit", linkify=unit_url)
    address = tables.Column("Address", css="clip")
    postcode = tables.Column("Postcode")
    size = tables.Column("Size")
    sleeps = tables.NumberColumn("Sleeps", accessor="sleeps_most")
    kind = KindColumn("Kind")
    provider = tables.Column("Provider", accessor="provider__party__name", linkify=provider_url, css="clip")
    district = tables.Column("Borough")
    brma = tables.Column("Rental market area", css="clip")
    rate_now = tables.MoneyColumn("A night £")
    cap_now = tables.MoneyColumn("Cap £")
    closed_on = tables.DayColumn("Not let from")
    warning = WarningColumn("To know")

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        self.day = day
        super().__init__(*args, **kwargs)

    def tone(self, record: Unit) -> str:
        return "warning" if warnings_of(record, self.day) else ""


class ProviderTable(tables.Table):
    caption = noun = "Providers"
    empty = "No provider is like that."

    ref = tables.Column("Provider", accessor="party__ref", linkify=provider_url)
    name = tables.Column("Name", accessor="party__name")
    vat = tables.Column("VAT")
    supplier_number = tables.Column("Supplier number")
    telephone = tables.Column("Telephone", accessor="party__telephone")
    email = tables.Column("E-mail", accessor="party__email")
    unit_count = tables.NumberColumn("Units let")


class CapTable(tables.Table):
    caption = noun = "Caps"
    empty = "No cap is set."

    size = tables.Column("Size")
    area = tables.Column("Area")
    from_on = tables.DayColumn("From")
    amount = tables.MoneyColumn("A night £")
    state = tables.Column("State", accessor="pk", orderable=False)
    act = tables.Column("Mend", accessor="pk", orderable=False, exclude_from_export=True)

    def __init__(self, *args: Any, in_force: set[int], may_change: bool, **kwargs: Any) -> None:
        self.in_force = in_force
        super().__init__(*args, exclude=() if may_change else ("act",), **kwargs)

    def value_state(self, record: NightlyCap) -> str:
        return "In force" if record.pk in self.in_force else "Not in force"

    def render_state(self, record: NightlyCap) -> SafeString:
        return icons.tag(self.value_state(record), "ok" if record.pk in self.in_force else "neutral")

    def render_act(self, record: NightlyCap) -> SafeString:
        return format_html(
            '<a href="{}">Withdraw<span class="visually-hidden"> the cap of {} from {}</span></a>',
            reverse("units:cap_withdraw", args=[record.pk]),
            record.get_size_display(),
            day(record.from_on),
        )
