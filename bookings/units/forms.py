"""What is typed about providers, units, rates and caps."""

from collections.abc import Iterable

from django import forms

from bookings.units import rules
from bookings.units.models import Provider, Size
from bookings.units.selectors import providers
from lewisham_ta.fields import (
    PLAIN_REF,
    TELEPHONE,
    DayField,
    PoundsField,
    RefField,
    Suggest,
    Verb,
    Versioned,
    reason_field,
)


def _provider_options() -> Iterable[tuple[str, str]]:
    return providers().values_list("party__ref", "party__name")


class UnitFilters(forms.Form):
    words = forms.CharField(label="Find reference, address, provider", required=False)
    size = forms.ChoiceField(choices=[("", "All"), *Size.choices], required=False)
    area = forms.CharField(label="Area, borough or postcode", required=False)
    kind = forms.ChoiceField(
        choices=[
            ("", "All"),
            ("self_contained", "Self-contained"),
            ("shared", "Not self-contained"),
            ("bed_and_breakfast", "Bed and breakfast"),
        ],
        required=False,
    )
    only = forms.ChoiceField(
        choices=[
            ("", "All"),
            ("open", "Let now"),
            ("closed", "No longer let"),
            ("ungraded", "Without a good grade"),
            ("no_borough", "Borough unknown"),
        ],
        required=False,
    )


class ProviderFilters(forms.Form):
    words = forms.CharField(label="Find name, reference, supplier number", required=False)
    vat = forms.ChoiceField(label="VAT", choices=[("", "All"), *Provider.Vat.choices], required=False)


class ProviderFields(forms.Form):
    name = forms.CharField(max_length=120)
    vat = forms.ChoiceField(
        label="VAT on its supply",
        choices=Provider.Vat.choices,
        help_text="Exempt: rooms let to the homeless. Standard: a hotel held out to the public.",
    )
    vat_number = forms.CharField(label="VAT number", max_length=20, required=False)
    supplier_number = forms.CharField(max_length=30, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    telephone = forms.CharField(max_length=30, required=False, validators=[TELEPHONE])
    address = forms.CharField(max_length=200, required=False)
    terms = forms.CharField(
        label="Terms agreed", max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class AddProvider(ProviderFields, Verb):
    ref = forms.CharField(label="Reference", max_length=20, validators=[PLAIN_REF])
    field_order = ["ref"]
    refused_at = "ref"


class ChangeProvider(ProviderFields, Versioned):
    why = reason_field("Why", required=False)
    refused_at = "supplier_number"


class UnitFields(forms.Form):
    address = forms.CharField(max_length=200)
    postcode = forms.CharField(max_length=8)
    district = forms.CharField(
        label="Council whose area it is in", max_length=60, required=False, help_text="Lewisham, or the one to be told."
    )
    brma = forms.CharField(
        label="Broad rental market area",
        max_length=60,
        required=False,
        help_text="Empty: worked out from a postcode in or about Lewisham.",
    )
    size = forms.ChoiceField(choices=Size.choices)
    sleeps = forms.IntegerField(
        label="People it sleeps",
        min_value=1,
        max_value=50,
        required=False,
        help_text="Empty: by its size, two to a bedroom.",
    )
    is_self_contained = forms.BooleanField(
        label="Self-contained for subsidy",
        required=False,
        help_text="Housing Benefit's test: no kitchen, toilet or bathroom is shared with another household.",
    )
    is_bed_and_breakfast = forms.BooleanField(
        label="Bed and breakfast under the 2003 Order",
        required=False,
        help_text="Not separate, something is shared, and no council, registered landlord or voluntary body runs it.",
    )
    features = forms.CharField(
        label="What it offers", max_length=200, required=False, help_text="Lift, ground floor, cot, step-free…"
    )
    grade = forms.CharField(label="Inspection grade", max_length=20, required=False)
    grade_expires_on = DayField(label="Last day of the grade", required=False)

    def clean_postcode(self) -> str:
        return rules.tidy_postcode(self.cleaned_data["postcode"])


class AddUnit(UnitFields, Verb):
    ref = forms.CharField(label="Reference", max_length=20, validators=[PLAIN_REF])
    provider = RefField(
        Provider.objects.select_related("party"),
        "party__ref",
        "provider",
        widget=Suggest(_provider_options),
        help_text="Its reference. Add the provider first if it is new.",
    )
    rate = PoundsField(label="Agreed nightly rate £", min_value=0, help_text="Without VAT.")
    from_on = DayField(label="Agreed from")
    field_order = ["ref", "provider", "rate", "from_on"]
    refused_at = "ref"


class ChangeUnit(UnitFields, Versioned):
    closed_on = DayField(label="Not let from", required=False, help_text="The first night on which it is not ours.")
    why = reason_field("Why", required=False)
    refused_at = "address"


class SetRate(Verb):
    from_on = DayField(label="From", help_text="The first night at the new rate.")
    amount = PoundsField(label="A night £", min_value=0, help_text="Without VAT.")
    reason = reason_field()
    refused_at = "from_on"


class SetCap(Verb):
    size = forms.ChoiceField(choices=Size.choices)
    area = forms.CharField(
        label="Broad rental market area", max_length=60, required=False, help_text="Empty: everywhere."
    )
    from_on = DayField(label="From")
    amount = PoundsField(label="Highest nightly rate £")
    refused_at = "from_on"
