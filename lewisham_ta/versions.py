"""The row that a page showed, and the row as it is now."""

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

from lewisham_ta.refusals import Refused

M = TypeVar("M", bound=Model)


class Stale(Refused):
    """The record changed while the person was reading it."""


def digest(values: Iterable[object]) -> str:
    """A short digest that changes with any of the values."""
    return hashlib.sha256("\x1f".join(map(repr, values)).encode()).hexdigest()[:16]


def version_of(row: Model) -> str:
    """The digest of a row as a page showed it, by which an edit of something older is noticed."""
    return digest(getattr(row, field.attname) for field in row._meta.concrete_fields)


def lock(model: type[M], pk: int, *, seen: str = "") -> M:
    """The row, locked until the transaction ends. Refuses if it is not the version that was seen."""
    row = model._default_manager.select_for_update(of=("self",)).get(pk=pk)
    if seen and version_of(row) != seen:
        raise Stale(
            f"Somebody changed this {model._meta.verbose_name} while you were reading it. What you typed is kept: "
            "compare it with what is recorded now and save again."
        )
    return row
