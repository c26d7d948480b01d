"""The lists of this room."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookings.households.models import Household
from lewisham_ta import icons, tables


def household_url(record: Any) -> str:
    row = record if isinstance(record, Household) else record.household
    return reverse("households:detail", args=[row.ref])


class FlagsColumn(tables.Column):
    """What is to be known before anything is done: a risk, a confidential address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="pk", orderable=False, **kwargs)

    def _words(self, record: Household) -> list[str]:
        return ["Address confidential"] * record.is_confidential + ["Risk"] * bool(record.risk)

    def render(self, record: Household) -> SafeString:
        return SafeString(" ".join(icons.tag(words, "warning") for words in self._words(record)))

    def value(self, record: Household) -> str:
        return ", ".join(self._words(record))


class HouseholdTable(tables.Table):
    caption = noun = "Households"
    empty = "No household is like that."

    ref = tables.Column("Household", linkify=household_url)
    main_name = tables.Column("Main applicant")
    service = tables.Column("Service")
    adults = tables.NumberColumn("Adults")
    children = tables.NumberColumn("Children")
    case_ref = tables.Column("Case")
    telephone = tables.Column("Telephone")
    needs = tables.Column("Needs", css="clip")
    flags = FlagsColumn("To know")

    def tone(self, record: Household) -> str:
        return "warning" if record.risk else ""


class CircumstanceTable(tables.Table):
    caption = noun = "Changes of circumstances"
    empty = "No change is like that."

    household = tables.Column("Household", accessor="household__ref", linkify=household_url)
    main_name = tables.Column("Main applicant")
    kind = tables.Column("What changed")
    note = tables.Column("What was said", css="clip")
    happened_on = tables.DayColumn("Happened")
    told_on = tables.DayColumn("We were told")
    passed_to = tables.Column("Passed on to")
    passed_on = tables.DayColumn("When")
    act = tables.Column("To do", accessor="pk", orderable=False, exclude_from_export=True)

    def __init__(self, *args: Any, may_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, exclude=() if may_change else ("act",), **kwargs)

    def render_act(self, record: Any) -> SafeString | str:
        if record.passed_on:
            return self.default
        return format_html(
            '<a href="{}">Pass it on<span class="visually-hidden"> for {}</span></a>',
            reverse("households:pass_on", args=[record.pk]),
            record.household.ref,
        )
