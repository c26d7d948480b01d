"""Lines checked again by the thousand: what the check would say of them today, beside what other lines claim.

For re-performing the checks of many months at once. Most lines have nothing to find, and the query that joins them to
their bookings says which: only the others are looked at one by one. Lines are streamed, so that memory stays flat.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from lewisham_ta.money import ZERO
from payments.invoices.models import Invoice, InvoiceLine, NightClaim
from payments.invoices.rules.check import check_line
from payments.invoices.rules.line import Billed, Checked, Claimed, Terms
from payments.invoices.selectors import facts

CHUNK = 20_000
_COLUMNS = ("id", "booking_id", "invoice_id", "starts_on", "ends_on", "stated_nights", "rate", "net", "vat", "gross")

# A line that has the live claim of exactly its nights is alone: no other line claims any, as live claims of a booking
# never overlap. It is plain where `_is_plain` of the check's rules says so too, and then needs fewer columns. Without
# the OFFSET the verdict would be worked out anew for every column that depends on it.
_JOIN = """
SELECT id, starts_on, ends_on, stated_nights, net, is_plain, is_alone,
    CASE WHEN NOT is_plain THEN booking_id END, CASE WHEN NOT is_plain THEN invoice_id END,
    CASE WHEN NOT is_plain THEN rate END, CASE WHEN NOT is_plain THEN vat END, CASE WHEN NOT is_plain THEN gross END
FROM (
    SELECT line.*, (
        agreed.rates = 1 AND line.rate = agreed.rate
        AND line.stated_nights = line.ends_on - line.starts_on AND line.net = line.rate * line.stated_nights
        AND line.vat = 0 AND line.gross IS NULL
        AND booking.status = 'booked' AND booking.starts_on <= line.starts_on
        AND (booking.ends_on IS NULL OR line.ends_on <= booking.ends_on)
        AND own.id IS NOT NULL AND account.status = 'live' AND account.ends_on IS NULL
    ) IS TRUE AS is_plain, own.id IS NOT NULL AS is_alone
    FROM ({lines}) line
    LEFT JOIN bookings_booking booking ON booking.id = line.booking_id
    LEFT JOIN (
        SELECT booking_id, count(*) AS rates, min(amount) AS rate FROM bookings_bookingrate GROUP BY booking_id
    ) agreed ON agreed.booking_id = line.booking_id
    LEFT JOIN bookings_academyaccount account ON account.claim_ref = booking.academy_ref AND NOT account.is_gone
    LEFT JOIN payments_nightclaim own ON own.line_id = line.id AND own.is_live
        AND own.booking_id = line.booking_id AND own.starts_on = line.starts_on AND own.ends_on = line.ends_on
    OFFSET 0
) judged
"""


def checked_again(lines: "QuerySet[InvoiceLine]") -> Iterator[tuple[int, Checked]]:
    """The key of each line and what the check says of it: codes and figures, without the notes that wait for a person.

    A night that another line claims is not payable, as in the check of one invoice.
    """
    try:
        sql, values = lines.order_by().values(*_COLUMNS).query.sql_with_params()
    except EmptyResultSet:
        return
    terms: dict[int, Terms] = {}
    others: list[Any] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(_JOIN.format(lines=sql), values)
        while chunk := cursor.fetchmany(CHUNK):
            for row in chunk:
                if row[5]:
                    pk, starts_on, ends_on, nights, net = row[:5]
                    yield pk, Checked((), ((starts_on, ends_on),), nights, net, ZERO)
                else:
                    others.append(row)
            if len(others) >= CHUNK:
                yield from _checked(others, terms)
                others = []
    yield from _checked(others, terms)


def _checked(rows: Sequence[Any], terms: dict[int, Terms]) -> Iterator[tuple[int, Checked]]:
    """These rows of the join by the check itself. `terms` are those of the invoices seen so far."""
    _add_terms({row[8] for row in rows} - terms.keys(), terms)
    bookings = {row[7] for row in rows if row[7] is not None}
    is_exempt = all(terms[row[8]].is_exempt for row in rows)
    booked = facts.booked_of(bookings, is_exempt=is_exempt, with_notes=False)
    claimed = _claimed({row[7] for row in rows if row[7] is not None and not row[6]})
    for pk, starts_on, ends_on, nights, net, _, is_alone, booking, invoice, rate, vat, gross in rows:
        by_others = () if is_alone else [claim for line, claim in claimed.get(booking, ()) if line != pk]
        billed = Billed(starts_on, ends_on, nights, rate, net, vat, gross)
        yield pk, check_line(billed, booked.get(booking), claimed=by_others, terms=terms[invoice])


def _claimed(bookings: Collection[int]) -> dict[int, list[tuple[int, Claimed]]]:
    """The live claims of these bookings' nights, each with the key of its line."""
    claimed = defaultdict(list)
    claims = NightClaim.objects.filter(booking__in=bookings, is_live=True).order_by("starts_on", "pk")
    for booking, line, starts_on, ends_on, number, invoice in claims.values_list(
        "booking", "line", "starts_on", "ends_on", "line__number", "line__invoice__number"
    ):
        words = f"line {number} of invoice {invoice}"
        claimed[booking].append((line, Claimed(starts_on, ends_on, words)))
    return claimed


def _add_terms(invoices: Collection[int], terms: dict[int, Terms]) -> None:
    """The terms of these invoices; those of one provider and day are asked for once."""
    known: dict[tuple[int, date], Terms] = {}
    for invoice in Invoice.objects.filter(pk__in=invoices).select_related("provider"):
        key = (invoice.provider_id, invoice.received_on)
        if key not in known:
            known[key] = facts.terms_of(invoice.provider, invoice.received_on)
        terms[invoice.pk] = known[key]
