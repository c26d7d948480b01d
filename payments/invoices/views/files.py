"""A provider's file handed out: to be saved, or a PDF shown beside the form and nowhere else.

A PDF is a stranger's. It is shown only if its bytes say that it is one, by its own address, which may stand in a frame
of this site alone, with a policy that lets it fetch and run nothing.
"""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from lewisham_ta import files
from lewisham_ta.models import StoredFile
from payments.invoices import received
from payments.invoices.imports.pdfs import is_pdf
from payments.invoices.models import Invoice
from payments.invoices.views.common import CHECK, SEE

# The browser's own viewer is a plug-in with a style of its own: without these two it shows nothing.
SHOWN_IN_A_FRAME = {
    "default-src": [NONE],
    "object-src": [SELF],
    "style-src": ["'unsafe-inline'"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
}


@require_safe
@permission_required(SEE, raise_exception=True)
def invoice_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of an invoice as it came, to be saved."""
    invoice = get_object_or_404(Invoice.objects.select_related("file").exclude(file=None), pk=pk)
    assert invoice.file is not None
    return files.response(invoice.file, request.user, timezone.now())


@require_safe
@permission_required(SEE, raise_exception=True)
@xframe_options_sameorigin
@csp_replace(SHOWN_IN_A_FRAME)
def invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice.objects.select_related("file").exclude(file=None), pk=pk)
    assert invoice.file is not None
    return _inline(request, invoice.file)


@require_safe
@permission_required(CHECK, raise_exception=True)
@xframe_options_sameorigin
@csp_replace(SHOWN_IN_A_FRAME)
def received_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The PDF of an invoice that is being typed, for who chose it."""
    file = received.of(token, request.user).file
    if file is None:
        raise Http404
    return _inline(request, file)


def _inline(request: HttpRequest, file: StoredFile) -> HttpResponse:
    if not is_pdf(bytes(file.content)):
        raise Http404
    answer = files.response(file, request.user, timezone.now())
    answer["Content-Type"] = files.PDF
    answer["Content-Disposition"] = 'inline; filename="invoice.pdf"'
    return answer
