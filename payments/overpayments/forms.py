"""What is asked about overpayments."""

from django import forms

from lewisham_ta.fields import Verb
from payments.overpayments.models import OverpaymentCase


class CaseFilter(forms.Form):
    q = forms.CharField(label="Payee", required=False, max_length=120)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "Any status"), *OverpaymentCase.Status.choices, ("asked", "Write-off asked for")],
    )


class Agree(Verb):
    note = forms.CharField(label="Who agreed, and how", max_length=300)
    refused_at = "note"


class Recover(Verb):
    note = forms.CharField(label="How it came back", max_length=300)
    refused_at = "note"


class AskWriteOff(Verb):
    note = forms.CharField(label="Why it should be given up", max_length=300)
    refused_at = "note"


class WriteOff(Verb):
    note = forms.CharField(label="Why it is given up", max_length=300)
    refused_at = "note"
