"""The eight exceptions, each with what both sides say, and what is none."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.academy.rules.differences import Terms, differences
from tests.bookings.academy.values import TODAY, account, stay

TERMS = Terms(claim_days=(28, 14, 7))


def found(stays, accounts, terms=TERMS, today=TODAY):
    return differences(stays, accounts, today=today, terms=terms)


def kinds(*args, **kwargs):
    return [one.kind.value for one in found(*args, **kwargs)]


def test_a_booking_and_its_account_that_agree_are_no_exception():
    assert found([stay()], [account()]) == []


def test_a_live_booking_without_an_account_and_after_some_days_without_a_claim():
    assert kinds([stay(claim="")], [], today=date(2026, 10, 9)) == ["no_account"]
    first, second = found([stay(claim="A9")], [account(pk=2, starts_on=date(2027, 1, 1))])
    assert (first.kind, first.ours, first.theirs) == ("no_account", "H1 placed since 3 Oct 2026", "No such account")
    assert (second.kind, second.theirs) == ("not_claimed", "No such account after 28 days")


def test_an_account_that_is_gone_from_the_extract_is_no_account():
    assert kinds([stay()], [account(is_gone=True)], today=date(2026, 10, 4)) == ["no_account"]


def test_a_live_account_without_a_booking():
    (one,) = found([], [account()])
    assert (one.kind, one.ours, one.theirs) == ("no_booking", "No booking", "Live since 3 Oct 2026")
    (one,) = found([stay(ends_on=date(2026, 10, 20))], [account()])
    assert (one.kind, one.ours) == ("no_booking", "B1 ended 20 Oct 2026")
    (one,) = found([stay(status="cancelled")], [account()])
    assert (one.kind, one.ours) == ("no_booking", "B1 was cancelled")
    (one,) = found([stay(status="no_show")], [account()])
    assert one.ours == "B1 did not begin: nobody arrived"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "suspended"},
        {"status": "ended"},
        {"ends_on": TODAY},
        {"is_gone": True},
        {"starts_on": date(2026, 12, 1)},
    ],
)
def test_an_account_that_is_not_live_or_not_yet_needs_no_booking(fields):
    assert kinds([], [account(**fields)]) == []


def test_a_booking_that_is_still_to_begin_is_a_booking():
    assert kinds([stay(starts_on=date(2026, 11, 5))], [account()]) == []


def test_different_addresses_are_named_and_two_spellings_of_one_are_not():
    (one,) = found([stay()], [account(address="2 Elsewhere Road", postcode="SE1 1AA")])
    assert (one.kind, one.ours, one.theirs) == ("address", "1 Invented Walk, SE6 9ZZ", "2 Elsewhere Road, SE1 1AA")
    assert kinds([stay()], [account(address="1 INVENTED WLK", postcode="")]) == []
    assert kinds([stay()], [account(address="", postcode="")]) == []
    assert kinds([stay()], [account(address="", postcode="SE1 1AA")]) == ["address"]


def test_different_dates_say_by_how_much():
    (one,) = found(
        [stay(ends_on=date(2026, 12, 1))], [account(starts_on=date(2026, 10, 5), ends_on=date(2026, 11, 30))]
    )
    assert (one.kind, one.words) == (
        "dates",
        "Start in Academy 2 days later and end in Academy 1 day earlier.",
    )
    assert (one.ours, one.theirs) == ("3 Oct 2026 to 1 Dec 2026", "5 Oct 2026 to 30 Nov 2026")
    (one,) = found([stay(ends_on=date(2026, 12, 1))], [account()])
    assert one.words == "End known to one side only."


def test_an_ended_booking_is_compared_with_its_ended_account():
    over = stay(ends_on=date(2026, 10, 20))
    assert kinds([over], [account(status="ended", ends_on=date(2026, 10, 20))]) == []
    assert kinds([over], [account(status="ended", ends_on=date(2026, 10, 24))]) == ["dates"]


@pytest.mark.parametrize(
    ("fields", "theirs"),
    [
        ({"status": "suspended"}, "Suspended"),
        ({"status": "cancelled"}, "Cancelled"),
        ({"status": "ended", "ends_on": date(2026, 10, 20)}, "Ended 20 Oct 2026"),
        ({"status": "ended"}, "Ended"),
        ({"ends_on": TODAY}, "Ended 1 Nov 2026"),
    ],
)
def test_academy_stopped_while_the_booking_goes_on(fields, theirs):
    (one,) = found([stay()], [account(**fields)])
    assert (one.kind, one.theirs) == ("stopped", theirs)


def test_the_same_people_in_two_bookings_on_one_night():
    first, second = (
        stay(ni_number="AB123456C"),
        stay(pk=2, claim="A2", ni_number="AB123456", starts_on=date(2026, 10, 9)),
    )
    (one,) = found([second, first], [account(), account(pk=2, starts_on=date(2026, 10, 9))])
    assert (one.kind, one.stay.ref, one.theirs) == ("twice", "B2", "B1 from 3 Oct 2026")
    left = stay(ni_number="AB123456C", ends_on=date(2026, 10, 9))
    assert "twice" not in kinds([left, second], [account(), account(pk=2)])
    split = stay(pk=2, claim="A2", household=1, is_split=True, split_reason="Hospital")
    (one,) = found([stay(), split], [account(), account(pk=2)])
    assert "Recorded as split: Hospital" in one.words


def test_a_charge_is_compared_only_where_one_is_loaded():
    assert kinds([stay()], [account()]) == []
    terms = Terms(claim_days=(7,), charges={"2": Decimal("300.00")})
    (one,) = found([stay()], [account()], terms)
    assert (one.kind, one.ours, one.theirs) == ("charge", "£300.00 a week expected", "£298.15 a week")
    assert one.words == "The weekly charge is £1.85 under what is expected."
    assert kinds([stay(size="3")], [account()], terms) == []
    assert kinds([stay()], [account(weekly_rent=None)], terms) == []


@pytest.mark.parametrize(("days", "said"), [(6, None), (7, 7), (13, 7), (14, 14), (28, 28), (90, 28)])
def test_benefit_that_is_not_claimed_is_named_again_after_each_of_the_days(days, said):
    today = date.fromordinal(date(2026, 10, 3).toordinal() + days)
    figures = [one.theirs for one in found([stay()], [account(weekly_benefit=None)], today=today)]
    assert figures == ([f"No HB after {said} days"] if said else [])


def test_other_figures_have_another_key_and_long_ones_fit():
    one, two = (found([stay()], [account(address=street)])[0] for street in ("2 Else Road", "3 Else Road"))
    assert one.about == two.about
    assert one.key != two.key
    long = found([stay(address="1" * 200)], [account(address="2" * 200)])[0]
    assert len(long.figures) <= 300


rows = st.lists(
    st.fixed_dictionaries(
        {
            "claim": st.sampled_from(["", "A1", "A2", "A3"]),
            "household": st.integers(1, 3),
            "ni_number": st.sampled_from(["", "AB123456C"]),
            "starts_on": st.dates(date(2026, 9, 1), date(2026, 10, 10)),
            "ends_on": st.none() | st.dates(date(2026, 10, 11), date(2026, 12, 1)),
            "status": st.sampled_from(["booked", "cancelled"]),
        }
    ),
    max_size=6,
)
claims = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["live", "suspended", "ended"]),
            "starts_on": st.none() | st.dates(date(2026, 9, 1), date(2026, 10, 10)),
            "ends_on": st.none() | st.dates(date(2026, 10, 11), date(2026, 12, 1)),
            "is_gone": st.booleans(),
        }
    ),
    max_size=3,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows, claims, st.randoms(use_true_random=False))
def test_the_order_of_bookings_and_accounts_does_not_matter_and_no_exception_comes_twice(bookings, extract, random):
    stays = [stay(pk=pk, **fields) for pk, fields in enumerate(bookings, 1)]
    accounts = [account(pk=pk, **fields) for pk, fields in enumerate(extract, 1)]
    said = found(stays, accounts)
    assert len({one.about for one in said}) == len(said)
    random.shuffle(stays)
    random.shuffle(accounts)
    assert found(stays, accounts) == said
