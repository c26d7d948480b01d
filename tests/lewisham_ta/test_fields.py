"""Fields that every room uses."""

import pytest
from django.core.exceptions import ValidationError

from lewisham_ta.fields import TELEPHONE, is_key


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "٣", "9" * 19, "9" * 5000])
def test_what_cannot_be_the_key_of_a_row(text):
    assert not is_key(text)


def test_what_can():
    assert is_key("7")
    assert is_key("9" * 18)


@pytest.mark.parametrize(
    "number",
    ["020 7946 0000", "+44 (0)20 7946 0000", "07700 900123", "020-7946-0000 Ext 12", "07700 900123 (Mrs Invented)"],
)
def test_a_telephone_number_as_people_write_it(number):
    TELEPHONE(number)


@pytest.mark.parametrize("number", ["abc", "12345", "ring me", "+", "flat 12"])
def test_what_nobody_could_ring(number):
    with pytest.raises(ValidationError, match="Write a telephone number"):
        TELEPHONE(number)
