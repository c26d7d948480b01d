"""The modulus check against the specification's published cases, and who is taxed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.payees.rules import ModulusTable, Outcome, TaxStatus, check_account, tax_status, tax_verdict
from tests.payments.payees.modulus_cases import INVALID, TABLE, VALID


def without(*exceptions: int) -> ModulusTable:
    """The same table as if these exceptions had not been written."""
    rows = [replace(row, exception=None) if row.exception in exceptions else row for row in TABLE.rows]
    return replace(TABLE, rows=rows)


@pytest.mark.parametrize(("sort_code", "account_number"), VALID)
def test_a_published_valid_account_is_valid(sort_code, account_number):
    assert check_account(sort_code, account_number, TABLE).outcome is Outcome.VALID


@pytest.mark.parametrize(("sort_code", "account_number"), INVALID)
def test_a_published_invalid_account_is_invalid(sort_code, account_number):
    assert check_account(sort_code, account_number, TABLE).outcome is Outcome.INVALID


@pytest.mark.parametrize(
    ("exceptions", "sort_code", "account_number"),
    [
        ((1,), "118765", "64371389"),
        ((2, 9), "309070", "12345677"),
        ((2, 9), "309070", "99345694"),
        ((3,), "820000", "73688637"),
        ((3,), "827999", "73988638"),
        ((4,), "134020", "63849203"),
        ((5,), "938611", "07806039"),
        ((6,), "200915", "41011166"),
        ((7,), "772798", "99345694"),
        ((9,), "309070", "12345668"),
        ((10,), "871427", "09123496"),
        ((10,), "871427", "99123496"),
        ((10, 11), "871427", "46238510"),
        ((11,), "872427", "46238510"),
        ((12, 13), "074456", "12345112"),
        ((12, 13), "074456", "11104102"),
        ((14,), "180002", "00000190"),
    ],
)
def test_the_account_is_valid_only_because_of_its_exception(exceptions, sort_code, account_number):
    assert check_account(sort_code, account_number, TABLE).outcome is Outcome.VALID
    assert check_account(sort_code, account_number, without(*exceptions)).outcome is Outcome.INVALID


def test_exception_1_also_refuses_what_would_pass_without_it():
    # 27 more leaves a remainder of 7, so an account whose digits add up to whole tens is wrong here.
    passing = next(
        f"{number:08d}"
        for number in range(64371380, 64371390)
        if check_account("118765", f"{number:08d}", without(1)).outcome is Outcome.VALID
    )
    assert check_account("118765", passing, TABLE).outcome is Outcome.INVALID


def test_exception_2_leaves_the_weights_alone_when_a_is_0():
    alone = ModulusTable(TABLE.rows_for("309070")[:1], {})
    assert check_account("309070", "02355688", alone).outcome is Outcome.VALID


def test_exception_3_does_both_checks_when_c_is_neither_6_nor_9():
    failing_second = [row for row in TABLE.rows_for("827101") if row.algorithm == "DBLAL"]
    assert check_account("827101", "28748352", ModulusTable(failing_second, {})).outcome is Outcome.VALID
    assert check_account("827101", "28748353", ModulusTable(failing_second, {})).outcome is Outcome.INVALID


def test_exception_5_needs_the_substitute_sort_code():
    assert check_account("938600", "42368003", replace(TABLE, substitutes={})).outcome is Outcome.INVALID


def test_exception_6_checks_an_account_in_pounds():
    assert check_account("200915", "41011165", TABLE).outcome is Outcome.INVALID  # g and h differ
    assert check_account("200915", "31011166", TABLE).outcome is Outcome.INVALID  # a is not 4 to 8


def test_exception_8_counts_090126_whatever_the_sort_code():
    # 086090 itself happens to have the same total as 090126, so another sort code shows it.
    row = replace(TABLE.rows_for("086090")[0], sort_code_from="086091", sort_code_to="086091")
    assert check_account("086091", "06774744", ModulusTable([row], {})).outcome is Outcome.VALID
    plain = ModulusTable([replace(row, exception=None)], {})
    assert check_account("086091", "06774744", plain).outcome is Outcome.INVALID


def test_exception_14_shifts_only_when_the_last_digit_is_0_1_or_9():
    assert check_account("180002", "00000193", TABLE).outcome is Outcome.INVALID


def test_exception_14_passes_at_once_what_needs_no_shift():
    passing = next(f"{number:08d}" for number in range(100, 200) if _plain_mod_11(f"{number:08d}"))
    assert check_account("180002", passing, TABLE).outcome is Outcome.VALID


def _plain_mod_11(account_number):
    return sum(int(digit) * (8 - place) for place, digit in enumerate(account_number)) % 11 == 0


@pytest.mark.parametrize(("sort_code", "account_number"), [("938063", "15764273"), ("203099", "66831036")])
def test_two_checks_must_both_pass_and_the_failed_one_is_named(sort_code, account_number):
    assert "fails DBLAL" in check_account(sort_code, account_number, TABLE).reason


digits = st.text("0123456789", min_size=8, max_size=8)


@given(st.sampled_from(TABLE.rows), digits)
def test_every_account_at_every_sort_code_of_the_table_gets_a_verdict_with_a_reason(row, account_number):
    verdict = check_account(row.sort_code_to, account_number, TABLE)
    assert verdict.outcome in (Outcome.VALID, Outcome.INVALID)
    assert verdict.reason.endswith(".")


@given(digits, st.integers(0, 7), st.integers(1, 9))
def test_mod_11_finds_every_digit_that_is_mistyped(account_number, place, by):
    mistyped = f"{(int(account_number[place]) + by) % 10}"
    other = account_number[:place] + mistyped + account_number[place + 1 :]
    outcomes = {check_account("107999", number, TABLE).outcome for number in (account_number, other)}
    assert outcomes != {Outcome.VALID}


def test_a_sort_code_outside_the_table_cannot_be_checked():
    verdict = check_account("999999", "12345678", TABLE)
    assert verdict.outcome is Outcome.NOT_CHECKABLE
    assert "99-99-99" in str(verdict)


def test_without_a_table_nothing_is_called_valid():
    verdict = check_account("089999", "66374958", None)
    assert verdict.outcome is Outcome.NO_TABLE
    assert str(verdict).startswith("No table loaded: ")


@pytest.mark.parametrize(
    ("is_overseas", "approval_ref", "kind", "expected"),
    [
        (None, "", "individual", TaxStatus.UNKNOWN),
        (None, "NRL00001", "individual", TaxStatus.UNKNOWN),
        (None, "", "agent", TaxStatus.UNKNOWN),
        (False, "", "individual", TaxStatus.PAY_GROSS),
        (False, "", "agent", TaxStatus.PAY_GROSS),
        (True, "", "individual", TaxStatus.WITHHOLD),
        (True, "", "company", TaxStatus.WITHHOLD),
        (True, "", "agent", TaxStatus.WITHHOLD),
        (True, "NRL00001", "individual", TaxStatus.PAY_GROSS),
    ],
)
def test_tax_is_withheld_from_who_lives_abroad_without_approval(is_overseas, approval_ref, kind, expected):
    assert tax_status(is_overseas, approval_ref, kind) is expected


def test_the_approval_is_named_as_the_reason_for_paying_gross():
    assert "NRL00001" in tax_verdict(True, "NRL00001", "company").reason
    assert "UK agent" in tax_verdict(False, "", "agent").reason
