"""What the pages of Academy ask for."""

from typing import Any

from django import forms

from bookings.academy.rules.differences import KIND_WORDS
from bookings.households.models import Service
from lewisham_ta.fields import Verb


class Filters(forms.Form):
    kind = forms.ChoiceField(
        label="Exception",
        choices=[("", "All"), *((kind.value, words) for kind, words in KIND_WORDS.items())],
        required=False,
    )
    state = forms.ChoiceField(choices=[("", "Open"), ("settled", "Settled"), ("all", "All")], required=False)
    service = forms.ChoiceField(choices=[("", "All"), *Service.choices], required=False)
    find = forms.CharField(
        required=False, max_length=60, widget=forms.TextInput(attrs={"placeholder": "Booking, claim, name"})
    )


class Settle(forms.Form):
    """The exceptions ticked, by their keys, and what was done about them."""

    selected = forms.MultipleChoiceField(
        error_messages={
            "required": "Tick at least one exception first.",
            "invalid_choice": "One of the exceptions is not there any more. Look at the list again.",
        }
    )
    reason = forms.CharField(
        label="What was done", max_length=300, error_messages={"required": "Say what was done about it."}
    )

    def __init__(self, *args: Any, keys: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["selected"].choices = [(key, key) for key in keys]


class Match(Verb):
    """Nothing is typed: a match is confirmed or left alone."""


class Matches(forms.Form):
    """The matches ticked, as booking and account."""

    selected = forms.MultipleChoiceField(
        error_messages={
            "required": "Tick at least one match first.",
            "invalid_choice": "One of the matches is not proposed any more. Look at the list again.",
        }
    )

    def __init__(self, *args: Any, pairs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["selected"].choices = [(pair, pair) for pair in pairs]

    def pairs(self) -> list[tuple[int, int]]:
        return [
            (int(stay), int(account)) for stay, account in (one.split("-") for one in self.cleaned_data["selected"])
        ]
