"""People and their roles, for the service manager."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lewisham_ta import icons, people, tables
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.http import Request
from lewisham_ta.models import PersonRole, User
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import ROLES
from lewisham_ta.tables import table_response

manages_people = permission_required("lewisham_ta.manage_people", raise_exception=True)
ROLE_CHOICES = [(role, role) for role in ROLES]


class PersonForm(forms.Form):
    username = forms.CharField(label="User name", max_length=150, validators=[UnicodeUsernameValidator()])
    first_name = forms.CharField(max_length=150)
    last_name = forms.CharField(max_length=150)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    role = forms.ChoiceField(choices=ROLE_CHOICES)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=ROLE_CHOICES)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200)


class PersonTable(tables.Table):
    caption, noun = "People", "People"
    name = tables.Column(
        "Name", accessor="pk", linkify=lambda record: reverse("person_detail", args=[record.pk]), orderable=False
    )
    username = tables.Column("User name", orderable=False)
    role = tables.Column("Role", accessor="pk", orderable=False)
    state = tables.Column("State", accessor="is_active", orderable=False)
    last_login = tables.WhenColumn("Last log-in", orderable=False)

    def render_name(self, record: User) -> str:
        return str(record)

    def render_state(self, value: bool) -> str:
        return icons.tag("Active", "ok") if value else icons.tag("Deactivated", "neutral")

    def value_state(self, value: bool) -> str:
        return "Active" if value else "Deactivated"

    def render_role(self, record: User) -> str:
        return people.role_of(record) or "No role"


@manages_people
def people_list(request: Request) -> HttpResponse:
    rows = User.objects.prefetch_related("groups").order_by("-is_active", "last_name", "first_name", "pk")
    table = PersonTable(rows, request=request)
    return table_response(request, table, "People") or render(request, "people/people_list.html", {"table": table})


@manages_people
def person_add(request: Request) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if form.is_valid():
        try:
            person, password = people.add_person(**form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _password_page(request, person, password)
    return render(request, "people/person_add.html", {"form": form})


@manages_people
def person_detail(request: Request, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.prefetch_related("groups"), pk=pk)
    role = people.role_of(person)
    context = {
        "person": person,
        "role": role,
        "role_form": RoleForm(initial={"role": role}, auto_id="role_%s"),
        "reason_form": ReasonForm(auto_id="deactivate_%s"),
        "history": history_of(person, children=[(PersonRole, "user")], left_out={*LEFT_OUT, "is_staff", "date_joined"}),
    }
    return render(request, "people/person_detail.html", context)


@require_POST
@manages_people
def person_role(request: Request, pk: int) -> HttpResponse:
    form = RoleForm(request.POST)
    role = form.cleaned_data["role"] if form.is_valid() else ""
    return _change(request, pk, people.change_role, f"The role is now {role}.", role=role)


@require_POST
@manages_people
def person_deactivate(request: Request, pk: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _change(request, pk, people.deactivate, "Deactivated.", reason=reason)


@require_POST
@manages_people
def person_reactivate(request: Request, pk: int) -> HttpResponse:
    return _new_password(request, pk, people.reactivate)


@require_POST
@manages_people
def person_reset_password(request: Request, pk: int) -> HttpResponse:
    return _new_password(request, pk, people.reset_password)


def _change(request: Request, pk: int, service: Callable[..., None], done: str, **values: Any) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        service(person=person, **values, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("person_detail", pk)


def _new_password(request: Request, pk: int, service: Callable[..., str]) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        password = service(person=person, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("person_detail", pk)
    return _password_page(request, person, password)


def _password_page(request: Request, person: User, password: str) -> HttpResponse:
    """Shown once, as the answer itself: in no session, message, log or browser cache."""
    answer = render(request, "people/first_password.html", {"person": person, "password": password})
    answer["Cache-Control"] = "no-store"
    return answer
