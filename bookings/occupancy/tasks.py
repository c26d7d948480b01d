"""What workers do for this room: e-mail the lists that wait for it."""

from celery import shared_task
from django.utils import timezone

from bookings.occupancy import mailing


@shared_task
def email_lists() -> None:
    mailing.email_waiting(now=timezone.now())
