"""Which clocks run for whom, and what asking about them costs."""

from datetime import date

import pytest
from django.urls import reverse

from bookings.clocks import hooks, selectors
from bookings.clocks.rules import Kind, Level
from bookings.models import Section208Notice
from lewisham_ta.models import Setting
from lewisham_ta.roles import AUDITOR
from tests.factories import LONG_AGO, BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 13)
APRIL = date(2026, 4, 1)


def stay(starts_on=APRIL, ends_on=None, *, hotel=True, district="", service="homeless", household=None, **about):
    household = household or HouseholdFactory(service=service, **about)
    unit = UnitFactory(hotel=hotel, district=district, rate=False)
    return BookingFactory(
        household=household, unit=unit, starts_on=starts_on, ends_on=ends_on, service=service, rate=False
    )


def lines(kind=None, today=TODAY):
    found = selectors.lines(today)
    return [line for line in found if kind in (None, line.kind)]


def test_a_family_in_a_hotel_since_1_april_is_over_on_13_may():
    booking = stay(children=1)
    line = lines().pop()
    assert (line.kind, line.level, line.stay.ref) == (Kind.SIX_WEEKS, Level.OVER, booking.ref)
    assert (line.count.nights, line.count.last_on, line.count.over_since) == (43, date(2026, 5, 12), TODAY)
    assert line.name == booking.household.members.get().surname


def test_who_has_no_family_or_is_not_in_a_hotel_has_no_six_weeks():
    stay()
    stay(children=2, hotel=False)
    stay(children=2, ends_on=date(2026, 5, 10))  # left
    assert lines(Kind.SIX_WEEKS) == []


def test_a_pregnancy_makes_a_family_from_the_day_it_is_known():
    stay(is_pregnant=True, family_from=date(2026, 5, 1))
    assert lines().pop().count.nights == 13


def test_nights_in_two_hotels_add_up_and_those_in_a_flat_do_not():
    family = HouseholdFactory(family=True)
    stay(APRIL, date(2026, 4, 11), household=family)
    stay(date(2026, 4, 11), date(2026, 5, 11), household=family, hotel=False)
    stay(date(2026, 5, 11), household=family)
    assert lines(Kind.SIX_WEEKS).pop().count.nights == 13


def test_cancelled_bookings_and_those_nobody_came_to_are_no_nights():
    family = HouseholdFactory(family=True)
    BookingFactory(household=family, unit=UnitFactory(hotel=True), status="no_show")
    stay(date(2026, 5, 11), household=family)
    assert lines(Kind.SIX_WEEKS).pop().count.nights == 3


def test_a_service_with_a_limit_counts_its_weeks_and_one_without_does_not():
    stay(date(2026, 1, 7), service="nrtpf", hotel=False)
    stay(date(2024, 1, 7), hotel=False)
    line = lines(Kind.SERVICE_LIMIT).pop()
    assert (line.stay.service, line.limit, line.count.nights, line.level) == ("nrtpf", 126, 127, Level.OVER)
    assert len(lines(Kind.SERVICE_LIMIT)) == 1


def test_a_limit_is_a_dated_setting():
    stay(date(2026, 5, 1), hotel=False)
    values = {"value": "1", "reason": "Budget", "set_by": UserFactory(), "set_at": LONG_AGO}
    Setting.objects.create(name="limit_weeks_homeless", from_on=date(2026, 5, 13), **values)
    assert lines(Kind.SERVICE_LIMIT, today=date(2026, 5, 12)) == []
    assert lines(Kind.SERVICE_LIMIT).pop().count.over_since == date(2026, 5, 8)


def test_another_council_is_told_of_homeless_households_only():
    told = stay(date(2026, 5, 1), district="Croydon", hotel=False)
    stay(date(2026, 5, 1), district="London Borough of Lewisham", hotel=False)
    stay(date(2026, 5, 1), district="", hotel=False)
    stay(date(2026, 5, 1), district="Croydon", hotel=False, service="adults")
    line = lines(Kind.SECTION_208).pop()
    assert (line.stay.ref, line.count.nights, line.level, line.place) == (told.ref, 13, Level.WARNED, "Croydon")
    assert len(lines(Kind.SECTION_208)) == 1
    Section208Notice.objects.create(
        booking=told, council="Croydon", sent_on=date(2026, 5, 12), recorded_by=UserFactory(), recorded_at=LONG_AGO
    )
    line = lines(Kind.SECTION_208).pop()
    assert (line.level, line.state) == (Level.DONE, "Told 12 May 2026")


def test_a_booking_that_ends_is_a_clock_unless_another_follows_it():
    follows, ends = HouseholdFactory(), stay(ends_on=date(2026, 5, 18), hotel=False)
    stay(ends_on=date(2026, 5, 18), hotel=False, household=follows)
    stay(date(2026, 5, 18), hotel=False, household=follows)
    stay(ends_on=date(2026, 5, 21), hotel=False)  # eight days
    assert [line.stay.ref for line in lines(Kind.ENDING)] == [ends.ref]


def test_where_a_confidential_household_lives_is_hidden():
    stay(children=1, is_confidential=True)
    assert lines().pop().place == "Confidential"


def test_what_is_to_be_acted_on_is_work_for_who_manages_bookings():
    stay(children=1)
    stay(children=1)
    stay(date(2026, 5, 12), children=1)  # two nights: in time
    item = next(iter(hooks.work_items(UserFactory(), TODAY)))
    assert (item.title, item.status, item.count, item.due_on) == (
        "Families in B&B",
        "Over the limit",
        2,
        date(2026, 5, 12),
    )
    assert item.url == reverse("clocks:list") + "?kind=six_weeks&state=over"
    assert len(list(hooks.work_items(UserFactory(), TODAY))) == 1
    assert list(hooks.work_items(UserFactory(groups=[AUDITOR]), TODAY)) == []


@pytest.mark.parametrize("rows", [2, 20])
def test_clocks_cost_the_same_however_many_households(rows, django_assert_num_queries):
    for _ in range(rows):
        stay(date(2026, 1, 1), children=1, district="Croydon")
    with django_assert_num_queries(3):
        assert len(selectors.lines(TODAY)) == 2 * rows
    with django_assert_num_queries(2):
        selectors.tallies(TODAY)
