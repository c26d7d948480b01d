"""What this room adds to the product's frame: navigation, search and the work on the home page."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import navigation, search, work
from lewisham_ta.dates import ONE_DAY
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import day
from payments.leases import selectors
from payments.leases.selectors.of_payee import leases_of, payee_spells_of
from payments.payees import sections as payee_sections
from payments.payees.models import Payee


def register() -> None:
    """Called once, when the app starts."""
    for order, label, url_name in (
        (11, "Leases", "leases:list"),
        (12, "Properties", "leases:property_list"),
        (13, "Certificates", "leases:certificate_list"),
    ):
        navigation.register(label, url_name, order=order, section="Leased homes", permission="payments.see_records")
    navigation.register("Imports", "import_list", order=70, permission="payments.manage_leases")
    search.register(found, order=20)
    payee_sections.register(leases_of_payee, order=10)
    payee_sections.register_events(leases_begun)
    work.register(work_items)


def found(text: str, user: User) -> Iterator[search.Hit]:
    """Leases and properties by reference, UPRN, address or postcode."""
    if not user.has_perm("payments.see_records"):
        return
    for lease in selectors.leases_like(text).order_by("ref", "pk")[: search.MOST_OF_A_KIND]:
        url = reverse("leases:lease_detail", args=[lease.ref])
        yield search.Hit(lease.ref, url, "Lease", f"{lease.property.address}, {lease.property.postcode}")
    for row in selectors.properties_like(text).order_by("ref", "pk")[: search.MOST_OF_A_KIND]:
        url = reverse("leases:property_detail", args=[row.ref])
        yield search.Hit(row.ref, url, "Property", f"{row.address}, {row.postcode}")


def leases_of_payee(request: HttpRequest, payee: Payee) -> payee_sections.Section | None:
    """The leases that the payee is or was paid for, for everybody who may see the payee."""
    leases = leases_of(payee, timezone.localdate())
    return payee_sections.Section(
        "Leases", "payments/leases/_payee_section.html", {"leases": leases, "ref": payee.party.ref}
    )


def leases_begun(request: HttpRequest, payee: Payee) -> Iterator[payee_sections.Event]:
    """From which day the payee was paid for which lease."""
    for spell in payee_spells_of(payee):
        yield payee_sections.Event(
            on=spell.from_on,
            words=f"Paid for {spell.lease.ref}, {spell.lease.property.address}, from this day",
            url=reverse("leases:lease_detail", args=[spell.lease.ref]),
            detail=spell.reason,
        )


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """Certificates, leases that end, and holds that wait, for those who look after leases."""
    if user.has_perm("payments.manage_leases"):
        yield from _certificates(today)
        yield from _leases(today)
        yield from _holds(today)


def _certificates(today: date) -> Iterator[work.WorkItem]:
    reminders = selectors.reminders(today)
    counts = selectors.certificate_counts(today, reminders)
    url = reverse("leases:certificate_list")
    kinds = [("expired", "Certificates expired", "Renew them", "Expired", "error", None)]
    kinds += [("missing", "Certificates missing", "Obtain them", "Missing", "error", None)]
    nearer = 0
    for days in sorted(reminders):
        if counts[str(days)] > nearer:
            words = f"Within {days} days"
            kinds.append((str(days), "Certificates expiring", "Ask for new ones", words, "warning", days))
        nearer = counts[str(days)]
    for which, title, next_step, status, tone, days in kinds:
        if counts[which]:
            yield work.WorkItem(
                title=title,
                url=f"{url}?state={which}",
                next_step=next_step,
                status=status,
                tone=tone,
                due_on=today + days * ONE_DAY if days else None,
                count=counts[which],
            )


def _leases(today: date) -> Iterator[work.WorkItem]:
    for reminder in selectors.lease_reminders(today):
        yield work.WorkItem(
            title=reminder.words,
            url=f"{reverse('leases:list')}?{reminder.query}",
            next_step=reminder.next_step,
            status=reminder.status,
            tone=reminder.tone,
            due_on=reminder.soonest,
            count=reminder.count,
        )


def _holds(today: date) -> Iterator[work.WorkItem]:
    """One item for everybody who must act; leases that wait for nobody come first.

    Who must act is typed freely and may be one of the team, and the team has to release the lease: none is outside.
    """
    for waiting in selectors.open_holds(today):
        yield work.WorkItem(
            title="Leases held" if waiting.must_act else "Leases held, and nobody named who must act",
            url=f"{reverse('leases:list')}?only={'held' if waiting.must_act else 'nobody'}",
            next_step="Act and release them" if waiting.must_act else "Say who must act",
            status=f"Since {day(waiting.since)}",
            tone="warning" if waiting.must_act else "error",
            count=waiting.count,
            with_whom=waiting.must_act,
        )
