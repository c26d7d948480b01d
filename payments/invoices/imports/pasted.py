"""Lines pasted from a spreadsheet or a PDF: text with tabs, read like a file."""

from lewisham_ta.imports.workbook import Sheet
from payments.invoices.imports.layout import Layout, Reading
from payments.invoices.imports.reading import read_invoice


def read_pasted(text: str, *, chosen: Layout | None = None) -> Reading:
    """What pasted lines say. They begin with their headings, and cells are parted by tabs."""
    rows = [line.split("\t") for line in text.splitlines()]
    return read_invoice([Sheet("Pasted", rows)], chosen=chosen)
