"""What may be done to a lease, and how addresses and pasted rows are read."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta.addresses import address_key
from lewisham_ta.dates import Period
from payments.leases import rules

START = date(2026, 4, 15)
CELLS = st.sampled_from(
    ["", "LS1", "Credit", "recharge", "80", "£1,000.10", "-1", "1e40", "nan", "1_000", "'Keys'", "=1+1", "x" * 201]
)


@pytest.mark.parametrize(
    "other",
    [
        ("FLAT 2 14 HIGH ROAD", "se6 9zz"),
        ("Flat 2,14 High Rd.", "SE69ZZ"),
        ("Apt 2, 14  High Road", "SE6 9ZZ"),
        ("Flat 2, 14 Hígh Road,", " SE6 9ZZ "),
    ],
)
def test_an_address_written_in_another_way_has_the_same_key(other):
    assert address_key(*other) == address_key("Flat 2, 14 High Road", "SE6 9ZZ")


@pytest.mark.parametrize(
    "other",
    [("Flat 2, 14 High Road", "SE6 9ZY"), ("Flat 21, 4 High Road", "SE6 9ZZ"), ("2 14 High Road", "SE6 9ZZ")],
)
def test_another_address_has_another_key(other):
    assert address_key(*other) != address_key("Flat 2, 14 High Road", "SE6 9ZZ")


def test_a_street_is_told_from_a_saint():
    assert address_key("3 St Mary's St", "SE6 9ZZ") == "3 ST MARYS STREET SE69ZZ"


def test_an_address_key_fits_its_column():
    assert len(address_key("Rd " * 66, "SE6 9ZZ")) <= 220


def test_a_clash_is_told_with_first_and_last_day():
    held = Period(date(2024, 4, 1), date(2029, 4, 1))
    assert rules.clash_words(ref="LS1", held=held) == "Lease LS1 holds this property from 1 Apr 2024 to 31 Mar 2029."
    assert rules.clash_words(ref="LS1", held=Period(START)) == (
        "Lease LS1 holds this property from 15 Apr 2026 with no end."
    )


def test_nothing_of_a_lease_begins_before_it():
    words = rules.from_day_refusal(what="rent", from_on=date(2026, 4, 14), starts_on=START)
    assert words == "The lease starts on 15 Apr 2026: its rent cannot begin before that."
    assert rules.from_day_refusal(what="rent", from_on=START, starts_on=START) == ""


def test_keys_come_back_once_and_not_before_the_start():
    returned = rules.hand_back_refusal(keys_returned_on=date(2026, 8, 20), new_day=date(2026, 8, 21), starts_on=START)
    assert returned == "The keys are recorded as returned on 20 Aug 2026: undo that first."
    early = rules.hand_back_refusal(keys_returned_on=None, new_day=date(2026, 4, 14), starts_on=START)
    assert early == "The lease starts on 15 Apr 2026: the keys cannot be returned before that."
    assert rules.hand_back_refusal(keys_returned_on=None, new_day=START, starts_on=START) == ""


def test_only_a_return_that_is_recorded_is_undone():
    assert rules.undo_hand_back_refusal(keys_returned_on=None) == "No return of the keys is recorded for this lease."
    assert rules.undo_hand_back_refusal(keys_returned_on=START) == ""


def test_a_start_cannot_move_past_a_later_rent():
    series = {"rent": [START, date(2026, 7, 13)], "payee": [START]}
    words = rules.start_refusal(starts_on=date(2026, 7, 13), old_start=START, series=series)
    assert words.startswith("The rent of this lease changes on 13 Jul 2026")
    assert rules.start_refusal(starts_on=date(2026, 7, 12), old_start=START, series=series) == ""


def test_the_first_rent_stays_with_the_start():
    moved = rules.rent_refusal(from_on=date(2026, 5, 1), starts_on=START, is_first=True)
    assert moved == "The lease's first rent begins with the lease, on 15 Apr 2026."
    assert rules.rent_refusal(from_on=START, starts_on=START, is_first=True) == ""
    assert rules.rent_refusal(from_on=date(2026, 5, 1), starts_on=START, is_first=False) == ""
    assert rules.withdrawal_refusal(what="rent", is_first=True).startswith("This is the lease's first rent")
    assert rules.withdrawal_refusal(what="rent", is_first=False) == ""


def test_a_hold_ends_once_and_after_its_first_day():
    begun = {"what": "hold", "starts_on": date(2026, 10, 1)}
    again = rules.end_refusal(**begun, ends_on=date(2026, 10, 8), new_end=date(2026, 10, 9))
    assert again == "This hold already ends on 7 Oct 2026."
    never = rules.end_refusal(**begun, ends_on=None, new_end=date(2026, 10, 1))
    assert never.startswith("The hold begins on 1 Oct 2026 and has at least that day.")
    assert rules.end_refusal(**begun, ends_on=None, new_end=date(2026, 10, 2)) == ""


@pytest.mark.parametrize("month", [date(2026, 9, 1), date(2026, 10, 1)])
def test_a_signed_off_month_takes_no_adjustment(month):
    assert "the next month to be paid" in rules.month_refusal(month=month, signed_off_to=date(2026, 10, 1))
    assert "Record it for November 2026" in rules.month_refusal(month=month, signed_off_to=date(2026, 10, 1))


@pytest.mark.parametrize("signed_off_to", [None, date(2026, 9, 1)])
def test_an_open_month_takes_adjustments(signed_off_to):
    assert rules.month_refusal(month=date(2026, 10, 1), signed_off_to=signed_off_to) == ""


def test_an_adjustment_is_withdrawn_until_a_signed_off_schedule_has_it():
    october = {"month": date(2026, 10, 1), "signed_off_to": date(2026, 10, 1)}
    assert rules.withdraw_adjustment_refusal(**october, is_scheduled=True) == (
        "October 2026 is signed off with this adjustment, so it stays. "
        "Record the opposite one for November 2026 instead."
    )
    assert rules.withdraw_adjustment_refusal(**october, is_scheduled=False) == ""


@pytest.mark.parametrize(
    ("expires_on", "words"),
    [
        (None, "Missing"),
        (date(2026, 11, 22), "Expired"),
        (date(2026, 11, 23), "Within 7 days"),
        (date(2026, 11, 30), "Within 7 days"),
        (date(2026, 12, 1), "Within 30 days"),
        (date(2027, 1, 22), "Within 60 days"),
        (date(2027, 1, 23), "In date"),
    ],
)
def test_a_certificate_is_good_to_its_last_day(expires_on, words):
    reminders = rules.reminder_days("60, 30, 7")
    assert rules.certificate_state(expires_on, date(2026, 11, 23), reminders).words == words


def test_rows_are_read_as_excel_pastes_them():
    pasted = (
        'Lease\tType\tAmount\tNarrative\r\n\r\nLS1\tRecharge\t£1,200.50\t"Boiler repair"\r\nLS2\tCREDIT\t80\tKeys\r\n'
    )
    assert rules.pasted_adjustments(pasted) == [
        rules.PastedRow(3, "LS1", "recharge", Decimal("1200.50"), "Boiler repair", ()),
        rules.PastedRow(4, "LS2", "credit", Decimal("80.00"), "Keys", ()),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("LS1\tCredit\t80", "A row has four columns (lease, type, amount, narrative) and this one has 3 columns."),
        ("LS1, Credit, 80, Keys", "A row has four columns (lease, type, amount, narrative) and this one has 1 column."),
        ("\tCredit\t80\tKeys", "The lease reference is missing."),
        ("LS1\tGift\t80\tKeys", "The type is Recharge or Credit, not 'Gift'."),
        ("LS1\tCredit\teighty\tKeys", "'eighty' is not an amount in pounds and pence."),
        ("LS1\tCredit\t80.001\tKeys", "'80.001' is not an amount in pounds and pence."),
        (
            "LS1\tCredit\t-80\tKeys",
            "An adjustment is above zero; its type says whether it is taken off or added.",
        ),
        ("LS1\tCredit\t0\tKeys", "An adjustment is above zero; its type says whether it is taken off or added."),
        ("LS1\tCredit\t1e40\tKeys", "'1e40' is not an amount in pounds and pence."),
        ("LS1\tCredit\t10000000\tKeys", "The amount is more than one adjustment can be."),
        ("LS1\tCredit\t80\t", "The narrative is missing: the landlord reads it on the remittance."),
        ("LS1\tCredit\t80\t" + "x" * 201, "The narrative has 201 characters; it may have 200."),
    ],
)
def test_a_wrong_cell_is_named_and_not_guessed(row, problem):
    assert rules.pasted_adjustments(row)[0].problems == (problem,)


def test_every_wrong_cell_of_a_row_is_named():
    assert len(rules.pasted_adjustments("\tGift\tx\t")[0].problems) == 4


@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.lists(CELLS, min_size=1, max_size=6).map("\t".join))
def test_whatever_is_pasted_is_read_or_said_to_be_wrong(text):
    for row in rules.pasted_adjustments(text):
        readable = row.lease_ref and row.kind and row.amount and row.narrative
        assert bool(readable) is not bool(row.problems)
        assert row.amount is None or row.problems or Decimal("0.01") <= row.amount <= rules.LARGEST_ADJUSTMENT
