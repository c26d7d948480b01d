"""Jobs for a real worker in tests: given to `celery worker` with `--include`."""

import os
import time

from contacts.models import Party
from lewisham_ta.jobs import Progress, Result, work
from lewisham_ta.models import Job


@work("tests.toy")
def make_toys(job: Job, progress: Progress) -> Result:
    """Makes a party, and at the first attempts then hangs, so that the worker can be killed in the middle."""
    Party.objects.create(ref=f"T{job.attempts:04d}", name="Toy", kind=Party.Kind.COMPANY)
    progress(1, 2, f"Process {os.getpid()}")
    if job.attempts <= job.parameters["hangs"]:
        time.sleep(120)
    Party.objects.create(ref=f"U{job.attempts:04d}", name="Toy", kind=Party.Kind.COMPANY)
    return Result("Made 2 toys.")
