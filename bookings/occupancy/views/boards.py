"""The boards: tonight, a day's arrivals and departures, free runs, and the months of a unit and of a household."""

from datetime import date, timedelta
from typing import Any

from django import forms as django_forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.households.models import Household
from bookings.occupancy.forms import DayFilters, GapFilters, TonightFilters
from bookings.occupancy.selectors import boards, months
from bookings.occupancy.tables import DayTable, GapTable, TonightTable
from bookings.units.models import Unit
from lewisham_ta.dates import ONE_DAY, Period, add_months, first_of_month, parse_month
from lewisham_ta.fields import YEARS
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day, month

SEE = "bookings.see_bookings"
LOOK_AHEAD = timedelta(days=14)
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def chosen(form: django_forms.Form) -> dict[str, Any]:
    """What a filter form asks for. A wrong value is shown at its field and filters nothing."""
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}


@require_safe
@permission_required(SEE, raise_exception=True)
def tonight(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    filters = TonightFilters({"on": today, **request.GET.dict()})
    asked = chosen(filters)
    night = asked.pop("on", today)
    units = boards.tonight(night)
    providers = boards.by_provider(units)
    totals = {name: sum(getattr(line, name) for line in providers) for name in ("units", "let", "void", "free")}
    table = TonightTable(boards.units_found(units, **asked), request=request)
    context = {
        "table": table,
        "filters": filters,
        "night": night,
        "providers": providers,
        "totals": totals,
        "facts": tonight_facts(totals, night),
    }
    return table_response(request, table, f"Units on the night of {day(night)}") or render(
        request, "bookings/occupancy/tonight.html", context
    )


def tonight_facts(totals: dict[str, int], night: date) -> list[dict[str, Any]]:
    states = [
        {"label": words, "value": totals[state], "url": f"?state={state}&on={night}"}
        for state, (words, _) in boards.STATES.items()
    ]
    return [{"label": "Units", "value": totals["units"]}, *states]


@require_safe
@permission_required(SEE, raise_exception=True)
def movements(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    filters = DayFilters({"on": today, **request.GET.dict()})
    asked = chosen(filters)
    on = asked.get("on", today)
    found = boards.movements(on)
    arrivals = sum(line.what == "arrival" for line in found)
    table = DayTable(boards.chosen(found, asked.get("what", "")), request=request)
    context = {
        "table": table,
        "filters": filters,
        "on": on,
        "earlier": on - ONE_DAY,
        "later": on + ONE_DAY,
        "facts": [
            {"label": "Arrivals", "value": arrivals, "url": f"?on={on}&what=arrival"},
            {"label": "Departures", "value": len(found) - arrivals, "url": f"?on={on}&what=departure"},
        ],
    }
    return table_response(request, table, f"Arrivals and departures {day(on)}") or render(
        request, "bookings/occupancy/movements.html", context
    )


@require_safe
@permission_required(SEE, raise_exception=True)
def gap_list(request: HttpRequest) -> HttpResponse:
    filters = GapFilters(request.GET)
    asked = chosen(filters)
    first_on = asked.pop("first_on", timezone.localdate())
    last_on = asked.pop("last_on", first_on + LOOK_AHEAD - ONE_DAY)
    period = Period(first_on, max(last_on, first_on) + ONE_DAY)
    table = GapTable(
        boards.free_runs(period, **asked),
        request=request,
        may_change=request.user.has_perm("bookings.manage_bookings"),
    )
    return table_response(request, table, f"Free from {day(first_on)}") or render(
        request, "bookings/occupancy/gap_list.html", {"table": table, "filters": filters, "period": period}
    )


@require_safe
@permission_required(SEE, raise_exception=True)
def unit_month(request: HttpRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.select_related("provider__party"), pk=pk)
    shown = _month(request)
    heading, home = f"{unit.ref}, {unit.address}", (f"Unit {unit.ref}", reverse("units:detail", args=[unit.ref]))
    return _calendar(request, shown, months.of_unit(unit, shown), heading, unit.provider.party.name, home)


@require_safe
@permission_required(SEE, raise_exception=True)
def household_month(request: HttpRequest, pk: int) -> HttpResponse:
    household = get_object_or_404(Household, pk=pk)
    shown = _month(request)
    name = boards.main_names({household.pk}).get(household.pk, "")
    home = (f"Household {household.ref}", reverse("households:detail", args=[household.ref]))
    return _calendar(request, shown, months.of_household(household, shown), household.ref, name, home)


def _month(request: HttpRequest) -> date:
    """The month that is asked for, else this one."""
    try:
        asked = parse_month(request.GET.get("month", ""))
    except ValueError:
        return first_of_month(timezone.localdate())
    return asked if asked.year in YEARS else first_of_month(timezone.localdate())


def _calendar(
    request: HttpRequest, shown: date, found: months.Month, heading: str, byline: str, home: tuple[str, str]
) -> HttpResponse:
    context = {
        "crumbs": [home],
        "heading": heading,
        "byline": byline,
        "caption": f"{heading} in {month(shown)}",
        "shown": shown,
        "earlier": add_months(shown, -1),
        "later": add_months(shown, 1),
        "month": found,
        "weekdays": WEEKDAYS,
    }
    return render(request, "bookings/occupancy/month.html", context)
