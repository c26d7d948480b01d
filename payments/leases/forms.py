"""What is typed about properties and leases. Periods are typed as first and last day, and cleaned to half-open ones."""

from collections.abc import Iterable
from typing import Any

from django import forms

from lewisham_ta import dates
from lewisham_ta.fields import (
    PLAIN_REF,
    DayField,
    MonthField,
    PoundsField,
    RefField,
    Suggest,
    Verb,
    Versioned,
    reason_field,
)
from payments.leases.models import Adjustment, Certificate, Lease, Property
from payments.leases.rules import NARRATIVE_LENGTH
from payments.leases.selectors import LeaseState, ordered_payees
from payments.payees.models import Payee

MOST_SUGGESTED = 2000  # all of Lewisham's; with all of London's a reference is typed without help


def _payee_options() -> Iterable[tuple[str, str]]:
    return ordered_payees().values_list("party__ref", "party__name")[:MOST_SUGGESTED]


def _property_options() -> Iterable[tuple[str, str]]:
    rows = Property.objects.order_by("ref").values_list("ref", "address", "postcode")[:MOST_SUGGESTED]
    return [(ref, f"{address}, {postcode}") for ref, address, postcode in rows]


def payee_field(**kwargs: Any) -> RefField:
    return RefField(
        Payee.objects.select_related("party"), "party__ref", "payee", widget=Suggest(_payee_options), **kwargs
    )


# Filters ------------------------------------------------------------------------------------------------------------


class LeaseFilters(forms.Form):
    words = forms.CharField(label="Find reference or address", required=False)
    payee = forms.CharField(label="Payee name or reference", required=False)
    state = forms.ChoiceField(
        choices=[("", "All"), ("in_force", "Live or holding over"), *LeaseState.choices], required=False
    )
    on = DayField(label="As on", required=False)
    ending = forms.IntegerField(label="Ending within days", min_value=0, max_value=3660, required=False)
    breaking = forms.IntegerField(label="Break within days", min_value=0, max_value=3660, required=False)
    only = forms.ChoiceField(
        label="Held or suspended",
        choices=[
            ("", "All"),
            ("held", "Held"),
            ("nobody", "Held, nobody must act"),
            ("suspended", "Suspended"),
        ],
        required=False,
    )
    basis = forms.ChoiceField(choices=[("", "All"), *Lease.Basis.choices], required=False)


class PropertyFilters(forms.Form):
    words = forms.CharField(label="Find reference, UPRN, address, postcode", required=False)
    bedrooms = forms.IntegerField(min_value=0, max_value=20, required=False)
    lease = forms.ChoiceField(
        label="Lease", choices=[("", "All"), ("with", "With one in force"), ("without", "Without")], required=False
    )
    certificate = forms.ChoiceField(
        choices=[("", "All"), ("expired", "One expired"), ("missing", "One missing"), ("expiring", "One expiring")],
        required=False,
    )


class CertificateFilters(forms.Form):
    words = forms.CharField(label="Find reference or address", required=False)
    kind = forms.ChoiceField(label="Certificate", choices=[("", "All"), *Certificate.Kind.choices], required=False)
    state = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, reminders: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        within = [(str(days), f"Expiring within {days} days") for days in reminders]
        self.fields["state"].choices = [
            ("", "To be dealt with"),
            ("missing", "Missing"),
            ("expired", "Expired"),
            *within,
            ("all", "All, in date too"),
        ]


# Verbs --------------------------------------------------------------------------------------------------------------


class PropertyFields(forms.Form):
    uprn = forms.CharField(label="UPRN", max_length=12, required=False, help_text="Up to twelve digits.")
    address = forms.CharField(max_length=200)
    postcode = forms.CharField(max_length=8)
    bedrooms = forms.IntegerField(min_value=0, max_value=20, help_text="0 for a studio.")
    kind = forms.CharField(label="Type", max_length=30, required=False, help_text="Flat, House, Maisonette…")

    def clean_postcode(self) -> str:
        return " ".join(self.cleaned_data["postcode"].upper().split())


class AddProperty(PropertyFields, Verb):
    ref = forms.CharField(label="Reference", max_length=20, validators=[PLAIN_REF])
    field_order = ["ref"]
    refused_at = "ref"


class ChangeProperty(PropertyFields, Versioned):
    why = reason_field("Why", required=False)
    refused_at = "uprn"


class CertificateFields(Verb):
    kind = forms.ChoiceField(label="Certificate", choices=Certificate.Kind.choices)
    issued_on = DayField(label="Issued")
    expires_on = DayField(label="Expires", help_text="Its last day.")
    refused_at = "issued_on"


class ChangeCertificate(CertificateFields, Versioned):
    why = reason_field("Why", required=False)


class LeaseFields(forms.Form):
    starts_on = DayField(label="First day")
    last_day = DayField(label="Last day", required=False, help_text="Leave it empty where the lease has no end.")
    per = forms.ChoiceField(label="Rent per", choices=Lease.Per.choices)
    basis = forms.ChoiceField(
        choices=Lease.Basis.choices,
        help_text="A weekly rent is paid by Days, 52/12 or 365/84, and a monthly rent by Month.",
    )
    cost_code = forms.CharField(max_length=30, required=False)
    break_on = DayField(label="Break date", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["ends_on"] = dates.end_after(cleaned.pop("last_day", None))
        return cleaned


class StartLease(LeaseFields, Verb):
    ref = forms.CharField(label="Reference", max_length=20, validators=[PLAIN_REF])
    property = RefField(
        Property.objects.all(),
        "ref",
        "property",
        widget=Suggest(_property_options),
        help_text="Its reference. Add the property first if it is new.",
    )
    payee = payee_field(help_text="The reference of whoever is paid from the first day.")
    rent = PoundsField(label="Rent £")
    keys_day_paid = forms.BooleanField(
        label="The day on which the keys are returned is paid", required=False, initial=True
    )
    field_order = ["ref", "property", "payee", "starts_on", "last_day", "rent", "per", "basis"]
    refused_at = "starts_on"


class ChangeLease(LeaseFields, Versioned):
    notice_given_on = DayField(label="Notice given", required=False)
    why = reason_field("Why", required=False)
    refused_at = "starts_on"


class HandBack(Versioned):
    keys_returned_on = DayField(label="Keys returned")
    keys_day_paid = forms.BooleanField(label="That day is paid", required=False)
    why = reason_field("Note", required=False)
    refused_at = "keys_returned_on"


class ChangePayee(Verb):
    payee = payee_field(label="Payee", help_text="The reference of whoever is paid from then on.")
    from_on = DayField(label="From", help_text="The first day that is due to the new payee.")
    reason = reason_field(help_text="A new owner, an agent with authority to collect; where the evidence is.")
    refused_at = "from_on"


class SetRent(Verb):
    from_on = DayField(label="From", help_text="The first day at the new rent.")
    amount = PoundsField(label="Rent £", min_value=0)
    reason = reason_field()
    refused_at = "from_on"


class CorrectRent(SetRent, Versioned):
    pass


class Suspend(Verb):
    starts_on = DayField(label="First day without rent")
    last_day = DayField(label="Last day without rent", required=False, help_text="Empty: until further notice.")
    reason = reason_field()
    refused_at = "starts_on"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["ends_on"] = dates.end_after(cleaned.pop("last_day", None))
        return cleaned


class EndSuspension(Verb):
    last_day = DayField(label="Last day without rent", help_text="Rent runs again from the day after.")
    why = reason_field("Why", required=False)
    refused_at = "last_day"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["ends_on"] = dates.end_after(cleaned.pop("last_day", None))
        return cleaned


class Hold(Verb):
    starts_on = DayField(label="Held from")
    reason = reason_field()
    must_act = forms.CharField(label="Who must act", max_length=100, help_text="Who has to do what is waited for.")
    refused_at = "starts_on"


class WhoMustAct(Verb):
    must_act = forms.CharField(label="Who must act", max_length=100, help_text="Who has to do what is waited for.")
    why = reason_field("Why", required=False)
    refused_at = "must_act"


class ReleaseHold(Verb):
    released_on = DayField(
        label="Released on", help_text="The first day not held. A month is held if it is held on its last day."
    )
    why = reason_field("Why", required=False)
    refused_at = "released_on"


class AdjustmentFields(Verb):
    month = MonthField(label="Month", help_text="The schedule that it is paid with.")
    kind = forms.ChoiceField(
        label="Type",
        choices=[
            (Adjustment.Kind.RECHARGE, "Recharge: taken off"),
            (Adjustment.Kind.CREDIT, "Credit: added"),
        ],
    )
    amount = PoundsField(label="Amount £", max_digits=9)
    narrative = forms.CharField(max_length=NARRATIVE_LENGTH, help_text="The landlord reads it on the remittance.")
    refused_at = "month"


class PasteAdjustments(Verb):
    month = MonthField(label="Month", help_text="The schedule that they are paid with.")
    rows = forms.CharField(
        label="Rows from Excel",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "wrap": "off"}),
        strip=False,
        max_length=200_000,
        help_text="Four columns: lease, Recharge or Credit, amount, narrative. Copy them in Excel and paste them here.",
    )
    again = forms.BooleanField(label="Record rows even if the same is recorded already", required=False, initial=False)
    refused_at = "month"


class MonthFilter(forms.Form):
    month = MonthField(label="Month", required=False)


class SetRentCap(Verb):
    bedrooms = forms.IntegerField(min_value=0, max_value=20)
    from_on = DayField(label="From")
    weekly_amount = PoundsField(label="Highest weekly rent £")
    refused_at = "from_on"
