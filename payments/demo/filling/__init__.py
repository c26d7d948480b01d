"""An empty database filled with the invented borough: two months paid, and the current one generated and waiting.

Everything goes through the services of the screens and meets the same refusals, in one transaction: a demo that is
interrupted leaves the database as it was.
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate

from contacts.models import Party
from lewisham_ta import audit, limits
from lewisham_ta.dates import add_months, last_of_month
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from payments.demo.borough import Borough
from payments.demo.filling import months
from payments.demo.filling.common import Say, Team
from payments.demo.filling.nights import fill_nights
from payments.demo.moments import Moments
from payments.demo.nights import Nights
from payments.demo.register import register

FILLED = "demo.filled"
LEADERS_LIMIT = Decimal("25000.00")


def is_filled() -> bool:
    """Whether this database holds the demo already."""
    return AuditEvent.objects.filter(action=FILLED).exists()


@transaction.atomic
def fill(*, borough: Borough, nights: Nights, folder: Path, now: datetime, say: Say) -> None:
    """Fill an empty database. The registers that a person may load by hand are written into `folder`."""
    if Party.objects.exists():
        raise Refused("The demo fills an empty database, and this one has landlords in it.")
    team, moments = Team.made(), Moments(now)
    say(f"Registers are in {_write_registers(borough, folder, localdate(now))}.")
    _set_limit(team, moments.on(add_months(borough.month, -2), 10, 11))
    for back in (2, 1):
        months.close(borough, add_months(borough.month, -back), team, moments, say, is_latest=back == 1)
    months.begin(borough, team, moments, localdate(now), say)
    fill_nights(nights, team, moments, say)
    audit.record(FILLED, team.officer, by=None, at=now)


def _set_limit(team: Team, now: datetime) -> None:
    """The leader signs for payees up to an amount that none of the borough's comes to."""
    limits.set_limit(
        person=team.leader,
        amount=LEADERS_LIMIT,
        from_on=localdate(now),
        reason="Scheme of delegation.",
        by=team.manager,
        now=now,
    )


def _write_registers(borough: Borough, folder: Path, today: date) -> Path:
    """The registers as they were loaded, and next month's, which is there to be tried on the import screen."""
    folder.mkdir(parents=True, exist_ok=True)
    for ahead in (-2, -1, 0, 1):
        month = add_months(borough.month, ahead)
        known_on = today if ahead == 0 else last_of_month(month)
        (folder / f"psl_register_{month:%Y-%m}.xlsx").write_bytes(register(borough, known_on))
    return folder
