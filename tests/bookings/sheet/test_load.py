"""What a load writes, and what the next one changes: from what to what, never silently."""

from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from bookings.models import Booking, BookingRate, Household, Member, Provider, Unit, UnitRate, Void
from bookings.stays.selectors import overdue_departures
from bookings.stays.services import undo_departure
from bookings.units.rules import INNER, OUTER
from lewisham_ta.imports.preview import State
from tests.bookings.sheet.nightly import changed, complaints, doubts, load, plan
from tests.factories import LONG_AGO, BookingFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db

U2 = {"Unit Ref": "U2", "Address": "2 Invented Walk"}
B2 = {"Booking Ref": "B2", "Household Ref": "H2", "Surname": "Second", "DOB": "02/02/1982", "Academy Ref": "A2"}


@pytest.fixture
def officer():
    return UserFactory()


def rates_of(ref):
    return list(BookingRate.objects.filter(booking__ref=ref).order_by("from_on").values_list("from_on", "amount"))


def test_the_first_load_writes_every_row_with_its_rates(officer):
    load(officer, providers=[{"VAT": "Standard", "VAT No": "GB1"}], rate_changes=[{}])
    provider = Provider.objects.select_related("party").get()
    assert (provider.party.ref, provider.party.kind, provider.party.vat_number) == ("PR1", "provider", "GB1")
    assert (provider.supplier_number, provider.vat) == ("700000", "standard")
    unit = Unit.objects.get()
    assert (unit.size, unit.is_self_contained, unit.is_bed_and_breakfast) == ("2", True, False)
    assert UnitRate.objects.values_list("unit__ref", "from_on", "amount").get() == ("U1", date(2026, 10, 3), 60)
    household = Household.objects.get()
    assert (household.ref, household.service, household.adults, household.children) == ("H1", "homeless", 1, 0)
    member = Member.objects.get()
    assert (str(member), member.born_on, member.is_main) == ("Ada Invented", date(1980, 1, 1), True)
    booking = Booking.objects.get()
    assert (booking.household, booking.unit, booking.academy_ref) == (household, unit, "A1")
    assert rates_of("B1") == [(date(2026, 10, 3), Decimal("60.00")), (date(2026, 10, 5), Decimal("55.00"))]


def test_the_same_sheet_again_changes_nothing(officer):
    rows = {"units": [{}, U2 | {"Nightly rate": ""}], "rate_changes": [{}, {"From": "10/10/2026"}]}
    load(officer, **rows)
    again = plan(**rows)
    assert changed(again) == []
    assert again.summary.startswith("Nothing would change: 6 unchanged")


SE13 = {"Postcode": "SE13 9ZZ"}


def area_of_u1():
    return Unit.objects.values_list("brma", flat=True).get(ref="U1")


def test_a_unit_of_the_sheet_has_the_market_area_of_its_postcode(officer):
    load(officer, units=[SE13])
    assert area_of_u1() == INNER
    load(officer, units=[{"Postcode": "SE12 9ZZ"}])
    assert area_of_u1() == OUTER


def test_a_unit_that_had_no_market_area_gets_it_with_the_next_sheet(officer):
    load(officer, units=[SE13])
    Unit.objects.update(brma="")
    assert changed(load(officer, units=[SE13])) == [f"changed  Unit U1  Rental market area: blank → {INNER}"]
    assert area_of_u1() == INNER


def test_a_market_area_that_a_person_gave_stays(officer):
    load(officer, units=[SE13])
    Unit.objects.update(brma="Elsewhere")
    load(officer, units=[{"Postcode": "SE12 9ZZ"}])
    assert area_of_u1() == "Elsewhere"


def test_units_that_are_there_get_their_market_area_once(officer):
    load(officer, units=[SE13, U2 | {"Postcode": "ZZ1 1ZZ"}])
    Unit.objects.update(brma="")
    migration = import_module("bookings.migrations.0005_market_areas_of_units")
    migration.fill(apps, None)
    assert list(Unit.objects.order_by("ref").values_list("brma", flat=True)) == [INNER, ""]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"providers": [{"Name": "New Rooms Ltd"}]}, "Provider PR1  Name: Invented Rooms Ltd → New Rooms Ltd"),
        (
            {"providers": [{"VAT": "Standard", "VAT No": "GB1"}]},
            "Provider PR1  VAT: Exempt → Standard; VAT No: blank → GB1",
        ),
        ({"units": [{"Size": "3 bed"}]}, "Unit U1  Size: 2 bed → 3 bed"),
        ({"units": [{"Nightly rate": 62}]}, "Unit U1  Nightly rate: £60.00 → £62.00 from the day of loading"),
        ({"bookings": [{"Adults": 2}]}, "Household H1  Adults: 1 → 2"),
        ({"bookings": [{"Surname": "Newname"}]}, "Household H1  Surname: Invented → Newname"),
        ({"bookings": [{"Check out": ""}]}, "Booking B1  Check out: 10 Oct 2026 → blank"),
        ({"bookings": [{"Check in": "01/10/2026"}]}, "Booking B1  Check in: 3 Oct 2026 → 1 Oct 2026"),
        ({"bookings": [{"Status": "Cancelled"}]}, "Booking B1  Status: Booked → Cancelled"),
        ({"bookings": [{"Nightly rate": 61}]}, "Booking B1  Nightly rate: £60.00 → £61.00"),
        ({"units": [{}, U2], "bookings": [{"Unit Ref": "U2"}]}, "Booking B1  Unit Ref: U1 → U2"),
        (
            {"rate_changes": [{"New nightly rate": 50}]},
            "Rate change B1 from 5 Oct 2026  New nightly rate: £55.00 → £50.00",
        ),
    ],
)
def test_a_change_says_from_what_to_what_and_is_written(officer, rows, said):
    load(officer, rate_changes=[{}])
    rows = {"rate_changes": [{}]} | rows
    assert changed(load(officer, **rows)) == [f"changed  {said}"]
    assert changed(plan(**rows)) == []


def test_the_first_rate_moves_with_the_first_night(officer):
    load(officer)
    load(officer, bookings=[{"Check in": "01/10/2026", "Nightly rate": 61}])
    assert rates_of("B1") == [(date(2026, 10, 1), Decimal("61.00"))]


def test_a_first_night_is_not_moved_past_a_recorded_rate(officer):
    load(officer, rate_changes=[{}])
    made = plan(bookings=[{"Check in": "06/10/2026"}])
    reason = "the record has another rate from 5 Oct 2026, which would be before the check-in"
    assert complaints(made) == [("Bookings", 2, "Check in", reason)]


def test_a_changed_rate_of_a_unit_follows_the_old_one_and_an_older_one_is_kept_out(officer):
    load(officer)
    unit = Unit.objects.get()
    UnitRate.objects.create(unit=unit, from_on=date(2026, 11, 1), amount=65, set_by=officer, set_at=LONG_AGO)
    made = plan()
    assert changed(made) == []
    assert "the rate before £65.00 from 1 Nov 2026" in doubts(made)[0][3]
    load(officer, units=[{"Nightly rate": 70}])
    assert set(unit.rates.values_list("from_on", "amount")) >= {
        (date(2026, 10, 3), Decimal("60.00")),
        (LONG_AGO.date(), Decimal("70.00")),
    }


def test_what_a_person_recorded_is_kept_and_named(officer):
    load(officer)
    booking = Booking.objects.get()
    booking.ends_on, booking.departed_by, booking.departed_at = date(2026, 10, 8), officer, LONG_AGO
    booking.save()
    made = plan()
    assert changed(made) == []
    assert [doubt[:3] for doubt in doubts(made)] == [("Bookings", 2, "Check out")]
    Booking.objects.update(status="cancelled", ended_reason="Never needed")
    made = plan()
    assert changed(made) == []
    assert ("Bookings", 2, "Status") in [doubt[:3] for doubt in doubts(made)]


def test_a_cancellation_that_only_the_sheet_knew_is_taken_back_by_the_sheet(officer):
    load(officer, bookings=[{"Status": "Cancelled"}])
    assert changed(load(officer)) == ["changed  Booking B1  Status: Cancelled → Booked"]


def test_blank_cells_of_what_may_be_blank_keep_the_record(officer):
    load(officer, providers=[{"VAT No": "GB1"}])
    made = plan(providers=[{"Supplier No": ""}], bookings=[{"DOB": "", "Academy Ref": ""}])
    assert changed(made) == []
    assert [doubt[3] for doubt in doubts(made)] == [
        "blank here: the record keeps 700000",
        "blank here: the record keeps GB1",
        "blank here: the record keeps 1 Jan 1980",
        "blank here: the record keeps A1",
    ]


def test_leading_zeros_that_excel_took_change_nothing(officer):
    rows = {"bookings": [{"Booking Ref": "000123", "Academy Ref": "0045"}], "providers": [{"Supplier No": "0070"}]}
    load(officer, **rows)
    again = {"bookings": [{"Booking Ref": 123, "Academy Ref": 45.0}], "providers": [{"Supplier No": 70}]}
    assert changed(plan(**again)) == []


def test_what_the_sheet_leaves_out_is_named_and_stays(officer):
    load(officer, units=[{}, U2], bookings=[{}, B2 | {"Unit Ref": "U2"}], rate_changes=[{}])
    made = load(officer)
    assert changed(made) == [
        "gone  Unit U2  2 Invented Walk",
        "gone  Booking B2  H2, 3 Oct 2026 to 10 Oct 2026 (7 nights)",
        "gone  Rate change B1 from 5 Oct 2026",
    ]
    assert Booking.objects.count() == 2
    assert made.writes == 0


def test_a_stay_that_was_over_before_the_sheet_began_is_not_missed(officer):
    BookingFactory(starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 10), unit__provider=ProviderFactory())
    made = plan()
    assert not [item for item in made.items if item.what == "Booking" and item.state == State.GONE]


def test_two_households_may_change_places_and_one_may_follow_another(officer):
    load(officer, units=[{}, U2], bookings=[{}, B2 | {"Unit Ref": "U2"}])
    load(officer, units=[{}, U2], bookings=[{"Unit Ref": "U2"}, B2])
    assert dict(Booking.objects.values_list("ref", "unit__ref")) == {"B1": "U2", "B2": "U1"}
    assert set(Booking.objects.values_list("status", flat=True)) == {"booked"}
    later = B2 | {"Booking Ref": "B3", "Household Ref": "H3", "DOB": "03/03/1983", "Academy Ref": "A3"}
    rows = [{"Unit Ref": "U2", "Check out": "05/10/2026"}, B2 | {"Unit Ref": "U2", "Check in": "05/10/2026"}, later]
    load(officer, units=[{}, U2], bookings=rows)
    assert dict(Booking.objects.values_list("ref", "unit__ref")) == {"B1": "U2", "B2": "U2", "B3": "U1"}


def test_a_load_says_in_the_history_who_and_moves_the_version(officer):
    load(officer)
    load(officer, bookings=[{"Check out": "12/10/2026"}])
    booking = Booking.objects.get()
    assert booking.version == 2
    event = Booking.pgh_event_model.objects.order_by("pgh_id").last()
    assert (event.ends_on, event.pgh_context.metadata["why"]) == (date(2026, 10, 12), "nightly-paid sheet")


LATER = B2 | {"Check in": "20/10/2026", "Check out": ""}


def departure():
    booking = Booking.objects.get(ref="B1")
    return booking.ends_on, booking.departed_by, booking.departed_at, booking.departed_by_sheet


def test_a_check_out_before_the_latest_first_night_of_the_sheet_is_a_departure(officer):
    rows = {"units": [{}, U2], "bookings": [{"Unit Ref": "U2", "Check out": "19/10/2026"}, LATER]}
    made = load(officer, **rows)
    assert [item.words for item in made.items if item.ref == "B1"] == [
        "H1 in U2, 3 Oct 2026 to 19 Oct 2026 (16 nights), £60.00 a night, left"
    ]
    assert departure() == (date(2026, 10, 19), officer, LONG_AGO, True)
    assert overdue_departures(date(2026, 11, 25)) == (0, None)
    assert changed(plan(**rows)) == []


def test_a_check_out_that_the_sheet_cannot_know_to_have_happened_is_an_intention(officer):
    for check_out in ("20/10/2026", "25/10/2026"):
        load(officer, units=[{}, U2], bookings=[{"Check out": check_out}, LATER | {"Unit Ref": "U2"}])
        assert departure()[1:] == (None, None, False)


def test_a_first_night_still_to_come_makes_no_check_out_a_departure(officer):
    tomorrow = timezone.localdate() + timedelta(days=1)
    load(officer, bookings=[{"Check out": tomorrow}, LATER | {"Check in": tomorrow + timedelta(days=9)}])
    assert departure()[1:] == (None, None, False)


def test_a_later_sheet_makes_a_departure_of_an_intention_and_may_take_it_back(officer):
    load(officer)
    assert departure()[2:] == (None, False)
    assert changed(load(officer, bookings=[{}, LATER])) == ["changed  Booking B1  Departure: blank → recorded"]
    assert departure()[2:] == (LONG_AGO, True)
    assert changed(load(officer, bookings=[{}])) == ["gone  Booking B2  H2, from 20 Oct 2026"]
    assert departure()[2:] == (LONG_AGO, True)
    assert changed(load(officer, bookings=[{"Check out": "20/10/2026"}, LATER])) == [
        "changed  Booking B1  Check out: 10 Oct 2026 → 20 Oct 2026; Departure: recorded → blank"
    ]
    assert departure()[2:] == (None, False)


def test_a_departure_with_the_sheet_may_be_undone_on_the_page(officer):
    load(officer, bookings=[{}, LATER])
    undo_departure(booking_id=Booking.objects.get(ref="B1").pk, why="Still there", by=officer, now=LONG_AGO)
    assert departure()[1:] == (None, None, False)


def a_void(ref="U1", **nights):
    unit = Unit.objects.get(ref=ref)
    usual = {"reason": "Kept for a family", "paid_by": "council", "recorded_by": UserFactory(), "recorded_at": LONG_AGO}
    return Void.objects.create(unit=unit, **usual | nights)


def test_a_household_that_comes_with_the_sheet_ends_the_void_before_it(officer):
    load(officer)
    void = a_void(starts_on=date(2026, 10, 10))
    rows = {"bookings": [{}, B2 | {"Check in": "20/10/2026", "Check out": ""}]}
    assert changed(load(officer, **rows)) == [
        "changed  Void U1 from 10 Oct 2026  Empty until the morning of: blank → 20 Oct 2026",
        "changed  Booking B1  Departure: blank → recorded",
    ]
    void.refresh_from_db()
    assert void.ends_on == date(2026, 10, 20)
    assert changed(plan(**rows)) == []


def test_a_booking_of_nights_on_which_its_unit_is_void_is_wrong(officer):
    load(officer)
    a_void(starts_on=date(2026, 10, 10), ends_on=date(2026, 10, 12))
    assert complaints(plan()) == []
    made = plan(bookings=[{"Check out": ""}])
    assert complaints(made) == [("Bookings", 2, "Unit Ref", "recorded as void from 10 Oct 2026: withdraw that first")]
    assert complaints(plan(bookings=[{"Check out": "", "Status": "Cancelled"}])) == []


@pytest.mark.parametrize("count", [2, 40])
def test_a_load_asks_and_writes_the_same_number_of_times_however_long(officer, count, django_assert_num_queries):
    units = [{"Unit Ref": f"U{n}", "Address": f"{n} Invented Walk"} for n in range(count)]
    bookings = [
        {
            "Booking Ref": f"B{n}",
            "Household Ref": f"H{n}",
            "DOB": date(1980, 1, 1) + timedelta(days=n),
            "Unit Ref": f"U{n}",
            "Academy Ref": f"A{n}",
        }
        for n in range(count)
    ]
    with django_assert_num_queries(26):
        load(officer, units=units, bookings=bookings)
    with django_assert_num_queries(10):
        plan(units=units, bookings=bookings)
