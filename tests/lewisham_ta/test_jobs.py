"""Jobs end once. The kill of a real worker is in test_jobs_killed.py."""

import time
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from contacts.models import Party
from lewisham_ta import jobs, locks
from lewisham_ta.models import Job, StoredFile
from lewisham_ta.refusals import Refused
from tests.factories import LONG_AGO, PartyFactory, UserFactory


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Instead of sending messages, remember which jobs a worker was woken for."""
    sent = []
    monkeypatch.setattr(jobs.app, "send_task", lambda name, args, **options: sent.append((name, *args)))
    return sent


@pytest.fixture
def handled_by(monkeypatch):
    """Do jobs of the kind "toy" with the given function."""

    def handle(handler):
        monkeypatch.setitem(jobs._handlers, "toy", handler)

    handle(lambda job, progress: jobs.Result())
    return handle


def ask(**changes):
    asked = {"kind": "toy", "key": "1", "title": "Make a toy", "parameters": {}, "by": None, "now": timezone.now()}
    return jobs.request(**asked | changes)


def found(job):
    return Job.objects.get(pk=job.pk)


def test_a_kind_that_nobody_does_is_our_own_mistake(db):
    with pytest.raises(ValueError, match="No function does jobs of the kind 'unheard of'"):
        ask(kind="unheard of")


def test_a_second_function_for_a_kind_is_our_own_mistake(handled_by):
    with pytest.raises(ValueError, match="Two functions do jobs of the kind 'toy'"):
        jobs.work("toy")(lambda job, progress: jobs.Result())


def test_asking_wakes_a_worker_when_the_request_is_written_and_not_before(
    db, handled_by, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(by=UserFactory())
        assert woken == []
    assert woken == [("lewisham_ta.tasks.run_job", job.pk)]
    assert found(job).state == Job.State.WAITING


def test_a_broker_that_is_down_does_not_fail_the_request(
    db, handled_by, monkeypatch, django_capture_on_commit_callbacks
):
    down = Celery("down", broker="redis+socket:///nowhere/valkey.sock", set_as_current=False)
    down.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(jobs, "app", down)
    begun = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
    assert found(job).state == Job.State.WAITING
    assert jobs.sweep(now=timezone.now()) == 0
    assert time.monotonic() - begun < 2  # somebody waits at a page


@pytest.mark.parametrize("state", [Job.State.WAITING, Job.State.RUNNING])
def test_asking_again_for_what_waits_or_runs_gives_the_same_job(db, handled_by, state):
    job = ask()
    Job.objects.update(state=state)
    assert ask(title="Make it again") == job
    assert ask(key="2") != job


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_the_same_moment_get_the_same_job(handled_by):
    ready, jobs_got = Barrier(2), []

    def ask_at_once():
        ready.wait()
        jobs_got.append(ask().pk)
        connection.close()

    threads = [Thread(target=ask_at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs_got == [Job.objects.get().pk] * 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_woken_for_the_same_job_do_it_once(handled_by):
    ready, made = Barrier(2), []

    def handler(job, progress):
        made.append(job.pk)
        return jobs.Result()

    def run_at_once():
        ready.wait()
        jobs.run(job.pk)
        connection.close()

    handled_by(handler)
    job = ask()
    threads = [Thread(target=run_at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, found(job).attempts) == ([job.pk], 1)


def test_asking_again_for_what_ended_makes_another_job(db, handled_by):
    job = ask()
    Job.objects.update(state=Job.State.DONE, finished_at=LONG_AGO)
    assert ask() != job


def test_only_what_failed_is_tried_again(db, handled_by):
    job = ask(parameters={"month": "2026-10"})
    with pytest.raises(Refused, match="Only a job that failed can be tried again"):
        jobs.retry(job=job, by=UserFactory(), now=timezone.now())
    Job.objects.update(state=Job.State.FAILED, error="No.", finished_at=LONG_AGO)
    again = jobs.retry(job=found(job), by=UserFactory(), now=timezone.now())
    assert (again.pk != job.pk, again.parameters) == (True, {"month": "2026-10"})


def test_what_somebody_else_asked_for_meanwhile_is_not_handed_to_whoever_tries_again(db, handled_by):
    mine = ask()
    Job.objects.update(state=Job.State.FAILED, error="No.", finished_at=LONG_AGO)
    other = UserFactory()
    theirs = jobs.retry(job=found(mine), by=other, now=timezone.now())
    with pytest.raises(Refused, match=f"^{other} asked for this already\\.$"):
        jobs.retry(job=found(mine), by=UserFactory(), now=timezone.now())
    assert jobs.retry(job=found(mine), by=other, now=timezone.now()) == theirs


@pytest.mark.django_db(transaction=True)
class TestRun:
    def test_the_work_and_the_end_of_the_job_are_written_together(self, handled_by):
        by = UserFactory()

        def handler(job, progress):
            file = StoredFile.objects.create(
                name="toy.txt", content_type="text/plain", content=b"toy", size=3, sha256="0" * 64, made_at=LONG_AGO
            )
            return jobs.Result("Made 1 toy.", "/toys/", file)

        handled_by(handler)
        job = ask(by=by)
        jobs.run(job.pk)
        job = found(job)
        assert (job.state, job.attempts, job.result, job.result_url) == (Job.State.DONE, 1, "Made 1 toy.", "/toys/")
        assert job.result_file.name == "toy.txt"

    def test_a_job_that_ended_is_not_done_again(self, handled_by):
        made = []
        handled_by(lambda job, progress: made.append(job.pk) or jobs.Result())
        job = ask()
        jobs.run(job.pk)
        jobs.run(job.pk)
        assert made == [job.pk]

    def test_a_refusal_fails_the_job_in_its_words_and_nothing_is_written(self, handled_by):
        def handler(job, progress):
            PartyFactory()
            raise Refused("October 2026 is signed off.")

        handled_by(handler)
        job = ask()
        jobs.run(job.pk)
        assert (found(job).state, found(job).error) == (Job.State.FAILED, "October 2026 is signed off.")
        assert not Party.objects.exists()

    def test_an_unforeseen_error_fails_the_job_in_plain_words_and_nothing_is_written(self, handled_by):
        def handler(job, progress):
            PartyFactory()
            raise KeyError("a secret")

        handled_by(handler)
        job = ask()
        jobs.run(job.pk)
        assert found(job).state == Job.State.FAILED
        assert found(job).error == f"Something went wrong in “Make a toy”; nothing was written. Reference {job.pk}."
        assert not Party.objects.exists()

    def test_progress_and_heartbeat_are_seen_while_the_work_is_open(self, handled_by, monkeypatch):
        monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.01)
        seen = []

        def handler(job, progress):
            PartyFactory()
            progress(3, 10, "Toys 1 to 3")
            while not seen:
                Thread(target=look).start()
                connection.cursor().execute("SELECT pg_sleep(0.05)")
            return jobs.Result()

        def look():
            job = Job.objects.get()
            if job.done and not seen:
                seen.append((job.done, job.total, job.progress, Party.objects.count(), job.heartbeat_at))
            connection.close()

        handled_by(handler)
        job = ask()
        jobs.run(job.pk)
        assert seen[0][:4] == (3, 10, "Toys 1 to 3", 0)
        assert seen[0][4] > found(job).started_at
        assert (found(job).done, found(job).progress) == (10, "")

    def test_the_history_says_who_asked_for_the_job(self, handled_by):
        by = UserFactory()
        handled_by(lambda job, progress: PartyFactory() and jobs.Result())
        job = ask(by=by)
        jobs.run(job.pk)
        event = Party.pgh_event_model.objects.get()
        assert event.pgh_context.metadata == {"user": by.pk, "job": job.pk}

    def test_a_job_whose_lock_is_held_is_not_taken_up(self, handled_by):
        handled_by(lambda job, progress: pytest.fail("done twice"))
        job = ask()
        long_ago = timezone.now() - timedelta(hours=1)
        Job.objects.update(state=Job.State.RUNNING, attempts=1, heartbeat_at=long_ago)
        with held_elsewhere("job toy 1"):
            jobs.run(job.pk)
        assert found(job).attempts == 1

    def test_a_worker_that_seemed_dead_cannot_end_a_job_that_was_taken_over(self, handled_by):
        def handler(job, progress):
            PartyFactory()
            other = Thread(target=lambda: (Job.objects.update(attempts=2), connection.close()))
            other.start()
            other.join()
            return jobs.Result("Made by the first worker.")

        handled_by(handler)
        job = ask()
        jobs.run(job.pk)
        assert (found(job).state, found(job).attempts, found(job).result) == (Job.State.RUNNING, 2, "")
        assert not Party.objects.exists()

    def test_a_job_that_kills_every_worker_is_given_up_in_words(self, handled_by):
        handled_by(lambda job, progress: pytest.fail("tried a fourth time"))
        job = ask()
        Job.objects.update(state=Job.State.RUNNING, attempts=3, heartbeat_at=LONG_AGO)
        jobs.run(job.pk)
        assert found(job).state == Job.State.FAILED
        assert found(job).error == (
            f"“Make a toy” was begun 3 times and its worker died each time; nothing was written. Reference {job.pk}."
        )


class held_elsewhere:
    """Another connection holds the named lock."""

    def __init__(self, name):
        self.other = connection.copy()
        self.name = name

    def __enter__(self):
        cursor = self.other.cursor()
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [self.name])

    def __exit__(self, *error):
        self.other.close()


def test_words_that_are_too_long_are_cut_and_do_not_undo_the_work(handled_by, transactional_db):
    handled_by(lambda job, progress: jobs.Result("x" * 600))
    job = ask(title="y" * 300)
    jobs.run(job.pk)
    assert (found(job).state, len(found(job).result), len(job.title)) == (Job.State.DONE, 500, 200)


def test_every_room_s_tasks_are_known_to_every_process():
    beat = settings.CELERY_BEAT_SCHEDULE
    assert {"lewisham_ta.tasks.run_job", "lewisham_ta.tasks.sweep"} <= set(jobs.app.tasks)
    assert beat["sweep"]["schedule"] == jobs.SWEEP_SECONDS


def test_the_sweep_wakes_workers_for_what_waits_or_lost_its_worker_and_for_nothing_else(db, handled_by, woken):
    now = timezone.now()
    old, fresh = now - timedelta(seconds=jobs.STALE_SECONDS + 1), now - timedelta(seconds=1)
    waiting, dead, alive, ended = (ask(key=str(n), now=now + timedelta(seconds=n)) for n in range(4))
    Job.objects.filter(pk=dead.pk).update(state=Job.State.RUNNING, heartbeat_at=old)
    Job.objects.filter(pk=alive.pk).update(state=Job.State.RUNNING, heartbeat_at=fresh)
    Job.objects.filter(pk=ended.pk).update(state=Job.State.DONE, heartbeat_at=old, finished_at=old)
    assert jobs.sweep(now=now) == 2
    assert [job_id for _, job_id in woken] == [waiting.pk, dead.pk]


@pytest.mark.django_db
def test_a_lock_is_free_again_when_its_holder_is_gone():
    with held_elsewhere("toys"):
        assert not locks.take_if_free("toys")
    locks.take("toys")  # the server takes a moment to see that the connection is gone
    assert locks.take_if_free("toys")
