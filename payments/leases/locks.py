"""Which months may no longer change. Only controc knows what is signed off, and imports point from it to here, so it
hands this room a function when the app starts (payments/apps.py).
"""

from collections.abc import Callable
from datetime import date

# The lock under which schedules are generated and signed off, so that nothing slips into a month meanwhile.
SCHEDULES = "controc"

_source: Callable[[], date | None] | None = None


def provide(source: Callable[[], date | None]) -> None:
    """Say who knows the latest month that is signed off (its first day; None before the first sign-off)."""
    global _source
    _source = source


def last_signed_off_month() -> date | None:
    return _source() if _source else None
