"""The approval page: first accounts in bulk, changes one by one."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta.refusals import Refused
from payments.payees import forms, selectors, services
from payments.payees.tables import ChangeTable, FirstTable


@require_safe
@permission_required("payments.see_records", raise_exception=True)
def approvals(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@permission_required("payments.approve_bank_details", raise_exception=True)
def approve_first(request: HttpRequest) -> HttpResponse:
    form = forms.Chosen(request.POST)
    if not form.is_valid():
        return _page(request, problem="Tick the accounts to approve.")
    ticked = form.cleaned_data["selected"]
    try:
        count = services.approve_first_details(details_ids=ticked, by=request.user, now=timezone.now())
    except Refused as refusal:
        return _page(request, problem=str(refusal), ticked=ticked)
    messages.success(request, f"{count} first account{'' if count == 1 else 's'} approved.")
    return redirect("payees:approvals")


def _page(request: HttpRequest, *, problem: str = "", ticked: list[int] | None = None) -> HttpResponse:
    """The two tables. `ticked` are the rows that were ticked when they were not approved: the ticks stay."""
    waiting = selectors.requests(selectors.waiting_requests(), reader=request.user, now=timezone.now())
    first = [row for row in waiting if selectors.is_first_from_register(row.details)]
    changes = [row for row in waiting if not selectors.is_first_from_register(row.details)]
    may_approve = request.user.has_perm("payments.approve_bank_details")
    context = {
        "first": FirstTable(
            first, request=request, prefix="first-", exclude=() if may_approve else ("pick",), ticked=ticked or ()
        ),
        "changes": ChangeTable(changes, request=request, prefix="changes-"),
        "facts": [
            {"label": "First accounts", "value": len(first)},
            {"label": "Changes", "value": len(changes)},
            {
                "label": "To be rung",
                "value": sum(selectors.waits_for_call_back(row.details) for row in changes),
                "tone": "warning" if any(selectors.waits_for_call_back(row.details) for row in changes) else "",
            },
            {
                "label": "Fail the modulus check",
                "value": sum(row.verdict.is_invalid for row in waiting),
                "tone": "error" if any(row.verdict.is_invalid for row in waiting) else "",
            },
        ],
        "problems": [(problem, "")] if problem else [],
        "buttons": [{"label": "Approve", "url": reverse("payees:approve_first")}],
        "may_approve": may_approve and any(not row.refusal for row in first),
    }
    return render(request, "payments/payees/approvals.html", context)
