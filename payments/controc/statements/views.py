"""A landlord's statement of account: page, PDF and Excel."""

from datetime import date

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_GET

from lewisham_ta.dates import first_of_month, parse_month
from lewisham_ta.exports import XLSX
from payments.controc.statements import exports
from payments.controc.statements.selectors import Statement, financial_year_of, months_of, statement_of
from payments.payees.models import Payee


@require_GET
@permission_required("payments.see_schedule", raise_exception=True)
def statement(request: HttpRequest, ref: str) -> HttpResponse:
    payee = get_object_or_404(Payee.objects.select_related("party"), party__ref=ref)
    today = localdate()
    months = months_of(payee)
    this_year = (
        [month for month in months if month >= financial_year_of(today)] or months[-1:] or [first_of_month(today)]
    )
    shown = statement_of(
        payee,
        first_month=_month(request, "from") or this_year[0],
        last_month=_month(request, "to") or this_year[-1],
    )
    match request.GET.get("export"):
        case "pdf":
            return _file(exports.statement_pdf(shown), "application/pdf", shown, "pdf")
        case "xlsx":
            return _file(exports.statement_xlsx(shown), XLSX, shown, "xlsx")
    return render(request, "payments/controc/statement.html", {"statement": shown, "months": months})


def _month(request: HttpRequest, name: str) -> date | None:
    """The month asked for; what is not a month is as good as none, and the page shows which months it took."""
    try:
        return parse_month(request.GET.get(name, ""))
    except ValueError:
        return None


def _file(content: bytes, content_type: str, shown: Statement, suffix: str) -> HttpResponse:
    name = exports.file_name(shown, suffix)
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
