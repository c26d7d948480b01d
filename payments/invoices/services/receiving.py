"""What came from a provider, kept as it came before anybody has confirmed how it is read."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from bookings.models import Provider
from lewisham_ta import audit, files
from lewisham_ta.models import StoredFile, User
from lewisham_ta.refusals import Refused, permit
from payments.invoices.imports.layout import Layout
from payments.invoices.imports.pdfs import active_part, is_pdf
from payments.invoices.services.checking import CHECK
from payments.invoices.services.loading import Loaded, confirm_layout, load_invoice


@transaction.atomic
def receive_file(*, name: str, content: bytes, by: User, now: datetime) -> StoredFile:
    """Keep a file that is going to be an invoice. A PDF is looked at before anybody is shown it."""
    permit(by, CHECK)
    if not content:
        raise Refused(f"{name} is empty.")
    if len(content) > settings.UPLOAD_LIMIT_BYTES:
        raise Refused(f"{name} is larger than {settings.UPLOAD_LIMIT_BYTES // 1024**2} MB.")
    if is_pdf(content) and (part := active_part(content)):
        raise Refused(f"{name} does something by itself when it is opened ({part}), so it was not kept.")
    stored = files.store(name, content, files.PDF if is_pdf(content) else "application/octet-stream", by, now)
    audit.record("invoice.file_received", stored, by=by, at=now, name=name)
    return stored


@transaction.atomic
def load_understood(*, layout: Layout | None, provider: Provider, by: User, now: datetime, **invoice: Any) -> Loaded:
    """Load an invoice, and remember for its provider the layout by which a person confirmed that it is read."""
    permit(by, CHECK)
    loaded = load_invoice(provider=provider, by=by, now=now, **invoice)
    if layout is not None:
        confirm_layout(provider=provider, mapping=layout.to_json(), by=by, now=now)
    return loaded
