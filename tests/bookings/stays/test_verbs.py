"""Why something may not be done to a booking, without a database."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bookings.stays import rules

STARTS, ENDS, TODAY = date(2026, 3, 3), date(2026, 3, 10), date(2026, 3, 6)


@dataclass(frozen=True)
class Rate:
    from_on: date
    amount: Decimal


def state(**fields):
    usual = {"status": "booked", "starts_on": STARTS, "ends_on": ENDS, "has_departed": False}
    return rules.State(**usual | fields)


LIVE = state()
CANCELLED, NO_SHOW = state(status="cancelled"), state(status="no_show")
LEFT, MOVED = state(has_departed=True), state(moved_to="B000002", has_departed=True)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (CANCELLED, "The booking is cancelled"),
        (NO_SHOW, "marked as not arrived"),
        (LEFT, "Undo the departure first"),
        (MOVED, "moved on to booking B000002"),
    ],
)
def test_nothing_is_done_to_a_booking_that_is_over(done, words):
    later = date(2026, 3, 20)
    refusals = [
        rules.extend_refusal(done, ends_on=later, today=TODAY),
        rules.depart_refusal(done, departed_on=TODAY, today=TODAY),
        rules.move_refusal(done, moved_on=TODAY, same_unit=False),
        rules.cancel_refusal(done),
        rules.no_show_refusal(done, today=TODAY),
    ]
    assert all(words in refusal for refusal in refusals)


def test_the_legal_moves():
    assert {"booked": {"cancelled", "no_show"}, "cancelled": {"booked"}, "no_show": {"booked"}} == rules.MOVES


@pytest.mark.parametrize(
    ("ends_on", "words"),
    [
        (date(2026, 3, 20), ""),
        (None, ""),
        (TODAY, ""),
        (ENDS, "recorded already"),
        (STARTS, "after the first night"),
        (date(2026, 3, 5), "record the departure instead"),
    ],
)
def test_what_may_be_intended(ends_on, words):
    refusal = rules.extend_refusal(LIVE, ends_on=ends_on, today=TODAY)
    assert words in refusal
    assert bool(words) == bool(refusal)


@pytest.mark.parametrize(
    ("departed_on", "words"),
    [(TODAY, ""), (date(2026, 3, 4), ""), (STARTS, "slept no night"), (date(2026, 3, 7), "when it has happened")],
)
def test_when_a_departure_may_be_recorded(departed_on, words):
    refusal = rules.depart_refusal(LIVE, departed_on=departed_on, today=TODAY)
    assert words in refusal
    assert bool(words) == bool(refusal)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"moved_on": TODAY}, ""),
        ({"moved_on": ENDS}, ""),
        ({"moved_on": date(2026, 3, 11)}, "until the morning of 10 Mar 2026"),
        ({"moved_on": STARTS}, "A move is after the first night"),
        ({"moved_on": TODAY, "same_unit": True}, "choose another"),
    ],
)
def test_when_a_household_may_move(fields, words):
    refusal = rules.move_refusal(LIVE, **{"same_unit": False} | fields)
    assert words in refusal
    assert bool(words) == bool(refusal)


def test_only_a_recorded_departure_is_undone():
    assert rules.undo_departure_refusal(LEFT) == ""
    assert "No departure" in rules.undo_departure_refusal(LIVE)
    assert "B000002" in rules.undo_departure_refusal(MOVED)


def test_nobody_is_missed_before_the_first_night():
    assert "wait until then" in rules.no_show_refusal(LIVE, today=date(2026, 3, 2))
    assert rules.no_show_refusal(LIVE, today=STARTS) == ""


@pytest.mark.parametrize(
    ("nights", "today", "words"),
    [
        (217, date(2026, 10, 6), "It began on 3 Mar 2026: by our records 217 nights, £13,020.00 at the agreed rates."),
        (1, date(2026, 3, 10), "by our records 1 night, £60.00"),
        (6, date(2026, 3, 9), ""),
        (0, date(2026, 3, 2), ""),
    ],
)
def test_a_stay_that_began_long_ago_is_not_taken_back_unasked(nights, today, words):
    said = rules.begun_words(starts_on=STARTS, nights=nights, cost=Decimal(60) * nights, today=today)
    assert words in said
    assert bool(words) == bool(said)


@pytest.mark.parametrize(
    ("forbidding", "asking", "sure", "words"),
    [
        ([], [], False, ""),
        ([], ["Paid."], True, ""),
        ([], ["Paid."], False, "Paid. Tick that you are sure"),
        (["Confirmed."], [], True, "Confirmed."),
        (["Confirmed."], ["Paid."], True, "Confirmed."),
    ],
)
def test_what_rests_on_a_stay_is_read_before_it_is_taken_back(forbidding, asking, sure, words):
    refusal = rules.never_was_refusal(forbidding=forbidding, asking=asking, sure=sure)
    assert words in refusal
    assert bool(words) == bool(refusal)


def test_only_what_was_taken_back_is_booked_again():
    assert rules.reinstate_refusal("cancelled") == rules.reinstate_refusal("no_show") == ""
    assert "The booking stands" in rules.reinstate_refusal("booked")


@pytest.mark.parametrize(
    ("ends_on", "closed_on", "words"),
    [
        (ENDS, None, ""),
        (ENDS, ENDS, ""),
        (None, None, ""),
        (None, ENDS, "not let from 10 Mar 2026"),
        (date(2026, 3, 11), ENDS, "not let from 10 Mar 2026"),
        (STARTS, None, "after the first night"),
    ],
)
def test_which_nights_a_unit_can_be_booked_for(ends_on, closed_on, words):
    refusal = rules.dates_refusal(starts_on=STARTS, ends_on=ends_on, closed_on=closed_on)
    assert words in refusal
    assert bool(words) == bool(refusal)


CAP = {"rate": Decimal(80), "cap": Decimal(70), "approver_may": True, "is_booker": False}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"cap": None, "approver_may": None}, ""),
        ({"rate": Decimal(70), "approver_may": None}, ""),
        ({"approver_may": None}, "£80.00 a night is over the cap of £70.00: name who approved it"),
        ({"is_booker": True}, "name somebody else"),
        ({"approver_may": False}, "may not approve"),
    ],
)
def test_a_rate_over_the_cap_needs_another_person_and_a_reason(fields, words):
    refusal = rules.cap_refusal(**CAP | fields)
    assert words in refusal
    assert bool(words) == bool(refusal)
    assert "Say why" in rules.cap_reason_refusal(reason=" ")
    assert rules.cap_reason_refusal(reason="Nothing else") == ""


@pytest.mark.parametrize(
    ("days", "reason", "is_asked"), [(28, "", False), (29, "", True), (29, " ", True), (400, "Old card", False)]
)
def test_a_first_night_more_than_four_weeks_ago_needs_a_reason(days, reason, is_asked):
    today = STARTS + timedelta(days=days)
    assert bool(rules.late_refusal(starts_on=STARTS, today=today, reason=reason)) is is_asked


def test_who_booked_does_not_approve():
    approve = {"is_over": True, "is_approved": False, "is_booker": False, "set_rate": False}
    assert rules.approval_refusal(**approve) == ""
    assert "someone else" in rules.approval_refusal(**approve | {"is_booker": True})
    assert "You set the rate" in rules.approval_refusal(**approve | {"set_rate": True})
    assert "already" in rules.approval_refusal(**approve | {"is_approved": True})
    assert "No rate" in rules.approval_refusal(**approve | {"is_over": False})


def test_a_stay_takes_the_agreed_rate_and_its_changes():
    series = [Rate(date(2026, 3, 8), Decimal(55)), Rate(date(2026, 1, 1), Decimal(50)), Rate(ENDS, Decimal(60))]
    assert rules.agreed_series(series, STARTS, ENDS) == [(STARTS, 50), (date(2026, 3, 8), 55)]
    assert rules.agreed_series(series, STARTS, None) == [(STARTS, 50), (date(2026, 3, 8), 55), (ENDS, 60)]
    assert rules.agreed_series(series, date(2025, 1, 1), ENDS) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"from_on": TODAY}, ""),
        ({"from_on": STARTS}, "correct the rate it began with"),
        ({"from_on": ENDS}, "The last night is 9 Mar 2026"),
        ({"from_on": TODAY, "status": "cancelled"}, "cancelled"),
    ],
)
def test_from_when_a_rate_may_change(fields, words):
    refusal = rules.new_rate_refusal(**{"status": "booked", "starts_on": STARTS, "ends_on": ENDS} | fields)
    assert words in refusal
    assert bool(words) == bool(refusal)


def test_the_sheet_comes_before_its_acknowledgement():
    assert "Make the licence sheet" in rules.acknowledge_refusal(sheet_made_on=None, on=TODAY, today=TODAY)
    assert "before" in rules.acknowledge_refusal(sheet_made_on=TODAY, on=STARTS, today=TODAY)
    assert "has been told" in rules.acknowledge_refusal(sheet_made_on=STARTS, on=ENDS, today=TODAY)
    assert rules.acknowledge_refusal(sheet_made_on=STARTS, on=TODAY, today=TODAY) == ""


def test_a_void_ends_once():
    assert rules.void_end_refusal(starts_on=STARTS, ends_on=None, new_end=ENDS) == ""
    assert "before its first" in rules.void_end_refusal(starts_on=STARTS, ends_on=None, new_end=STARTS)
    assert "9 Mar 2026" in rules.void_end_refusal(starts_on=STARTS, ends_on=ENDS, new_end=ENDS)
