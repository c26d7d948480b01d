"""When things happened in the demo: in working hours, on working days, and never later than now."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SATURDAY = 5


def working_day(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))


class Moments:
    """Moments of a month's close. What would be later than this morning happened this morning."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._latest = self.ago(hours=4)

    def ago(self, *, hours: int = 0, minutes: int = 0) -> datetime:
        return self._now - timedelta(hours=hours, minutes=minutes)

    def on(self, month: date, day: int, hour: int, minute: int = 0) -> datetime:
        """`day` counts on from the month's first day, so that 33 is in the month after."""
        wanted = working_day(month + timedelta(days=day - 1))
        return min(datetime.combine(wanted, time(hour, minute), LONDON), self._latest)
