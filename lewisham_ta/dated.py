"""Settings that the team leader changes from a date on: what each is for, and its value until somebody sets one.

Nothing is set in the past: what was worked out then stays as it was.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone

from lewisham_ta import audit
from lewisham_ta.models import Setting, User
from lewisham_ta.refusals import Refused, refusing

Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` turns what was typed into what is stored, or raises ValueError with a sentence for the officer."""

    label: str
    unit: str
    default: str
    help: str
    read: Read


def whole(lowest: int, highest: int) -> Read:
    def read(text: str) -> str:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"Type a whole number from {lowest} to {highest}.")
        return str(int(text))

    return read


def decimal(lowest: str, highest: str) -> Read:
    def read(text: str) -> str:
        try:
            number = Decimal(text.replace(",", "").removeprefix("£"))
        except InvalidOperation:
            number = Decimal("NaN")
        fits = number.is_finite() and Decimal(lowest) <= number <= Decimal(highest)
        if not fits or number != number.quantize(Decimal("0.01")):
            raise ValueError(f"Type a number from {lowest} to {highest}, with at most two decimal places.")
        return f"{number:f}"

    return read


NOT_LOADED = "not loaded"


def amount_or_none(highest: str) -> Read:
    """Pounds, or "not loaded" where nobody knows the amount: it is then not used, and never guessed."""
    read = decimal("0", highest)
    return lambda text: NOT_LOADED if text.strip().casefold() == NOT_LOADED else read(text)


def several_days(text: str) -> str:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 365 for part in parts):
        raise ValueError("Type days from 1 to 365 with commas between them: 60, 30, 7.")
    return ", ".join(str(day) for day in sorted({int(part) for part in parts}, reverse=True))


def expenditure_code(text: str) -> str:
    code = text.upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9./-]{1,29}", code):
        raise ValueError("Type an expenditure code: capital letters, digits, dashes, dots and slashes.")
    return code


def _nightly_code(service: str, default: str) -> Kind:
    return Kind(
        f"Expenditure code, nightly paid: {service}",
        "",
        default,
        "Where the net of invoices for this service's bookings is posted from the day of their approval.",
        expenditure_code,
    )


SIZES = {
    "single": "single room",
    "double": "double room",
    "family": "family room",
    "studio": "studio",
    **{str(number): f"{number} bed" for number in range(1, 7)},
}
KINDS: dict[str, Kind] = {
    "backdating_months": Kind(
        "Backdating", "months", "24", "How far back each generation works out earlier months.", whole(0, 120)
    ),
    "moved_percent": Kind(
        "Movement tolerance, share",
        "%",
        "5",
        "MOVED is raised when a lease's amount moves by more than this share and by more than the tolerance in pounds.",
        decimal("0", "100"),
    ),
    "moved_amount": Kind(
        "Movement tolerance, pounds",
        "£",
        "50.00",
        "MOVED is raised when a lease's amount moves by more than this and by more than the share.",
        decimal("0", "100000"),
    ),
    "cooling_off_hours": Kind(
        "Cooling-off of changed bank details",
        "hours",
        "48",
        "From approval to the first payment to the new account.",
        whole(0, 720),
    ),
    "nrl_percent": Kind(
        "Non-resident landlord tax",
        "%",
        "20",
        "Basic rate, withheld where HMRC has not approved payment without it.",
        decimal("0", "100"),
    ),
    "run_day": Kind(
        "Monthly run", "day of the month", "20", "The day on which the month's schedule is generated.", whole(1, 28)
    ),
    "certificate_reminder_days": Kind(
        "Certificate reminders",
        "days before expiry",
        "60, 30, 7",
        "When a reminder appears on the work list.",
        several_days,
    ),
    "sample_lines": Kind(
        "Random sample at sign-off", "lines", "10", "Unflagged lines shown to the signatory.", whole(0, 200)
    ),
    "lease_reminder_days": Kind(
        "Lease reminders",
        "days before",
        "90, 30",
        "When the end or the break date of a lease appears on the work list.",
        several_days,
    ),
    "bb_limit_nights": Kind(
        "Bed and breakfast, limit for families",
        "nights",
        "42",
        "The six weeks of the 2003 Order: the night after these is a breach.",
        whole(1, 365),
    ),
    "bb_alert_nights": Kind(
        "Bed and breakfast, warnings",
        "nights",
        "35, 21",
        "From which night a family in bed and breakfast appears on the work list; the highest is urgent.",
        several_days,
    ),
    "clock_reset_nights": Kind(
        "Nights away that start a clock again",
        "nights",
        "0",
        "So many nights elsewhere start the count again; 0 counts all periods together, however far apart.",
        whole(0, 3650),
    ),
    "limit_weeks_homeless": Kind(
        "Limit of a placement, homeless", "weeks", "0", "Weeks that the service pays for; 0 is no limit.", whole(0, 520)
    ),
    "limit_weeks_nrtpf": Kind(
        "Limit of a placement, NRTPF", "weeks", "18", "Weeks that the service pays for; 0 is no limit.", whole(0, 520)
    ),
    "limit_weeks_children": Kind(
        "Limit of a placement, Children's services",
        "weeks",
        "18",
        "Weeks that the service pays for; 0 is no limit.",
        whole(0, 520),
    ),
    "limit_weeks_adults": Kind(
        "Limit of a placement, Adults", "weeks", "18", "Weeks that the service pays for; 0 is no limit.", whole(0, 520)
    ),
    "limit_alert_weeks": Kind(
        "Limit of a placement, warning",
        "weeks before",
        "2",
        "When a placement that nears its service's limit appears on the work list.",
        whole(0, 52),
    ),
    "section_208_days": Kind(
        "Section 208 notice",
        "days",
        "14",
        "Days to tell the other council, beginning with the day the accommodation was available.",
        whole(1, 60),
    ),
    "section_208_alert_day": Kind(
        "Section 208 notice, warning", "day", "7", "From which day a notice not yet sent is urgent.", whole(1, 60)
    ),
    "booking_ending_days": Kind(
        "Bookings ending", "days before", "7", "When a booking that ends appears on the work list.", whole(0, 90)
    ),
    "vat_percent": Kind(
        "VAT on nightly accommodation",
        "%",
        "20",
        "What a provider that is not exempt may charge on the first nights of an unbroken stay.",
        decimal("0", "100"),
    ),
    "vat_long_stay_nights": Kind(
        "VAT: nights at the full rate",
        "nights",
        "28",
        "From the night after these the lower rate of a long stay is due (the 28-day rule).",
        whole(0, 366),
    ),
    "vat_long_stay_percent": Kind(
        "VAT on a long stay",
        "% of the price",
        "4",
        "What is due from the 29th night of an unbroken stay: the full rate on a fifth of the price.",
        decimal("0", "100"),
    ),
    "invoice_tolerance": Kind(
        "Invoice tolerance",
        "£ a line",
        "1.00",
        "Up to this a line can be passed as billed, or short-paid without saying why; above it a leader passes it.",
        decimal("0", "1000"),
    ),
    "invoice_days": Kind(
        "Payment of invoices",
        "days from receipt",
        "30",
        "While a query is with the provider the clock stands still.",
        whole(1, 120),
    ),
    "nightly_code_homeless": _nightly_code("homeless", "H4420-5530"),
    "nightly_code_nrtpf": _nightly_code("NRTPF, recharged", "S2210-5530"),
    "nightly_code_children": _nightly_code("Children's services, recharged", "C3120-5530"),
    "nightly_code_adults": _nightly_code("Adults, recharged", "A5110-5530"),
    "hb_claim_days": Kind(
        "Housing Benefit not claimed",
        "days after check-in",
        "28, 14, 7",
        "When a booking without Housing Benefit is named, and named again, in the Academy list.",
        several_days,
    ),
    **{
        f"weekly_charge_{size}": Kind(
            f"Weekly charge expected, {words}",
            "£ a week",
            NOT_LOADED,
            "What Academy should have as the weekly rent of such a unit. Type «not loaded» where it is not known.",
            amount_or_none("10000"),
        )
        for size, words in SIZES.items()
    },
}


def value(name: str, on: date) -> str:
    """The value of a setting in force on a day. Raises KeyError for a name that is not in KINDS."""
    kind = KINDS[name]
    row = (
        Setting.objects.filter(name=name, from_on__lte=on).order_by("-from_on").values_list("value", flat=True).first()
    )
    return kind.default if row is None else row


def values(names: Collection[str], on: date) -> dict[str, str]:
    """The values of several settings in force on a day, in one query."""
    rows = Setting.objects.filter(name__in=names, from_on__lte=on).order_by("name", "-from_on").distinct("name")
    return {name: KINDS[name].default for name in names} | dict(rows.values_list("name", "value"))


def number(name: str, on: date) -> Decimal:
    return Decimal(value(name, on))


def whole_number(name: str, on: date) -> int:
    return int(value(name, on))


@transaction.atomic
def set_value(*, name: str, value: str, from_on: date, reason: str, by: User, now: datetime) -> Setting:
    """Set what a setting is from a day on, today at the earliest."""
    try:
        value = KINDS[name].read(value.strip())
    except ValueError as error:
        raise Refused(str(error)) from None
    if from_on < timezone.localdate(now):
        raise Refused("A setting changes from today or a later day: what was worked out before stays as it was.")
    if not reason.strip():
        raise Refused("Say why the setting changes.")
    with audit.acting(by, reason), refusing():
        setting = Setting.objects.create(name=name, value=value, from_on=from_on, reason=reason, set_by=by, set_at=now)
    audit.record("setting.set", setting, by=by, at=now, why=reason, name=name, value=value, from_on=str(from_on))
    return setting


@transaction.atomic
def withdraw_value(*, setting: Setting, reason: str, by: User, now: datetime) -> None:
    """Take back a value that is not in force yet. The history keeps it."""
    if setting.from_on <= timezone.localdate(now):
        raise Refused("This value is in force already: set another from today on.")
    if not reason.strip():
        raise Refused("Say why the value is taken back.")
    audit.record("setting.withdrawn", setting, by=by, at=now, why=reason, name=setting.name, value=setting.value)
    with audit.acting(by, reason):
        setting.delete()
