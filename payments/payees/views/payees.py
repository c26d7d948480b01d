"""Payees: the list, one payee with everything about it, adding and changing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from lewisham_ta.history import MASKED, history_of
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import when
from lewisham_ta.versions import Stale
from payments.payees import forms, sections, selectors, services
from payments.payees.models import BankDetails, Payee
from payments.payees.rules import PayeeFacts, TaxStatus, tax_verdict
from payments.payees.tables import TAX_WORDS, PayeeTable

FILTERS = {
    ("lives", "overseas"): Q(is_overseas=True),
    ("lives", "unknown"): Q(is_overseas=None),
    ("bank", "none"): Q(has_account=False),
    ("bank", "waiting"): Q(has_waiting=True),
}


@require_safe
@permission_required("payments.see_records", raise_exception=True)
def payee_list(request: HttpRequest) -> HttpResponse:
    rows = selectors.payees()
    filters = forms.PayeeFilter(request.GET or None)
    if filters.is_valid():
        chosen = filters.cleaned_data
        if chosen["q"]:
            rows = rows.filter(selectors.payees_found(chosen["q"].strip()))
        if chosen["kind"]:
            rows = rows.filter(party__kind=chosen["kind"])
        for (name, value), condition in FILTERS.items():
            if chosen[name] == value:
                rows = rows.filter(condition)
    table = PayeeTable(rows, request=request)
    context = {
        "table": table,
        "filters": filters,
        "may_change": request.user.has_perm("payments.manage_payees"),
    }
    return table_response(request, table, "Payees") or render(request, "payments/payees/payee_list.html", context)


@require_safe
@permission_required("payments.see_records", raise_exception=True)
def payee_detail(request: HttpRequest, ref: str) -> HttpResponse:
    payee = get_object_or_404(selectors.payees(), party__ref=ref)
    accounts = selectors.bank_details_of(payee)
    whole = request.user.has_perm(selectors.SEES_WHOLE)
    history = history_of(payee, payee.party, children=[(BankDetails, "payee")], masked=() if whole else MASKED)
    events = [*selectors.events_of(payee, accounts), *sections.events_of(request, payee)]
    waiting = next((details for details in accounts if details.status == BankDetails.Status.WAITING), None)
    context = {
        "payee": payee,
        "waiting": waiting,
        "facts": _facts(payee, accounts),
        "details": _details(payee),
        "accounts": accounts,
        "whole": whole,
        "now": timezone.now(),
        "sections": sections.sections_of(request, payee),
        "events": sorted(events, key=lambda event: event.sort_key, reverse=True),
        "history": history,
        "may_change": request.user.has_perm("payments.manage_payees"),
        "may_request": request.user.has_perm("payments.request_bank_change"),
    }
    return render(request, "payments/payees/payee_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_payees", raise_exception=True)
def payee_add(request: HttpRequest) -> HttpResponse:
    form = forms.AddPayee(request.POST or None)
    if form.is_valid():
        ref = form.cleaned_data["ref"]
        try:
            services.add_payee(ref=ref, facts=form.facts(), by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{ref} added. Ask for its bank details next.")
            return redirect("payees:detail", ref)
    return render(request, "payments/payees/payee_form.html", {"form": form, "payee": None})


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_payees", raise_exception=True)
def payee_change(request: HttpRequest, ref: str) -> HttpResponse:
    payee = get_object_or_404(selectors.payees(), party__ref=ref)
    facts = selectors.facts_of(payee)
    form = forms.ChangePayee(request.POST or None, initial=forms.PayeeForm.initial_from(facts))
    recorded: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            services.change_payee(
                payee_id=payee.pk,
                facts=form.facts(),
                seen=form.cleaned_data["seen"],
                why=form.cleaned_data["why"],
                by=request.user,
                now=timezone.now(),
            )
        except Stale as refusal:
            form.add_error(None, str(refusal))
            recorded = _recorded_now(form, form.take_over())  # saving again is a choice now
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{ref} changed.")
            return redirect("payees:detail", ref)
    context = {"form": form, "payee": payee, "recorded": recorded}
    return render(request, "payments/payees/payee_form.html", context)


def _recorded_now(form: forms.PayeeForm, changed: list[str]) -> list[dict[str, Any]]:
    """What is recorded now in the fields in which something else was typed."""
    return [
        {
            "label": form[name].label,
            "value": dict(getattr(form.fields[name], "choices", ())).get(form.initial[name], form.initial[name]),
        }
        for name in changed
        if name in PayeeFacts.__slots__
    ]


def _facts(payee: Payee, accounts: list[BankDetails]) -> list[dict[str, Any]]:
    tax = tax_verdict(payee.is_overseas, payee.nrl_approval_ref, payee.party.kind)
    current = next((details for details in accounts if details.is_current), None)
    bank = {"label": "Bank details", "value": "In use" if current else "None", "tone": "" if current else "error"}
    return [
        {"label": "Kind", "value": payee.party.get_kind_display()},
        {"label": "Supplier number", "value": payee.supplier_number or "None yet"},
        {
            "label": "NRL",
            "value": TAX_WORDS[tax.status],
            "tone": "error" if tax.status is TaxStatus.UNKNOWN else "",
        },
        bank,
        {"label": "Remittance advice by", "value": payee.get_remittance_by_display()},
    ]


def _details(payee: Payee) -> list[dict[str, Any]]:
    party = payee.party
    changes = selectors.contact_changes([party.pk]).get(party.pk, selectors.ContactChanges())
    tax = tax_verdict(payee.is_overseas, payee.nrl_approval_ref, party.kind)
    return [
        {"label": "Telephone", "value": party.telephone, "hint": _changed(changes.telephone)},
        {"label": "E-mail", "value": party.email, "hint": _changed(changes.email)},
        {"label": "Address", "value": party.address},
        {"label": "VAT number", "value": party.vat_number},
        {"label": "Tax of non-resident landlords", "value": tax.reason},
    ]


def _changed(change: selectors.ContactChange | None) -> str:
    return f"changed {when(change.at)} by {change.who}" if change else ""
