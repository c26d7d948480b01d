"""The clocks as a table."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from lewisham_ta import icons, tables


def household_url(record: Any) -> str:
    return reverse("households:detail", args=[record.stay.household_ref])


def booking_url(record: Any) -> str:
    return reverse("bookings:detail", args=[record.stay.ref])


class ClockTable(tables.Table):
    caption = noun = "Clocks"
    empty = "No clock is like that."

    household = tables.Column("Household", accessor="stay__household_ref", linkify=household_url)
    name = tables.Column("Name")
    kind_words = tables.Column("Clock")
    service_words = tables.Column("Service")
    booking = tables.Column("Booking", accessor="stay__ref", linkify=booking_url)
    place = tables.Column("Provider or council")
    since = tables.DayColumn("Counted from", accessor="count__since")
    nights = tables.NumberColumn("Nights so far", accessor="count__nights")
    limit = tables.NumberColumn("Limit")
    last_on = tables.DayColumn("Last lawful night", accessor="count__last_on")
    over_since = tables.DayColumn("Over since", accessor="count__over_since")
    state = tables.Column("State")

    def __init__(self, *args: Any, may_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_change = may_change

    def render_state(self, value: str, record: Any) -> SafeString:
        return icons.tag(value, record.tone)

    def value_state(self, value: str) -> str:
        return value

    def tone(self, record: Any) -> str:
        return record.tone if record.tone in ("error", "warning") else ""

    def reason(self, record: Any) -> str:
        if not (self.may_change and record.takes_notice):
            return ""
        return render_to_string("bookings/clocks/_notice.html", {"line": record})
