"""The approval page: first accounts in bulk, changes one by one."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta.exports import XLSX, Sheet, workbook_of
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import Table, export_rows
from payments.payees import forms, selectors, services
from payments.payees.selectors import Request
from payments.payees.tables import ChangeTable, FirstTable


@require_safe
@permission_required("payments.see_records", raise_exception=True)
def approvals(request: HttpRequest) -> HttpResponse:
    if request.GET.get("export") == "xlsx":
        return _workbook(request)
    return _page(request)


@require_POST
@permission_required("payments.approve_bank_details", raise_exception=True)
def approve_first(request: HttpRequest) -> HttpResponse:
    form = forms.Chosen(request.POST)
    if not form.is_valid():
        return _page(request, problem="Tick the accounts to approve.")
    try:
        count = services.approve_first_details(
            details_ids=form.cleaned_data["selected"], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        return _page(request, problem=str(refusal))
    messages.success(request, f"{count} first account{'' if count == 1 else 's'} approved.")
    return redirect("payees:approvals")


def _workbook(request: HttpRequest) -> HttpResponse:
    """Both tables, a sheet each."""
    first, changes = _waiting(request)
    sheets = [_sheet("Changes", ChangeTable(changes)), _sheet("First accounts", FirstTable(first))]
    disposition = 'attachment; filename="Bank details to approve.xlsx"'
    return HttpResponse(workbook_of(sheets), content_type=XLSX, headers={"Content-Disposition": disposition})


def _sheet(title: str, table: Table) -> Sheet:
    return Sheet(title, *export_rows(table))


def _waiting(request: HttpRequest) -> tuple[list[Request], list[Request]]:
    """First accounts from a register, and everything else that waits."""
    waiting = selectors.requests(selectors.waiting_requests(), reader=request.user, now=timezone.now())
    first = [row for row in waiting if selectors.is_first_from_register(row.details)]
    return first, [row for row in waiting if not selectors.is_first_from_register(row.details)]


def _page(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    """The two tables."""
    first, changes = _waiting(request)
    may_approve = request.user.has_perm("payments.approve_bank_details")
    to_ring = sum(selectors.waits_for_call_back(row.details) for row in changes)
    invalid = sum(row.verdict.is_invalid for row in [*first, *changes])
    context = {
        "first": FirstTable(first, request=request, prefix="first-", exclude=() if may_approve else ("pick",)),
        "changes": ChangeTable(changes, request=request, prefix="changes-"),
        "facts": [
            {"label": "First accounts", "value": len(first)},
            {"label": "Changes", "value": len(changes)},
            {"label": "To be rung", "value": to_ring, "tone": "warning" if to_ring else ""},
            {"label": "Fail the modulus check", "value": invalid, "tone": "error" if invalid else ""},
        ],
        "problems": [(problem, "")] if problem else [],
        "buttons": [{"label": "Approve", "url": reverse("payees:approve_first")}],
        "may_approve": may_approve and any(not row.refusal for row in first),
    }
    return render(request, "payments/payees/approvals.html", context)
