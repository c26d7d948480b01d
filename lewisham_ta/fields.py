"""Fields and forms that every room uses: days, months, pounds, references, and the form of one verb."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet

from lewisham_ta import dates

REASON_LENGTH = 200
YEARS = range(1950, 2151)
WRITTEN_DATES = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y"]
PLAIN_REF = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9/. -]*$", "A reference has letters, digits, spaces and / . - only.")

TELEPHONE = RegexValidator(
    r"^(?:\D*\d){6}",  # two numbers, or whom to ask for, may stand with it
    "Write a telephone number, such as 020 7946 0000.",
)


def is_key(text: str) -> bool:
    """Whether this can be the key of a row: digits, and no more of them than a key has. `int` refuses thousands."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


class DayField(forms.DateField):
    """A day, picked or typed as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("error_messages", {"invalid": "Write the date as 23/11/2026."})
        super().__init__(input_formats=WRITTEN_DATES, **kwargs)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and value.year not in YEARS:
            raise forms.ValidationError("Check the year.")


class MonthField(forms.CharField):
    """A month, as its first day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"), max_length=7, **kwargs)

    def to_python(self, value: Any) -> Any:
        if not value or isinstance(value, date):
            return value
        try:
            month = dates.parse_month(value)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if month.year not in YEARS:
            raise forms.ValidationError("Check the year.")
        return month

    def run_validators(self, value: Any) -> None:
        """The validators of text do not apply to a date."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return f"{initial:%Y-%m}" != data if isinstance(initial, date) else bool(data)


class PoundsField(forms.DecimalField):
    """Pounds and pence, with or without £ and commas."""

    def __init__(self, *, max_digits: int = 7, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "numberinput", "autocomplete": "off"})
        super().__init__(max_digits=max_digits, decimal_places=2, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("£", "").replace(",", "").replace(" ", "")
        return super().to_python(value)


class Suggest(forms.TextInput):
    """A text box that suggests references as they are typed; by itself it is a plain text box."""

    template_name = "components/_suggest.html"

    def __init__(self, options: Callable[[], Iterable[tuple[str, str]]]) -> None:
        super().__init__(attrs={"autocomplete": "off"})
        self.options = options

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = f"{name}-options"
        context["options"] = self.options()
        return context


class RefField(forms.CharField):
    """The reference of a record, cleaned to the record. With `name`, a field of the record, so is its name or a part
    of it that no other has."""

    def __init__(self, queryset: "QuerySet[Any]", key: str, noun: str, *, name: str = "", **kwargs: Any) -> None:
        self.queryset, self.key, self.noun, self.name = queryset, key, noun, name
        super().__init__(max_length=100 if name else 20, **kwargs)

    def clean(self, value: Any) -> Any:
        ref = super().clean(value)
        if not ref:
            return None
        found = self.queryset.filter(**{f"{self.key}__iexact": ref}).first()
        if found is None and self.name:
            found = self._named(ref)
        if found is None:
            raise forms.ValidationError(f"There is no {self.noun} {ref}.")
        return found

    def _named(self, words: str) -> Any:
        for how in ("iexact", "icontains"):
            found = list(self.queryset.filter(**{f"{self.name}__{how}": words})[:2])
            if len(found) > 1:
                raise forms.ValidationError(f"More than one {self.noun} is called {words}: type its reference.")
            if found:
                return found[0]
        return None


def reason_field(label: str = "Reason", *, required: bool = True, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=REASON_LENGTH, required=required, **kwargs)


def chosen(form: forms.Form) -> dict[str, Any]:
    """What a form of filters asks for. A wrong value is shown at its field and filters nothing."""
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}


class Verb(forms.Form):
    """A form that does one thing. A refusal that names no field of it is shown at `refused_at`."""

    refused_at: str | None = None


class Versioned(Verb):
    """A form that changes a row: carries the version that the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput)


class Why(Verb):
    """Takes something back; says why."""

    why = reason_field("Why")
    refused_at = "why"


class VersionedWhy(Versioned, Why):
    pass
