"""Fields that every room uses."""

import pytest

from lewisham_ta.fields import is_key


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "٣", "9" * 19, "9" * 5000])
def test_what_cannot_be_the_key_of_a_row(text):
    assert not is_key(text)


def test_what_can():
    assert is_key("7")
    assert is_key("9" * 18)
