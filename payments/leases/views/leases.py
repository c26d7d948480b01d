"""A lease: its page, its start, its terms, its keys, and who is paid."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lewisham_ta.acting import act
from lewisham_ta.dates import last_day
from lewisham_ta.fields import Verb, VersionedWhy, Why
from lewisham_ta.history import history_of
from lewisham_ta.versions import version_of
from payments.leases import forms, locks, sections, selectors, services
from payments.leases.models import Adjustment, Hold, Lease, LeasePayee, LeaseRent, Suspension
from payments.leases.views.lists import may_change


def crumbs_of(lease: Lease) -> list[tuple[str, str]]:
    return [("Leases", reverse("leases:list")), (lease.ref, url_of(lease))]


def url_of(lease: Lease) -> str:
    return reverse("leases:lease_detail", args=[lease.ref])


def lease_or_404(ref: str) -> Lease:
    return get_object_or_404(Lease.objects.select_related("property"), ref=ref)


def lease_link(lease: Lease) -> tuple[str, str]:
    return f"lease {lease.ref}", url_of(lease)


def where(lease: Lease) -> str:
    """The home that a form is about, so that nobody works on the wrong lease."""
    return f"{lease.property.address}, {lease.property.postcode}"


def act_on(
    lease: Lease, request: HttpRequest, form: Verb, service: Callable[..., Any], *, intro: str = "", **page: Any
) -> HttpResponse:
    """The page of one verb about a lease: it says which home it is, and leads back to the lease."""
    return act(
        request,
        form,
        service,
        back=url_of(lease),
        crumbs=crumbs_of(lease),
        intro=f"{where(lease)}. {intro}",
        clash_link=lease_link,
        **page,
    )


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def lease_detail(request: HttpRequest, ref: str) -> HttpResponse:
    lease = get_object_or_404(selectors.leases_on(timezone.localdate()), ref=ref)
    rents = list(lease.rents.select_related("set_by").order_by("-from_on", "-pk"))
    payees = list(lease.payees.select_related("payee__party").order_by("-from_on", "-pk"))
    adjustments = list(lease.adjustments.order_by("-month", "-pk"))
    context = {
        "lease": lease,
        "rents": rents,
        "first_rent": rents[-1] if rents else None,
        "payees": payees,
        "first_payee": payees[-1] if payees else None,
        "suspensions": lease.suspensions.order_by("-starts_on", "-pk"),
        "holds": lease.holds.order_by("-starts_on", "-pk"),
        "adjustments": adjustments,
        "scheduled": locks.scheduled_adjustments([row.pk for row in adjustments]),
        "history": history_of(
            lease,
            children=[(model, "lease") for model in (LeaseRent, LeasePayee, Suspension, Hold, Adjustment)],
        ),
        "sections": sections.of_lease(request, lease),
        "may_change": may_change(request),
    }
    return render(request, "payments/leases/lease_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def lease_add(request: HttpRequest) -> HttpResponse:
    def start(**typed: Any) -> Lease:
        home, payee = typed.pop("property"), typed.pop("payee")
        return services.start_lease(property_id=home.pk, payee_id=payee.pk, **typed)

    return act(
        request,
        forms.StartLease(request.POST or None, initial={"property": request.GET.get("property", "")}),
        start,
        title="Add a lease",
        submit="Add the lease",
        done="Lease added.",
        back=reverse("leases:list"),
        then=url_of,
        crumbs=[("Leases", reverse("leases:list"))],
        clash_link=lease_link,
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def lease_change(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    version = version_of(lease)
    fields = ["starts_on", "per", "basis", "cost_code", "break_on", "notice_given_on"]
    initial = {name: getattr(lease, name) for name in fields} | {"last_day": last_day(lease.ends_on), "seen": version}
    return act_on(
        lease,
        request,
        forms.ChangeLease(request.POST or None, initial=initial),
        partial(services.change_lease, lease_id=lease.pk),
        title=f"Change lease {lease.ref}",
        submit="Save the lease",
        done=f"Lease {lease.ref} saved.",
        version=version,
        intro="Months already signed off are worked out again by the new terms.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def hand_back(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    version = version_of(lease)
    initial = {
        "keys_returned_on": lease.keys_returned_on or timezone.localdate(),
        "keys_day_paid": lease.keys_day_paid,
        "seen": version,
    }
    return act_on(
        lease,
        request,
        forms.HandBack(request.POST or None, initial=initial),
        partial(services.hand_back, lease_id=lease.pk),
        title=f"Hand back {lease.ref}",
        submit="Record the keys",
        done=f"The keys of {lease.ref} are recorded as returned.",
        version=version,
        intro="Rent stops with the keys. What was paid beyond them comes off the next schedule.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def undo_hand_back(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    version = version_of(lease)
    return act_on(
        lease,
        request,
        VersionedWhy(request.POST or None, initial={"seen": version}),
        partial(services.undo_hand_back, lease_id=lease.pk),
        title=f"Undo the handback of {lease.ref}",
        submit="Undo the handback",
        done=f"Lease {lease.ref} runs again.",
        version=version,
        intro="The rent runs again as if the keys had never come back.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def payee_change(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)

    def change(payee: Any, **typed: Any) -> LeasePayee:
        return services.change_payee(lease_id=lease.pk, payee_id=payee.pk, **typed)

    return act_on(
        lease,
        request,
        forms.ChangePayee(request.POST or None),
        change,
        title=f"Pay somebody else for {lease.ref}",
        submit="Change the payee",
        done="The payee changes from that day.",
        intro="Days already paid to the old payee are taken back there and paid to the new one.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def payee_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(LeasePayee.objects.select_related("lease__property", "payee__party"), pk=pk)
    return act_on(
        row.lease,
        request,
        Why(request.POST or None),
        partial(services.withdraw_payee, lease_payee_id=row.pk),
        title=f"Withdraw the change of payee of {row.lease.ref}",
        submit="Withdraw the change",
        done="The change of payee is withdrawn.",
        intro=f"{row.payee.party.name} ({row.payee.party.ref}).",
    )
