"""Tonight, the day, free runs and the months: what they say, what they keep to themselves, and what they cost."""

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from bookings.models import NightsConfirmed, Void
from bookings.occupancy.selectors import boards, months
from lewisham_ta.dates import Period
from lewisham_ta.roles import AUDITOR
from tests.factories import LONG_AGO, BookingFactory, HouseholdFactory, ProviderFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 3, 5)


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def void(unit, starts_on=date(2026, 3, 1), ends_on=None):
    who = {"recorded_by": UserFactory(), "recorded_at": LONG_AGO}
    return Void.objects.create(
        unit=unit, starts_on=starts_on, ends_on=ends_on, reason="Leak", paid_by="provider", **who
    )


def words_of(answer):
    return " ".join(answer.content.decode().split())


# Tonight


def test_a_unit_is_let_void_or_free():
    provider = ProviderFactory()
    let = BookingFactory(unit__provider=provider)
    empty, free = UnitFactory(provider=provider), UnitFactory(provider=provider)
    void(empty)
    UnitFactory(provider=provider, closed_on=date(2026, 3, 1))
    found = {line.unit: line for line in boards.tonight(NIGHT)}
    assert {line.state for line in found.values()} == {"let", "void", "free"}
    assert len(found) == 3
    assert found[let.unit.ref].booking == let.ref
    assert found[let.unit.ref].who == f"{let.household.ref} {let.household.members.get()}"
    assert (found[empty.ref].state, found[empty.ref].note) == ("void", "Leak")
    assert found[free.ref].state == "free"
    [line] = boards.by_provider(found.values())
    assert (line.units, line.let, line.void, line.free) == (3, 1, 1, 1)


def test_the_morning_of_departure_is_a_free_night_and_a_cancelled_booking_lets_nothing():
    BookingFactory()
    BookingFactory(status="cancelled")
    assert {line.state for line in boards.tonight(date(2026, 3, 10))} == {"free"}
    assert sorted(line.state for line in boards.tonight(date(2026, 3, 9))) == ["free", "let"]


def test_a_closed_unit_in_which_somebody_still_lives_is_shown():
    BookingFactory(unit__closed_on=date(2026, 3, 1))
    assert [line.state for line in boards.tonight(NIGHT)] == ["let"]


def test_the_board_of_units_does_not_say_who_is_confidential_nor_that_of_households_where(officer):
    row = BookingFactory(household=HouseholdFactory(is_confidential=True), unit__address="9 Secret Walk")
    [line] = boards.tonight(NIGHT)
    assert (line.who, line.booking) == ("Confidential", "")
    page = words_of(officer.get(reverse("occupancy:tonight") + "?on=2026-03-05"))
    assert "9 Secret Walk" in page
    assert row.ref not in page
    assert row.household.ref not in page
    [arrival] = boards.movements(date(2026, 3, 3))
    assert (arrival.household, arrival.address, arrival.unit, arrival.provider) == (
        row.household.ref,
        *["Confidential"] * 3,
    )
    month = words_of(officer.get(reverse("occupancy:household_month", args=[row.household_id]) + "?month=2026-03"))
    assert row.ref in month
    assert "Secret Walk" not in month
    assert row.unit.ref not in month
    unit = words_of(officer.get(reverse("occupancy:unit_month", args=[row.unit_id]) + "?month=2026-03"))
    assert row.ref not in unit
    assert row.household.ref not in unit


def test_tonight_is_filtered_and_is_a_workbook(officer):
    let, free = BookingFactory(), UnitFactory()
    page = words_of(officer.get(reverse("occupancy:tonight") + "?on=2026-03-05&state=let"))
    assert let.unit.address in page
    assert free.address not in page
    url = reverse("occupancy:tonight") + f"?on=2026-03-05&provider={free.provider_id}&export=xlsx"
    rows = list(load_workbook(io.BytesIO(officer.get(url).content)).active.values)
    assert [row[0] for row in rows] == ["Unit", free.ref]
    assert rows[1][4] == "Free"
    assert "There is a problem" in words_of(officer.get(reverse("occupancy:tonight") + "?on=never"))


@pytest.mark.parametrize("board", ["tonight", "movements"])
def test_the_filter_shows_the_day_that_the_board_is_of(officer, board):
    page = officer.get(reverse(f"occupancy:{board}")).content.decode()
    assert f'name="on" value="{timezone.localdate()}"' in page


# The day


def test_arrivals_and_departures_of_a_day_with_moves(officer):
    family = HouseholdFactory(family=True)
    before = BookingFactory(household=family)
    after = BookingFactory(household=family, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 12), moved_from=before)
    arrival, departure = boards.movements(date(2026, 3, 10))
    assert (arrival.booking, arrival.what, arrival.people, arrival.note) == (
        after.ref,
        "arrival",
        3,
        "Moves from another unit",
    )
    assert (departure.booking, departure.note) == (before.ref, "Moves to another unit")
    page = words_of(officer.get(reverse("occupancy:movements") + "?on=2026-03-10&what=departure"))
    assert before.ref in page
    assert after.ref not in page
    assert "Nobody arrives or leaves" in words_of(officer.get(reverse("occupancy:movements") + "?on=2026-03-11"))


# Free runs


def test_free_runs_are_what_bookings_voids_and_closing_leave():
    unit = UnitFactory(closed_on=date(2026, 3, 25))
    BookingFactory(unit=unit)  # nights of 3 to 9 March
    void(unit, date(2026, 3, 12), date(2026, 3, 14))
    found = boards.free_runs(Period(date(2026, 3, 1), date(2026, 4, 1)))
    assert sorted((gap.starts_on.day, gap.ends_on.day, gap.nights) for gap in found) == [
        (1, 3, 2),
        (10, 12, 2),
        (14, 25, 11),
    ]
    assert found[0].nights == 11
    assert [gap.nights for gap in boards.free_runs(Period(date(2026, 3, 1), date(2026, 4, 1)), nights=3)] == [11]


def test_a_free_run_leads_to_booking_into_it(officer, client):
    unit, url = UnitFactory(), reverse("occupancy:gap_list") + "?first_on=2026-03-01"
    book = reverse("bookings:book_in", args=[unit.ref]) + "?starts_on=2026-03-01"
    assert book in words_of(officer.get(url))
    rows = list(load_workbook(io.BytesIO(officer.get(url + "&export=xlsx").content)).active.values)
    assert "Book" not in rows[0]
    client.force_login(UserFactory(groups=[AUDITOR]))
    assert book not in words_of(client.get(url))


def test_free_runs_are_filtered_by_provider_size_and_days(officer):
    flat, room = UnitFactory(), UnitFactory(hotel=True)
    url = reverse("occupancy:gap_list") + "?first_on=2026-03-01&last_on=2026-03-05"
    assert flat.address in words_of(officer.get(url + "&size=1"))
    assert room.address not in words_of(officer.get(url + "&size=1"))
    assert flat.address not in words_of(officer.get(url + f"&provider={room.provider_id}"))
    wrong = words_of(officer.get(reverse("occupancy:gap_list") + "?first_on=2026-03-05&last_on=2026-03-01"))
    assert "The last night is after the first, and at most a year." in wrong


# Months


def cells(month):
    return {cell.day.day: cell.word for week in month.weeks for cell in week if cell}


def test_the_month_of_a_unit_says_night_by_night_what_it_was():
    unit = UnitFactory(closed_on=date(2026, 3, 30))
    row = BookingFactory(unit=unit)
    void(unit, date(2026, 3, 20), date(2026, 3, 21))
    said = {"how": "ticked", "confirmed_by": UserFactory(), "confirmed_at": LONG_AGO}
    nights = [(date(2026, 3, 3), date(2026, 3, 5), True), (date(2026, 3, 5), date(2026, 3, 6), False)]
    for starts_on, ends_on, was_there in nights:
        NightsConfirmed.objects.create(booking=row, starts_on=starts_on, ends_on=ends_on, was_there=was_there, **said)
    found = months.of_unit(unit, date(2026, 3, 1))
    shown = cells(found)
    assert [shown[day] for day in (2, 3, 4, 5, 6, 9, 10, 20, 21, 30)] == [
        "Free",
        "There",
        "There",
        "Away",
        "Stay",
        "Stay",
        "Free",
        "Void",
        "Free",
        "Closed",
    ]
    assert found.nights == 7


def test_the_month_of_a_household_says_where_it_is_in_two_places():
    row = BookingFactory()
    BookingFactory(
        household=row.household,
        starts_on=date(2026, 3, 9),
        ends_on=date(2026, 3, 11),
        is_split=True,
        split_reason="Hospital",
    )
    shown = cells(months.of_household(row.household, date(2026, 3, 1)))
    assert [shown[day] for day in (2, 8, 9, 10, 11)] == ["None", "Stay", "Split", "Stay", "None"]


def details(month):
    return {cell.day.day: cell.detail for week in month.weeks for cell in week if cell}


def test_a_month_says_whose_each_night_is_and_where_it_changes():
    first = BookingFactory()
    second = BookingFactory(unit=first.unit, starts_on=first.ends_on, ends_on=None)
    shown = details(months.of_unit(first.unit, date(2026, 3, 1)))
    one, other = first.household.ref, second.household.ref
    assert [shown[day] for day in (2, 3, 9, 10, 11)] == ["", f"{one}, first night", one, f"{other}, first night", other]
    there = details(months.of_household(first.household, date(2026, 3, 1)))
    assert [there[day] for day in (3, 4, 10)] == [f"{first.unit.ref}, first night", first.unit.ref, ""]


def test_a_month_does_not_say_whose_the_nights_of_a_confidential_household_are(officer):
    row = BookingFactory(household=HouseholdFactory(is_confidential=True))
    of_unit = officer.get(reverse("occupancy:unit_month", args=[row.unit_id]) + "?month=2026-03")
    of_household = officer.get(reverse("occupancy:household_month", args=[row.household_id]) + "?month=2026-03")
    assert row.household.ref not in words_of(of_unit)
    assert row.unit.ref not in words_of(of_household)


def test_a_month_is_an_accessible_table(officer):
    row = BookingFactory()
    url = reverse("occupancy:unit_month", args=[row.unit_id])
    page = words_of(officer.get(url + "?month=2026-03"))
    assert "in March 2026</caption>" in page
    assert '<th scope="col"><abbr title="Monday">Mon</abbr></th>' in page
    assert f">{row.household.ref}, first night</span>" in page
    assert officer.get(url + "?month=never").status_code == 200
    assert officer.get(url + "?month=0001-01").status_code == 200


# Costs


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("tonight", "?on=2026-03-05"),
        ("movements", "?on=2026-03-03"),
        ("gap_list", "?first_on=2026-03-01"),
        ("week_list", "?week=2026-03-02"),
    ],
)
def test_a_board_costs_the_same_however_long(name, query, officer):
    def cost(rows):
        BookingFactory.create_batch(rows)
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(reverse(f"occupancy:{name}") + query).status_code == 200
        return len(queries)

    cost(1)
    assert cost(2) == cost(20)
