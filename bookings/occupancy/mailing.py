"""The lists that go to providers by e-mail: each leaves once, whoever else is at it."""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.core import mail
from django.utils import timezone

from bookings.occupancy.models import OccupancyList
from bookings.occupancy.rules import WEEK
from lewisham_ta import files
from lewisham_ta.dates import ONE_DAY
from lewisham_ta.templatetags.ta import day

log = structlog.get_logger(__name__)


def email_waiting(*, now: datetime) -> int:
    """E-mail the lists that wait for it. Returns how many left.

    Each is taken up before it leaves. One that fails after that stays taken up: it may have left, and a person decides
    whether it goes again. The rest is left to the next look; so is everything when the mail server cannot be reached.
    """
    waiting = OccupancyList.objects.filter(claimed_at=None).exclude(sent_to="").order_by("pk")
    waiting_ids = list(waiting.values_list("pk", flat=True))
    if not waiting_ids:
        return 0
    connection = mail.get_connection()
    try:
        connection.open()
    except OSError:
        log.warning("occupancy.no_mail_server", waiting=len(waiting_ids))
        return 0
    sent = 0
    try:
        for pk in waiting_ids:
            if not OccupancyList.objects.filter(pk=pk, claimed_at=None).exclude(sent_to="").update(claimed_at=now):
                continue
            if not _email(pk, connection):
                break
            sent += 1
    finally:
        connection.close()
    return sent


def _email(list_id: int, connection: Any) -> bool:
    made = OccupancyList.objects.select_related("provider__party", "file").get(pk=list_id)
    try:
        _message(made, connection).send()
    except OSError:  # what smtplib raises; the address stays out of the log
        log.exception("occupancy.email_failed", list=list_id)
        return False
    OccupancyList.objects.filter(pk=list_id, file=made.file_id).update(sent_at=timezone.now())
    return True


def _message(made: OccupancyList, connection: Any) -> mail.EmailMessage:
    assert made.file is not None
    last = made.week + WEEK - ONE_DAY
    message = mail.EmailMessage(
        subject=f"Who stayed with you from {day(made.week)} to {day(last)}",
        body=(
            f"Dear {made.provider.party.name},\n\n"
            f"Please say in the attached list who stayed with you from the night of {day(made.week)} to the night of "
            f"{day(last)}: Y or N in the column There. For who was away on some nights only, write also the first and "
            f"the last night away. Send the list back to {settings.DEFAULT_FROM_EMAIL}.\n\n"
            "Nights that nobody confirms hold up the payment of your invoice.\n\n"
            "Temporary accommodation payments\n"
        ),
        to=[made.sent_to],
        connection=connection,
    )
    message.attach(made.file.name, bytes(made.file.content), files.XLSX)
    return message
