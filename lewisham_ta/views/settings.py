"""Dated settings: what is in force, what is coming, and how it came about."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from lewisham_ta import dated
from lewisham_ta.dated import KINDS
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.http import Request
from lewisham_ta.models import Setting
from lewisham_ta.refusals import Refused


class ValueForm(forms.Form):
    value = forms.CharField(max_length=200)
    from_on = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), help_text="Today or later."
    )
    reason = forms.CharField(label="Why", max_length=200)

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = KINDS[name]
        self.fields["value"].label = f"New value ({self.kind.unit})"
        self.fields["value"].help_text = self.kind.help

    def clean_value(self) -> str:
        try:
            return self.kind.read(self.cleaned_data["value"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


MAY_SEE = ("lewisham_ta.change_settings", "lewisham_ta.see_audit_log")


def settings_list(request: Request) -> HttpResponse:
    _refuse_strangers(request)
    today = timezone.localdate()
    return render(request, "settings/settings_list.html", {"rows": settings_on(today)})


def setting_detail(request: Request, name: str) -> HttpResponse:
    """The page of one setting; its form is shown to those who may change it."""
    _refuse_strangers(request)
    if name not in KINDS:
        raise Http404
    return _page(request, name, ValueForm(name, initial={"from_on": timezone.localdate()}))


@require_POST
@permission_required("lewisham_ta.change_settings", raise_exception=True)
def setting_change(request: Request, name: str) -> HttpResponse:
    if name not in KINDS:
        raise Http404
    form = ValueForm(name, request.POST)
    if form.is_valid():
        try:
            dated.set_value(name=name, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{KINDS[name].label} is set.")
            return redirect("setting_detail", name)
    return _page(request, name, form)


@require_POST
@permission_required("lewisham_ta.change_settings", raise_exception=True)
def setting_withdraw(request: Request, pk: int) -> HttpResponse:
    setting = get_object_or_404(Setting, pk=pk)
    try:
        reason = request.POST.get("reason", "")[:200]
        dated.withdraw_value(setting=setting, reason=reason, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The coming value is taken back.")
    return redirect("setting_detail", setting.name)


def _refuse_strangers(request: Request) -> None:
    """Leaders, who set the values, and auditors read them."""
    if not any(request.user.has_perm(permission) for permission in MAY_SEE):
        raise PermissionDenied


def settings_on(today: date) -> list[dict[str, Any]]:
    """Every setting with its value today, since when, and the values that are coming, soonest first."""
    stored: dict[str, list[Setting]] = {name: [] for name in KINDS}
    for setting in Setting.objects.select_related("set_by").order_by("from_on", "pk"):
        stored.setdefault(setting.name, []).append(setting)
    rows = []
    for name, kind in KINDS.items():
        current = [setting for setting in stored[name] if setting.from_on <= today]
        rows.append(
            {
                "name": name,
                "kind": kind,
                "value": current[-1].value if current else kind.default,
                "current": current[-1] if current else None,
                "coming": [setting for setting in stored[name] if setting.from_on > today],
            }
        )
    return rows


def _page(request: Request, name: str, form: ValueForm) -> HttpResponse:
    row = next(row for row in settings_on(timezone.localdate()) if row["name"] == name)
    # Values that were taken back have no row any more, but they have a history.
    events = Setting.pgh_event_model.objects  # type: ignore[attr-defined]
    pks = events.filter(name=name).values_list("pgh_obj_id", flat=True).distinct()
    context = {
        "row": row,
        "form": form,
        "may_change": request.user.has_perm("lewisham_ta.change_settings"),
        "history": history_of(*[Setting(pk=pk) for pk in pks], left_out={*LEFT_OUT, "name", "reason"}),
    }
    return render(request, "settings/setting_detail.html", context)
