"""The exceptions, and the matches that wait for a person."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookings.academy import selectors
from bookings.academy.models import AcademyAccount
from bookings.academy.rules.differences import KIND_WORDS, Kind
from bookings.academy.rules.matching import GROUND_WORDS, Ground
from bookings.households.rules import shown_address
from lewisham_ta import icons, tables
from lewisham_ta.templatetags import ta

URGENT = {Kind.STOPPED, Kind.TWICE}


def booking_url(value: str) -> str:
    return reverse("bookings:detail", args=[value])


def account_link(ref: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("academy:account_detail", args=[ref]), ref)


def account_details(account: AcademyAccount, *, is_hidden: bool) -> list[dict[str, Any]]:
    """What Academy says about an account."""
    address = ", ".join(filter(None, [account.address, account.postcode]))
    return [
        {"label": "Date of birth", "value": account.born_on and ta.day(account.born_on)},
        {"label": "NI number", "value": account.ni_number},
        {"label": "Address", "value": shown_address(address, is_confidential=is_hidden)},
        {"label": "Tenancy start", "value": account.starts_on and ta.day(account.starts_on)},
        {"label": "Tenancy end", "value": account.ends_on and ta.day(account.ends_on)},
        {"label": "Weekly rent", "value": ta.pounds(account.weekly_rent)},
        {"label": "Weekly HB", "value": ta.pounds(account.weekly_benefit)},
    ]


class ExceptionTable(tables.Table):
    noun = "Exceptions"
    caption = "Exceptions between Academy and the bookings"
    empty = "No exception is like that."

    selected = tables.CheckColumn(accessor="key", label="difference__kind")
    kind = tables.Column("Exception", accessor="difference__kind")
    booking = tables.Column("Booking", accessor="difference__stay__ref", linkify=booking_url)
    household = tables.Column(
        "Household",
        accessor="difference__stay__household_ref",
        linkify=lambda value: reverse("households:detail", args=[value]),
    )
    account = tables.Column("Academy account", accessor="difference__account__ref")
    name = tables.Column("Name", empty_values=(), orderable=False)
    ours = tables.Column("Booking says", accessor="difference__ours", orderable=False)
    theirs = tables.Column("Academy says", accessor="difference__theirs", orderable=False)
    state = tables.Column("State", accessor="settled", empty_values=(), orderable=False)
    words = tables.Column("What it is", accessor="difference__words", orderable=False)

    def __init__(self, *args: Any, may_settle: bool = False, is_file: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_file:
            self.columns.hide("words")  # they stand under the row
        self.may_settle = may_settle
        if not may_settle:
            self.columns.hide("selected")

    def render_kind(self, value: Kind) -> str:
        return KIND_WORDS[value]

    def value_kind(self, value: Kind) -> str:
        return KIND_WORDS[value]

    def render_account(self, value: str) -> SafeString:
        return account_link(value)

    def value_account(self, value: str) -> str:
        return value

    def render_name(self, record: Any) -> str:
        one = record.difference.stay or record.difference.account
        return f"{one.forename} {one.surname}".strip()

    def render_state(self, record: Any) -> SafeString:
        return icons.tag(self.value_state(record), "ok" if record.settled else "warning")

    def value_state(self, record: Any) -> str:
        return "Settled" if record.settled else "Open"

    def tone(self, record: Any) -> str:
        if record.settled:
            return ""
        return "error" if record.difference.kind in URGENT else "warning"

    def reason(self, record: Any) -> str:
        settled = record.settled
        words = str(record.difference.words)
        if settled:
            words = f"{words} Settled by {settled.by}, {ta.when(settled.at)}: {settled.note}"
        if settled and self.may_settle:
            url = reverse("academy:reopen", args=[settled.pk])
            return format_html('{} <a href="{}">Open it again</a>', words, url)
        return words


class MatchTable(tables.Table):
    noun = "Matches"
    caption = "Academy accounts proposed for bookings"
    empty = "No account is proposed for a booking."

    selected = tables.CheckColumn(accessor="pair", label="stay__ref")
    booking = tables.Column("Booking", accessor="stay__ref", linkify=booking_url)
    account = tables.Column("Academy account", accessor="account__ref")
    ground = tables.Column("Agrees", accessor="ground")
    our_name = tables.Column("Booking says", empty_values=(), orderable=False)
    their_name = tables.Column("Academy says", empty_values=(), orderable=False)

    def __init__(self, *args: Any, may_settle: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_settle = may_settle
        if not may_settle:
            self.columns.hide("selected")

    def render_account(self, value: str) -> SafeString:
        return account_link(value)

    def value_account(self, value: str) -> str:
        return value

    def render_ground(self, value: Ground) -> str:
        return GROUND_WORDS[value]

    def value_ground(self, value: Ground) -> str:
        return GROUND_WORDS[value]

    def render_our_name(self, record: Any) -> str:
        return selectors.person(record.stay, is_confidential=record.stay.is_confidential)

    def render_their_name(self, record: Any) -> str:
        return selectors.person(record.account, is_confidential=record.stay.is_confidential)

    def tone(self, record: Any) -> str:
        return "" if record.is_only else "warning"

    def reason(self, record: Any) -> str:
        return render_to_string("bookings/academy/_match.html", {"one": record, "may_settle": self.may_settle})
