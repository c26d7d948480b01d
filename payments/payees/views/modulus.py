"""The account checker, and the published table behind it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from lewisham_ta.refusals import Refused
from payments.payees import forms, imports, selectors, services
from payments.payees.rules import check_account
from payments.payees.tables import VERDICT_TONES

LARGEST_TABLE = 2 * 1024 * 1024


@require_http_methods(["GET", "POST"])
@permission_required("payments.see_records", raise_exception=True)
def account_check(request: HttpRequest) -> HttpResponse:
    """Nothing is written: the account comes by POST so that it stands in no address and no log."""
    return _page(request, forms.CheckAccount(request.POST or None), forms.LoadTable())


@require_POST
@permission_required("lewisham_ta.change_settings", raise_exception=True)
def load_table(request: HttpRequest) -> HttpResponse:
    form = forms.LoadTable(request.POST, request.FILES)
    if form.is_valid():
        valacdos, scsubtab = form.cleaned_data["valacdos"], form.cleaned_data["scsubtab"]
        try:
            if max(valacdos.size, scsubtab.size) > LARGEST_TABLE:
                raise Refused("A file of more than 2 MB is not one of the published tables.")
            load = services.load_modulus_table(
                weights=imports.weights_from(valacdos.read(), valacdos.name),
                substitutes=imports.substitutes_from(scsubtab.read(), scsubtab.name),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Loaded {load.weights:,} weight rows and {load.substitutions} substitutes.")
            return redirect("payees:account_check")
    return _page(request, forms.CheckAccount(), form)


def _page(request: HttpRequest, form: forms.CheckAccount, load_form: forms.LoadTable) -> HttpResponse:
    verdict = None
    if form.is_valid():
        verdict = check_account(
            form.cleaned_data["sort_code"], form.cleaned_data["account_number"], selectors.modulus_table()
        )
    context = {
        "form": form,
        "verdict": verdict,
        "tone": verdict and VERDICT_TONES.get(verdict.outcome, "neutral"),
        "load": selectors.latest_modulus_load(),
        "load_form": load_form,
        "wrong": load_form if load_form.is_bound else form,
        "may_load": request.user.has_perm("lewisham_ta.change_settings"),
    }
    return render(request, "payments/payees/account_check.html", context)
