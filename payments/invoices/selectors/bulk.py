"""Lines checked again by the thousand: what the check would say of them today, each by itself.

For re-performing the checks of many months at once. The lines are streamed in the order of their bookings, so that the
facts of a chunk's bookings are asked for once and memory stays flat.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from django.db.models import QuerySet

from payments.invoices.models import Invoice, InvoiceLine
from payments.invoices.rules.check import check_line
from payments.invoices.rules.line import Billed, Checked, Terms
from payments.invoices.selectors import facts

CHUNK = 20_000
_COLUMNS = ("pk", "booking", "invoice", "starts_on", "ends_on", "stated_nights", "rate", "net", "vat", "gross")


def checked_again(lines: "QuerySet[InvoiceLine]") -> Iterator[tuple[int, Checked]]:
    """The key of each line and what the check says of it, without notes and without what other lines claim."""
    terms = _terms(lines)
    is_exempt = all(each.is_exempt for each in terms.values())
    rows = lines.order_by("booking").values_list(*_COLUMNS).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        keys = [row[1] for row in chunk if row[1] is not None]
        booked = facts.booked_between(keys[0], keys[-1], is_exempt=is_exempt) if keys else {}
        for pk, booking, invoice, *billed in chunk:
            yield pk, check_line(Billed._make(billed), booked.get(booking), terms=terms[invoice])


def _terms(lines: "QuerySet[InvoiceLine]") -> dict[int, Terms]:
    """The terms of every invoice that has one of the lines; those of one provider and day are asked for once."""
    known: dict[tuple[int, date], Terms] = {}
    terms = {}
    invoices = Invoice.objects.filter(pk__in=lines.order_by().values("invoice")).select_related("provider")
    for invoice in invoices:
        key = (invoice.provider_id, invoice.received_on)
        if key not in known:
            known[key] = facts.terms_of(invoice.provider, invoice.received_on)
        terms[invoice.pk] = known[key]
    return terms
