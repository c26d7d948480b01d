"""Academy against the bookings: the list of exceptions, the matches to confirm, and one account."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.academy import forms, selectors, services
from bookings.academy.models import AcademyAccount, AcademyFinding
from bookings.academy.rules.differences import KIND_WORDS, SHORT_WORDS, Kind
from bookings.academy.rules.matching import GROUND_WORDS
from bookings.academy.tables import URGENT, ExceptionTable, MatchTable, account_details
from lewisham_ta.acting import act, who_and_when
from lewisham_ta.fields import Why
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.http import Request
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day

SEE = "bookings.see_bookings"


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def exception_list(request: Request) -> HttpResponse:
    today = timezone.localdate()
    found = selectors.lines(today)
    form = forms.Settle(request.POST or None, keys=[line.key for line in found])
    if request.method == "POST" and _settled(request, form):
        return redirect(request.get_full_path())
    filters = forms.Filters(request.GET)
    filters.is_valid()
    may_settle = request.user.has_perm(services.MANAGE)
    rows = selectors.chosen(found, **filters.cleaned_data)
    is_file = request.GET.get("export") == "xlsx"
    table = ExceptionTable(rows, request=request, may_settle=may_settle, is_file=is_file)
    context = {
        "table": table,
        "filters": filters,
        "form": form,
        "facts": _facts(found),
        "may_settle": may_settle,
        "loaded": selectors.last_loaded(),
        "has_accounts": AcademyAccount.objects.exists(),
        "not_loaded": selectors.not_loaded(today),
    }
    return table_response(request, table, f"Academy exceptions on {day(today)}") or render(
        request, "bookings/academy/exception_list.html", context
    )


def _settled(request: Request, form: forms.Settle) -> bool:
    """Settle what was ticked. What is wrong with it is said on the form."""
    if not request.user.has_perm(services.MANAGE):
        raise PermissionDenied
    if not form.is_valid():
        return False
    typed = form.cleaned_data
    try:
        count = services.settle(keys=typed["selected"], note=typed["reason"], **who_and_when(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{count} {'exception is' if count == 1 else 'exceptions are'} settled.")
    return True


def _facts(found: list[selectors.Line]) -> list[dict[str, Any]]:
    """The strip: how many of each kind are open, and how many of it are settled."""
    strip = []
    for kind, words in SHORT_WORDS.items():
        of_kind = [line for line in found if line.difference.kind == kind]
        count = sum(line.settled is None for line in of_kind)
        tone = ("error" if kind in URGENT else "warning") if count else ""
        settled = len(of_kind) - count
        hint = f"{settled} settled" if settled else ""
        strip.append({"label": words, "value": count, "url": f"?kind={kind}", "tone": tone, "hint": hint})
    return strip


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def match_list(request: Request) -> HttpResponse:
    rows = selectors.match_rows(timezone.localdate())
    may_settle = request.user.has_perm(services.MANAGE)
    form = forms.Matches(request.POST or None, pairs=[row.pair for row in rows])
    if request.method == "POST" and not may_settle:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            done = services.confirm_matches(pairs=form.pairs(), **who_and_when(request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{len(done)} {'match is' if len(done) == 1 else 'matches are'} confirmed.")
            return redirect(request.get_full_path())
    table = MatchTable(rows, request=request, may_settle=may_settle)
    context = {"table": table, "form": form, "may_settle": may_settle}
    return table_response(request, table, "Academy matches") or render(
        request, "bookings/academy/match_list.html", context
    )


@require_http_methods(["GET", "POST"])
@permission_required(services.MANAGE, raise_exception=True)
def match(request: Request, booking: int, account: int) -> HttpResponse:
    proposed = {(one.stay.pk, one.account.pk): one for one in selectors.proposals(timezone.localdate())}
    one = proposed.get((booking, account))
    if one is None:
        raise Http404
    back = reverse("academy:match_list")
    known = {"is_confidential": one.stay.is_confidential}
    return act(
        request,
        forms.Match(request.POST if request.method == "POST" else None),
        lambda **typed: services.confirm_matches(pairs=[(booking, account)], **typed),
        done=f"{one.stay.ref} has Academy account {one.account.ref}.",
        back=back,
        title=f"Is {one.account.ref} the account of {one.stay.ref}?",
        submit="Confirm the match",
        intro=(
            f"{GROUND_WORDS[one.ground]} agree. Booking: {selectors.person(one.stay, **known)}. "
            f"Academy: {selectors.person(one.account, **known)}. The account's reference is written into the booking."
        ),
        crumbs=[("Academy", reverse("academy:list")), ("Matches", back)],
    )


@require_http_methods(["GET", "POST"])
@permission_required(services.MANAGE, raise_exception=True)
def reopen(request: Request, pk: int) -> HttpResponse:
    finding = get_object_or_404(AcademyFinding, pk=pk)
    back = f"{reverse('academy:list')}?state=settled"
    return act(
        request,
        Why(request.POST or None),
        partial(services.reopen, finding_id=finding.pk),
        done="The exception is open again.",
        back=back,
        title="Open a settled exception again",
        submit="Open it again",
        intro=f"{KIND_WORDS[Kind(finding.kind)]}, settled by {finding.settled_by}: {finding.note}",
        crumbs=[("Academy", reverse("academy:list")), ("Settled", back)],
    )


@require_safe
@permission_required(SEE, raise_exception=True)
def account_detail(request: Request, ref: str) -> HttpResponse:
    account = get_object_or_404(AcademyAccount, claim_ref=ref)
    bookings = selectors.bookings_of(account)
    is_hidden = any(booking.household.is_confidential for booking in bookings)
    context = {
        "account": account,
        "details": account_details(account, is_hidden=is_hidden),
        "bookings": bookings,
        "lines": selectors.of_account(selectors.lines(timezone.localdate()), account),
        "history": history_of(account, left_out={*LEFT_OUT, "address", "postcode"} if is_hidden else LEFT_OUT),
    }
    return render(request, "bookings/academy/account_detail.html", context)
