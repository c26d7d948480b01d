"""Batches: making one, what is in it, sending it, its files and advices."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lewisham_ta import files
from lewisham_ta.history import history_of
from lewisham_ta.models import Job
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.batches import forms, remittances, selectors, services
from payments.batches.models import Batch, BatchItem, Remittance
from payments.batches.tables import BatchTable, ItemTable, RemittanceTable


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def batch_list(request: HttpRequest) -> HttpResponse:
    table = BatchTable(selectors.batches(), request=request)
    context = {"table": table, "may_answer": request.user.has_perm("payments.load_answer")}
    return table_response(request, table, "Batches") or render(request, "payments/batches/batch_list.html", context)


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def batch_detail(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, number)


def _page(request: HttpRequest, number: str, problems: list[tuple[str, str]] | None = None) -> HttpResponse:
    batch = get_object_or_404(selectors.batches(), number=number)
    user, is_open = request.user, batch.status == Batch.Status.OPEN
    filters = forms.ItemFilter(request.GET or None, is_open=is_open)
    items = _filtered(selectors.items(batch), filters)
    table = ItemTable(
        items,
        request=request,
        totals={"gross": selectors.totals(items)[1]},
        batch=batch,
        sees_payees=user.has_perm("payments.see_records"),
        may_change=user.has_perm("payments.make_batch"),
        may_answer=user.has_perm("payments.load_answer"),
        refusals=selectors.problems(batch, timezone.now()) if is_open else {},
    )
    context = {
        "batch": batch,
        "is_open": is_open,
        "table": table,
        "filters": filters,
        "problems": problems,
        "may_change": user.has_perm("payments.make_batch"),
        "may_answer": user.has_perm("payments.load_answer"),
        "may_see_accounts": user.has_perm("payments.see_bank_details"),
        "files": selectors.stored_files(batch),
        "advices": selectors.advice_figures(batch),
        "job": Job.objects.filter(kind="batches.remittances", key=batch.number).order_by("-pk").first(),
        "history": history_of(batch),
    }
    return table_response(request, table, f"Batch {batch.number}") or render(
        request, "payments/batches/batch_detail.html", context
    )


def _filtered(items: QuerySet[BatchItem], filters: forms.ItemFilter) -> QuerySet[BatchItem]:
    if not filters.is_valid():
        return items
    wanted = filters.cleaned_data
    if wanted["q"]:
        party = Q(payment__payee__party__name__icontains=wanted["q"]) | Q(
            payment__payee__party__ref__iexact=wanted["q"]
        )
        items = items.filter(party | Q(payment__reference__icontains=wanted["q"]))
    if wanted.get("outcome"):
        items = items.filter(outcome="" if wanted["outcome"] == "none" else wanted["outcome"])
    return items


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def make(request: HttpRequest) -> HttpResponse:
    """A batch of the ticked payments, or of all that may go when the form says so."""
    form = forms.Chosen(request.POST)
    chosen = None
    if "all" not in request.POST:
        if not form.is_valid():
            messages.error(request, "Tick at least one payment.")
            return redirect("batches:payment_list")
        chosen = form.cleaned_data["selected"]
    try:
        batch = services.make_batch(payment_ids=chosen, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("batches:payment_list")
    messages.success(request, f"{batch.number} is made and open. Check it, then send it.")
    return redirect("batches:detail", batch.number)


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def add(request: HttpRequest, number: str) -> HttpResponse:
    return _change(request, number, services.add_to_batch, "Added to {}.")


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def take_out(request: HttpRequest, number: str) -> HttpResponse:
    return _change(request, number, services.take_out_of_batch, "Taken out of {}.")


def _change(request: HttpRequest, number: str, verb: services.ChangeBatch, done: str) -> HttpResponse:
    batch = get_object_or_404(Batch, number=number)
    form = forms.ChosenOfBatch(request.POST)
    if "seen_version" in form.errors:
        return HttpResponseBadRequest()
    if not form.is_valid():
        messages.error(request, "Tick at least one payment.")
        return redirect("batches:detail", number)
    seen, chosen = form.cleaned_data["seen_version"], form.cleaned_data["selected"]
    try:
        verb(batch_id=batch.pk, payment_ids=chosen, seen_version=seen, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done.format(number))
    return redirect("batches:detail", number)


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def send(request: HttpRequest, number: str) -> HttpResponse:
    batch = get_object_or_404(Batch, number=number)
    form = forms.SeenVersion(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    seen = form.cleaned_data["seen_version"]
    try:
        services.send_batch(batch_id=batch.pk, seen_version=seen, by=request.user, now=timezone.now())
    except Refused as refusal:
        return _page(request, number, [(str(refusal), "table")])
    messages.success(request, f"{number} is sent and locked. The advices are being made.")
    return redirect("batches:detail", number)


@require_safe
@permission_required(["payments.see_payments", "payments.see_bank_details"], raise_exception=True)
def file(request: HttpRequest, number: str, which: str) -> HttpResponse:
    """The sheet or the CSV of a sent batch, byte for byte: they hold whole account numbers."""
    batch = get_object_or_404(Batch.objects.select_related(which), number=number)
    stored = getattr(batch, which)
    if stored is None:
        raise Http404
    return files.response(stored, by=request.user, now=timezone.now())


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def print_file(request: HttpRequest, number: str) -> HttpResponse:
    batch = get_object_or_404(Batch.objects.select_related("advice_print_file"), number=number)
    if batch.advice_print_file is None:
        raise Http404
    return files.response(batch.advice_print_file, by=request.user, now=timezone.now())


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def remittance_list(request: HttpRequest, number: str) -> HttpResponse:
    batch = get_object_or_404(Batch, number=number)
    table = RemittanceTable(selectors.remittances(batch), request=request)
    context = {
        "batch": batch,
        "table": table,
        "unconfirmed": selectors.unconfirmed_emails().filter(batch=batch).select_related("payee__party"),
        "may_change": request.user.has_perm("payments.make_batch"),
    }
    return table_response(request, table, f"Advices {number}") or render(
        request, "payments/batches/remittance_list.html", context
    )


@require_safe
@permission_required("payments.see_payments", raise_exception=True)
def remittance_file(request: HttpRequest, pk: int) -> HttpResponse:
    remittance = get_object_or_404(Remittance.objects.select_related("file"), pk=pk)
    return files.response(remittance.file, by=request.user, now=timezone.now())


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def make_advices(request: HttpRequest, number: str) -> HttpResponse:
    batch = get_object_or_404(Batch, number=number)
    try:
        services.request_remittances(batch=batch, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("batches:detail", number)


@require_POST
@permission_required("payments.make_batch", raise_exception=True)
def email_again(request: HttpRequest, pk: int) -> HttpResponse:
    remittance = get_object_or_404(Remittance.objects.select_related("batch"), pk=pk)
    try:
        remittances.email_again(remittance_id=pk, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The advice goes to {remittance.email_to} again within a minute.")
    return redirect("batches:remittance_list", remittance.batch.number)
