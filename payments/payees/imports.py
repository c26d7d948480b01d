"""The published tables of the modulus check: VALACDOS (weights) and SCSUBTAB (substitute sort codes)."""

import re
from collections.abc import Iterator

from lewisham_ta.refusals import Refused
from payments.payees.rules import LAST_EXCEPTION, MODULUS, Weighting

SORT_CODE = re.compile(r"[0-9]{6}")
WEIGHTS = 14


def weights_from(content: bytes, name: str) -> list[Weighting]:
    """The rows of VALACDOS in their order. Refuses a file with a line that cannot be read, naming the line."""
    rows = [_weighting(fields, where) for where, fields in _lines(content, name)]
    if not rows:
        raise Refused(f"{name} is empty.")
    return rows


def substitutes_from(content: bytes, name: str) -> dict[str, str]:
    """Sort code → substitute from SCSUBTAB. Refuses a file with a line that cannot be read, naming the line."""
    substitutes: dict[str, str] = {}
    for where, fields in _lines(content, name):
        if len(fields) != 2 or not all(SORT_CODE.fullmatch(field) for field in fields):
            raise Refused(f"{where}: expected two sort codes of six digits.")
        if fields[0] in substitutes:
            raise Refused(f"{where}: {fields[0]} has a substitute already.")
        substitutes[fields[0]] = fields[1]
    if not substitutes:
        raise Refused(f"{name} is empty.")
    return substitutes


def _lines(content: bytes, name: str) -> Iterator[tuple[str, list[str]]]:
    """Where each line stands, for a refusal, and its fields. Blank lines are passed over."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        raise Refused(f"{name} is not a text file of the published kind.") from None
    for number, line in enumerate(text.splitlines(), start=1):
        if fields := line.split():
            yield f"{name}, line {number}", fields


def _weighting(fields: list[str], where: str) -> Weighting:
    if len(fields) not in (3 + WEIGHTS, 4 + WEIGHTS):
        raise Refused(f"{where}: expected two sort codes, a method, {WEIGHTS} weights and perhaps an exception.")
    first, last, method, *numbers = fields
    if not SORT_CODE.fullmatch(first) or not SORT_CODE.fullmatch(last):
        raise Refused(f"{where}: a sort code has six digits.")
    if first > last:
        raise Refused(f"{where}: the range ends before it begins.")
    if method not in MODULUS:
        raise Refused(f"{where}: the method {method} is not one of {', '.join(MODULUS)}.")
    if not all(re.fullmatch(r"-?[0-9]{1,3}", number) for number in numbers):
        raise Refused(f"{where}: a weight or exception is not a whole number.")
    weights = tuple(int(number) for number in numbers[:WEIGHTS])
    if method == "DBLAL" and min(weights) < 0:
        raise Refused(f"{where}: a weight below zero has no digits for DBLAL to add.")
    exception = int(numbers[WEIGHTS]) if len(numbers) > WEIGHTS else None
    if exception is not None and not 1 <= exception <= LAST_EXCEPTION:
        raise Refused(f"{where}: exception {exception} is not known.")
    return Weighting(first, last, method, weights, exception)
