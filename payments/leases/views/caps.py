"""Rent caps: the highest weekly rent for a size of home from a day on."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lewisham_ta.acting import act, who_and_when
from lewisham_ta.fields import Why
from lewisham_ta.refusals import Refused
from lewisham_ta.templatetags.ta import day, pounds
from payments.leases import forms, selectors, services
from payments.leases.models import RentCap


def _page(request: HttpRequest, form: forms.SetRentCap) -> HttpResponse:
    context = {
        "form": form,
        "caps": selectors.rent_caps(),
        "in_force": selectors.caps_in_force(timezone.localdate()),
        "may_change": request.user.has_perm("lewisham_ta.change_settings"),
    }
    return render(request, "payments/leases/cap_list.html", context)


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def cap_list(request: HttpRequest) -> HttpResponse:
    return _page(request, forms.SetRentCap())


@require_POST
@permission_required("lewisham_ta.change_settings", raise_exception=True)
def cap_set(request: HttpRequest) -> HttpResponse:
    form = forms.SetRentCap(request.POST)
    if form.is_valid():
        try:
            row = services.set_rent_cap(**form.cleaned_data, **who_and_when(request))
        except Refused as refusal:
            form.add_error(form.refused_at, str(refusal))
        else:
            messages.success(request, f"Cap of {pounds(row.weekly_amount)} set from {day(row.from_on)}.")
            return redirect("leases:cap_list")
    return _page(request, form)


@require_http_methods(["GET", "POST"])
@permission_required("lewisham_ta.change_settings", raise_exception=True)
def cap_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(RentCap, pk=pk)
    back = reverse("leases:cap_list")
    return act(
        request,
        Why(request.POST or None),
        partial(services.withdraw_rent_cap, cap_id=row.pk),
        title="Withdraw a rent cap",
        submit=f"Withdraw the cap of {pounds(row.weekly_amount)}",
        done="The cap is withdrawn.",
        back=back,
        intro=f"{row.bedrooms} bedrooms, from {day(row.from_on)}.",
        crumbs=[("Rent caps", back)],
    )
