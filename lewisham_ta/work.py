"""What stands on the home page. Each app registers what it has to show: the kernel may not know the apps above it.

A function is called with the user and the day whenever that person opens the home page. It asks only for what the
person may see, and it counts in SQL.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from lewisham_ta.models import User


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that waits: what, what to do next, by when, how much of it, and with whom it lies.

    `person` is the key of the one whose name `with_whom` says; `needs` is the permission without which the next step
    cannot be done, and makes it the work of those who have it; `is_outside` says that it waits for somebody outside
    the team. What has none of them is shared by the team.
    """

    title: str
    url: str
    next_step: str
    status: str
    tone: str = "neutral"
    due_on: date | None = None
    count: int | None = None
    value: Decimal | None = None
    with_whom: str = ""
    person: int | None = None
    needs: str = ""
    is_outside: bool = False

    def is_of(self, user: User) -> bool:
        """Whether it is this person's own: theirs by name, or waiting for whoever has a right that they have."""
        if self.person is not None:
            return self.person == user.pk
        return bool(self.needs) and user.has_perm(self.needs)


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in the strip. `tone` is "", "ok", "warning" or "error"."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the month's close: exactly the first that is not done is "now"."""

    words: str
    state: Literal["done", "now", "later"]
    note: str = ""
    url: str = ""


T = TypeVar("T")
Source = Callable[[User, date], Iterable[T]]

_work: dict[str, Source[WorkItem]] = {}
_facts: dict[str, tuple[int, Source[Fact]]] = {}
_steps: dict[str, tuple[int, Source[Step]]] = {}


def _name(source: Callable[..., Any]) -> str:
    return f"{source.__module__}.{source.__qualname__}"


def register(source: Source[WorkItem]) -> None:
    """Add a source of work items."""
    _work[_name(source)] = source


def register_facts(source: Source[Fact], *, order: int) -> None:
    """Add figures to the strip, after those with a smaller `order`."""
    _facts[_name(source)] = (order, source)


def register_steps(source: Source[Step], *, order: int) -> None:
    """Add steps to the month's close, after those with a smaller `order`."""
    _steps[_name(source)] = (order, source)


Whose = Literal["mine", "team", "all"]


def divided(items: Iterable[WorkItem], user: User) -> dict[Whose, list[WorkItem]]:
    """What is the person's own, what the team can act on, and everything, each as it was sorted."""
    every = list(items)
    return {
        "mine": [item for item in every if item.is_of(user)],
        "team": [item for item in every if not item.is_outside],
        "all": every,
    }


def items(user: User, today: date) -> list[WorkItem]:
    """Everything that waits, soonest first; what has no date comes last."""
    found = [item for source in _work.values() for item in source(user, today)]
    return sorted(found, key=lambda item: (item.due_on or date.max, item.title))


def facts(user: User, today: date) -> list[Fact]:
    return _in_order(_facts, user, today)


def steps(user: User, today: date) -> list[Step]:
    return _in_order(_steps, user, today)


def _in_order(sources: dict[str, tuple[int, Source[T]]], user: User, today: date) -> list[T]:
    ordered = sorted(sources.values(), key=lambda pair: pair[0])
    return [found for _, source in ordered for found in source(user, today)]
