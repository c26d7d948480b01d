"""The tables of this room: weeks, absences, tonight, the day, gaps."""

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

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


def absent_household_url(record: Any) -> str | None:
    if record["booking__household__is_confidential"]:
        return None
    return reverse("households:detail", args=[record["booking__household__ref"]])


class AbsenceTable(tables.Table):
    caption = noun = "Absences"
    empty = "Everybody was there when last asked."

    booking__ref = tables.Column("Booking")
    household = tables.Column("Household", accessor="booking__household__ref", linkify=absent_household_url)
    provider = tables.Column("Provider", accessor="booking__unit__provider__party__name")
    unit = tables.Column("Unit", accessor="booking__unit__ref")
    first_on = tables.DayColumn("Not there from")
    last_on = tables.DayColumn("To", accessor="until_on", last_day=True)
    nights = tables.NumberColumn("Nights")
    booked_to = tables.DayColumn("Booked to", accessor="booking__ends_on", last_day=True)
    note = tables.Column("Note")
    said_at = tables.WhenColumn("Recorded")

    def render_nights(self, value: Any) -> int:
        return value.days

    def value_nights(self, value: Any) -> int:
        return value.days

    def render_household(self, value: str, record: Any) -> str:
        return "Confidential" if record["booking__household__is_confidential"] else value


class TonightTable(tables.Table):
    caption = noun = "Units"
    empty = "No unit is like that."

    unit = tables.Column("Unit", linkify=lambda record: month_url("unit_month", record.unit_id))
    provider = tables.Column("Provider")
    address = tables.Column("Address")
    size = tables.Column("Size")
    state = tables.TagColumn("Tonight", accessor="state_words")
    booking = tables.Column("Booking")
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
    booking = tables.Column("Booking")
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


def month_url(name: str, pk: int) -> str:
    return reverse(f"occupancy:{name}", args=[pk])
