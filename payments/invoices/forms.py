"""What people type or tick about invoices."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from bookings.models import Booking, Provider
from lewisham_ta.fields import DayField, MonthField, PoundsField, RefField, Suggest, Verb, is_key, reason_field
from payments.batches.forms import Ids
from payments.invoices.imports import headings
from payments.invoices.models import Invoice, InvoiceLine

Decision = InvoiceLine.Decision
DECISIONS = [(value, words) for value, words in Decision.choices if value != Decision.UNDECIDED]
REASON = {"max_length": 300, "required": False}
LINE = "line-"
MOST_TYPED = 300


class Filters(forms.Form):
    q = forms.CharField(label="Number or provider", required=False)
    status = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any status"),
            *Invoice.Status.choices,
            ("query", "Query unanswered"),
            ("soon", "Due within 5 days"),
            ("overdue", "Overdue"),
        ],
    )
    provider = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, providers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [("", "Any provider"), *providers]


class SeenVersion(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)


class Decide(SeenVersion):
    """One decision for the ticked lines, or one for each line whose select was changed."""

    decision = forms.ChoiceField(choices=[("", ""), *DECISIONS], required=False)
    selected = Ids(required=False)
    reason = forms.CharField(**REASON)
    reason_each = forms.CharField(**REASON)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if decision := cleaned.get("decision"):
            cleaned["decisions"] = dict.fromkeys(cleaned.get("selected", ()), decision)
            if not cleaned["decisions"]:
                self.add_error(None, "Tick at least one line.")
        else:
            cleaned["reason"] = cleaned.get("reason_each", "")
            cleaned["decisions"] = chosen_of(self.data)
            if not cleaned["decisions"]:
                self.add_error(None, "Choose what becomes of at least one line.")
        return cleaned


def chosen_of(data: Any) -> dict[int, str]:
    """The decisions that were chosen line by line and are not taken yet."""
    known = dict(DECISIONS)
    return {
        int(name.removeprefix(LINE)): value
        for name, value in data.items()
        if name.startswith(LINE) and is_key(name.removeprefix(LINE)) and value in known
    }


class DecideLine(SeenVersion):
    decision = forms.ChoiceField(choices=DECISIONS)
    reason = forms.CharField(label="Why", **REASON)


class Accept(SeenVersion):
    code = forms.CharField(widget=forms.HiddenInput)
    words = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it may stand", max_length=300)


class ChooseBooking(SeenVersion):
    booking = RefField(Booking.objects.select_related("unit"), "ref", "booking", label="Booking")
    reason = forms.CharField(label="How you know", max_length=300)


class ChooseProposed(ChooseBooking):
    """The same, out of the bookings that are offered; none of them is chosen beforehand."""

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booking"].widget = forms.RadioSelect(choices=offered)


class Seen(Verb):
    """Carries the version that the page showed, for the page of one verb."""

    seen = forms.CharField(widget=forms.HiddenInput)


class Return(Seen):
    note = reason_field("What has to be put right")
    refused_at = "note"


class Reject(Seen):
    reason = reason_field("Why the whole invoice is rejected")
    refused_at = "reason"


class Void(Seen):
    reason = reason_field("Why the invoice is voided")
    refused_at = "reason"


def _provider_options() -> Iterable[tuple[str, str]]:
    return Provider.objects.order_by("party__name").values_list("party__ref", "party__name")


class Load(forms.Form):
    provider = RefField(
        Provider.objects.select_related("party"),
        "party__ref",
        "provider",
        name="party__name",
        widget=Suggest(_provider_options),
        help_text="Its reference or its name.",
    )
    number = forms.CharField(
        label="Number of the invoice", max_length=30, required=False, help_text="Left blank, it is read from the file."
    )
    received_on = DayField(label="Received")
    file = forms.FileField(
        label="File",
        max_length=200,
        required=False,
        help_text="Excel, OpenDocument or CSV is read. The lines of a PDF, or of paper, are typed or pasted.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.pdf"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_received_on(self) -> date:
        on: date = self.cleaned_data["received_on"]
        if on > self.today:
            raise forms.ValidationError("The day of receipt is in the future.")
        return on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not cleaned.get("number"):
            self.add_error("number", "Type the number of the invoice.")
        return cleaned


class Head(forms.Form):
    """What an invoice says of itself outside its lines."""

    number = forms.CharField(label="Number", max_length=30)
    dated_on = DayField(label="Date of the invoice", required=False)
    stated_total = PoundsField(label="Total with VAT", max_digits=11, required=False)


COLUMN = "column-"


def columns_chosen(data: Any) -> dict[int, str]:
    """What each column was said to be."""
    return {
        int(name.removeprefix(COLUMN)): value
        for name, value in data.items()
        if name.startswith(COLUMN) and is_key(name.removeprefix(COLUMN)) and value in headings.FIELDS
    }


class TypedHead(Head):
    end = forms.ChoiceField(label="The second date is", choices=list(headings.ENDS_WORDS.items()))


def rows_typed(data: Any, width: int) -> list[list[str]]:
    """The cells of the table as they were typed, a row each, without the blank rows at its end."""
    cells = data.getlist("cell")[: width * MOST_TYPED]
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


class Query(SeenVersion):
    text = forms.CharField(label="What is asked", max_length=10_000, widget=forms.Textarea(attrs={"rows": 18}))
    how = forms.ChoiceField(choices=[(how, how) for how in ("draft", "email", "mailbox", "post", "telephone")])
    on = DayField(label="Sent on", required=False, help_text="Where you sent it yourself. Empty: today.")


class Reply(Verb):
    on = DayField(label="Answered on")
    reply = forms.CharField(
        label="What the provider answered", max_length=5_000, widget=forms.Textarea(attrs={"rows": 5})
    )


class Chase(forms.Form):
    text = forms.CharField(label="Letter", max_length=50_000, widget=forms.Textarea(attrs={"rows": 22}))
    how = forms.ChoiceField(choices=[(how, how) for how in ("email", "mailbox", "post", "telephone")], required=False)
    on = DayField(label="Sent on", required=False, help_text="Where you sent it yourself. Empty: today.")


class AccrualMonth(forms.Form):
    month = MonthField(
        label="Accrual for the end of", help_text="Of the month that runs, nights to come count as they are booked."
    )
