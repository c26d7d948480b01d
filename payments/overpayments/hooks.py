"""What this room shows elsewhere: the navigation, the home page and a payee's page."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Sum
from django.http import HttpRequest
from django.urls import reverse

from lewisham_ta import navigation, work
from lewisham_ta.models import User
from payments.overpayments import selectors
from payments.overpayments.models import OverpaymentCase
from payments.payees import sections as payee_sections
from payments.payees.models import Payee

SEE, MANAGE = "payments.see_overpayments", "payments.manage_overpayments"
WRITE_OFF = "payments.write_off_overpayments"
SECTION = "payments/overpayments/_payee_section.html"


def register() -> None:
    """Called once, when the app starts."""
    navigation.register("Overpayments", "overpayments:list", order=43, section="Payments", permission=SEE)
    work.register(work_items)
    payee_sections.register(cases_of_payee, order=30)


def work_items(user: User, today: date) -> Iterator[work.WorkItem]:
    """What was found and nobody has agreed with the payee yet, and the write-offs that this person may decide."""
    yield from _asked(user)
    if not user.has_perm(MANAGE):
        return
    found = OverpaymentCase.objects.filter(status=OverpaymentCase.Status.FOUND)
    if count := found.count():
        yield work.WorkItem(
            title="Overpayments found",
            url=reverse("overpayments:list") + "?status=found",
            next_step="Agree them with the payees",
            status="Found",
            tone="warning",
            count=count,
            value=found.aggregate(sum=Sum("amount"))["sum"],
        )


def _asked(user: User) -> Iterator[work.WorkItem]:
    asked = selectors.asked().exclude(asked_by=user)
    if user.has_perm(WRITE_OFF) and (count := asked.count()):
        yield work.WorkItem(
            title="Write-offs asked for",
            url=reverse("overpayments:list") + "?status=asked",
            next_step="Write off, or agree with the payee",
            needs=WRITE_OFF,
            status="To decide",
            tone="info",
            count=count,
            value=asked.aggregate(sum=Sum("amount"))["sum"],
        )


def cases_of_payee(request: HttpRequest, payee: Payee) -> payee_sections.Section | None:
    if not request.user.has_perm(SEE):
        return None
    rows = selectors.cases().filter(payee=payee)[:20]
    return payee_sections.Section("Overpayments", SECTION, {"rows": rows}) if rows else None
