"""The tables of this room: weeks, absences, tonight, the day, gaps."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookings.households.rules import CONFIDENTIAL
from lewisham_ta import icons, tables


class WeekTable(tables.Table):
    caption = noun = "Providers"
    empty = "Nobody was booked anywhere in this week."

    name = tables.Column("Provider", linkify=lambda record, table: week_url(record, table.week))
    bookings = tables.NumberColumn("Bookings")
    nights = tables.NumberColumn("Nights that are over")
    there = tables.NumberColumn("There")
    absent = tables.NumberColumn("Not there")
    unconfirmed = tables.NumberColumn("Unconfirmed")
    list_words = tables.Column("List")

    def __init__(self, *args: Any, week: Any, **kwargs: Any) -> None:
        self.week = week
        super().__init__(*args, **kwargs)

    def render_list_words(self, value: str, record: Any) -> SafeString:
        return icons.tag(value, record.tone)

    def value_list_words(self, value: str) -> str:
        return value

    def tone(self, record: Any) -> str:
        return "error" if record.absent else "warning" if record.unconfirmed else ""


def week_url(record: Any, week: Any) -> str:
    return reverse("occupancy:provider_week", args=[record.provider_id, week])


def booking_url(ref: str) -> str:
    return reverse("bookings:detail", args=[ref])


class AbsenceTable(tables.Table):
    """Where a confidential household is booked is not said; the page of its booking says it to who may know."""

    caption = noun = "Absences"
    empty = "Everybody was there when last asked."

    booking__ref = tables.Column("Booking", linkify=lambda value: booking_url(value))
    household = tables.Column(
        "Household",
        accessor="booking__household__ref",
        linkify=lambda value: reverse("households:detail", args=[value]),
    )
    provider = tables.Column("Provider", accessor="booking__unit__provider__party__name")
    unit = tables.Column("Unit", accessor="booking__unit__ref")
    first_on = tables.DayColumn("Not there from")
    last_on = tables.DayColumn("To", accessor="until_on", last_day=True)
    nights = tables.NumberColumn("Nights")
    booked_to = tables.DayColumn("Booked to", accessor="booking__ends_on", last_day=True)
    note = tables.Column("Note")
    said_at = tables.WhenColumn("Recorded")

    def __init__(self, *args: Any, may_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_change = may_change

    def render_nights(self, value: Any) -> int:
        return value.days

    def value_nights(self, value: Any) -> int:
        return value.days

    def render_provider(self, value: str, record: Any) -> str:
        return CONFIDENTIAL if record["booking__household__is_confidential"] else value

    def render_unit(self, value: str, record: Any) -> str:
        return CONFIDENTIAL if record["booking__household__is_confidential"] else value

    def tone(self, record: Any) -> str:
        return "error"

    def reason(self, record: Any) -> str:
        if not self.may_change:
            return ""
        ref = record["booking__ref"]
        url = reverse("bookings:depart", args=[ref])
        return format_html('<a href="{}">Record the departure of {}</a>', url, ref)


class TonightTable(tables.Table):
    caption = noun = "Units"
    empty = "No unit is like that."

    unit = tables.Column("Unit", linkify=lambda record: month_url("unit_month", record.unit_id))
    provider = tables.Column("Provider")
    address = tables.Column("Address")
    size = tables.Column("Size")
    state = tables.TagColumn("Tonight", accessor="state_words")
    booking = tables.Column("Booking", linkify=lambda record: booking_url(record.booking) if record.booking else None)
    who = tables.Column("Household")
    starts_on = tables.DayColumn("Since")
    ends_on = tables.DayColumn("Last night", last_day=True)
    note = tables.Column("Note")

    def render_state(self, value: str, record: Any) -> SafeString:
        return icons.tag(value, record.tone)

    def value_state(self, value: str) -> str:
        return value


class DayTable(tables.Table):
    caption = noun = "Arrivals and departures"
    empty = "Nobody arrives or leaves on this day."

    what = tables.Column("What", accessor="what_words")
    household = tables.Column("Household", linkify=lambda record: month_url("household_month", record.household_id))
    name = tables.Column("Name")
    booking = tables.Column("Booking", linkify=lambda record: booking_url(record.booking))
    people = tables.NumberColumn("People")
    provider = tables.Column("Provider")
    unit = tables.Column("Unit")
    address = tables.Column("Address")
    note = tables.Column("Note")

    def render_what(self, value: str, record: Any) -> SafeString:
        return icons.tag(value, record.tone)

    def value_what(self, value: str) -> str:
        return value


class GapTable(tables.Table):
    caption = noun = "Free runs of nights"
    empty = "No unit is free for so long in these days."

    unit = tables.Column("Unit", linkify=lambda record: month_url("unit_month", record.unit_id))
    provider = tables.Column("Provider")
    address = tables.Column("Address")
    size = tables.Column("Size")
    starts_on = tables.DayColumn("First free night")
    ends_on = tables.DayColumn("Last free night", last_day=True)
    nights = tables.NumberColumn("Nights")
    book = tables.Column("Book", empty_values=(), orderable=False, exclude_from_export=True)

    def __init__(self, *args: Any, may_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, exclude=() if may_change else ("book",), **kwargs)

    def render_book(self, record: Any) -> SafeString:
        url = f"{reverse('bookings:book_in', args=[record.unit])}?starts_on={record.starts_on}"
        return format_html('<a href="{}">Book in<span class="visually-hidden"> to {}</span></a>', url, record.unit)


def month_url(name: str, pk: int) -> str:
    return reverse(f"occupancy:{name}", args=[pk])
