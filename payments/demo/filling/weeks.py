"""What providers answered week by week: most of it, with a few who were not there and a few who never answered."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from django.utils.timezone import localdate

from bookings.occupancy import rules, services
from bookings.occupancy.rules import Answer, Said
from bookings.occupancy.selectors import weeks
from lewisham_ta.dates import ONE_DAY, Period
from payments.demo.filling.common import Say, Team
from payments.demo.moments import Moments

LISTS = 2  # the latest weeks are asked with lists; those before were answered by telephone
UNSAID, AWAY = 0.015, 0.003  # of the bookings of a week
STILL_SILENT = 6  # one provider in so many has not answered about the latest week


def confirm_weeks(first: date, today: date, team: Team, moments: Moments, say: Say) -> None:
    """Every week from that of a day on until the last that is over: nobody asked the providers before it."""
    chance, nights = Random(7), 0  # the same every time
    latest = rules.monday_of(today) - rules.WEEK
    for week in _weeks(rules.monday_of(first), latest):
        if week > latest - LISTS * rules.WEEK:
            services.make_lists(week=week, by=team.officer, now=moments.on(week, 5, 9))
        now = moments.on(week, 9, 11)
        said = _answers(week, localdate(now), chance, is_latest=week == latest)
        nights += services.confirm_week(week=week, said=said, by=team.officer2, now=now) if said else 0
    say(f"Nightly paid: providers confirmed {nights:,} nights.")


def _weeks(first: date, latest: date) -> Iterator[date]:
    while first <= latest:
        yield first
        first += rules.WEEK


def _answers(week: date, today: date, chance: Random, *, is_latest: bool) -> dict[int, list[Said]]:
    """Provider → what it said about its bookings' nights that are over."""
    found: dict[int, list[Said]] = defaultdict(list)
    rows = weeks.bookings_of_week(week).order_by("pk")
    for pk, provider, starts_on, ends_on in rows.values_list("pk", "unit__provider", "starts_on", "ends_on"):
        over = rules.nights_to_confirm(Period(starts_on, ends_on), week=week, today=today)
        is_silent = chance.random() < UNSAID or (is_latest and provider % STILL_SILENT == 0)
        if over is None or over.ends_on is None or is_silent:
            continue
        last_on = over.ends_on - ONE_DAY
        if chance.random() < AWAY:
            from_on = max(over.starts_on, last_on - timedelta(days=2))
            answer, note = Answer(over.starts_on, last_on, False, from_on, last_on), "Nobody there; the key is with us."
        else:
            answer, note = Answer(over.starts_on, last_on, True), ""
        found[provider].append(Said(pk, answer, note))
    return found
