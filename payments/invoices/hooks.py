"""What this room adds to the product's frame: navigation, work to do, search, and panels on other pages."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.http import HttpRequest
from django.urls import reverse

from bookings import sections as provider_sections
from bookings.models import Provider
from lewisham_ta import navigation, search, work
from lewisham_ta.models import User
from lewisham_ta.templatetags.ta import day, pounds
from payments.invoices import booking_pages
from payments.invoices.models import Invoice
from payments.invoices.rules.expected import AGES
from payments.invoices.selectors import expected, pages
from payments.invoices.tables import invoice_url
from payments.payees import sections as payee_sections
from payments.payees.models import Payee

APPROVE = "payments.approve_invoices"
SECTION = "payments/invoices/_section.html"


def register() -> None:
    """Called once, when the app starts."""
    navigation.register(
        "Invoices",
        "invoices:list",
        order=20,
        section="Nightly paid",
        permission="payments.see_invoices",
        count=lambda user: pages.open_count(),
    )
    work.register(work_items)
    search.register(hits, order=25)
    provider_sections.register(Provider, of_provider, order=30)
    payee_sections.register(of_payee, order=30)
    booking_pages.register()


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """Invoices to check and to approve, queries without an answer, and what is due soon or too late."""
    if not user.has_perm("payments.see_invoices"):
        return
    dues = list(pages.dues(today))
    if user.has_perm("payments.check_invoices"):
        yield from _waiting(dues, "checking", "Invoices to check", "Decide their lines", "To check")
        yield from _unanswered()
        yield from _late(dues, today)
        yield from _not_come(today)
    if user.has_perm(APPROVE):
        yield from _waiting(dues, "ready", "Invoices awaiting approval", "Approve or return", "To approve", APPROVE)


def _waiting(
    dues: list[pages.Due], status: str, title: str, next_step: str, words: str, needs: str = ""
) -> Iterator[work.WorkItem]:
    waiting = [due for due in dues if due.invoice.status == status]
    if waiting:
        yield work.WorkItem(
            title=title,
            url=f"{reverse('invoices:list')}?status={status}",
            next_step=next_step,
            status=words,
            tone="info",
            due_on=min(due.due_on for due in waiting),
            count=len(waiting),
            value=pages.payable_of(due.invoice.pk for due in waiting),
            with_whom="Approvers" if needs else "",
            needs=needs,
        )


def _unanswered() -> Iterator[work.WorkItem]:
    if count := pages.unanswered().count():
        oldest = pages.unanswered().order_by("sent_on").values_list("sent_on", flat=True).first()
        yield work.WorkItem(
            title="Queries that providers have not answered",
            url=f"{reverse('invoices:list')}?status=query",
            next_step=f"Ask again: the oldest is of {day(oldest)}",
            status="In query",
            tone="warning",
            count=count,
            with_whom="Providers",
            is_outside=True,
        )


def _late(dues: list[pages.Due], today: date) -> Iterator[work.WorkItem]:
    for state, title, tone in [("overdue", "Invoices overdue", "error"), ("soon", "Invoices due soon", "warning")]:
        late = [due for due in dues if due.state(today) == state]
        if late:
            yield work.WorkItem(
                title=title,
                url=f"{reverse('invoices:list')}?status={state}",
                next_step="Pay within 30 days of receipt, or query",
                status="Overdue" if state == "overdue" else "Due soon",
                tone=tone,
                due_on=min(due.due_on for due in late),
                count=len(late),
                value=pages.payable_of(due.invoice.pk for due in late),
            )


def _not_come(today: date) -> Iterator[work.WorkItem]:
    """Nights that are over for so long that an invoice for them should have come."""
    if late := expected.overdue_nights(today - timedelta(days=AGES[0])):
        (name, nights), others = late[0], len(late) - 1
        also = f" and {others} other provider{'' if others == 1 else 's'}" if others else ""
        yield work.WorkItem(
            title=f"Invoices expected for over {AGES[0]} days",
            url=reverse("invoices:expected"),
            next_step=f"Ask {name} for {nights:,} night{'' if nights == 1 else 's'}{also}",
            status="Not received",
            tone="warning",
            count=sum(nights for _, nights in late),
            with_whom="Providers",
        )


def hits(text: str, user: User) -> Iterator[search.Hit]:
    """Invoices by number."""
    if not user.has_perm("payments.see_invoices"):
        return
    for invoice in pages.invoices().filter(number__icontains=text)[: search.MOST_OF_A_KIND]:
        yield search.Hit(f"Invoice {invoice.number}", invoice_url(invoice), "Invoice", _detail(invoice))


def _detail(invoice: Invoice) -> str:
    billed = invoice.billed  # type: ignore[attr-defined]
    return f"{invoice.provider.party.name}, {invoice.get_status_display().lower()}, {pounds(billed)}"


def of_provider(request: HttpRequest, provider: Provider) -> provider_sections.Section | None:
    """The latest invoices of a provider."""
    latest = pages.latest(provider.party_id) if request.user.has_perm("payments.see_invoices") else []
    if not latest:
        return None
    context = {"invoices": latest, "ref": provider.party.ref}
    return provider_sections.Section("Invoices", SECTION, context)


def of_payee(request: HttpRequest, payee: Payee) -> payee_sections.Section | None:
    """The latest invoices of a payee that lets units by the night."""
    latest = pages.latest(payee.party_id) if request.user.has_perm("payments.see_invoices") else []
    if not latest:
        return None
    return payee_sections.Section("Invoices", SECTION, {"invoices": latest, "ref": payee.party.ref})
