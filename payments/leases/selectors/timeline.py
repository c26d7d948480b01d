"""Everything about one property on one line of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.urls import reverse

from lewisham_ta.dates import ONE_DAY
from lewisham_ta.templatetags.ta import day, money, period_words
from payments.leases.models import Adjustment, Certificate, Lease, LeasePayee, Property
from payments.leases.rules import say_month


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened or will happen, as components/_timeline.html shows it."""

    on: date
    words: str
    detail: str = ""
    url: str = ""
    who: str = ""
    tone: str = ""


def property_timeline(row: Property) -> list[Event]:
    """What this room knows of the property, newest first."""
    leases = row.leases.prefetch_related(
        "rents__set_by",
        "suspensions",
        "holds",
        Prefetch("payees", LeasePayee.objects.select_related("payee__party")),
        Prefetch("adjustments", Adjustment.objects.filter(withdrawn_at__isnull=True)),
    )
    events = [event for lease in leases for event in _lease_events(lease)]
    for certificate in row.certificates.all():
        name = Certificate.Kind(certificate.kind).label
        events.append(Event(certificate.issued_on, f"{name} certificate issued", f"to {day(certificate.expires_on)}"))
    return sorted(events, key=lambda event: (event.on, event.words), reverse=True)


def _lease_events(lease: Lease) -> Iterator[Event]:
    url = reverse("leases:lease_detail", args=[lease.ref])
    yield Event(lease.starts_on, f"Lease {lease.ref} starts", url=url, tone="ok")
    if lease.ends_on:
        yield Event(lease.ends_on - ONE_DAY, f"Contractual last day of lease {lease.ref}", url=url)
    if lease.break_on:
        yield Event(lease.break_on, f"Break date of lease {lease.ref}", url=url)
    if lease.notice_given_on:
        yield Event(lease.notice_given_on, f"Notice given on lease {lease.ref}", url=url, tone="warning")
    if lease.keys_returned_on:
        paid = "that day is paid" if lease.keys_day_paid else "that day is not paid"
        yield Event(lease.keys_returned_on, f"Keys of lease {lease.ref} returned", paid, url=url, tone="info")
    for rent in lease.rents.all():
        words = f"Rent £{money(rent.amount)} a {lease.per}"
        yield Event(rent.from_on, words, rent.reason, url=url, who=f"set by {rent.set_by}")
    for payee in lease.payees.all():
        yield Event(payee.from_on, f"{payee.payee.party.name} is paid ({payee.payee.party.ref})", payee.reason, url=url)
    for spell in lease.suspensions.all():
        words = f"Rent suspended {period_words(spell.starts_on, spell.ends_on)}"
        yield Event(spell.starts_on, words, spell.reason, url=url, tone="warning")
    for spell in lease.holds.all():
        words = f"Held {period_words(spell.starts_on, spell.ends_on)}"
        detail = f"{spell.reason}; {spell.must_act} must act" if spell.must_act else spell.reason
        yield Event(spell.starts_on, words, detail, url=url, tone="warning")
    for adjustment in lease.adjustments.all():
        kind = Adjustment.Kind(adjustment.kind).label
        words = f"{kind} £{money(adjustment.amount)} for {say_month(adjustment.month)}"
        yield Event(adjustment.month, words, adjustment.narrative, url=url)
