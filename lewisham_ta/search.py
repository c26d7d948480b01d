"""One search box for everything. Each room registers how its own records are found: the kernel knows none of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lewisham_ta.models import User

SHORTEST = 2
MOST_OF_A_KIND = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found: its name, its page, what kind of record it is, and a few words to tell it by."""

    title: str
    url: str
    kind: str
    detail: str = ""


Source = Callable[[str, User], Iterable[Hit]]
_sources: dict[str, tuple[int, Source]] = {}


def register(source: Source, *, order: int = 50) -> None:
    """Add a source. It returns only what the user may see, the best first, and at most `MOST_OF_A_KIND` of a kind."""
    _sources[f"{source.__module__}.{source.__qualname__}"] = (order, source)


def find(text: str, user: User) -> list[Hit]:
    """What every source finds. Fewer than two letters or digits find nothing."""
    text = " ".join(text.split())
    if sum(char.isalnum() for char in text) < SHORTEST:
        return []
    sources = sorted(_sources.values(), key=lambda entry: entry[0])
    return [hit for _, source in sources for hit in source(text, user)]
