"""The two jobs of an import: read a file, and load what was confirmed. The key of the job is the upload's."""

from django.urls import reverse
from django.utils import timezone

from lewisham_ta import jobs
from lewisham_ta.imports import uploads
from lewisham_ta.models import Job
from lewisham_ta.refusals import Refused


@jobs.work(uploads.READ)
def read(job: Job, progress: jobs.Progress) -> jobs.Result:
    upload, _ = uploads.read(upload_id=int(job.key), progress=progress)
    return jobs.Result(upload.refusal or upload.summary, reverse("import_detail", args=[upload.pk]))


@jobs.work(uploads.LOAD)
def load(job: Job, progress: jobs.Progress) -> jobs.Result:
    if job.requested_by is None:
        raise Refused("Nobody confirmed this load.")
    loaded = uploads.load(
        upload_id=int(job.key),
        seen=job.parameters["seen"],
        by=job.requested_by,
        now=timezone.now(),
        progress=progress,
    )
    words = "Nothing was written: the records changed since. Look at what would change now." if loaded.is_stale else ""
    return jobs.Result(words or f"Loaded: {loaded.plan.summary}", reverse("import_detail", args=[loaded.upload.pk]))
