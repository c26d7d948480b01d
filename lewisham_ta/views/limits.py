"""Approval limits: what each person may approve at most today and from a coming day, and how it came about."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lewisham_ta import limits, money, people, tables
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.http import Request
from lewisham_ta.models import ApprovalLimit, User
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags import ta

MAY_SEE = (limits.SET, "lewisham_ta.see_audit_log")
HIGHEST = Decimal("999999999.99")

may_set = permission_required(limits.SET, raise_exception=True)


class LimitForm(forms.Form):
    amount = forms.CharField(
        label="May approve at most £", max_length=20, help_text="0 is nothing. A payee's net and VAT count together."
    )
    from_on = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), help_text="Today or later."
    )
    reason = forms.CharField(label="Why", max_length=200)

    def clean_amount(self) -> Decimal:
        try:
            amount = money.from_cell(self.cleaned_data["amount"])
        except ValueError:
            amount = Decimal(-1)
        if not 0 <= amount <= HIGHEST:
            raise forms.ValidationError("Type an amount in pounds and pence, 5,000.00 for example.")
        return amount


class LimitTable(tables.Table):
    """People with their limits in order, fetched as `limits_in_order`."""

    caption, noun = "Approval limits", "People"
    name = tables.Column(
        "Name", accessor="pk", linkify=lambda record: reverse("limit_detail", args=[record.pk]), orderable=False
    )
    role = tables.Column("Role", accessor="pk", orderable=False)
    amount = tables.MoneyColumn("Limit today £", accessor="pk", orderable=False)
    since = tables.DayColumn("Since", accessor="pk", orderable=False)
    coming = tables.Column("Coming", accessor="pk", orderable=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def render_name(self, record: User) -> str:
        return str(record)

    def render_role(self, record: User) -> str:
        return people.role_of(record) or "No role"

    def render_amount(self, record: User) -> str:
        row = in_force(record, self.today)
        return ta.money(row.amount) if row else "By role only"

    def value_amount(self, record: User) -> Decimal | str:
        row = in_force(record, self.today)
        return row.amount if row else "By role only"

    def render_since(self, record: User) -> str:
        row = in_force(record, self.today)
        return ta.day_short(row.from_on if row else None)

    def value_since(self, record: User) -> date | None:
        row = in_force(record, self.today)
        return row.from_on if row else None

    def render_coming(self, record: User) -> str:
        return "; ".join(map(words, coming(record, self.today))) or ta.BLANK


def limit_list(request: Request) -> HttpResponse:
    _refuse_strangers(request)
    rows = _people().filter(is_active=True).order_by("last_name", "first_name", "pk")
    table = LimitTable(rows, request=request, today=timezone.localdate())
    return table_response(request, table, "Approval limits") or render(
        request, "limits/limit_list.html", {"table": table}
    )


def limit_detail(request: Request, pk: int) -> HttpResponse:
    """One person's limits; the form is shown to those who may set them, and never for oneself."""
    _refuse_strangers(request)
    return _page(request, pk, LimitForm(initial={"from_on": timezone.localdate()}))


@require_POST
@may_set
def limit_set(request: Request, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = LimitForm(request.POST)
    if form.is_valid():
        try:
            limits.set_limit(person=person, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The limit of {person} is set.")
            return redirect("limit_detail", pk)
    return _page(request, pk, form)


@require_POST
@may_set
def limit_withdraw(request: Request, pk: int) -> HttpResponse:
    limit = get_object_or_404(ApprovalLimit.objects.select_related("person"), pk=pk)
    try:
        reason = request.POST.get("reason", "")[:200]
        limits.withdraw_limit(limit=limit, reason=reason, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The coming limit is taken back.")
    return redirect("limit_detail", limit.person_id)


def in_force(person: User, today: date) -> ApprovalLimit | None:
    begun = [row for row in _of(person) if row.from_on <= today]
    return begun[-1] if begun else None


def coming(person: User, today: date) -> list[ApprovalLimit]:
    return [row for row in _of(person) if row.from_on > today]


def words(limit: ApprovalLimit) -> str:
    return f"{ta.pounds(limit.amount)} from {ta.day(limit.from_on)}"


def _of(person: User) -> list[ApprovalLimit]:
    return person.limits_in_order  # type: ignore[attr-defined, no-any-return]


def _people() -> QuerySet[User]:
    in_order = ApprovalLimit.objects.select_related("set_by").order_by("from_on", "pk")
    return User.objects.prefetch_related(
        "groups", Prefetch("approval_limits", queryset=in_order, to_attr="limits_in_order")
    )


def _refuse_strangers(request: Request) -> None:
    """Leaders, who set the limits, and auditors read them."""
    if not any(request.user.has_perm(permission) for permission in MAY_SEE):
        raise PermissionDenied


def _page(request: Request, pk: int, form: LimitForm) -> HttpResponse:
    person = get_object_or_404(_people(), pk=pk)
    today = timezone.localdate()
    # Limits that were taken back have no row any more, but they have a history.
    events = ApprovalLimit.pgh_event_model.objects  # type: ignore[attr-defined]
    pks = events.filter(person=person).values_list("pgh_obj_id", flat=True).distinct()
    context = {
        "person": person,
        "role": people.role_of(person) or "No role",
        "in_force": in_force(person, today),
        "coming": coming(person, today),
        "form": form,
        "is_own": person.pk == request.user.pk,
        "may_set": request.user.has_perm(limits.SET),
        "history": history_of(*[ApprovalLimit(pk=pk) for pk in pks], left_out={*LEFT_OUT, "person", "reason"}),
    }
    return render(request, "limits/limit_detail.html", context)
