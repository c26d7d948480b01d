"""What rests on the nights of a booking in rooms that build on it: what providers confirmed, what was billed and paid.

A room that knows of such nights registers here when the app starts: imports point one way. Whoever says that a stay
never was is told of them first, and whoever cut one, or brought it back, what came of it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from bookings.stays.models import Booking


class Tie(NamedTuple):
    """What rests on the booking, in a sentence. One that `forbids` is put right before the stay can be taken back."""

    words: str
    forbids: bool = False


Source = Callable[[Booking], Iterable[Tie]]
Follower = Callable[[Booking, datetime], Iterable[str]]
_sources: dict[str, Source] = {}
_followers: dict[str, Follower] = {}


def register(source: Source) -> None:
    """Have what a room knows of a booking's nights asked."""
    _sources[f"{source.__module__}.{source.__qualname__}"] = source


def of(booking: Booking) -> list[Tie]:
    """Everything that rests on the nights of a booking."""
    return [tie for source in _sources.values() for tie in source(booking)]


def follow(follower: Follower) -> None:
    """Have a room act once the nights of a booking have changed, and say in sentences what it did."""
    _followers[f"{follower.__module__}.{follower.__qualname__}"] = follower


def changed(booking: Booking, *, now: datetime) -> list[str]:
    """Let the other rooms act on the nights as they are now, and hand on what they say."""
    return [words for follower in _followers.values() for words in follower(booking, now)]
