"""Households: the list, a household's page, its people, and what changed for them."""

from functools import partial

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from bookings import sections
from bookings.households import forms, selectors, services
from bookings.households.models import Circumstance, Household, Member
from bookings.households.tables import CircumstanceTable, HouseholdTable
from lewisham_ta.acting import act
from lewisham_ta.fields import Why, chosen
from lewisham_ta.history import history_of
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day
from lewisham_ta.versions import version_of

SEE, MANAGE = "bookings.see_bookings", "bookings.manage_bookings"


def url_of(household: Household) -> str:
    return reverse("households:detail", args=[household.ref])


def crumbs_of(household: Household) -> list[tuple[str, str]]:
    return [("Households", reverse("households:list")), (household.ref, url_of(household))]


@require_GET
@permission_required(SEE, raise_exception=True)
def household_list(request: HttpRequest) -> HttpResponse:
    filters = forms.HouseholdFilters(request.GET)
    table = HouseholdTable(selectors.households_found(**chosen(filters)), request=request)
    context = {"table": table, "filters": filters, "may_change": request.user.has_perm(MANAGE)}
    return table_response(request, table, "Households") or render(
        request, "bookings/households/household_list.html", context
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def household_detail(request: HttpRequest, ref: str) -> HttpResponse:
    household = get_object_or_404(selectors.households(), ref=ref)
    context = {
        "household": household,
        "people": selectors.people_of(household, timezone.localdate()),
        "circumstances": household.circumstances.select_related("recorded_by").order_by("-told_on", "-pk"),
        "history": history_of(household, children=[(Member, "household"), (Circumstance, "household")]),
        "sections": sections.of(request, household),
        "may_change": request.user.has_perm(MANAGE),
    }
    return render(request, "bookings/households/household_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def household_add(request: HttpRequest) -> HttpResponse:
    here = reverse("households:list")
    return act(
        request,
        forms.AddHousehold(request.POST or None),
        services.add_household,
        title="Add a household",
        submit="Add the household",
        done="Household added.",
        back=here,
        then=url_of,
        intro="Its main applicant first: the person whom invoices and Academy name.",
        crumbs=[("Households", here)],
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def household_change(request: HttpRequest, ref: str) -> HttpResponse:
    household = get_object_or_404(Household, ref=ref)
    version = version_of(household)
    fields = ["service", "case_ref", "adults", "children", "is_pregnant", "family_from", "telephone", "email"]
    fields += ["needs", "risk", "is_confidential"]
    initial = {name: getattr(household, name) for name in fields} | {"seen": version}
    return act(
        request,
        forms.ChangeHousehold(request.POST or None, initial=initial),
        partial(services.change_household, household_id=household.pk),
        title=f"Change household {household.ref}",
        submit="Save the household",
        done=f"Household {household.ref} saved.",
        back=url_of(household),
        version=version,
        crumbs=crumbs_of(household),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def member_add(request: HttpRequest, ref: str) -> HttpResponse:
    household = get_object_or_404(Household, ref=ref)
    return act(
        request,
        forms.AddMember(request.POST or None),
        partial(services.add_member, household_id=household.pk),
        title=f"Add a person to {household.ref}",
        submit="Add the person",
        done="Person added.",
        back=url_of(household),
        crumbs=crumbs_of(household),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def member_change(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(Member.objects.select_related("household"), pk=pk)
    version = version_of(member)
    fields = ["forename", "surname", "born_on", "ni_number", "is_main"]
    initial = {name: getattr(member, name) for name in fields} | {"seen": version}
    return act(
        request,
        forms.ChangeMember(request.POST or None, initial=initial),
        partial(services.change_member, member_id=member.pk),
        title=f"Change {member}",
        submit="Save the person",
        done="Person saved.",
        back=url_of(member.household),
        version=version,
        crumbs=crumbs_of(member.household),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def member_remove(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(Member.objects.select_related("household"), pk=pk)
    return act(
        request,
        Why(request.POST or None),
        partial(services.remove_member, member_id=member.pk),
        title=f"Take {member} out of {member.household.ref}",
        submit="Take the person out",
        done="The person is taken out. The history keeps them.",
        back=url_of(member.household),
        crumbs=crumbs_of(member.household),
    )


@require_GET
@permission_required(SEE, raise_exception=True)
def circumstance_list(request: HttpRequest) -> HttpResponse:
    filters = forms.CircumstanceFilters(request.GET)
    rows = selectors.circumstances_found(**chosen(filters))
    table = CircumstanceTable(rows, request=request, may_change=request.user.has_perm(MANAGE))
    return table_response(request, table, "Changes of circumstances") or render(
        request, "bookings/households/circumstance_list.html", {"table": table, "filters": filters}
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def circumstance_record(request: HttpRequest, ref: str) -> HttpResponse:
    household = get_object_or_404(Household, ref=ref)
    return act(
        request,
        forms.RecordCircumstance(request.POST or None, initial={"told_on": timezone.localdate()}),
        partial(services.record_circumstance, household_id=household.pk),
        title=f"Log a change for {household.ref}",
        submit="Log the change",
        done="The change is logged.",
        back=url_of(household),
        crumbs=crumbs_of(household),
    )


@require_http_methods(["GET", "POST"])
@permission_required(MANAGE, raise_exception=True)
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Circumstance.objects.select_related("household"), pk=pk)
    version = version_of(row)
    return act(
        request,
        forms.PassOn(request.POST or None, initial={"passed_on": timezone.localdate(), "seen": version}),
        partial(services.pass_on, circumstance_id=row.pk),
        title=f"Pass on a change for {row.household.ref}",
        submit="Record that it was passed on",
        done="It is recorded as passed on.",
        back=url_of(row.household),
        version=version,
        intro=f"{row.get_kind_display()}, {day(row.happened_on)}: {row.note}",
        crumbs=crumbs_of(row.household),
    )
