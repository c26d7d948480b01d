"""What the page of clocks asks for, and the form of a notice."""

from django import forms

from bookings.clocks.rules import KIND_WORDS, LEVEL_WORDS
from bookings.households.models import Service
from lewisham_ta.fields import DayField, Verb


class ClockFilters(forms.Form):
    kind = forms.ChoiceField(
        label="Clock",
        choices=[("", "All"), *((kind.value, words) for kind, words in KIND_WORDS.items())],
        required=False,
    )
    state = forms.ChoiceField(
        choices=[
            ("", "To be acted on"),
            *((level.value, words) for level, words in LEVEL_WORDS.items()),
            ("all", "All, in time too"),
        ],
        required=False,
    )
    service = forms.ChoiceField(choices=[("", "All"), *Service.choices], required=False)


class NoticeForm(Verb):
    council = forms.CharField(label="Council that was told", max_length=60)
    sent_on = DayField(label="Sent on")
    refused_at = "sent_on"
