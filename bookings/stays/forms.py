"""What is typed about bookings. A departure is the morning on which the household leaves, as the database has it."""

from typing import Any

from django import forms

from bookings.households.models import Household, Service
from bookings.stays.models import Acknowledgement, Void
from bookings.stays.selectors import StayState, approvers
from bookings.units.models import Size, Unit
from lewisham_ta import dates
from lewisham_ta.fields import (
    REASON_LENGTH,
    DayField,
    PoundsField,
    RefField,
    Verb,
    Versioned,
    VersionedWhy,
    reason_field,
)
from lewisham_ta.models import User


class BookingFilters(forms.Form):
    words = forms.CharField(label="Find reference, name, address", required=False)
    state = forms.ChoiceField(choices=[("", "All"), *StayState.choices], required=False)
    on = DayField(label="As on", required=False)
    service = forms.ChoiceField(choices=[("", "All"), *Service.choices], required=False)
    provider = forms.CharField(label="Provider", required=False)
    only = forms.ChoiceField(
        label="Only",
        choices=[
            ("", "All"),
            ("split", "Split households"),
            ("unapproved", "Over the cap, not approved"),
            ("approved", "Over the cap, approved"),
            ("untold", "In, licence not acknowledged"),
        ],
        required=False,
    )


class VoidFilters(forms.Form):
    words = forms.CharField(label="Find unit, address, provider", required=False)
    state = forms.ChoiceField(choices=[("", "Open"), ("ended", "Ended"), ("all", "All")], required=False)
    paid_by = forms.ChoiceField(label="Paid by", choices=[("", "All"), *Void.PaidBy.choices], required=False)


class FindUnit(forms.Form):
    """What a placement needs. Without dates: from tonight, until further notice."""

    household = forms.CharField(required=False, widget=forms.HiddenInput)
    moving = forms.CharField(required=False, widget=forms.HiddenInput)
    starts_on = DayField(label="First night", required=False)
    ends_on = DayField(label="Departure", required=False)
    size = forms.ChoiceField(choices=[("", "Any"), *Size.choices], required=False)
    area = forms.CharField(label="Area, borough or postcode", required=False)
    kind = forms.ChoiceField(
        choices=[("", "Any"), ("self_contained", "Self-contained"), ("shared", "Not self-contained")], required=False
    )
    sleeps = forms.IntegerField(label="People", min_value=1, max_value=50, required=False)
    features = forms.CharField(label="Offers", required=False)
    highest = PoundsField(label="Highest rate £", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", "The departure must be after the first night.")
        return cleaned


class OverCap(forms.Form):
    """Who approved a rate over the cap. `by` cannot be named."""

    cap_approver = forms.ModelChoiceField(
        label="Who approved a rate over the cap",
        queryset=User.objects.none(),
        required=False,
        help_text="Only where the rate is over the cap. Not you.",
    )
    cap_reason = reason_field("Why it may be over the cap", required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cap_approver"].queryset = approvers(by)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        approver = cleaned.pop("cap_approver", None)
        cleaned["cap_approver_id"] = approver.pk if approver else None
        return cleaned


class Placement(OverCap):
    """What is typed of a placement in a unit, a new one or a move."""

    ends_on = DayField(
        label="Departure", required=False, help_text="The morning on which it leaves. Empty: nobody knows yet."
    )
    rate = PoundsField(label="Nightly rate £", required=False, min_value=0, help_text="Empty: as agreed for the unit.")
    authorised_by = forms.CharField(label="Who authorised it", max_length=100)
    warned = forms.BooleanField(label="I have read the warning", required=False)

    def __init__(self, *args: Any, warnings: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not warnings:
            del self.fields["warned"]


class BookIn(Placement, Verb):
    household = RefField(Household.objects.all(), "ref", "household", help_text="Its reference.")
    starts_on = DayField(label="First night")
    service = forms.ChoiceField(
        choices=[("", "The household's own"), *Service.choices], required=False, help_text="Who pays."
    )
    academy_ref = forms.CharField(label="Academy claim reference", max_length=20, required=False)
    split_reason = reason_field(
        "Why the household is in two places",
        required=False,
        help_text="Only where it is split: part of it here, part of it elsewhere on the same nights.",
    )
    late_reason = reason_field(
        "Why it is booked only now", required=False, help_text="Only where the first night is more than 28 days ago."
    )
    field_order = ["household", "starts_on", "ends_on", "authorised_by", "rate", "warned"]
    refused_at = "starts_on"


class Move(Placement, Versioned):
    moved_on = DayField(label="Moves on", help_text="It leaves that morning and sleeps in the other unit that night.")
    benefit_told_on = DayField(
        label="Housing Benefit was told on", required=False, help_text="Empty: it stays on the work list."
    )
    field_order = ["moved_on", "ends_on", "authorised_by", "rate", "warned", "benefit_told_on"]
    refused_at = "moved_on"


class MoveTo(Verb):
    """Which unit a household moves to."""

    unit = RefField(Unit.objects.all(), "ref", "unit")


class Extend(Versioned):
    ends_on = DayField(
        label="Departure", required=False, help_text="The morning on which it leaves. Empty: nobody knows yet."
    )
    why = reason_field("Why", required=False)
    refused_at = "ends_on"


class NeverWas(VersionedWhy):
    """Says of a stay that it never was. Where something rests on it, the person says that they are sure."""

    sure = forms.BooleanField(label="I have read this and am sure", required=False)

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["sure"]


class Depart(Versioned):
    departed_on = DayField(label="Left on", help_text="The morning: that night is free and nothing is due for it.")
    benefit_told_on = DayField(
        label="Housing Benefit was told on",
        required=False,
        help_text="Empty: it stays on the work list until it was told. Late notice costs subsidy.",
    )
    why = reason_field("Why it left", required=False)
    refused_at = "departed_on"


class ChangeRate(OverCap, Verb):
    from_on = DayField(label="From", help_text="The first night at the new rate.")
    amount = PoundsField(label="A night £", min_value=0, help_text="Without VAT.")
    reason = reason_field()
    field_order = ["from_on", "amount", "reason"]
    refused_at = "from_on"


class CorrectRate(OverCap, Versioned):
    amount = PoundsField(label="A night £", min_value=0, help_text="Without VAT.")
    reason = reason_field()
    field_order = ["amount", "reason"]
    refused_at = "amount"


class ApproveOverCap(Versioned):
    reason = reason_field("Why the rate may be over the cap")
    refused_at = "reason"


class Acknowledge(Verb):
    on = DayField(label="When")
    how = forms.ChoiceField(choices=Acknowledgement.How.choices)
    language = forms.CharField(max_length=40, initial="English")
    interpreter = forms.CharField(max_length=100, required=False, help_text="Who, or which service. Empty: none.")
    refused_at = "on"


class RecordVoid(Verb):
    starts_on = DayField(label="First night it stands empty")
    last_night = DayField(label="Last night", required=False, help_text="Empty: until further notice.")
    paid_by = forms.ChoiceField(label="Who pays", choices=Void.PaidBy.choices)
    reason = forms.CharField(max_length=REASON_LENGTH, help_text="Repairs, kept for a family, notice period…")
    refused_at = "starts_on"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["ends_on"] = dates.end_after(cleaned.pop("last_night", None))
        return cleaned


class EndVoid(Verb):
    last_night = DayField(label="Last night it stood empty")
    why = reason_field("Why", required=False)
    refused_at = "last_night"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["ends_on"] = dates.end_after(cleaned.pop("last_night", None))
        return cleaned
