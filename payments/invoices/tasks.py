"""What is looked for every day: approved lines that the bookings of today do not bear out any more."""

from celery import shared_task
from django.utils import timezone

from payments.invoices import services
from payments.invoices.emails import sending


@shared_task
def find_overpaid() -> None:
    services.find_overpaid(by=None, now=timezone.now())


@shared_task
def email_providers() -> None:
    sending.email_waiting(now=timezone.now())
