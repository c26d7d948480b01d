"""A real worker on the real broker, killed with SIGKILL in the middle of a job."""

import os
import signal
import time

import pytest
from django.utils import timezone

from contacts.models import Party
from lewisham_ta import jobs
from lewisham_ta.models import Job
from tests.lewisham_ta import toys
from tests.workers import kill_all, worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

assert jobs._handlers["tests.toy"] is toys.make_toys


def toy_worker(folder):
    return worker(folder, include=["tests.lewisham_ta.toys"])


def ask(hangs, key="1"):
    return jobs.request(
        kind="tests.toy", key=key, title="Make toys", parameters={"hangs": hangs}, by=None, now=timezone.now()
    )


def wait_for(job, seconds=40, **values):
    """The job, as soon as its row says so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := Job.objects.filter(pk=job.pk, **values).first():
            return found
        time.sleep(0.1)
    pytest.fail(f"The job is {Job.objects.values().get(pk=job.pk)}, and not {values}.")


def parties():
    return sorted(Party.objects.values_list("ref", flat=True))


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_ends_the_job_once(services, tmp_path):
    job = ask(hangs=1)
    with toy_worker(tmp_path) as first:
        wait_for(job, state="running", progress__startswith="Process")
        kill_all(first)
    assert parties() == []
    with toy_worker(tmp_path):
        done = wait_for(job, state="done")
    assert (done.attempts, done.result, parties()) == (2, "Made 2 toys.", ["T0002", "U0002"])


def test_a_job_whose_process_is_killed_is_taken_up_again_by_the_same_worker(services, tmp_path):
    job = ask(hangs=1)
    with toy_worker(tmp_path):
        hanging = wait_for(job, state="running", progress__startswith="Process")
        killed_at = time.monotonic()
        os.kill(int(hanging.progress.removeprefix("Process ")), signal.SIGKILL)
        done = wait_for(job, state="done")
        took = time.monotonic() - killed_at
    assert (done.attempts, parties()) == (2, ["T0002", "U0002"])
    assert took < 60  # seconds, and not the hour after which the broker looks


def test_a_job_that_nobody_was_woken_for_is_found_by_the_sweep(services, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "_wake", lambda job_id: False)
    job = ask(hangs=0)
    with toy_worker(tmp_path):
        assert wait_for(job, state="done").attempts == 1
