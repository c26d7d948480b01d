"""E-mails that wait for the worker: each leaves once, whoever else is at it."""

from datetime import datetime
from typing import Any

import structlog
from django.core import mail
from django.utils import timezone

from payments.invoices.emails.models import ProviderEmail

log = structlog.get_logger(__name__)


def email_waiting(*, now: datetime) -> int:
    """Send what waits. Returns how many left.

    A query that was closed meanwhile is not asked any more. Each e-mail is taken up before it leaves. One that fails
    after that stays taken up: it may have left, and a person decides whether it goes again. The rest is left to the
    next look; so is everything when the mail server cannot be reached.
    """
    waiting = list(
        ProviderEmail.objects.filter(claimed_at=None, query__closed_on=None).order_by("pk").values_list("pk", flat=True)
    )
    if not waiting:
        return 0
    connection = mail.get_connection()
    try:
        connection.open()
    except OSError:
        log.warning("invoices.no_mail_server", waiting=len(waiting))
        return 0
    sent = 0
    try:
        for pk in waiting:
            if not ProviderEmail.objects.filter(pk=pk, claimed_at=None).update(claimed_at=now):
                continue
            if not _email(pk, connection):
                break
            sent += 1
    finally:
        connection.close()
    return sent


def _email(pk: int, connection: Any) -> bool:
    row = ProviderEmail.objects.get(pk=pk)
    try:
        mail.EmailMessage(subject=row.subject, body=row.text, to=[row.to], connection=connection).send()
    except OSError:  # what smtplib raises; the address stays out of the log
        log.exception("invoices.email_failed", email=pk)
        return False
    ProviderEmail.objects.filter(pk=pk).update(sent_at=timezone.now())
    return True
