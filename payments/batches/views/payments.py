"""Payments: the list they are batched from, a payment's page, and what officers decide about one."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta.history import history_of
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.batches import forms, remittances, rules, selectors, services, sources
from payments.batches.models import Batch, BatchItem, Payment, PaymentQuerySet
from payments.batches.tables import PaymentTable, ReturnedTable


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def payment_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    filters = forms.PaymentFilter(request.GET or None, sources=selectors.sources())
    rows = _filtered(selectors.payments(), filters)
    may_batch = request.user.has_perm("payments.make_batch")
    totals = {"gross": selectors.totals(rows)[1]}
    table = PaymentTable(
        rows, request=request, totals=totals, now=now, picking=may_batch, sees_payees=_sees_payees(request)
    )
    context = {
        "table": table,
        "filters": filters,
        "may_batch": may_batch,
        "waiting": selectors.waiting(now),
        "returned_count": selectors.returned().count(),
        "open_batches": Batch.objects.filter(status=Batch.Status.OPEN).order_by("number"),
    }
    return table_response(request, table, "Payments") or render(request, "payments/batches/payment_list.html", context)


def _sees_payees(request: HttpRequest) -> bool:
    return request.user.has_perm("payments.see_records")


def _filtered(rows: PaymentQuerySet, filters: forms.PaymentFilter) -> PaymentQuerySet:
    if not filters.is_valid():
        return rows
    wanted = filters.cleaned_data
    if wanted["q"]:
        party = Q(payee__party__name__icontains=wanted["q"]) | Q(payee__party__ref__iexact=wanted["q"])
        rows = rows.filter(party | Q(reference__icontains=wanted["q"]))
    if wanted["state"]:
        rows = rows.filter(state=wanted["state"])
    if wanted["source"]:
        rows = rows.filter(source=wanted["source"])
    return rows


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def returned_list(request: HttpRequest) -> HttpResponse:
    rows = selectors.returned()
    table = ReturnedTable(rows, request=request, totals={"gross": selectors.totals(rows)[1]})
    return table_response(request, table, "Returned payments") or render(
        request, "payments/batches/returned_list.html", {"table": table}
    )


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def payment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


def _page(request: HttpRequest, pk: int, **bound: object) -> HttpResponse:
    """The page of a payment. `bound` is the form that was sent and found wanting, by its name in the page."""
    rows = selectors.payments().select_related("prepared_by", "approved_by", "returned_by", "put_right_by").defer(None)
    payment = get_object_or_404(rows, pk=pk)
    came_back_from = selectors.account_it_came_back_from(payment)
    context = {
        "payment": payment,
        "came_back_from": came_back_from,
        "number": rules.payment_number(payment.pk),
        "source_url": sources.url_of(request.user, payment),
        "advice": remittances.shown(rules.Advice.from_json(payment.advice), payment.reference, says_homes=False),
        "refusal": _refusal_to_show(payment),
        "coding": [(code, Decimal(amount)) for code, amount in sorted(payment.coding.items())],
        "account_then": selectors.masked(payment.bank_details),
        "account_now": selectors.account_to_use(payment),
        "items": selectors.history_of(payment),
        "stop": selectors.standing_stop(payment),
        "history": history_of(payment, children=[(BatchItem, "payment")]),
        "may_see_payee": request.user.has_perm("payments.see_records"),
        "may_act": request.user.has_perm("payments.make_batch"),
        "may_withdraw": request.user.has_perm("payments.withdraw_payment")
        and Payment.State.WITHDRAWN in rules.MOVES[payment.state],
        "put_right_refusal": rules.put_right_refusal(
            state=payment.state, returned_by=payment.returned_by_id, by=request.user.pk
        ),
        "put_right_form": forms.PutRight(auto_id="put_right_%s", came_back_from=came_back_from),
        "withdraw_form": forms.Withdraw(auto_id="withdraw_%s"),
        "stop_form": forms.Stop(auto_id="stop_%s"),
        "lift_form": forms.Lift(auto_id="lift_%s"),
    }
    return render(request, "payments/batches/payment_detail.html", context | bound)


def _refusal_to_show(payment: Payment) -> str:
    if payment.state in (Payment.State.PAYABLE, Payment.State.RETURNED):
        return selectors.refusal(payment, timezone.now())
    return ""


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def put_right(request: HttpRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(selectors.payments(), pk=pk)
    came_back_from = selectors.account_it_came_back_from(payment)
    form = forms.PutRight(request.POST, auto_id="put_right_%s", came_back_from=came_back_from)
    if not form.is_valid():
        return _page(request, pk, put_right_form=form, problem_form=form)
    try:
        services.put_right(payment_id=pk, note=form.cleaned_data["note"], by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The payment can be batched again.")
    return redirect("batches:payment_detail", pk)


@require_POST
@permission_required("payments.withdraw_payment", raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Withdraw(request.POST, auto_id="withdraw_%s")
    if not form.is_valid():
        return _page(request, pk, withdraw_form=form, problem_form=form)
    try:
        services.withdraw(payment_id=pk, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The payment is withdrawn.")
    return redirect("batches:payment_detail", pk)


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(selectors.payments(), pk=pk)
    form = forms.Stop(request.POST, auto_id="stop_%s")
    if not form.is_valid():
        return _page(request, pk, stop_form=form, problem_form=form)
    try:
        services.stop_payments(
            payee=payment.payee, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Nothing goes to {payment.payee.party.name} until the stop is lifted.")
    return redirect("batches:payment_detail", pk)


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(selectors.payments(), pk=pk)
    form = forms.Lift(request.POST, auto_id="lift_%s")
    if not form.is_valid():
        return _page(request, pk, lift_form=form, problem_form=form)
    standing = selectors.standing_stop(payment)
    try:
        if standing is None:
            raise Refused("The stop is lifted already.")
        services.lift_stop(stop_id=standing.pk, note=form.cleaned_data["note"], by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Payments to {payment.payee.party.name} can go on.")
    return redirect("batches:payment_detail", pk)
