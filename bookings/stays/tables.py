"""The lists of this room. Where a confidential household lives is in none of them."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookings.households.rules import shown_address
from bookings.households.tables import household_url
from bookings.stays.models import Booking, Void
from bookings.stays.selectors import StayState
from bookings.units.tables import KindColumn, WarningColumn, provider_url, unit_url, warnings_of
from lewisham_ta import icons, tables

STATE_TONES = {
    StayState.COMING: "info",
    StayState.IN: "ok",
    StayState.LEAVES: "warning",
    StayState.LEFT: "neutral",
    StayState.CANCELLED: "neutral",
    StayState.NO_SHOW: "neutral",
}


def booking_url(record: Booking) -> str:
    return reverse("bookings:detail", args=[record.ref])


class PlaceColumn(tables.Column):
    """Where a booking is, but for confidential households."""

    def render(self, value: Any, record: Booking) -> str:
        return shown_address(str(value), is_confidential=record.household.is_confidential)

    def value(self, value: Any, record: Booking) -> str:
        return self.render(value, record)


class StateColumn(tables.TagColumn):
    """The state of a booking, with what else is to be known beside it."""

    def _also(self, record: Any) -> list[str]:
        live = record.status == Booking.Status.BOOKED
        return ["Split"] * (live and record.is_split) + ["Over the cap"] * (
            live and record.is_over_cap and record.cap_approved_by_id is None
        )

    def render(self, value: str, record: Any, **kwargs: Any) -> SafeString:
        state = StayState(value)
        said = [icons.tag(state.label, STATE_TONES[state])]
        return SafeString(" ".join([*said, *(icons.tag(words, "warning") for words in self._also(record))]))

    def value(self, value: str, record: Any) -> str:
        return ", ".join([StayState(value).label, *self._also(record)])


class BookingTable(tables.Table):
    caption = noun = "Bookings"
    empty = "No booking is like that."

    ref = tables.Column("Booking", linkify=booking_url)
    household = tables.Column("Household", accessor="household__ref", linkify=household_url)
    main_name = tables.Column("Main applicant")
    service = tables.Column("Service")
    unit = PlaceColumn("Unit", accessor="unit__ref")
    address = PlaceColumn("Address", accessor="unit__address", css="clip")
    provider = PlaceColumn("Provider", accessor="unit__provider__party__name", css="clip")
    starts_on = tables.DayColumn("First night")
    ends_on = tables.DayColumn("Departure")
    rate_now = tables.MoneyColumn("A night £")
    academy_ref = tables.Column("Academy")
    state = StateColumn("State")

    def tone(self, record: Any) -> str:
        over = record.is_over_cap and record.cap_approved_by_id is None
        live = record.status == Booking.Status.BOOKED
        return "warning" if live and (over or record.state == StayState.LEAVES) else ""


class FreeUnitTable(tables.Table):
    """Units that are free for the nights asked for."""

    caption = noun = "Free units"
    empty = "No unit like that is free for all of these nights."

    ref = tables.Column("Unit", linkify=unit_url)
    address = tables.Column("Address", css="clip")
    postcode = tables.Column("Postcode")
    district = tables.Column("Borough")
    size = tables.Column("Size")
    sleeps = tables.NumberColumn("Sleeps", accessor="sleeps_most")
    kind = KindColumn("Kind")
    features = tables.Column("Offers", css="clip")
    provider = tables.Column("Provider", accessor="provider__party__name", linkify=provider_url, css="clip")
    rate_now = tables.MoneyColumn("A night £")
    cap_now = tables.MoneyColumn("Cap £")
    warning = WarningColumn("To know")
    is_void = tables.Column("Kept for us")
    book = tables.Column("Book", accessor="pk", orderable=False, exclude_from_export=True)

    def __init__(
        self, *args: Any, day: date, asked: dict[str, Any], moving: str, may_book: bool, **kwargs: Any
    ) -> None:
        self.day, self.asked, self.moving = day, asked, moving
        super().__init__(*args, exclude=() if may_book else ("book",), **kwargs)

    def render_is_void(self, value: bool) -> SafeString | str:
        return icons.tag("Standing empty", "info") if value else self.default

    def value_is_void(self, value: bool) -> str:
        return "Standing empty" if value else ""

    def render_book(self, record: Any) -> SafeString:
        if self.moving:
            url, words = reverse("bookings:move", args=[self.moving, record.ref]), "Move here"
        else:
            url, words = reverse("bookings:book_in", args=[record.ref]), "Book in"
        query = urlencode({name: value for name, value in self.asked.items() if value})
        return format_html(
            '<a href="{}?{}">{}<span class="visually-hidden"> {}</span></a>', url, query, words, record.ref
        )

    def tone(self, record: Any) -> str:
        return "warning" if warnings_of(record, self.day) else ""


class VoidTable(tables.Table):
    caption = noun = "Voids"
    empty = "No void is like that."

    unit = tables.Column("Unit", accessor="unit__ref", linkify=unit_url)
    address = tables.Column("Address", accessor="unit__address", css="clip")
    provider = tables.Column("Provider", accessor="unit__provider__party__name", css="clip")
    starts_on = tables.DayColumn("First night")
    ends_on = tables.DayColumn("Last night", last_day=True)
    reason = tables.Column("Reason", css="clip")
    paid_by = tables.Column("Who pays")
    recorded_by = tables.Column("Recorded by")
    act = tables.Column("Mend", accessor="pk", orderable=False, exclude_from_export=True)

    def __init__(self, *args: Any, may_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, exclude=() if may_change else ("act",), **kwargs)

    def render_act(self, record: Void) -> SafeString:
        verbs = (
            [("void_withdraw", "Withdraw")] if record.ends_on else [("void_end", "End"), ("void_withdraw", "Withdraw")]
        )
        link = '<a href="{}">{}<span class="visually-hidden"> the void of {}</span></a>'
        links = [
            format_html(link, reverse(f"bookings:{name}", args=[record.pk]), words, record.unit.ref)
            for name, words in verbs
        ]
        return SafeString(" ".join(links))
