"""What rooms above this one show on a payee's page: imports point downwards, so they register here at the start.

A section is a function of the request and the payee; it gives None where it has nothing to show or the person may not
see it. `register_events` adds to the time line in the same way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from payments.payees.models import Payee


@dataclass(frozen=True, slots=True)
class Section:
    """A panel: its heading, and the template that is drawn with `context` (`request` and `user` are there too)."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the time line, as `components/_timeline.html` draws it."""

    on: date | datetime
    words: str
    url: str = ""
    who: str = ""
    detail: str = ""
    tone: str = ""

    @property
    def sort_key(self) -> datetime:
        """Days and instants in one order: a day counts from its first moment."""
        if isinstance(self.on, datetime):
            return self.on
        return timezone.make_aware(datetime.combine(self.on, time.min))


SectionSource = Callable[[HttpRequest, Payee], Section | None]
EventSource = Callable[[HttpRequest, Payee], Iterable[Event]]

_sections: dict[str, tuple[int, SectionSource]] = {}
_events: dict[str, EventSource] = {}


def _name(source: Callable[..., Any]) -> str:
    return f"{source.__module__}.{source.__qualname__}"


def register(source: SectionSource, *, order: int = 50) -> None:
    """Add a panel to every payee's page, after those with a smaller `order`."""
    _sections[_name(source)] = (order, source)


def register_events(source: EventSource) -> None:
    """Add to every payee's time line."""
    _events[_name(source)] = source


def sections_of(request: HttpRequest, payee: Payee) -> list[Section]:
    ordered = sorted(_sections.values(), key=lambda pair: pair[0])
    return [section for _, source in ordered if (section := source(request, payee))]


def events_of(request: HttpRequest, payee: Payee) -> list[Event]:
    return [event for source in _events.values() for event in source(request, payee)]
