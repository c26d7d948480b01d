"""The main navigation. Each app registers its entries when it starts: the kernel may not know the apps above it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from lewisham_ta.http import Request
from lewisham_ta.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    """One word in the white bar: current for its own address and for every address that begins with it."""

    order: int
    label: str
    url_name: str
    permission: str = ""
    count: Callable[[User], int] | None = None


@dataclass(frozen=True, slots=True)
class ShownEntry:
    label: str
    url: str
    current: str
    count: int


_entries: dict[str, Entry] = {}


def register(
    label: str, url_name: str, *, order: int, permission: str = "", count: Callable[[User], int] | None = None
) -> None:
    """Add an entry for those who hold `permission`. `count` runs on every page: it must be one cheap query."""
    _entries[url_name] = Entry(order, label, url_name, permission, count)


def shown(request: Request) -> list[ShownEntry]:
    """The entries for this person, in order, with the one that the page belongs to marked as current."""
    user = request.user
    entries = [
        (entry, reverse(entry.url_name))
        for entry in sorted(_entries.values(), key=lambda entry: entry.order)
        if not entry.permission or user.has_perm(entry.permission)
    ]
    here = max((url for _, url in entries if _holds(url, request.path)), key=len, default="")
    return [
        ShownEntry(
            label=entry.label,
            url=url,
            current=("page" if request.path == url else "true") if url == here else "",
            count=entry.count(user) if entry.count else 0,
        )
        for entry, url in entries
    ]


def _holds(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
