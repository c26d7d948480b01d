"""What workers do for batches: make the advices of a sent batch, and e-mail those that wait for it."""

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import jobs
from lewisham_ta.models import Job
from payments.batches import remittances
from payments.batches.models import Batch


@jobs.work("batches.remittances")
def make_remittances(job: Job, progress: jobs.Progress) -> jobs.Result:
    batch = Batch.objects.get(pk=job.parameters["batch_id"])
    made = remittances.make_advices(batch_id=batch.pk, by=job.requested_by, now=timezone.now(), progress=progress)
    return jobs.Result(f"{made} advice{'' if made == 1 else 's'} made.", reverse("batches:detail", args=[batch.number]))


@shared_task
def email_advices() -> None:
    remittances.email_waiting(now=timezone.now())
