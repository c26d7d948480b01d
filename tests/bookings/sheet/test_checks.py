"""Every kind of wrong cell and of doubt: which cell is named, and in which words."""

from datetime import date

import pytest

from bookings.models import Booking, Household, NightlyCap
from bookings.sheet.sheets import NO_NIGHT
from tests.bookings.sheet.nightly import complaints, doubts, load, plan
from tests.factories import BookingFactory, PartyFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db

B2 = {"Booking Ref": "B2", "Household Ref": "H2", "Surname": "Second", "DOB": "02/02/1982", "Academy Ref": "A2"}
U2 = {"Unit Ref": "U2", "Address": "2 Invented Walk"}


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ({"providers": [{"VAT": "Maybe"}]}, ("Providers", 2, "VAT", "Exempt or Standard")),
        ({"providers": [{}, {}]}, ("Providers", 3, "Provider Ref", "the same ref twice, first in row 2")),
        (
            {"providers": [{}, {"Provider Ref": "PR2"}]},
            ("Providers", 3, "Supplier No", "the provider in row 2 has this supplier number"),
        ),
        ({"units": [{"Provider Ref": "PR9"}]}, ("Units", 2, "Provider Ref", "no such provider")),
        (
            {"units": [{}, {"Address": "3 Invented Walk"}]},
            ("Units", 3, "Unit Ref", "the same ref twice, first in row 2"),
        ),
        ({"units": [{"Postcode": "nowhere"}]}, ("Units", 2, "Postcode", "not a postcode")),
        ({"units": [{"Self contained": "perhaps"}]}, ("Units", 2, "Self contained", "Y or N")),
        ({"units": [{"Nightly rate": "-60"}]}, ("Units", 2, "Nightly rate", "a nightly rate cannot be below zero")),
        ({"bookings": [{"Unit Ref": "U9"}]}, ("Bookings", 2, "Unit Ref", "no such unit")),
        ({"bookings": [{"Check out": "03/10/2026"}]}, ("Bookings", 2, "Check out", NO_NIGHT)),
        ({"bookings": [{"Check out": "31/09/2026"}]}, ("Bookings", 2, "Check out", "no such day")),
        ({"bookings": [{"Check in": "3/10/26"}]}, ("Bookings", 2, "Check in", "write the year with four digits")),
        ({"bookings": [{"Check in": ""}]}, ("Bookings", 2, "Check in", "needed")),
        ({"bookings": [{"Adults": 0}]}, ("Bookings", 2, "Adults", "a household has at least one adult")),
        ({"bookings": [{"Adults": "two"}]}, ("Bookings", 2, "Adults", "not a whole number")),
        ({"bookings": [{"Status": "Maybe"}]}, ("Bookings", 2, "Status", "Booked, Cancelled or No show")),
        ({"bookings": [{"Nightly rate": ""}]}, ("Bookings", 2, "Nightly rate", "needed")),
        ({"bookings": [{"Nightly rate": "60.005"}]}, ("Bookings", 2, "Nightly rate", "more than two decimal places")),
        (
            {"bookings": [{}, B2]},
            ("Bookings", 3, "Unit Ref", "overlaps B1 in row 2"),
        ),
        (
            {"units": [{}, U2], "bookings": [{}, {"Booking Ref": "B2", "Unit Ref": "U2", "Check out": ""}]},
            ("Bookings", 3, "Household Ref", "overlaps B1 in row 2"),
        ),
        (
            {"bookings": [{}, {"Check in": "20/10/2026", "Check out": ""}]},
            ("Bookings", 3, "Booking Ref", "the same ref twice, first in row 2"),
        ),
        (
            {"bookings": [{}, B2 | {"Household Ref": "H1", "Check in": "11/10/2026", "Check out": ""}]},
            ("Bookings", 3, "Household Ref", "another person, Ada Invented, has this reference in row 2"),
        ),
        ({"rate_changes": [{"Booking Ref": "B9"}]}, ("Rate changes", 2, "Booking Ref", "no such booking")),
        ({"rate_changes": [{}, {}]}, ("Rate changes", 3, "From", "the same rate change twice, first in row 2")),
        ({"rate_changes": [{"New nightly rate": "tbc"}]}, ("Rate changes", 2, "New nightly rate", "not an amount")),
    ],
)
def test_a_wrong_cell_is_named_with_its_reason(rows, cell):
    assert cell in complaints(plan(**rows))


def test_one_wrong_cell_leaves_nothing_to_load():
    made = plan(bookings=[{"Unit Ref": "U9"}])
    assert made.writes == 0
    assert made.work is None


def test_a_sheet_that_is_missing_is_named_but_rate_changes_may_be():
    assert ("Units", 0, "", "there is no sheet of this name") in complaints(plan(without=["Units"]))
    assert plan(without=["Rate changes"]).wrong == []


def test_cells_as_people_leave_them_are_read():
    made = plan(
        units=[{"Unit Ref": " u1\xa0", "Size": "Double room ", "Self contained": " N", "Nightly rate": " £1,060.50 "}],
        bookings=[
            {"Unit Ref": "U1 ", "Check in": " 03-10-2026", "Check out": date(2026, 10, 10), "Service": "NRTPF\xa0"}
        ],
    )
    assert made.wrong == []


def test_a_cancelled_booking_takes_no_nights():
    made = plan(bookings=[{"Status": "Cancelled"}, B2])
    assert made.wrong == []


def test_one_may_leave_on_the_day_on_which_the_next_arrives():
    assert plan(bookings=[{}, B2 | {"Check in": "10/10/2026", "Check out": ""}]).wrong == []


def test_a_recorded_booking_that_the_sheet_does_not_have_keeps_its_nights():
    officer = UserFactory()
    load(officer)
    reason = "overlaps B1, which is recorded and not in this workbook"
    assert complaints(plan(bookings=[B2])) == [("Bookings", 2, "Unit Ref", reason)]


def test_a_household_in_two_places_is_loaded_only_where_the_record_says_split():
    rows = {"units": [{}, U2], "bookings": [{}, {"Booking Ref": "B2", "Unit Ref": "U2"}]}
    load(UserFactory(), units=[{}, U2])
    assert complaints(plan(**rows)) == [("Bookings", 3, "Household Ref", "overlaps B1 in row 2")]
    household = Household.objects.get()
    BookingFactory(ref="B2", household=household, ends_on=date(2026, 10, 9), is_split=True, split_reason="Hospital")
    assert complaints(plan(**rows)) == []


def test_a_landlords_reference_is_wrong_unless_it_is_the_same_body():
    PartyFactory(ref="PR1", name="Another Body Ltd", kind="company")
    reason = "PR1 is Another Body Ltd (company) already: give the provider another reference"
    assert complaints(plan()) == [("Providers", 2, "Provider Ref", reason)]


def test_a_landlord_of_the_same_name_becomes_a_provider_too():
    party = PartyFactory(ref="PR1", name="INVENTED ROOMS LTD", kind="company")
    made = load(UserFactory())
    reason = "known as company of the same name: it will be both"
    assert doubts(made) == [("Providers", 2, "Provider Ref", reason)]
    party.refresh_from_db()
    assert (party.kind, party.provider.supplier_number) == ("company", "700000")


def test_a_supplier_number_of_a_recorded_provider_is_wrong():
    ProviderFactory(party__ref="PR7", supplier_number="700000")
    assert complaints(plan()) == [("Providers", 2, "Supplier No", "PR7 has this supplier number")]


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        ({"providers": [{"VAT": "Standard"}]}, ("Providers", 2, "VAT", "charges VAT, but has no VAT number")),
        ({"units": [{}, {"Unit Ref": "U2"}]}, ("Units", 3, "Address", "the same dwelling as U1")),
        ({"bookings": [{"Nightly rate": 0}]}, ("Bookings", 2, "Nightly rate", "nothing a night")),
        ({"bookings": [{"DOB": "01/01/2012"}]}, ("Bookings", 2, "DOB", "a main applicant younger than 16")),
        (
            {
                "bookings": [
                    {},
                    B2 | {"Surname": "invented", "DOB": "1 Jan 1980"} | {"Check in": "10/10/2026", "Check out": ""},
                ]
            },
            ("Bookings", 3, "Household Ref", "the same name and date of birth as H1"),
        ),
        (
            {"bookings": [{}, B2 | {"Check in": "10/10/2026", "Check out": "", "Academy Ref": "A1"}]},
            ("Bookings", 3, "Academy Ref", "the claim of H1 too"),
        ),
        (
            {
                "bookings": [
                    {},
                    {"Booking Ref": "B2", "Check in": "10/10/2026", "Check out": "", "Children": 1},
                ]
            },
            ("Bookings", 2, "Children", "differs from row 3, which is the later stay and is taken"),
        ),
        (
            {"rate_changes": [{"From": "01/10/2026"}]},
            ("Rate changes", 2, "From", "not after the check-in on 3 Oct 2026: it is the rate from the first night"),
        ),
        (
            {"rate_changes": [{"From": "10/10/2026"}]},
            (
                "Rate changes",
                2,
                "From",
                "not before the check-out on 10 Oct 2026: no night is left, so it is not taken",
            ),
        ),
    ],
)
def test_a_doubt_is_named_and_does_not_stop_the_load(rows, doubt):
    made = plan(**rows)
    assert made.wrong == []
    assert doubts(made) == [doubt]


def test_a_rate_over_the_cap_is_doubtful_until_somebody_approved_it():
    NightlyCap.objects.create(size="2", from_on=date(2026, 1, 1), amount=55)
    reason = "over the cap of £55.00: have it approved on the booking's page"
    assert doubts(plan()) == [("Bookings", 2, "Nightly rate", reason)]
    load(UserFactory())
    Booking.objects.update(cap_approved_by=UserFactory(), cap_reason="Nothing else was free")
    assert doubts(plan()) == []


def test_a_cap_of_an_area_holds_for_the_units_of_a_first_sheet():
    NightlyCap.objects.create(size="2", area="Inner South East London", from_on=date(2026, 1, 1), amount=55)
    reason = "over the cap of £55.00: have it approved on the booking's page"
    assert doubts(plan(units=[{"Postcode": "SE13 9ZZ"}])) == [("Bookings", 2, "Nightly rate", reason)]
    assert doubts(plan(units=[{"Postcode": "SE12 9ZZ"}])) == []


def approved_at_60(**rows):
    """A booking at £60.00, over the cap of £55.00, that a leader approved."""
    NightlyCap.objects.create(size="2", from_on=date(2026, 1, 1), amount=55)
    load(UserFactory(), **rows)
    Booking.objects.update(cap_approved_by=UserFactory(), cap_reason="Nothing else was free")


def approval():
    booking = Booking.objects.get()
    return booking.cap_approved_by is None, booking.cap_reason, booking.version


AGAIN = "over the cap of £55.00 and over the £60.00 that was approved: have it approved again on the booking's page"


def test_an_approval_of_a_lower_rate_over_the_cap_lapses_when_the_sheet_raises_it():
    approved_at_60()
    made = load(UserFactory(), bookings=[{"Nightly rate": 75}])
    assert doubts(made) == [("Bookings", 2, "Nightly rate", AGAIN)]
    assert approval() == (True, "", 2)


@pytest.mark.parametrize("from_on", ["05/10/2026", "01/10/2026"])
def test_an_approval_lapses_when_a_change_of_rate_raises_it(from_on):
    approved_at_60()
    made = load(UserFactory(), rate_changes=[{"From": from_on, "New nightly rate": 75}])
    assert ("Rate changes", 2, "New nightly rate", AGAIN) in doubts(made)
    assert approval() == (True, "", 2)


def test_an_approval_stands_while_no_rate_over_the_cap_rises():
    approved_at_60()
    made = load(UserFactory(), bookings=[{"Nightly rate": 58}], rate_changes=[{"New nightly rate": 54}])
    assert doubts(made) == []
    assert approval() == (False, "Nothing else was free", 1)


def test_a_change_to_a_rate_over_the_cap_is_doubtful_until_somebody_approved_it():
    NightlyCap.objects.create(size="2", from_on=date(2026, 1, 1), amount=65)
    reason = "over the cap of £65.00: have it approved on the booking's page"
    assert doubts(plan(rate_changes=[{"New nightly rate": 75}])) == [("Rate changes", 2, "New nightly rate", reason)]


def test_rooms_of_one_hotel_may_share_an_address():
    assert doubts(plan(units=[{"Self contained": "N"}, {"Unit Ref": "U2", "Self contained": "N"}])) == []
