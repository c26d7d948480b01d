"""The rates of a booking, its licence sheet, and the voids of a unit."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bookings.households import services as households
from bookings.stays import forms, services
from bookings.stays.models import BookingRate, LicenceSheet, Void
from bookings.stays.views.common import (
    APPROVE,
    MANAGE,
    about,
    and_what_follows,
    booking_or_404,
    clash_link,
    crumbs_of,
    url_of,
)
from bookings.units.models import Unit
from lewisham_ta import files
from lewisham_ta.acting import act, who_and_when
from lewisham_ta.fields import Why
from lewisham_ta.http import Request
from lewisham_ta.refusals import Refused
from lewisham_ta.templatetags.ta import day, period, pounds
from lewisham_ta.versions import version_of


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def rate_change(request: Request, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    return act(
        request,
        forms.ChangeRate(request.POST or None, by=request.user),
        partial(services.change_rate, booking_id=booking.pk),
        title=f"Change the rate of {booking.ref}",
        submit="Change the rate",
        done="The rate changes from that night.",
        back=url_of(booking),
        intro=f"{about(booking)}. {pounds(booking.rate_now)} a night now.",
        crumbs=crumbs_of(booking),
    )


def _rate(pk: int) -> BookingRate:
    return get_object_or_404(BookingRate.objects.select_related("booking"), pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def rate_correct(request: Request, pk: int) -> HttpResponse:
    row = _rate(pk)
    version = version_of(row)
    initial = {"amount": row.amount, "reason": row.reason, "seen": version}
    return act(
        request,
        forms.CorrectRate(request.POST or None, initial=initial, by=request.user),
        partial(services.correct_rate, rate_id=row.pk),
        title=f"Correct a rate of {row.booking.ref}",
        submit="Correct the rate",
        done=lambda rate: and_what_follows("The rate is corrected.", rate.booking),
        back=url_of(row.booking),
        version=version,
        intro=f"From {day(row.from_on)}. What was paid at the wrong rate is found again from the invoices.",
        crumbs=crumbs_of(row.booking),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def rate_withdraw(request: Request, pk: int) -> HttpResponse:
    row = _rate(pk)
    return act(
        request,
        Why(request.POST or None),
        partial(services.withdraw_rate, rate_id=row.pk),
        title=f"Withdraw a rate of {row.booking.ref}",
        submit=f"Withdraw {pounds(row.amount)} from {day(row.from_on)}",
        done="The rate is withdrawn.",
        back=url_of(row.booking),
        crumbs=crumbs_of(row.booking),
    )


@require_http_methods(["GET", "POST"])
@permission_required(APPROVE, raise_exception=True)
def approve_over_cap(request: Request, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    version = version_of(booking)
    return act(
        request,
        forms.ApproveOverCap(request.POST or None, initial={"seen": version}),
        partial(services.approve_over_cap, booking_id=booking.pk),
        title=f"Approve the rate of {booking.ref}",
        submit="Approve the rate",
        done="The rate over the cap is approved.",
        back=url_of(booking),
        version=version,
        intro=f"{about(booking)}. {pounds(booking.rate_now)} a night, booked by {booking.booked_by}.",
        crumbs=crumbs_of(booking),
    )


@require_POST
@permission_required(MANAGE, raise_exception=True)
def sheet_make(request: Request, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    try:
        services.make_sheet(booking_id=booking.pk, **who_and_when(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The licence sheet is made. Hand it out, and record that it was acknowledged.")
    return redirect(url_of(booking))


@require_GET
@permission_required(MANAGE, raise_exception=True)
def sheet_file(request: Request, pk: int) -> HttpResponse:
    """The sheet as it was made. It shows the address: whoever takes one of a confidential household is logged."""
    sheet = get_object_or_404(LicenceSheet.objects.select_related("file", "booking"), pk=pk)
    who = who_and_when(request)
    households.open_address(household_id=sheet.booking.household_id, **who)
    return files.response(sheet.file, who["by"], who["now"])


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def acknowledge(request: Request, ref: str) -> HttpResponse:
    booking = booking_or_404(ref)
    return act(
        request,
        forms.Acknowledge(request.POST or None, initial={"on": timezone.localdate(), "language": "English"}),
        partial(services.acknowledge, booking_id=booking.pk),
        title=f"Licence of {booking.ref} acknowledged",
        submit="Record it",
        done="It is recorded that the household was told.",
        back=url_of(booking),
        intro=f"{about(booking)}. That the household was told what it must pay and do, and has the sheet.",
        crumbs=crumbs_of(booking),
    )


def _unit_crumbs(unit: Unit) -> list[tuple[str, str]]:
    return [("Units", reverse("units:list")), (unit.ref, reverse("units:detail", args=[unit.ref]))]


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def void_record(request: Request, unit: str) -> HttpResponse:
    home = get_object_or_404(Unit, ref=unit)
    return act(
        request,
        forms.RecordVoid(request.POST or None, initial={"starts_on": timezone.localdate()}),
        partial(services.record_void, unit_id=home.pk),
        title=f"Record a void of {home.ref}",
        submit="Record the void",
        done="The void is recorded. It ends by itself on the first night of the next booking.",
        back=reverse("units:detail", args=[home.ref]),
        intro=f"{home.address}, {home.postcode}",
        crumbs=_unit_crumbs(home),
        clash_link=clash_link,
    )


def _void(pk: int) -> Void:
    return get_object_or_404(Void.objects.select_related("unit"), pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def void_end(request: Request, pk: int) -> HttpResponse:
    row = _void(pk)
    return act(
        request,
        forms.EndVoid(request.POST or None),
        partial(services.end_void, void_id=row.pk),
        title=f"End the void of {row.unit.ref}",
        submit="End the void",
        done="The void ends after that night.",
        back=reverse("units:detail", args=[row.unit.ref]),
        intro=f"{row.unit.address}: {row.reason}, since {day(row.starts_on)}.",
        crumbs=_unit_crumbs(row.unit),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def void_withdraw(request: Request, pk: int) -> HttpResponse:
    row = _void(pk)
    return act(
        request,
        Why(request.POST or None),
        partial(services.withdraw_void, void_id=row.pk),
        title=f"Withdraw a void of {row.unit.ref}",
        submit="Withdraw the void",
        done="The void is withdrawn.",
        back=reverse("units:detail", args=[row.unit.ref]),
        intro=f"{row.unit.address}: {period(row)}, {row.reason}.",
        crumbs=_unit_crumbs(row.unit),
    )
