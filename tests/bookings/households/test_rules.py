from datetime import date

import pytest

from bookings.households import rules

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (date(2010, 3, 10), date(2026, 3, 9), 15),
        (date(2010, 3, 10), date(2026, 3, 10), 16),
        (date(2012, 2, 29), date(2025, 2, 28), 12),
        (date(2012, 2, 29), date(2025, 3, 1), 13),
        (None, TODAY, None),
    ],
)
def test_ages_are_whole_years(born_on, day, age):
    assert rules.age_on(born_on, day) == age


def test_a_confidential_address_is_not_shown():
    assert rules.shown_address("1 Invented Walk", is_confidential=True) == "Confidential"
    assert rules.shown_address("1 Invented Walk", is_confidential=False) == "1 Invented Walk"


def test_what_is_still_to_come_is_not_recorded():
    tomorrow = date(2026, 3, 11)
    assert rules.birth_refusal(born_on=tomorrow, today=TODAY) == "Nobody is born on 11 Mar 2026 yet."
    assert rules.birth_refusal(born_on=None, today=TODAY) == ""
    assert "still to come" in rules.told_refusal(told_on=tomorrow, today=TODAY)


@pytest.mark.parametrize(
    ("passed_to", "new_day", "words"),
    [
        ("", 10, ""),
        ("", 4, "before we were told, 5 Mar 2026"),
        ("", 11, "when that has happened"),
        ("benefit", 10, "passed on already"),
    ],
)
def test_when_a_change_may_be_passed_on(passed_to, new_day, words):
    refusal = rules.pass_on_refusal(
        passed_to=passed_to, new_day=date(2026, 3, new_day), told_on=date(2026, 3, 5), today=TODAY
    )
    assert words in refusal
    assert bool(words) == bool(refusal)
