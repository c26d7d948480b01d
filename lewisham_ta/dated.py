"""Settings that the team leader changes from a date on: what each is for, and its value until somebody sets one."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lewisham_ta.models import Setting


@dataclass(frozen=True, slots=True)
class Kind:
    label: str
    unit: str
    default: str
    help: str


KINDS: dict[str, Kind] = {
    "backdating_months": Kind("Backdating", "months", "24", "How far back each generation works out earlier months."),
    "moved_percent": Kind("Movement tolerance", "%", "5", "MOVED is raised above this share of last month's amount…"),
    "moved_amount": Kind("Movement tolerance", "£", "50.00", "…and above this amount, both."),
    "cooling_off_hours": Kind(
        "Cooling-off of changed bank details", "hours", "48", "From approval to the first payment to the new account."
    ),
    "nrl_percent": Kind("Non-resident landlord tax", "%", "20", "Basic rate withheld without HMRC approval."),
    "run_day": Kind("Monthly run", "day of the month", "20", "The day on which the month's schedule is generated."),
    "certificate_reminder_days": Kind(
        "Certificate reminders", "days before expiry", "60, 30, 7", "When a reminder appears on the work list."
    ),
    "sample_lines": Kind("Random sample at sign-off", "lines", "10", "Unflagged lines shown to the signatory."),
}


def value(name: str, on: date) -> str:
    """The value of a setting in force on a day. Raises KeyError for a name that is not in KINDS."""
    kind = KINDS[name]
    row = (
        Setting.objects.filter(name=name, from_on__lte=on).order_by("-from_on").values_list("value", flat=True).first()
    )
    return kind.default if row is None else row


def number(name: str, on: date) -> Decimal:
    return Decimal(value(name, on))


def whole_number(name: str, on: date) -> int:
    return int(value(name, on))
