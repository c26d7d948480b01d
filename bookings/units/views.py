"""Units and providers: lists, pages, and what is changed about them; agreed rates and caps."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from bookings import sections
from bookings.units import forms, rules, selectors, services
from bookings.units.models import NightlyCap, Provider, Unit, UnitRate
from bookings.units.tables import CapTable, ProviderTable, UnitTable
from lewisham_ta.acting import act
from lewisham_ta.fields import Why, chosen
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day, pounds
from lewisham_ta.versions import version_of

SEE, MANAGE, SETTINGS = "bookings.see_bookings", "bookings.manage_bookings", "lewisham_ta.change_settings"


def unit_url(unit: Unit) -> str:
    return reverse("units:detail", args=[unit.ref])


def unit_crumbs(unit: Unit) -> list[tuple[str, str]]:
    return [("Units", reverse("units:list")), (unit.ref, unit_url(unit))]


def provider_url(provider: Provider) -> str:
    return reverse("units:provider_detail", args=[provider.party.ref])


def may_change(request: HttpRequest) -> bool:
    return request.user.has_perm(MANAGE)


@require_GET
@permission_required(SEE, raise_exception=True)
def unit_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    filters = forms.UnitFilters(request.GET)
    table = UnitTable(selectors.units_found(day=today, **chosen(filters)), request=request, day=today)
    context = {"table": table, "filters": filters, "may_change": may_change(request)}
    return table_response(request, table, "Units") or render(request, "bookings/units/unit_list.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def unit_detail(request: HttpRequest, ref: str) -> HttpResponse:
    today = timezone.localdate()
    unit = get_object_or_404(selectors.units_on(today), ref=ref)
    context = {
        "unit": unit,
        "warning": rules.grade_warning(
            size=unit.size,
            is_bed_and_breakfast=unit.is_bed_and_breakfast,
            grade=unit.grade,
            grade_expires_on=unit.grade_expires_on,
            day=today,
        ),
        "rates": unit.rates.select_related("set_by").order_by("-from_on", "-pk"),
        "today": today,
        "history": history_of(unit, children=[(UnitRate, "unit")], left_out=LEFT_OUT | {"address_key"}),
        "sections": sections.of(request, unit),
        "may_change": may_change(request),
    }
    return render(request, "bookings/units/unit_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def unit_add(request: HttpRequest) -> HttpResponse:
    here = reverse("units:list")

    def add(provider: Provider, **typed: Any) -> Unit:
        return services.add_unit(provider_id=provider.pk, **typed)

    return act(
        request,
        forms.AddUnit(request.POST or None, initial={"provider": request.GET.get("provider", "")}),
        add,
        title="Add a unit",
        submit="Add the unit",
        done="Unit added.",
        back=here,
        then=unit_url,
        crumbs=[("Units", here)],
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def unit_change(request: HttpRequest, ref: str) -> HttpResponse:
    unit = get_object_or_404(Unit, ref=ref)
    version = version_of(unit)
    initial = {name: getattr(unit, name, None) for name in forms.ChangeUnit.base_fields} | {"seen": version}
    return act(
        request,
        forms.ChangeUnit(request.POST or None, initial=initial),
        partial(services.change_unit, unit_id=unit.pk),
        title=f"Change unit {unit.ref}",
        submit="Save the unit",
        done=f"Unit {unit.ref} saved.",
        back=unit_url(unit),
        version=version,
        crumbs=unit_crumbs(unit),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def rate_set(request: HttpRequest, ref: str) -> HttpResponse:
    unit = get_object_or_404(Unit, ref=ref)
    return act(
        request,
        forms.SetRate(request.POST or None),
        partial(services.set_unit_rate, unit_id=unit.pk),
        title=f"Agree a rate for {unit.ref}",
        submit="Set the rate",
        done="The agreed rate is recorded.",
        back=unit_url(unit),
        intro=f"{unit.address}, {unit.postcode}. Bookings already made keep their own rate: change it on each.",
        crumbs=unit_crumbs(unit),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def rate_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(UnitRate.objects.select_related("unit"), pk=pk)
    return act(
        request,
        Why(request.POST or None),
        partial(services.withdraw_unit_rate, rate_id=row.pk),
        title=f"Withdraw a rate of {row.unit.ref}",
        submit=f"Withdraw {pounds(row.amount)} from {day(row.from_on)}",
        done="The rate is withdrawn.",
        back=unit_url(row.unit),
        crumbs=unit_crumbs(row.unit),
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def provider_list(request: HttpRequest) -> HttpResponse:
    filters = forms.ProviderFilters(request.GET)
    table = ProviderTable(selectors.providers_found(**chosen(filters)), request=request)
    context = {"table": table, "filters": filters, "may_change": may_change(request)}
    return table_response(request, table, "Providers") or render(request, "bookings/units/provider_list.html", context)


@require_GET
@permission_required(SEE, raise_exception=True)
def provider_detail(request: HttpRequest, ref: str) -> HttpResponse:
    provider = get_object_or_404(selectors.providers(), party__ref=ref)
    today = timezone.localdate()
    units = selectors.units_on(today).filter(provider=provider)
    context = {
        "provider": provider,
        "table": UnitTable(units, request=request, day=today, exclude=("provider",)),
        "history": history_of(provider, provider.party),
        "sections": sections.of(request, provider),
        "may_change": may_change(request),
    }
    return table_response(request, context["table"], f"Units of {ref}") or render(
        request, "bookings/units/provider_detail.html", context
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def provider_add(request: HttpRequest) -> HttpResponse:
    here = reverse("units:provider_list")
    return act(
        request,
        forms.AddProvider(request.POST or None),
        services.add_provider,
        title="Add a provider",
        submit="Add the provider",
        done="Provider added.",
        back=here,
        then=provider_url,
        crumbs=[("Providers", here)],
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def provider_change(request: HttpRequest, ref: str) -> HttpResponse:
    provider = get_object_or_404(Provider.objects.select_related("party"), party__ref=ref)
    version = services.provider_version(provider, provider.party)
    of_party = ["name", "vat_number", "email", "telephone", "address"]
    initial = {name: getattr(provider.party, name) for name in of_party}
    initial |= {name: getattr(provider, name) for name in ["vat", "supplier_number", "terms"]} | {"seen": version}
    return act(
        request,
        forms.ChangeProvider(request.POST or None, initial=initial),
        partial(services.change_provider, provider_id=provider.pk),
        title=f"Change provider {ref}",
        submit="Save the provider",
        done=f"Provider {ref} saved.",
        back=provider_url(provider),
        version=version,
        crumbs=[("Providers", reverse("units:provider_list")), (ref, provider_url(provider))],
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def cap_list(request: HttpRequest) -> HttpResponse:
    may_set = request.user.has_perm(SETTINGS)
    in_force = selectors.caps_in_force(timezone.localdate())
    table = CapTable(selectors.caps(), request=request, in_force=in_force, may_change=may_set)
    return table_response(request, table, "Nightly caps") or render(
        request, "bookings/units/cap_list.html", {"table": table, "may_set": may_set}
    )


@require_http_methods(["GET", "POST"])
@permission_required(SETTINGS, raise_exception=True)
def cap_set(request: HttpRequest) -> HttpResponse:
    back = reverse("units:cap_list")
    return act(
        request,
        forms.SetCap(request.POST or None),
        services.set_nightly_cap,
        title="Set a nightly cap",
        submit="Set the cap",
        done="The cap is set.",
        back=back,
        intro="A booking at a rate above it needs a named approver.",
        crumbs=[("Nightly caps", back)],
    )


@require_http_methods(["GET", "POST"])
@permission_required(SETTINGS, raise_exception=True)
def cap_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(NightlyCap, pk=pk)
    back = reverse("units:cap_list")
    return act(
        request,
        Why(request.POST or None),
        partial(services.withdraw_nightly_cap, cap_id=row.pk),
        title="Withdraw a nightly cap",
        submit=f"Withdraw the cap of {pounds(row.amount)}",
        done="The cap is withdrawn.",
        back=back,
        intro=f"{row.get_size_display()}, {row.area or 'everywhere'}, from {day(row.from_on)}.",
        crumbs=[("Nightly caps", back)],
    )
