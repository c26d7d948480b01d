"""Who a household is, what of it is shown to whom, and why something may not be recorded of it."""

from datetime import date

from lewisham_ta.dates import say

CONFIDENTIAL = "Confidential"


def age_on(born_on: date | None, day: date) -> int | None:
    """Whole years on a day. Somebody born on 29 February is a year older on 1 March."""
    if born_on is None:
        return None
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def shown_address(address: str, *, is_confidential: bool) -> str:
    """An address as lists and pages show it before anybody opened it."""
    return CONFIDENTIAL if is_confidential else address


def birth_refusal(*, born_on: date | None, today: date) -> str:
    """Why a date of birth cannot be right, or ""."""
    return f"Nobody is born on {say(born_on)} yet." if born_on and born_on > today else ""


def told_refusal(*, told_on: date, today: date) -> str:
    """Why a change of circumstances cannot have been reported on a day, or ""."""
    return "We cannot have been told on a day that is still to come." if told_on > today else ""


def pass_on_refusal(*, passed_to: str, new_day: date, told_on: date, today: date) -> str:
    """Why a change of circumstances cannot be recorded as passed on, or ""."""
    if passed_to:
        return "This change was passed on already."
    if new_day > today:
        return "It is recorded as passed on when that has happened."
    if new_day < told_on:
        return f"It cannot have been passed on before we were told, {say(told_on)}."
    return ""


def removal_refusal(*, is_main: bool) -> str:
    """Why a person may not be taken out of a household, or ""."""
    if is_main:
        return "This is the main applicant. Make somebody else the main applicant first."
    return ""
