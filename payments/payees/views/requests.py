"""One account that was asked for: the request, the call-back, the approval or refusal."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lewisham_ta.refusals import Refused
from lewisham_ta.templatetags.ta import when
from payments.payees import forms, selectors, services
from payments.payees.models import BankDetails
from payments.payees.rules import OWN_CALL_BACK
from payments.payees.selectors import Request


@require_http_methods(["GET", "POST"])
@permission_required("payments.request_bank_change", raise_exception=True)
def request_change(request: HttpRequest, ref: str) -> HttpResponse:
    payee = get_object_or_404(selectors.payees(), party__ref=ref)
    current = payee.bank_details.filter(is_current=True).first()
    form = forms.RequestChange(request.POST or None, initial={"seen_current": current and current.pk})
    if form.is_valid():
        try:
            details = services.request_bank_change(
                payee_id=payee.pk,
                account=form.account(),
                reason=form.cleaned_data["reason"],
                seen_current=form.cleaned_data["seen_current"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The change waits. A colleague rings the payee on the number on file next.")
            return redirect("payees:request", details.pk)
    context = {
        "form": form,
        "payee": payee,
        "current": current,
        "whole": request.user.has_perm(selectors.SEES_WHOLE),
    }
    return render(request, "payments/payees/request_form.html", context)


@require_safe
@permission_required("payments.see_records", raise_exception=True)
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


@require_POST
@permission_required("payments.request_bank_change", raise_exception=True)
def call_back(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.CallBack(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda: services.record_call_back(details_id=pk, **form.cleaned_data, by=request.user, now=timezone.now()),
        "The call-back is recorded. Somebody who did not ask for the change can approve it.",
        call_back_form=form,
    )


@require_POST
@permission_required("payments.approve_bank_details", raise_exception=True)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    form = Form(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda: services.approve_bank_details(details_id=pk, by=request.user, now=timezone.now()),
        "Approved.",
    )


@require_POST
@permission_required("payments.approve_bank_details", raise_exception=True)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Refuse(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda: services.refuse_bank_details(details_id=pk, **form.cleaned_data, by=request.user, now=timezone.now()),
        "Refused. The account in use stays in use.",
        refuse_form=form,
    )


def _act(
    request: HttpRequest,
    pk: int,
    form: Form,
    call: Callable[[], Any],
    done: str,
    **shown: Form,
) -> HttpResponse:
    """Do it and go back to the request, or show the request with what was typed and why it was not done."""
    get_object_or_404(BankDetails, pk=pk)
    if form.is_valid():
        try:
            call()
        except Refused as refusal:
            return _page(request, pk, problem=str(refusal), **shown)
        messages.success(request, done)
        return redirect("payees:request", pk)
    return _page(request, pk, **shown)


def _page(
    request: HttpRequest,
    pk: int,
    *,
    problem: str = "",
    call_back_form: Form | None = None,
    refuse_form: Form | None = None,
) -> HttpResponse:
    details = get_object_or_404(selectors.all_requests(), pk=pk)
    [asked] = selectors.requests([details], reader=request.user, now=timezone.now())
    party = details.payee.party
    may_decide = request.user.has_perm("payments.approve_bank_details")
    may_ring = request.user.has_perm("payments.request_bank_change")
    is_waiting = details.status == BankDetails.Status.WAITING
    typed = call_back_form or refuse_form
    if call_back_form:  # the page shows today's number, so the next try is about that one
        call_back_form.data = call_back_form.data.copy()
        call_back_form.data["seen_number"] = party.telephone
    context = {
        "asked": asked,
        "details": details,
        "party": party,
        "rows": _side_by_side(asked),
        "checks": _checks(asked),
        "problems": [(problem, "")] if problem else [],
        "form": typed,
        "is_waiting": is_waiting,
        "may_ring": may_ring and is_waiting and selectors.waits_for_call_back(details),
        "own_call_back": OWN_CALL_BACK if details.requested_by_id == request.user.pk else "",
        "may_decide": may_decide and is_waiting,
        "call_back_form": call_back_form or forms.CallBack(initial={"seen_number": party.telephone}),
        "refuse_form": refuse_form or forms.Refuse(),
        "crumbs": [
            ("Payees", reverse("payees:list")),
            (party.ref, reverse("payees:detail", args=[party.ref])),
        ],
    }
    return render(request, "payments/payees/request_detail.html", context)


def _side_by_side(asked: Request) -> list[dict[str, Any]]:
    """The account in use and the one asked for, row by row. Compared whole, even where they are shown masked."""
    new, old = asked.details, asked.in_use
    same_account = old and (old.sort_code, old.account_number) == (new.sort_code, new.account_number)
    return [
        {
            "label": "Sort code and account number",
            "old": asked.account_in_use,
            "new": asked.account,
            "differs": old and not same_account,
        },
        {
            "label": "Account name",
            "old": old.account_name if old else "",
            "new": new.account_name,
            "differs": old and old.account_name != new.account_name,
        },
    ]


def _checks(asked: Request) -> list[dict[str, str]]:
    """What the approver looks at, in order."""
    details, number, email = asked.details, asked.contact.telephone, asked.contact.email
    tones = {"Valid": "ok", "Invalid": "error"}
    checks = [{"words": asked.check_words, "tone": tones.get(asked.check_words.partition(":")[0], "warning")}]
    if details.called_back_at:
        words = f"{details.called_back_by} rang {details.called_number} on {when(details.called_back_at)}"
        checks.append({"words": words, "tone": "ok", "note": details.call_note})
    elif selectors.waits_for_call_back(details):
        checks.append({"words": "The call-back has not been made.", "tone": "warning"})
    else:
        checks.append({"words": "No call-back is needed: it is the first account, from the register.", "tone": "ok"})
    if number:
        checks.append(
            {
                "words": f"The telephone number on file was changed {when(number.at)} by {number.who}",
                "tone": "error" if asked.number_is_too_new else "warning",
                "note": f"It was {number.was or 'not recorded'}.",
            }
        )
    else:
        checks.append({"words": "The telephone number on file has never been changed.", "tone": "ok"})
    if email:
        checks.append(
            {
                "words": f"The e-mail address on file was changed {when(email.at)} by {email.who}",
                "tone": "warning",
                "note": f"It was {email.was or 'not recorded'}.",
            }
        )
    return checks
