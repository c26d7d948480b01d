"""What people type or tick about payments and batches."""

from typing import Any

from django import forms

from lewisham_ta.fields import is_key
from payments.batches.models import BatchItem, Payment


class Ids(forms.MultipleChoiceField):
    """The numbers of ticked rows. Whether they may be used is the service's question."""

    default_error_messages = {"required": "Tick at least one payment."}

    def valid_value(self, value: str) -> bool:
        return is_key(value)

    def clean(self, value: Any) -> list[int]:
        return [int(number) for number in super().clean(value)]


class Day(forms.DateField):
    """A day, picked or typed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class Chosen(forms.Form):
    selected = Ids()


class SeenVersion(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


class ChosenOfBatch(Chosen, SeenVersion):
    pass


class PaymentFilter(forms.Form):
    q = forms.CharField(label="Payee or reference", required=False)
    state = forms.ChoiceField(choices=[("", "Any state"), *Payment.State.choices], required=False)
    source = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, sources: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "Any source"), *((source, source) for source in sources)]


class ItemFilter(forms.Form):
    q = forms.CharField(label="Payee or reference", required=False)
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "Any outcome"), ("none", "Not answered"), ("paid", "Paid"), ("returned", "Returned")],
    )

    def __init__(self, *args: Any, is_open: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_open:
            del self.fields["outcome"]


class RecordOutcome(forms.Form):
    outcome = forms.ChoiceField(
        choices=[(BatchItem.Outcome.PAID, "Paid"), (BatchItem.Outcome.RETURNED, "Returned")], widget=forms.RadioSelect
    )
    on = Day(label="On")
    reason = forms.CharField(label="Why it was returned", max_length=200, required=False)


class PutRight(forms.Form):
    """`came_back_from` is the account that the payment was returned from, where it would go to the same one again."""

    note = forms.CharField(label="What was put right", max_length=200)
    same_account = forms.BooleanField(
        error_messages={"required": "Tick that the account is right, or have another one approved first."}
    )

    def __init__(self, *args: Any, came_back_from: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if came_back_from:
            self.fields["same_account"].label = f"The {came_back_from} is right and can be paid to again"
        else:
            del self.fields["same_account"]


class Withdraw(forms.Form):
    reason = forms.CharField(label="Why it shall never be paid", max_length=200)


class Stop(forms.Form):
    reason = forms.CharField(label="Why nothing may be paid", max_length=200)


class Lift(forms.Form):
    note = forms.CharField(label="Why payments may go on", max_length=200)
