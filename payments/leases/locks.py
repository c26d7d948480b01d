"""Which months may no longer change, and what of them is still to be paid. Only controc knows what is signed off, and
imports point from it to here, so it hands this room functions when the app starts (payments/apps.py).
"""

from collections.abc import Callable, Collection
from datetime import date

# The lock under which schedules are generated and signed off, so that nothing slips into a month meanwhile.
SCHEDULES = "controc"

_source: Callable[[], date | None] | None = None
_late_months: Callable[[], list[date]] | None = None
_scheduled: Callable[[Collection[int]], set[int]] | None = None


def provide(
    source: Callable[[], date | None],
    *,
    late_months: Callable[[], list[date]],
    scheduled: Callable[[Collection[int]], set[int]],
) -> None:
    """Say who knows the latest month that is signed off (its first day; None before the first sign-off), the signed-off
    months whose adjustments the next schedule still takes, and which adjustments a signed-off schedule has.
    """
    global _source, _late_months, _scheduled
    _source, _late_months, _scheduled = source, late_months, scheduled


def last_signed_off_month() -> date | None:
    return _source() if _source else None


def late_months() -> list[date]:
    """The signed-off months of which the next schedule pays what came late."""
    return _late_months() if _late_months else []


def scheduled_adjustments(ids: Collection[int]) -> set[int]:
    """Which of these adjustments a signed-off schedule has."""
    return _scheduled(ids) if _scheduled else set()
