"""The few drawings that go with a word: 16 by 16, one colour, taken from the text around them."""

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

_DRAWINGS = {
    "ok": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.6 5.3-4.3 4.6a.8.8 0 0 1-1.2 0L4.3 9l1.1-1.1 1.3 1.3 3.8-4Z",
    "warning": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.9 3h1.8l-.3 5H7.4ZM8 10.3a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z",
    "error": "M8.7 1.6a.8.8 0 0 0-1.4 0L1.1 12.8a.8.8 0 0 0 .7 1.2h12.4a.8.8 0 0 0 .7-1.2ZM7.2 5.5h1.6l-.2 4.2H7.4Z"
    "M8 10.7a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z",
    "info": "M2.5 1.5h11a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1Z"
    "M8 3.4a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2Zm-1 3.4v5.6h2V6.8Z",
    "neutral": "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z",
    "up": "M8 4.5 13 11H3Z",
    "down": "M8 11.5 3 5h10Z",
}
TONES = ("ok", "warning", "error", "info", "neutral")


@lru_cache
def icon(name: str) -> SafeString:
    """The drawing as inline SVG, hidden from screen readers because the word beside it says the same."""
    return format_html(
        '<svg class="icon" width="14" height="14" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true"'
        ' focusable="false"><path fill-rule="evenodd" d="{}"/></svg>',
        _DRAWINGS[name],
    )


@lru_cache(maxsize=1000, typed=True)  # typed: a word that is marked safe is not the same as one that is not
def tag(word: str, tone: str = "neutral") -> SafeString:
    """A status as a word, a shape and a colour. `tone` is one of `TONES`."""
    if tone not in TONES:
        raise ValueError(f"{tone!r} is not a tone: use one of {', '.join(TONES)}.")
    return format_html('<span class="tag tag-{}">{}{}</span>', tone, icon(tone), word)
