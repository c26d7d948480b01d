"""Which version of a row a page showed."""

from lewisham_ta.versions import digest


def test_a_version_tells_two_rows_apart():
    assert digest([1, "a", None]) == digest([1, "a", None])
    assert digest([1, "a", None]) != digest([1, "a", ""])
    assert digest(["a", "b"]) != digest(["ab", ""])
