"""The register of overpayments, a case, and what is decided about it."""

from functools import partial

from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from lewisham_ta.acting import act
from lewisham_ta.fields import Verb, chosen
from lewisham_ta.history import history_of
from lewisham_ta.money import ZERO
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import pounds
from payments.overpayments import forms, rules, selectors, services
from payments.overpayments.models import OverpaymentCase
from payments.overpayments.tables import STATUS_TONES, CaseTable, case_number, case_url

SEE = "payments.see_overpayments"
MANAGE, WRITE_OFF = "payments.manage_overpayments", "payments.write_off_overpayments"


@require_safe
@permission_required(SEE, raise_exception=True)
def case_list(request: HttpRequest) -> HttpResponse:
    filters = forms.CaseFilter(request.GET or None)
    wanted, rows = chosen(filters) if filters.is_bound else {}, selectors.cases()
    if "q" in wanted:
        rows = rows.filter(Q(payee__party__name__icontains=wanted["q"]) | Q(payee__party__ref__iexact=wanted["q"]))
    if wanted.get("status") == "asked":
        rows = rows.filter(pk__in=selectors.asked())
    elif "status" in wanted:
        rows = rows.filter(status=wanted["status"])
    table = CaseTable(rows, request=request)
    totals = selectors.totals_by_status()
    facts = [
        {"label": label, "value": pounds(totals.get(status, ZERO))} for status, label in OverpaymentCase.Status.choices
    ]
    context = {"table": table, "filters": filters, "facts": facts}
    return table_response(request, table, "Overpayments") or render(
        request, "payments/overpayments/case_list.html", context
    )


@require_safe
@permission_required(SEE, raise_exception=True)
def case_detail(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(selectors.cases(), pk=pk)
    may_manage, may_write_off = request.user.has_perm(MANAGE), request.user.has_perm(WRITE_OFF)
    moves = rules.MOVES[case.status]
    context = {
        "case": case,
        "number": case_number(case),
        "tone": STATUS_TONES[case.status],
        "lines": case.lines.order_by("pk"),
        "may_agree": may_manage and rules.AGREED in moves,
        "may_recover": may_manage and rules.RECOVERED in moves,
        "may_ask": may_manage and not rules.ask_refusal(status=case.status, asked_by=case.asked_by_id),
        "may_write_off": may_write_off and rules.WRITTEN_OFF in moves,
        "history": history_of(case),
    }
    return render(request, "payments/overpayments/case_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Agree(request.POST or None)
    return _act(request, pk, form, services.agree, verb="Agree", done="Recorded as agreed with the payee.")


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def recover(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Recover(request.POST or None)
    return _act(request, pk, form, services.recover, verb="Record the recovery of", done="Recorded as recovered.")


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def ask_write_off(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.AskWriteOff(request.POST or None)
    return _act(
        request, pk, form, services.ask_write_off, verb="Ask to write off", done="Asked for: somebody else decides it."
    )


@require_http_methods(["GET", "POST"])
@permission_required(WRITE_OFF, raise_exception=True)
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.WriteOff(request.POST or None)
    return _act(request, pk, form, services.write_off, verb="Write off", done="Written off.", confirm=True)


def _act(
    request: HttpRequest, pk: int, form: Verb, service: services.Move, *, verb: str, done: str, confirm: bool = False
) -> HttpResponse:
    case = get_object_or_404(selectors.cases(), pk=pk)
    number, amount = case_number(case), pounds(case.amount)
    return act(
        request,
        form,
        partial(service, case_id=case.pk),
        title=f"{verb} {number}",
        submit=f"{verb} {amount}",
        done=done,
        back=case_url(case),
        confirm=f"{verb} {amount} of {case.payee.party.name}?" if confirm else "",
        intro=f"{case.payee.party.name}, {amount}.",
        crumbs=[("Overpayments", reverse("overpayments:list")), (number, case_url(case))],
    )
