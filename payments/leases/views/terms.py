"""The rents, suspensions and holds of a lease."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from lewisham_ta.dates import ONE_DAY
from lewisham_ta.fields import Why
from lewisham_ta.templatetags.ta import day, period, pounds
from lewisham_ta.versions import version_of
from payments.leases import forms, services
from payments.leases.models import Hold, LeaseRent, Suspension
from payments.leases.views.leases import act_on, lease_or_404

BACKDATED = "What that changes in months already signed off is backdated by the next schedule."


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def rent_set(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    return act_on(
        lease,
        request,
        forms.SetRent(request.POST or None),
        partial(services.set_rent, lease_id=lease.pk),
        title=f"Set the rent of {lease.ref}",
        submit="Set the rent",
        done="The new rent is recorded.",
        intro=f"In pounds a {lease.per}. {BACKDATED}",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def rent_correct(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(LeaseRent.objects.select_related("lease__property"), pk=pk)
    version = version_of(row)

    def correct(*, from_on: date, amount: Decimal, reason: str, **rest: Any) -> LeaseRent:
        return services.correct_rent(rent_id=row.pk, from_on=from_on, amount=amount, why=reason, **rest)

    return act_on(
        row.lease,
        request,
        forms.CorrectRent(
            request.POST or None,
            initial={"from_on": row.from_on, "amount": row.amount, "reason": row.reason, "seen": version},
        ),
        correct,
        title=f"Correct a rent of {row.lease.ref}",
        submit="Correct the rent",
        done="The rent is corrected.",
        version=version,
        intro=BACKDATED,
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def rent_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(LeaseRent.objects.select_related("lease__property"), pk=pk)
    return act_on(
        row.lease,
        request,
        Why(request.POST or None),
        partial(services.withdraw_rent, rent_id=row.pk),
        title=f"Withdraw a rent of {row.lease.ref}",
        submit=f"Withdraw the rent of {pounds(row.amount)} from {day(row.from_on)}",
        done="The rent is withdrawn.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def suspend(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    return act_on(
        lease,
        request,
        forms.Suspend(request.POST or None),
        partial(services.suspend, lease_id=lease.pk),
        title=f"Suspend the rent of {lease.ref}",
        submit="Suspend the rent",
        done="The rent is suspended.",
        intro=f"No rent is due for these days. {BACKDATED}",
    )


def _suspension(pk: int) -> Suspension:
    return get_object_or_404(Suspension.objects.select_related("lease__property"), pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def suspension_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = _suspension(pk)
    return act_on(
        row.lease,
        request,
        forms.EndSuspension(request.POST or None),
        partial(services.end_suspension, suspension_id=row.pk),
        title=f"End the suspension of {row.lease.ref}",
        submit="End the suspension",
        done="The suspension ends on that day.",
        intro=f"{row.reason}.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def suspension_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = _suspension(pk)
    return act_on(
        row.lease,
        request,
        Why(request.POST or None),
        partial(services.withdraw_suspension, suspension_id=row.pk),
        title=f"Withdraw a suspension of {row.lease.ref}",
        submit="Withdraw the suspension",
        done="The suspension is withdrawn.",
        intro=f"{period(row)}, {row.reason}. {BACKDATED}",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def hold(request: HttpRequest, ref: str) -> HttpResponse:
    lease = lease_or_404(ref)
    return act_on(
        lease,
        request,
        forms.Hold(request.POST or None, initial={"starts_on": timezone.localdate()}),
        partial(services.hold, lease_id=lease.pk),
        title=f"Hold {lease.ref}",
        submit="Hold the lease",
        done="The lease is held.",
        intro="Its rent is worked out and shown, and waits until the hold is released.",
    )


def _hold(pk: int) -> Hold:
    return get_object_or_404(Hold.objects.select_related("lease__property"), pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def hold_who(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hold(pk)
    return act_on(
        row.lease,
        request,
        forms.WhoMustAct(request.POST or None, initial={"must_act": row.must_act}),
        partial(services.name_who_must_act, hold_id=row.pk),
        title=f"Say who must act for {row.lease.ref}",
        submit="Say who must act",
        done="It is said who must act.",
        intro=f"Held {period(row)}, {row.reason}.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def hold_release(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hold(pk)
    soonest = max(timezone.localdate(), row.starts_on + ONE_DAY)
    return act_on(
        row.lease,
        request,
        forms.ReleaseHold(request.POST or None, initial={"released_on": soonest}),
        partial(services.release_hold, hold_id=row.pk),
        title=f"Release the hold of {row.lease.ref}",
        submit="Release the hold",
        done="The hold is released from that day.",
        intro=f"Held {period(row)}, {row.reason}. What was held is paid with the next schedule.",
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def hold_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hold(pk)
    return act_on(
        row.lease,
        request,
        Why(request.POST or None),
        partial(services.withdraw_hold, hold_id=row.pk),
        title=f"Withdraw a hold of {row.lease.ref}",
        submit="Withdraw the hold",
        done="The hold is withdrawn.",
        intro=f"Held {period(row)}, {row.reason}.",
    )
