"""Whose account is whose: the grounds in their order, what speaks against a match, and that order does not matter."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.academy.rules.matching import Ground, confirm_refusal, name_key, proposals
from tests.bookings.academy.values import TODAY, account, stay

NI = {"ni_number": "AB123456C"}


def matched(stays, accounts):
    return [
        (one.stay.ref, one.account.ref, one.ground.value, one.is_only)
        for one in proposals(stays, accounts, today=TODAY)
    ]


def test_a_reference_needs_no_proposal():
    assert matched([stay()], [account()]) == []


def test_ni_number_and_birth_date_come_first():
    other = account(pk=2, **NI, surname="Quitelse", forename="Bea")
    same_name = account(pk=3)
    assert matched([stay(claim="", **NI)], [same_name, other]) == [("B1", "A2", "ni_and_birth", True)]


def test_the_last_letter_of_a_ni_number_may_be_missing():
    assert matched([stay(claim="", ni_number="AB123456")], [account(**NI, surname="Else")]) == [
        ("B1", "A1", "ni_and_birth", True)
    ]


def test_then_name_and_birth_date_and_then_name_and_postcode():
    born = account(pk=2, address="9 Elsewhere", postcode="SE1 1AA")
    near = account(pk=3, born_on=None)
    assert matched([stay(claim="")], [near, born]) == [("B1", "A2", "name_and_birth", True)]
    assert matched([stay(claim="")], [near]) == [("B1", "A3", "name_and_postcode", True)]


@pytest.mark.parametrize(
    "apart",
    [
        {"born_on": None, "postcode": ""},
        {"born_on": date(1981, 1, 1)},
        {"forename": "Bea"},
        {"surname": "Other"},
        {"is_gone": True},
        {"ni_number": "ZZ999999A"},
    ],
)
def test_a_name_alone_or_what_both_know_to_differ_is_no_match(apart):
    assert matched([stay(claim="", **NI)], [account(**apart)]) == []


def test_a_booking_that_is_over_or_cancelled_gets_no_proposal():
    assert matched([stay(claim="", ends_on=date(2026, 10, 20))], [account()]) == []
    assert matched([stay(claim="", status="cancelled")], [account()]) == []


def test_a_reference_that_no_account_has_is_as_good_as_none():
    assert matched([stay(claim="A9")], [account()]) == [("B1", "A1", "name_and_birth", True)]


def test_the_account_of_another_household_is_not_proposed_that_of_another_booking_of_it_is():
    mine = stay(claim="")
    assert matched([mine, stay(pk=2, household=1, claim="A1", ends_on=date(2026, 10, 10))], [account()])
    assert matched([mine, stay(pk=2, claim="A1")], [account()]) == []


def test_two_that_fit_are_both_proposed_and_neither_is_the_only_one():
    found = matched([stay(claim=""), stay(pk=2, claim="")], [account()])
    assert found == [("B1", "A1", "name_and_birth", False), ("B2", "A1", "name_and_birth", False)]
    found = matched([stay(claim="")], [account(), account(pk=2)])
    assert [one[3] for one in found] == [False, False]


def test_several_at_once_only_where_ni_number_and_birth_date_agree():
    by_ni = proposals([stay(claim="", **NI)], [account(**NI)], today=TODAY)
    by_name = proposals([stay(claim="")], [account()], today=TODAY)
    assert confirm_refusal(by_name) == ""
    assert confirm_refusal([*by_ni, *by_ni]) == ""
    assert "one by one" in confirm_refusal([*by_ni, *by_name])


def test_names_are_compared_without_accents_case_and_hyphens():
    assert name_key("Siân St-Clair") == name_key("SIAN ST CLAIR")
    assert name_key("李") == "李"


people = st.fixed_dictionaries(
    {
        "surname": st.sampled_from(["Invented", "Made-up", ""]),
        "forename": st.sampled_from(["Ada", "Bea", ""]),
        "born_on": st.sampled_from([date(1980, 1, 1), date(1981, 1, 1), None]),
        "ni_number": st.sampled_from(["AB123456C", "ZZ999999A", ""]),
        "postcode": st.sampled_from(["SE6 9ZZ", "SE1 1AA", ""]),
    }
)
sides = st.tuples(
    st.lists(st.tuples(people, st.sampled_from(["", "A1", "A2", "A9"])), max_size=6), st.lists(people, max_size=6)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sides, st.randoms(use_true_random=False))
def test_whatever_the_order_the_same_is_proposed_and_never_on_a_name_alone(both, random):
    stays = [stay(pk=pk, claim=claim, **who) for pk, (who, claim) in enumerate(both[0], 1)]
    accounts = [account(pk=pk, **who) for pk, who in enumerate(both[1], 1)]
    found = proposals(stays, accounts, today=TODAY)
    random.shuffle(stays)
    random.shuffle(accounts)
    assert proposals(stays, accounts, today=TODAY) == found
    known = {one.claim for one in accounts}
    for one in found:
        assert one.stay.claim not in known
        agrees = {
            Ground.NI_AND_BIRTH: one.stay.ni_number[:8] == one.account.ni_number[:8] != ""
            and one.stay.born_on == one.account.born_on,
            Ground.NAME_AND_BIRTH: one.stay.born_on == one.account.born_on,
            Ground.NAME_AND_POSTCODE: one.stay.postcode == one.account.postcode,
        }
        assert agrees[one.ground]
        assert one.ground == Ground.NI_AND_BIRTH or name_key(one.stay.surname) == name_key(one.account.surname) != ""
    grounds = {}
    for one in found:
        assert grounds.setdefault(one.stay.pk, one.ground) == one.ground
