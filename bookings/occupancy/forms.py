"""The answers of a week, a correction, and what the boards can be asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from bookings.occupancy.rules import Answer, Said, answer_refusal
from bookings.occupancy.selectors.weeks import WeekRow
from bookings.units.models import Provider, Size
from lewisham_ta.dates import ONE_DAY, Period
from lewisham_ta.fields import DayField, Verb, reason_field

THERE, AWAY = "there", "away"
ANSWERS = [("", "–"), (THERE, "There"), (AWAY, "Not there")]


@dataclass(frozen=True, slots=True)
class Asked:
    """The controls of one run of nights that nobody answered yet."""

    run: Period
    answer: Any
    away_from: Any
    away_to: Any
    note: Any


class WeekForm(forms.Form):
    """A row of controls for each run of nights that nobody answered. `others` answers all that are left blank."""

    def __init__(self, *args: Any, rows: Sequence[WeekRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [(row, run, f"{row.pk}-{run.starts_on}") for row in rows for run in row.unsaid]
        for row, run, key in self.asked:
            about = f"{row.ref} from {run.starts_on.day} {run.starts_on:%b}"
            self.fields |= {
                f"answer-{key}": _choice(f"Answer for {about}"),
                f"from-{key}": _day(f"First night away, {about}", run),
                f"to-{key}": _day(f"Last night away, {about}", run),
                f"note-{key}": forms.CharField(
                    max_length=200,
                    required=False,
                    label=f"Note for {about}",
                    widget=forms.TextInput(attrs={"class": "form-control", "aria-label": f"Note for {about}"}),
                ),
            }

    def controls(self) -> dict[int, list[Asked]]:
        """The controls of each booking, as bound fields."""
        found: dict[int, list[Asked]] = {}
        for row, run, key in self.asked:
            names = (f"answer-{key}", f"from-{key}", f"to-{key}", f"note-{key}")
            found.setdefault(row.pk, []).append(Asked(run, *(self[name] for name in names)))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["said"] = list(self._said(cleaned))
        return cleaned

    def _said(self, cleaned: dict[str, Any]) -> Iterator[Said]:
        others = self.data.get("others") == THERE
        for row, run, key in self.asked:
            away_from, away_to = cleaned.get(f"from-{key}"), cleaned.get(f"to-{key}")
            answer = cleaned.get(f"answer-{key}") or (AWAY if away_from or away_to else "") or (others and THERE)
            if not answer or run.ends_on is None:
                continue
            said = Answer(run.starts_on, run.ends_on - ONE_DAY, answer == THERE, away_from, away_to)
            if reason := answer_refusal(said):
                self.add_error(f"from-{key}", f"{row.ref}: {reason}")
            else:
                yield Said(row.pk, said, cleaned.get(f"note-{key}", ""))


def _choice(label: str) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select", "aria-label": label})
    return forms.ChoiceField(choices=ANSWERS, required=False, label=label, widget=widget)


def _day(label: str, run: Period) -> DayField:
    assert run.ends_on is not None
    limits = {"min": run.starts_on.isoformat(), "max": (run.ends_on - ONE_DAY).isoformat()}
    attrs = {"type": "date", "class": "form-control dateinput", "aria-label": label, **limits}
    return DayField(required=False, label=label, widget=forms.DateInput(attrs=attrs, format="%Y-%m-%d"))


class CorrectionForm(Verb):
    first_on = DayField(label="First night")
    last_on = DayField(label="Last night")
    was_there = forms.TypedChoiceField(
        label="The household was",
        choices=[("yes", "There"), ("no", "Not there")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    why = reason_field("Why it is said otherwise now")
    refused_at = "first_on"


def provider_choices() -> list[tuple[str, str]]:
    rows = Provider.objects.order_by("party__name", "pk").values_list("pk", "party__name")
    return [("", "All"), *((str(pk), name) for pk, name in rows)]


class TonightFilters(forms.Form):
    on = DayField(label="Night of", required=False)
    provider = forms.ChoiceField(required=False)
    state = forms.ChoiceField(choices=[("", "All"), ("let", "Let"), ("void", "Void"), ("free", "Free")], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = provider_choices()


class DayFilters(forms.Form):
    on = DayField(label="Day", required=False)
    what = forms.ChoiceField(
        label="Which",
        choices=[("", "Arrivals and departures"), ("arrival", "Arrivals"), ("departure", "Departures")],
        required=False,
    )


class GapFilters(forms.Form):
    first_on = DayField(label="First night", required=False)
    last_on = DayField(label="Last night", required=False)
    nights = forms.IntegerField(label="At least nights", min_value=1, max_value=366, required=False)
    provider = forms.ChoiceField(required=False)
    size = forms.ChoiceField(choices=[("", "All"), *Size.choices], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = provider_choices()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first_on: date | None = cleaned.get("first_on")
        last_on: date | None = cleaned.get("last_on")
        if first_on and last_on and not 0 <= (last_on - first_on).days <= 366:
            self.add_error("last_on", "The last night is after the first, and at most a year.")
        return cleaned
