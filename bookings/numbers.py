"""The references that this system gives: a letter or two and six digits, running on from the highest there is."""

from typing import Any

from lewisham_ta import locks

DIGITS = 6


def next_ref(model: Any, prefix: str) -> str:
    """The next reference of a model. Nobody else is given one until this transaction ends."""
    locks.take(f"bookings.{prefix}")
    like = model.objects.filter(ref__regex=rf"^{prefix}[0-9]{{{DIGITS}}}$")
    last = like.order_by("-ref").values_list("ref", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:0{DIGITS}d}"
