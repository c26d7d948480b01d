"""What invoices add to the pages of bookings: who bills them, and what was paid for nights that fell away."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest

from bookings import sections, ties
from bookings.models import Booking
from lewisham_ta.templatetags.ta import pounds
from payments.batches.models import Payment
from payments.invoices import services
from payments.invoices.models import Invoice
from payments.invoices.rules.moves import WORDS
from payments.invoices.selectors import of_booking
from payments.overpayments.tables import case_number

NOT_SENT = (Payment.State.PAYABLE, Payment.State.BATCHED, Payment.State.RETURNED)
OPEN = (Invoice.Status.CHECKING, Invoice.Status.READY)


def register() -> None:
    """Called once, when the app starts."""
    sections.register(Booking, lines_of_booking, order=30)
    ties.register(claimed)
    ties.follow(overpaid)


def lines_of_booking(request: HttpRequest, booking: Booking) -> sections.Section | None:
    """The invoice lines that bill the booking. Of a confidential household no invoice is named or linked: it would say
    with which provider it is."""
    if not request.user.has_perm("payments.see_invoices"):
        return None
    context = {
        "lines": of_booking.lines_of(booking.pk),
        "is_hidden": booking.household.is_confidential,
        "may_see_cases": request.user.has_perm("payments.see_overpayments"),
    }
    return sections.Section("Invoices", "payments/invoices/_of_booking.html", context)


def claimed(booking: Booking) -> Iterator[ties.Tie]:
    """The invoices that are paid for nights of a booking, or will be."""
    for of in of_booking.claims_by_invoice(booking.pk):
        nights = f"{of.nights:,} night{'' if of.nights == 1 else 's'}"
        after = "it will have to come back" if of.is_approved else "the invoice must be checked again"
        yield ties.Tie(
            f"{_named(of.invoice, booking)} ({WORDS[of.invoice.status]}) bills {nights} of it, {pounds(of.payable)} "
            f"payable: {after}."
        )


def overpaid(booking: Booking, now: datetime) -> Iterator[str]:
    """Open a case at once for what was paid beyond the booking as it is now, as the daily look does, and say so. What
    is not paid yet is stopped, or checked again, instead."""
    services.find_overpaid(booking_id=booking.pk, by=None, now=now)
    for case in of_booking.cases_found(booking.pk, now):
        yield f"{pounds(case.amount)} was paid beyond that: overpayment {case_number(case)} is open."
    for of in of_booking.claims_by_invoice(booking.pk):
        payment = of.invoice.payment
        if payment is not None and payment.state in NOT_SENT and of_booking.has_open_case(booking.pk, of.invoice.pk):
            yield (
                f"{_named(of.invoice, booking)} is approved and not sent to be paid yet: have its payment withdrawn, "
                "void the invoice, and load it again."
            )
        elif of.invoice.status in OPEN and of_booking.goes_beyond(booking, of.invoice.pk):
            status = WORDS[of.invoice.status]
            yield f"{_named(of.invoice, booking)} ({status}) bills nights beyond that: check it again."


def _named(invoice: Invoice, booking: Booking) -> str:
    return "An invoice" if booking.household.is_confidential else f"Invoice {invoice.number}"
