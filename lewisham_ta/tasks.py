"""What Celery runs for the kernel: take up a job by its id, and look for jobs that nobody takes up."""

from celery import shared_task
from django.utils import timezone

from lewisham_ta import jobs


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id)


@shared_task
def sweep() -> None:
    jobs.sweep(now=timezone.now())
