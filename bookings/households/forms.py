"""What is typed about households."""

import re
from typing import Any

from django import forms

from bookings.households.models import Circumstance, Service
from lewisham_ta.fields import TELEPHONE, DayField, Verb, Versioned, reason_field


class HouseholdFilters(forms.Form):
    words = forms.CharField(label="Find name, reference, NI number", required=False)
    service = forms.ChoiceField(choices=[("", "All"), *Service.choices], required=False)
    only = forms.ChoiceField(
        label="Only",
        choices=[
            ("", "All"),
            ("family", "With children or pregnant"),
            ("confidential", "Address confidential"),
            ("risk", "With a risk"),
        ],
        required=False,
    )


class CircumstanceFilters(forms.Form):
    words = forms.CharField(label="Find household", required=False)
    kind = forms.ChoiceField(label="What changed", choices=[("", "All"), *Circumstance.Kind.choices], required=False)
    state = forms.ChoiceField(
        choices=[("", "To be passed on"), ("passed", "Passed on"), ("all", "All")], required=False
    )


class HouseholdFields(forms.Form):
    service = forms.ChoiceField(choices=Service.choices, help_text="Whose duty it is, and who pays.")
    case_ref = forms.CharField(label="Case reference", max_length=30, required=False)
    adults = forms.IntegerField(min_value=1, max_value=50)
    children = forms.IntegerField(min_value=0, max_value=50, initial=0)
    is_pregnant = forms.BooleanField(label="Somebody is pregnant", required=False)
    family_from = DayField(
        label="Children or a pregnancy since",
        required=False,
        help_text="Only where that began after the first night: the six weeks in bed and breakfast count from then.",
    )
    telephone = forms.CharField(max_length=30, required=False, validators=[TELEPHONE])
    email = forms.EmailField(label="E-mail", required=False)
    needs = forms.CharField(
        label="Needs of a placement", max_length=200, required=False, help_text="Ground floor, near a school, a cot…"
    )
    risk = forms.CharField(label="Risk to know about", max_length=200, required=False)
    is_confidential = forms.BooleanField(
        label="The address is confidential",
        required=False,
        help_text="Lists do not show it, and whoever opens it is in the audit log.",
    )


class PersonFields(forms.Form):
    forename = forms.CharField(max_length=60, required=False)
    surname = forms.CharField(max_length=60)
    born_on = DayField(label="Date of birth", required=False)
    ni_number = forms.CharField(label="National Insurance number", max_length=13, required=False)

    def clean_ni_number(self) -> str:
        return re.sub(r"\s", "", self.cleaned_data["ni_number"]).upper()


class AddHousehold(HouseholdFields, PersonFields, Verb):
    field_order = ["forename", "surname", "born_on", "ni_number"]
    refused_at = "ni_number"


class ChangeHousehold(HouseholdFields, Versioned):
    why = reason_field("Why", required=False)
    refused_at = "adults"


class AddMember(PersonFields, Verb):
    is_main = forms.BooleanField(
        label="Main applicant", required=False, help_text="The person whom invoices and Academy name."
    )
    refused_at = "ni_number"


class ChangeMember(AddMember, Versioned):
    why = reason_field("Why", required=False)


class RecordCircumstance(Verb):
    kind = forms.ChoiceField(label="What changed", choices=Circumstance.Kind.choices)
    happened_on = DayField(label="When it happened")
    told_on = DayField(label="When we were told")
    note = forms.CharField(label="What the household said", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    passed_to = forms.ChoiceField(label="Passed on to", choices=Circumstance.PassedTo.choices, required=False)
    passed_on = DayField(
        label="Passed on when", required=False, help_text="Empty: it stays on the work list until it is passed on."
    )
    refused_at = "told_on"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("passed_to")) != bool(cleaned.get("passed_on")) and "passed_on" not in self.errors:
            self.add_error("passed_on", "Say to whom it was passed on, and when; or neither.")
        return cleaned


class PassOn(Versioned):
    passed_to = forms.ChoiceField(
        label="Passed on to", choices=[choice for choice in Circumstance.PassedTo.choices if choice[0]]
    )
    passed_on = DayField(label="When")
    refused_at = "passed_on"
