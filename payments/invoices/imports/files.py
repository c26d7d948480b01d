"""A provider's file as it came, read by its own layout."""

from bookings.models import Provider
from lewisham_ta.imports import workbook
from payments.invoices.imports.layout import Layout, Reading
from payments.invoices.imports.reading import read_invoice
from payments.invoices.models import InvoiceLayout


def known_layout(provider: Provider) -> Layout | None:
    """How the provider's files are read, if a person confirmed it."""
    kept = InvoiceLayout.objects.filter(provider=provider).values_list("mapping", flat=True).first()
    return Layout.from_json(kept) if kept else None


def read_file(content: bytes, name: str, *, provider: Provider, chosen: Layout | None = None) -> Reading:
    """What a file of a provider says. Refuses in one sentence what is no workbook, or has no lines of an invoice."""
    return read_invoice(workbook.read(content, name), known=known_layout(provider), chosen=chosen)
