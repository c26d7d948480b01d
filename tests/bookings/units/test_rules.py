from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from bookings.units import rules

DAY = date(2026, 3, 10)


@dataclass(frozen=True)
class Cap:
    size: str
    area: str
    from_on: date
    amount: Decimal


@pytest.mark.parametrize(
    ("postcode", "area"),
    [
        ("SE4 9UY", rules.INNER),
        ("se139zz", rules.INNER),
        ("SE6 2AA", rules.INNER),
        ("SE6 2RS", rules.OUTER),
        ("SE6 3AH", rules.OUTER),
        ("SE6 3NC", rules.INNER),
        ("SE6 3ND", rules.OUTER),
        ("SE6 3RW", rules.OUTER),
        ("SE6 3RX", rules.INNER),
        ("SE6 1TP", ""),
        ("SE12 0RG", rules.INNER),
        ("SE12 8TQ", rules.INNER),
        ("SE12 9AA", rules.OUTER),
        ("SE12 0RL", ""),
        ("BR1 5RU", rules.INNER),
        ("BR1 4AA", rules.OUTER),
        ("BR3 1AA", rules.OUTER),
        ("SE9 1AA", rules.OUTER),
        ("SE26 5HU", ""),
        ("SE26 5PU", rules.INNER),
        ("CR0 1AA", ""),
        ("", ""),
    ],
)
def test_the_rental_market_area_of_a_postcode(postcode, area):
    assert rules.brma_of(postcode) == area


def test_a_postcode_is_written_one_way():
    assert rules.tidy_postcode(" se4  9uy") == "SE4 9UY"
    assert rules.tidy_postcode("") == ""


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ({"size": "1"}, ""),
        ({"size": "studio"}, "no inspection grade"),
        ({"size": "family", "is_bed_and_breakfast": True}, "no inspection grade"),
        ({"size": "studio", "grade": "B"}, ""),
        ({"size": "studio", "grade": "B", "grade_expires_on": DAY}, ""),
        ({"size": "studio", "grade": "B", "grade_expires_on": date(2026, 3, 9)}, "grade B expired on 9 Mar 2026"),
    ],
)
def test_bed_and_breakfast_and_studios_need_a_good_grade(unit, words):
    usual = {"is_bed_and_breakfast": False, "grade": "", "grade_expires_on": None}
    warning = rules.grade_warning(**usual | unit, day=DAY)
    assert words in warning
    assert bool(words) == bool(warning)


def test_the_areas_own_cap_goes_before_the_one_of_everywhere():
    caps = [
        Cap("1", "", date(2026, 3, 1), Decimal(90)),
        Cap("1", rules.INNER, date(2025, 4, 1), Decimal(80)),
        Cap("1", rules.INNER, date(2026, 4, 1), Decimal(85)),
        Cap("2", "", date(2025, 4, 1), Decimal(120)),
    ]
    assert rules.cap_on(caps, size="1", area=rules.INNER, day=DAY) == 80
    assert rules.cap_on(caps, size="1", area=rules.INNER, day=date(2026, 4, 1)) == 85
    assert rules.cap_on(caps, size="1", area=rules.OUTER, day=DAY) == 90
    assert rules.cap_on(caps, size="1", area="", day=date(2026, 2, 1)) is None
    assert rules.cap_on(caps, size="3", area="", day=DAY) is None


def test_a_rate_that_is_the_cap_is_not_over_it():
    assert not rules.over_cap(rate=Decimal("80.00"), cap=Decimal("80.00"))
    assert rules.over_cap(rate=Decimal("80.01"), cap=Decimal("80.00"))
    assert not rules.over_cap(rate=Decimal("80.01"), cap=None)
