"""Which page explains a payment: rooms above this one register theirs at the start, as imports point downwards."""

from collections.abc import Callable

from lewisham_ta.models import User
from payments.batches.models import Payment

Explains = Callable[[User, Payment], str]

_explains: dict[str, Explains] = {}


def register(explains: Explains) -> None:
    """Add a function that gives the address of a payment's explanation, or "" where it has none for this person."""
    _explains[f"{explains.__module__}.{explains.__qualname__}"] = explains


def url_of(user: User, payment: Payment) -> str:
    return next((url for explains in _explains.values() if (url := explains(user, payment))), "")
