"""What rooms above this one show on its pages: imports point downwards, so they register here when the app starts.

A section is a function of the request and the record; it gives None where it has nothing to show or the person may not
see it. `register_events` adds to a property's time line in the same way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from payments.leases.models import Lease, Property
from payments.leases.selectors import Event


@dataclass(frozen=True, slots=True)
class Section:
    """A panel: its heading, and the template that is drawn in it with `context` as `section`."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


LeaseSource = Callable[[HttpRequest, Lease], Section | None]
PropertySource = Callable[[HttpRequest, Property], Section | None]
EventSource = Callable[[HttpRequest, Property], Iterable[Event]]

_of_leases: dict[str, tuple[int, LeaseSource]] = {}
_of_properties: dict[str, tuple[int, PropertySource]] = {}
_events: dict[str, EventSource] = {}


def _name(source: Callable[..., Any]) -> str:
    return f"{source.__module__}.{source.__qualname__}"


def register_lease(source: LeaseSource, *, order: int = 50) -> None:
    """Add a panel to every lease's page, after those with a smaller `order`."""
    _of_leases[_name(source)] = (order, source)


def register_property(source: PropertySource, *, order: int = 50) -> None:
    """Add a panel to every property's page, after those with a smaller `order`."""
    _of_properties[_name(source)] = (order, source)


def register_events(source: EventSource) -> None:
    """Add to every property's time line."""
    _events[_name(source)] = source


def of_lease(request: HttpRequest, lease: Lease) -> list[Section]:
    ordered = sorted(_of_leases.values(), key=lambda pair: pair[0])
    return [section for _, source in ordered if (section := source(request, lease))]


def of_property(request: HttpRequest, row: Property) -> list[Section]:
    ordered = sorted(_of_properties.values(), key=lambda pair: pair[0])
    return [section for _, source in ordered if (section := source(request, row))]


def events_of(request: HttpRequest, row: Property) -> list[Event]:
    return [event for source in _events.values() for event in source(request, row)]
