"""The published tables: what is refused, naming the line, and what is read."""

import pytest

from lewisham_ta.refusals import Refused
from payments.payees.imports import substitutes_from, weights_from

GOOD = b"089000 089999 MOD10    0    0    0    0    0    0    7    1    3    7    1    3    7    1\r\n"
WITH_EXCEPTION = b"074456 074456 MOD11 0 0 7 6 5 8 9 4 5 6 7 8 9 -1  12\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"089000 089999 MOD10 1 2 3", "expected two sort codes, a method, 14 weights"),
        (b"08900 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1", "a sort code has six digits"),
        (b"089999 089000 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1", "the range ends before it begins"),
        (b"089000 089999 MOD97 0 0 0 0 0 0 7 1 3 7 1 3 7 1", "the method MOD97 is not one of"),
        (b"089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 x", "not a whole number"),
        (b"089000 089999 DBLAL 0 0 0 0 0 0 7 1 3 7 1 3 7 -1", "below zero"),
        (b"089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 15", "exception 15 is not known"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(line, words):
    with pytest.raises(Refused, match=rf"^valacdos\.txt, line 3: .*{words}"):
        weights_from(GOOD + b"\n" + line, "valacdos.txt")


@pytest.mark.parametrize("read", [weights_from, substitutes_from])
def test_an_empty_file_is_refused(read):
    with pytest.raises(Refused, match=r"^table\.txt is empty\.$"):
        read(b"\n \n", "table.txt")


@pytest.mark.parametrize("read", [weights_from, substitutes_from])
def test_a_file_that_is_not_text_is_refused(read):
    with pytest.raises(Refused, match=r"^table\.xlsx is not a text file"):
        read(b"PK\x03\x04\xff\xfe", "table.xlsx")


@pytest.mark.parametrize("line", [b"938600", b"938600 93861", b"938600 938611 938612"])
def test_a_wrong_substitution_is_named_with_its_number(line):
    with pytest.raises(Refused, match=r"^scsubtab\.txt, line 2: expected two sort codes"):
        substitutes_from(b"938173 938017\n" + line, "scsubtab.txt")


def test_a_sort_code_has_one_substitute():
    with pytest.raises(Refused, match=r"line 2: 938173 has a substitute already"):
        substitutes_from(b"938173 938017\n938173 938018\n", "scsubtab.txt")


def test_rows_are_read_in_their_order_with_their_exception():
    first, second = weights_from(GOOD + WITH_EXCEPTION, "valacdos.txt")
    assert (first.sort_code_from, first.sort_code_to, first.algorithm, first.exception) == (
        "089000",
        "089999",
        "MOD10",
        None,
    )
    assert (second.weights[-1], second.exception) == (-1, 12)


def test_substitutes_are_read():
    assert substitutes_from(b"938173 938017\r\n938289 938068\r\n", "x") == {"938173": "938017", "938289": "938068"}
