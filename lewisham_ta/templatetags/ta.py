"""How money, days and states are written for people. Values in, words out."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from lewisham_ta import dates, icons
from lewisham_ta.money import to_penny

register = template.Library()

BLANK = "\u2013"
MINUS = "\u2212"


def _figures(amount: Decimal | int, *, sign: str = "", unit: str = "") -> str:
    rounded = to_penny(Decimal(amount))
    before = MINUS if rounded < 0 else sign if rounded > 0 else ""
    return f"{before}{unit}{abs(rounded):,.2f}"


@register.filter
def money(amount: Decimal | int | None) -> str:
    """1,234.56, with a real minus sign; – when there is none. The £ stands in the column's heading."""
    return BLANK if amount is None or amount == "" else _figures(amount)


@register.filter
def signed_money(amount: Decimal | int | None) -> str:
    """A difference: +1,234.56 or −1,234.56."""
    return BLANK if amount is None or amount == "" else _figures(amount, sign="+")


@register.filter
def pounds(amount: Decimal | int | None) -> str:
    """£1,234.56, for sentences, facts and buttons."""
    return BLANK if amount is None or amount == "" else _figures(amount, unit="£")


@register.filter
def signed_pounds(amount: Decimal | int | None) -> str:
    """A difference in a sentence or a fact: +£1,234.56 or −£1,234.56."""
    return BLANK if amount is None or amount == "" else _figures(amount, sign="+", unit="£")


@register.filter
def count(number: int | str) -> str:
    """1,105: how many of something. Words, such as an amount in pounds, stay as they are."""
    return number if isinstance(number, str) else f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """1 line, 1,105 lines."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


@register.filter
def money_class(amount: Decimal | int | None) -> str:
    """The class of a cell of figures: nothing and zero are grey, so that what is there stands out."""
    return "figure" if amount else "figure zero"


def _as_day(moment: date | datetime) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


@register.filter
def day(moment: date | datetime | None) -> str:
    """23 Nov 2026."""
    if not moment:
        return BLANK
    on = _as_day(moment)
    return f"{on.day} {on:%b %Y}"


@register.filter
def long_day(moment: date | datetime | None) -> str:
    """Monday 23 November 2026."""
    if not moment:
        return BLANK
    on = _as_day(moment)
    return f"{on:%A} {on.day} {on:%B %Y}"


@register.filter
def day_short(moment: date | datetime | None) -> str:
    """23/11/26, for tables that cross months."""
    return f"{_as_day(moment):%d/%m/%y}" if moment else BLANK


@register.filter
def day_in_month(moment: date | datetime | None) -> str:
    """23/11, for tables inside one month."""
    return f"{_as_day(moment):%d/%m}" if moment else BLANK


@register.filter
def month(moment: date | datetime | None) -> str:
    """November 2026."""
    return f"{_as_day(moment):%B %Y}" if moment else BLANK


@register.filter
def last_day(ends_on: date | None) -> date | None:
    """The last day of a period that the database ends on the morning after; pipe it on into a date filter."""
    return dates.last_day(ends_on)


@register.filter
def when(moment: datetime | None) -> str:
    """23 Nov 2026, 14:02, by the clock in London."""
    return f"{day(moment)}, {timezone.localtime(moment):%H:%M}" if moment else BLANK


@register.filter
def minutes(length: timedelta) -> int:
    """Whole minutes of a time span."""
    return int(length.total_seconds() // 60)


def period_words(starts_on: date, ends_on: date | None) -> str:
    """A half-open period as first and last day: "1 Sep to 30 Sep 2026", "from 1 Sep 2026 until further notice"."""
    if ends_on is None:
        return f"from {day(starts_on)} until further notice"
    last = ends_on - dates.ONE_DAY
    if starts_on == last:
        return day(last)
    first = f"{starts_on.day} {starts_on:%b}" if starts_on.year == last.year else day(starts_on)
    return f"{first} to {day(last)}"


@register.filter
def period(row: Any) -> str:
    """The words for anything that has `starts_on` and an exclusive `ends_on`."""
    return period_words(row.starts_on, row.ends_on) if row else BLANK


@register.filter
def deed(action: str) -> str:
    """What the audit log calls "schedule.signed_off": Schedule signed off."""
    return action.replace(".", " ").replace("_", " ").capitalize()


def particulars(detail: dict[str, Any]) -> str:
    """The detail of an audit event: lists of keys are counted, days written as days."""
    return "; ".join(f"{name.replace('_', ' ')}: {_particular(part)}" for name, part in detail.items())


def _particular(part: Any) -> str:
    if isinstance(part, dict):
        what = str(part.get("what", ""))
        counts = ", ".join(f"{number:,} {name}" for name, number in part.items() if isinstance(number, int) and number)
        return f"{what} {counts}".strip()
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return "; ".join(words for each in part if " " in (words := _particular(each)))
    if isinstance(part, list):
        return f"{len(part):,}" if all(isinstance(each, int) for each in part) else ", ".join(map(str, part))
    try:
        return day(date.fromisoformat(part))
    except (TypeError, ValueError):
        return str(part)


@register.filter
def tone(status: str) -> str:
    """The tone that a common state word is shown in; a page with its own states passes its own tone."""
    return _TONES.get(str(status).lower().replace(" ", "_"), "neutral")


_TONES = {
    **dict.fromkeys(["done", "paid", "approved", "signed_off", "agreed", "passed", "complete", "valid"], "ok"),
    **dict.fromkeys(["check", "waiting", "held", "queried", "pending", "ready", "returned", "expired"], "warning"),
    **dict.fromkeys(["stop", "failed", "wrong", "rejected", "overdue", "refused", "invalid"], "error"),
    **dict.fromkeys(["running", "sent", "note", "queued", "new", "changed"], "info"),
}


@register.simple_tag(name="icon")
def icon_tag(name: str) -> SafeString:
    return icons.icon(name)


@register.simple_tag(name="tag")
def status_tag(word: str, tone: str = "neutral") -> SafeString:
    """The same as `components/_status_tag.html`, for loops where an include would be slow."""
    return icons.tag(word, tone)
