"""What may be typed on the pages of a schedule. Forms say whether it is well formed; services decide."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from lewisham_ta.dates import parse_month
from lewisham_ta.models import User
from payments.controc.models import Anomaly, PayeeTotal, ScheduleLine
from payments.controc.rules.anomalies import SEVERITY

DECISIONS = [("accepted", "Accept"), ("held", "Hold"), ("", "Take the decision back")]


def code_words(code: str) -> str:
    """LEASE_EXPIRED as people read it: Lease expired."""
    return code.replace("_", " ").capitalize().replace("Nrl", "NRL")


class Month(forms.Form):
    """A month of this century, and the number of a supplementary schedule where one is meant."""

    month = forms.CharField(label="Month", widget=forms.TextInput(attrs={"placeholder": "2026-11", "size": 8}))

    def clean_month(self) -> Any:
        try:
            month = parse_month(self.cleaned_data["month"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if not 2000 <= month.year < 2100:
            raise forms.ValidationError("Write a month between 2000-01 and 2099-12.")
        return month


class Generate(Month):
    number = forms.IntegerField(required=False, min_value=0, max_value=99, widget=forms.HiddenInput)


class SeenVersion(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


class ReturnNote(SeenVersion):
    note = forms.CharField(
        label="What has to be put right",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say in the note what has to be put right."},
    )


class SignOff(SeenVersion):
    note = forms.CharField(
        label="Note for the file", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reviewed = forms.BooleanField(
        label="I have reviewed the control totals, the bridge, the exceptions and the sample",
        error_messages={"required": "Confirm that you have reviewed the control totals and exceptions."},
    )


class Decide(SeenVersion):
    """A decision on one or many anomalies. The boxes ticked in a table come as `selected`."""

    selected = forms.ModelMultipleChoiceField(
        queryset=Anomaly.objects.none(),
        error_messages={
            "required": "Tick at least one anomaly first.",
            "invalid_choice": "One of the anomalies is not on this schedule any more. Look at the page again.",
        },
        widget=forms.MultipleHiddenInput,
    )
    decision = forms.ChoiceField(choices=DECISIONS, required=False, label="Decision")
    reason = forms.CharField(
        max_length=300,
        label="Reason",
        error_messages={"required": "Give the reason: it goes into the sign-off pack."},
        help_text="It goes into the sign-off pack; that of a hold is printed on the landlord's remittance advice too.",
    )
    must_act = forms.CharField(max_length=100, required=False, label="Who must act")

    def __init__(self, *args: Any, among: QuerySet[Anomaly], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["selected"].queryset = among

    def clean(self) -> dict[str, Any]:
        """To take a decision back needs no reason."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "":
            self.errors.pop("reason", None)
            cleaned.setdefault("reason", "")
        return cleaned


class Release(forms.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why it can be paid now",
        error_messages={"required": "A release needs a reason."},
    )


class LineFilter(forms.Form):
    find = forms.CharField(
        required=False, label="Find", widget=forms.TextInput(attrs={"placeholder": "Lease, address, payee"})
    )
    kind = forms.ChoiceField(required=False, label="Line", choices=[("", "All lines"), *ScheduleLine.Kind.choices])
    flag = forms.ChoiceField(
        required=False,
        label="Show",
        choices=[
            ("", "All"),
            ("open", "Open anomalies"),
            ("any", "Any anomaly"),
            ("held", "Held"),
            ("none", "Unflagged"),
        ],
    )

    def apply(self, lines: QuerySet[ScheduleLine]) -> QuerySet[ScheduleLine]:
        if not self.is_valid():
            return lines
        if find := self.cleaned_data["find"].strip():
            lines = lines.filter(
                Q(lease__ref__icontains=find)
                | Q(lease__property__address__icontains=find)
                | Q(lease__property__postcode__icontains=find)
                | Q(payee__party__ref__iexact=find)
                | Q(payee__party__name__icontains=find)
            )
        if kind := self.cleaned_data["kind"]:
            lines = lines.filter(kind=kind)
        match self.cleaned_data["flag"]:
            case "open":
                lines = lines.filter(rank__lt=2)
            case "any":
                lines = lines.filter(rank__lt=3)
            case "held":
                lines = lines.filter(is_held=True)
            case "none":
                lines = lines.filter(rank=3)
        return lines


class AnomalyFilter(forms.Form):
    find = forms.CharField(
        required=False, label="Find", widget=forms.TextInput(attrs={"placeholder": "Lease, address, payee, words"})
    )
    code = forms.ChoiceField(
        required=False, label="Check", choices=[("", "All checks"), *((code, code_words(code)) for code in SEVERITY)]
    )
    severity = forms.ChoiceField(
        required=False, label="Severity", choices=[("", "All"), *((one, one) for one in Anomaly.Severity.values)]
    )
    decision = forms.ChoiceField(
        required=False,
        label="Decision",
        choices=[
            ("", "All"),
            ("open", "Open"),
            ("decided", "Decided"),
            ("accepted", "Accepted"),
            ("held", "Held"),
        ],
    )

    def apply(self, anomalies: QuerySet[Anomaly]) -> QuerySet[Anomaly]:
        if not self.is_valid():
            return anomalies
        if find := self.cleaned_data["find"].strip():
            anomalies = anomalies.filter(
                Q(lease__ref__icontains=find)
                | Q(lease__property__address__icontains=find)
                | Q(payee__party__ref__iexact=find)
                | Q(payee__party__name__icontains=find)
                | Q(words__icontains=find)
            )
        for field in ("code", "severity"):
            if value := self.cleaned_data[field]:
                anomalies = anomalies.filter(**{field: value})
        match self.cleaned_data["decision"]:
            case "open":
                anomalies = anomalies.filter(decision="").exclude(severity=Anomaly.Severity.NOTE)
            case "decided":
                anomalies = anomalies.exclude(decision="")
            case "accepted" | "held" as decision:
                anomalies = anomalies.filter(decision=decision)
        return anomalies


class TotalFilter(forms.Form):
    find = forms.CharField(required=False, label="Find", widget=forms.TextInput(attrs={"placeholder": "Payee"}))
    show = forms.ChoiceField(
        required=False,
        label="Show",
        choices=[
            ("", "All payees"),
            ("held", "With held amounts"),
            ("taxed", "With tax withheld"),
            ("below", "Below zero"),
            ("flagged", "With open anomalies"),
        ],
    )

    def apply(self, totals: QuerySet[PayeeTotal]) -> QuerySet[PayeeTotal]:
        if not self.is_valid():
            return totals
        if find := self.cleaned_data["find"].strip():
            totals = totals.filter(Q(payee__party__ref__iexact=find) | Q(payee__party__name__icontains=find))
        match self.cleaned_data["show"]:
            case "held":
                totals = totals.exclude(held=0)
            case "taxed":
                totals = totals.filter(nrl_tax__gt=0)
            case "below":
                totals = totals.filter(carried_forward__lt=0)
            case "flagged":
                totals = totals.filter(flags__gt=0)
        return totals


class Appoint(forms.Form):
    person = forms.ModelChoiceField(queryset=User.objects.none(), label="Who may sign off", empty_label="Choose one")
    from_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    to_on = forms.DateField(label="To (last day)", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="Why", max_length=200)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (first := cleaned.get("from_on")) and (last := cleaned.get("to_on")) and last < first:
            self.add_error("to_on", "The last day cannot be before the first.")
        return cleaned
