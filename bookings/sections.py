"""What other rooms show on the pages of households, units, providers and bookings.

A room that knows more than the page's own registers a panel here when the app starts: imports point one way. A source
gives None where it has nothing to show or the person may not see it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Section:
    """A panel: its heading with a button beside it, and the template that is drawn with `context` as `section`."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    button: str = ""


Source = Callable[[HttpRequest, Any], Section | None]
_sources: dict[tuple[type[Model], str], tuple[int, Source]] = {}


def register(model: type[Model], source: Source, *, order: int = 50) -> None:
    """Add a panel to every page of a record of this kind, after those with a smaller `order`."""
    _sources[model, f"{source.__module__}.{source.__qualname__}"] = (order, source)


def of(request: HttpRequest, row: Model) -> list[Section]:
    """The panels of a record's page, in order."""
    own = [pair for (model, _), pair in _sources.items() if model is type(row)]
    ordered = sorted(own, key=lambda pair: pair[0])
    return [section for _, source in ordered if (section := source(request, row))]
