"""The latest gas safety record, EICR and EPC of every property that is leased, and what is wrong with them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from lewisham_ta import dated
from payments.leases import rules
from payments.leases.selectors.lists import EXPIRY_COLUMNS, properties_on


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One kind of certificate of one leased property. No `expires_on` means that there is none at all."""

    property_ref: str
    address: str
    postcode: str
    lease_ref: str
    kind: str
    kind_words: str
    expires_on: date | None
    days_left: int | None
    state: str
    tone: str


def reminders(today: date) -> list[int]:
    """The days before expiry on which to remind, longest first, as the team leader set them."""
    return rules.reminder_days(dated.value("certificate_reminder_days", today))


def certificate_lines(today: date, days: list[int]) -> list[CertificateLine]:
    """The latest certificate of each kind of each leased property, the most urgent first; `days` are the reminders."""
    lines = []
    for row in properties_on(today).filter(lease_ref__isnull=False):
        for kind, column in EXPIRY_COLUMNS.items():
            expires_on = getattr(row, column)
            found = rules.certificate_state(expires_on, today, days)
            lines.append(
                CertificateLine(
                    property_ref=row.ref,
                    address=row.address,
                    postcode=row.postcode,
                    lease_ref=row.lease_ref,
                    kind=kind,
                    kind_words=kind.label,
                    expires_on=expires_on,
                    days_left=(expires_on - today).days if expires_on else None,
                    state=found.words,
                    tone=found.tone,
                )
            )
    return sorted(lines, key=lambda line: (line.expires_on or date.min, line.property_ref, line.kind))


def certificates_found(
    lines: list[CertificateLine], *, words: str = "", kind: str = "", state: str = ""
) -> list[CertificateLine]:
    """The lines that a filter leaves. Every word is in a reference, the address or the postcode.

    `state` is "missing", "expired", a number of days within which it expires, "" for all of these, or "all" for those
    that are in date too.
    """
    return [
        line
        for line in lines
        if (not kind or line.kind == kind) and _is_in(state, line) and _has_words(words.casefold().split(), line)
    ]


def _has_words(words: list[str], line: CertificateLine) -> bool:
    where = f"{line.property_ref} {line.lease_ref} {line.address} {line.postcode}".casefold()
    return all(word in where for word in words)


def _is_in(state: str, line: CertificateLine) -> bool:
    if state in ("missing", "expired"):
        return line.state.lower() == state
    if state.isdecimal():
        return line.days_left is not None and 0 <= line.days_left <= int(state)
    return state == "all" or line.tone != "ok"


def certificate_counts(today: date, days: list[int]) -> dict[str, int]:
    """How many certificates of leased properties are missing, expired, or end within each number of days ("7", "30"),
    counted in SQL for the home page. What ends within 7 days ends within 30 too."""
    windows = {str(each): (today, today + timedelta(days=each)) for each in days}
    counts: dict[str, Count] = {}
    for kind, column in EXPIRY_COLUMNS.items():
        counts[f"missing_{kind}"] = Count("pk", filter=Q(**{f"{column}__isnull": True}))
        counts[f"expired_{kind}"] = Count("pk", filter=Q(**{f"{column}__lt": today}))
        for name, window in windows.items():
            counts[f"{name}_{kind}"] = Count("pk", filter=Q(**{f"{column}__range": window}))
    found = properties_on(today).filter(lease_ref__isnull=False).order_by().aggregate(**counts)
    return {name: sum(found[f"{name}_{kind}"] for kind in EXPIRY_COLUMNS) for name in ("missing", "expired", *windows)}
