"""What was paid and is now seen to be wrong becomes an overpayment by itself, once."""

from contextlib import suppress
from datetime import datetime
from itertools import groupby

from django.db import transaction

from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit
from payments.invoices.models import InvoiceLine, LineOverpayment
from payments.invoices.selectors.overpaid import OverpaidLine, cases_too_high, overpaid_lines
from payments.invoices.services.checking import CHECK, LOCK
from payments.overpayments import services as overpayments
from payments.overpayments.models import OverpaymentCase
from payments.overpayments.services import Overpaid

Cause = OverpaymentCase.Cause
TOO_HIGH = "Less was overpaid than this says, or nothing: the booking or the payment changed since."


@transaction.atomic
def find_overpaid(*, booking_id: int | None = None, by: User | None, now: datetime) -> int:
    """Compare what approved lines were paid with the bookings of today, and open a case for each payee that was paid
    too much. What is a case already is not found again, and a case that says too much is dropped before. Returns how
    many lines were found. Of one booking it is asked when its nights have changed, of all every day."""
    permit(by, CHECK)
    locks.take(LOCK)
    bookings = drop_too_high(by=by, now=now)
    if booking_id is not None:
        bookings.add(booking_id)
    found = 0
    lines_found = overpaid_lines(None if booking_id is None else bookings)
    for payee, group in groupby(lines_found, key=lambda overpaid: overpaid.line.invoice.payee):
        lines = list(group)
        with audit.acting(by):
            rows = overpayments.open_case(payee=payee, lines=[_overpaid(each) for each in lines], by=by, now=now)
            LineOverpayment.objects.bulk_create(
                LineOverpayment(line=each.line, overpayment=row) for each, row in zip(lines, rows, strict=True)
            )
        found += len(lines)
    return found


def drop_too_high(*, by: User | None, now: datetime) -> set[int]:
    """End the open cases that say more than was overpaid by the bookings and payments of today. Returns the keys of
    all their bookings: what is still overpaid of the others has to be found anew."""
    permit(by, CHECK)
    too_high = cases_too_high()
    bookings = InvoiceLine.objects.filter(overpayments__overpayment__case__in=too_high).values_list(
        "booking", flat=True
    )
    again = {booking for booking in bookings if booking is not None}
    for case in sorted(too_high):
        with suppress(Refused):  # somebody settled it at this moment
            overpayments.drop(case_id=case, note=TOO_HIGH, by=by, now=now)
    return again


def _overpaid(each: OverpaidLine) -> Overpaid:
    line = each.line
    nights = max(line.paid_nights - each.due.nights - line.found_nights, 0)
    words = f"Invoice {line.invoice.number}, line {line.number}, {each.booked.ref}: "
    if each.booked.status != "booked":
        cause = Cause.CANCELLED
        words += f"{line.paid_nights} nights paid, and the stay did not take place"
    elif nights:
        cause = Cause.SHORTENED
        words += f"{line.paid_nights} nights paid, {each.due.nights} booked"
        if each.booked.ends_on is not None and each.booked.ends_on < line.ends_on:
            words += f", left {each.booked.ends_on.day} {each.booked.ends_on:%b %Y}"
    else:
        cause = Cause.RATE
        words += "the rate was corrected after it was paid"
    words += f"; £{line.paid_net + line.paid_vat:,.2f} paid, £{each.due.net + each.due.vat:,.2f} due by our bookings."
    return Overpaid(words, cause, line.starts_on, line.ends_on, nights, each.net, each.vat)
