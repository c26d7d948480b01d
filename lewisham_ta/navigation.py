"""The main navigation. Each app registers its entries when it starts: the kernel may not know the apps above it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from lewisham_ta.http import Request
from lewisham_ta.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of a section: current for its own address and for every address that begins with it."""

    order: int
    section: str
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


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A word of the white bar, which leads to the first of its entries that the person may open."""

    label: str
    entries: list[ShownEntry]

    @property
    def url(self) -> str:
        return self.entries[0].url

    @property
    def current(self) -> str:
        """ "page" on the page that it leads to, "true" on another of its pages, "" elsewhere."""
        return next((entry.current if entry.url == self.url else "true" for entry in self.entries if entry.current), "")

    @property
    def count(self) -> int:
        return sum(entry.count for entry in self.entries)


_entries: dict[str, Entry] = {}


def register(
    label: str,
    url_name: str,
    *,
    order: int,
    section: str = "",
    permission: str = "",
    count: Callable[[User], int] | None = None,
) -> None:
    """Add an entry to a section, or as one of its own, for those who hold `permission`. `count` runs on every page: it
    must be one cheap query."""
    _entries[url_name] = Entry(order, section or label, label, url_name, permission, count)


def shown(request: Request) -> list[ShownSection]:
    """The sections for this person, in order, with the entry that the page belongs to marked as current."""
    user = request.user
    entries = [
        (entry, reverse(entry.url_name))
        for entry in sorted(_entries.values(), key=lambda entry: entry.order)
        if not entry.permission or user.has_perm(entry.permission)
    ]
    here = max((url for _, url in entries if _holds(url, request.path)), key=len, default="")
    sections: dict[str, ShownSection] = {}
    for entry, url in entries:
        section = sections.setdefault(entry.section, ShownSection(entry.section, []))
        section.entries.append(
            ShownEntry(
                label=entry.label,
                url=url,
                current=("page" if request.path == url else "true") if url == here else "",
                count=entry.count(user) if entry.count else 0,
            )
        )
    return list(sections.values())


def _holds(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
