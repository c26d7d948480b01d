"""Long work, done once whatever happens to the worker.

The `Job` row is the truth; the Celery message only wakes a worker. A worker claims the row in a transaction of its
own, then does all the work and marks the row done in one transaction under an advisory lock named for what is made.
If it is killed, PostgreSQL undoes that transaction and lets the lock go; the sweep then finds a running job with a
stale heartbeat and a free lock and wakes another worker. A worker that only seemed dead cannot end a job that was
taken over: it no longer has the latest attempt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Any

import pghistory
import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from lewisham_ta import locks
from lewisham_ta.celery import app
from lewisham_ta.models import Job, StoredFile, User
from lewisham_ta.refusals import Refused

HEARTBEAT_SECONDS = 1
STALE_SECONDS = 4
SWEEP_SECONDS = 3  # as in settings.CELERY_BEAT_SCHEDULE
MOST_ATTEMPTS = 3
LONG_WAIT_SECONDS = 30

log = structlog.get_logger(__name__)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job: a sentence, the page to go to and a file, each if there is one."""

    words: str = ""
    url: str = ""
    file: StoredFile | None = None


Handler = Callable[[Job, Progress], Result]
_handlers: dict[str, Handler] = {}
_seen_with: dict[str, str] = {}  # kind → the permission with which others than the asker see its jobs


class _TakenOver(Exception):
    """Another worker took the job up because this one seemed dead."""


def waits_long(job: Job, now: datetime) -> bool:
    """That no worker has begun the job for so long that none seems to run."""
    return job.state == Job.State.WAITING and job.requested_at < now - timedelta(seconds=LONG_WAIT_SECONDS)


def work(kind: str, *, seen_with: str = "") -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind. Who holds the permission `seen_with` sees others' jobs too.

    It runs inside a transaction that it must not leave, may run again after a kill, and calls its second argument,
    `progress(done, total, words)`, as often as it likes. Raising `Refused` ends the job with those words.
    """

    def register(handler: Handler) -> Handler:
        if _handlers.setdefault(kind, handler) is not handler:
            raise ValueError(f"Two functions do jobs of the kind {kind!r}.")
        _seen_with[kind] = seen_with
        return handler

    return register


def request(*, kind: str, key: str, title: str, parameters: dict[str, Any], by: User | None, now: datetime) -> Job:
    """Ask for work. While a job of this kind and key waits or runs, that one is the answer.

    A broker that is down does not matter: the sweep finds the row.
    """
    if kind not in _handlers:
        raise ValueError(f"No function does jobs of the kind {kind!r}.")
    unfinished = Job.objects.filter(kind=kind, key=key, state__in=[Job.State.WAITING, Job.State.RUNNING])
    job = unfinished.first()
    while job is None:
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    kind=kind, key=key, title=title[:200], parameters=parameters, requested_by=by, requested_at=now
                )
        except IntegrityError:  # somebody asked at the same moment
            job = unfinished.first()
    job_id = job.pk
    transaction.on_commit(lambda: _wake(job_id))
    return job


def retry(*, job: Job, by: User, now: datetime) -> Job:
    """Ask again for what failed, with the same parameters. Raises Refused where somebody else asked meanwhile."""
    if job.state != Job.State.FAILED:
        raise Refused("Only a job that failed can be tried again.")
    again = request(kind=job.kind, key=job.key, title=job.title, parameters=job.parameters, by=by, now=now)
    if again.requested_by_id != by.pk:
        raise Refused(f"{again.requested_by or 'Somebody else'} asked for this already.")
    return again


def visible_to(user: User) -> QuerySet[Job]:
    """The jobs this person asked for, and those of the kinds that they may see."""
    kinds = [kind for kind, permission in _seen_with.items() if permission and user.has_perm(permission)]
    return Job.objects.filter(Q(requested_by=user) | Q(kind__in=kinds)).select_related("requested_by")


def sweep(*, now: datetime) -> int:
    """Wake a worker for every job that nobody took up or whose worker died. Returns how many."""
    left = _left_alone(now).order_by("requested_at", "pk").values_list("pk", flat=True)
    return sum(_wake(job_id) for job_id in left)


def run(job_id: int) -> None:
    """Do a job, unless it is done already or somebody else is doing it."""
    job = _claim(job_id, timezone.now())
    if job is None:
        return
    with structlog.contextvars.bound_contextvars(job=job.pk, kind=job.kind), _Heart(job) as heart:
        try:
            with pghistory.context(user=job.requested_by_id, job=job.pk):
                _work(job, heart.progress)
        except Refused as refusal:
            _fail(job, str(refusal))
        except _TakenOver:
            log.warning("job.taken_over", attempt=job.attempts)
        except Exception:
            log.exception("job.failed", attempt=job.attempts)
            _fail(job, f"Something went wrong in “{job.title}”; nothing was written. Reference {job.pk}.")


@transaction.atomic
def _work(job: Job, progress: Progress) -> None:
    locks.take(_lock_name(job))
    result = _handlers[job.kind](job, progress)
    ended = _attempt(job).update(
        state=Job.State.DONE,
        finished_at=timezone.now(),
        done=F("total"),
        progress="",
        result=result.words[:500],
        result_url=result.url,
        result_file=result.file,
    )
    if not ended:
        raise _TakenOver


def _fail(job: Job, words: str) -> None:
    _attempt(job).update(state=Job.State.FAILED, finished_at=timezone.now(), progress="", error=words)


@transaction.atomic
def _claim(job_id: int, now: datetime) -> Job | None:
    """The job, marked as taken up once more; None if there is nothing to take up."""
    job = _left_alone(now).select_for_update(of=("self",), skip_locked=True).filter(pk=job_id).first()
    if job is None or not locks.take_if_free(_lock_name(job)):
        return None
    if job.attempts >= MOST_ATTEMPTS:
        log.error("job.given_up", job=job.pk, kind=job.kind)
        _fail(
            job,
            f"“{job.title}” was begun {job.attempts} times and its worker died each time; nothing was written. "
            f"Reference {job.pk}.",
        )
        return None
    job.state, job.attempts, job.started_at, job.heartbeat_at = Job.State.RUNNING, job.attempts + 1, now, now
    job.done, job.total, job.progress = 0, 0, ""
    job.save(update_fields=["state", "attempts", "started_at", "heartbeat_at", "done", "total", "progress"])
    return job


def _left_alone(now: datetime) -> QuerySet[Job]:
    """Jobs that wait, or that run without a sign of life."""
    stale = now - timedelta(seconds=STALE_SECONDS)
    return Job.objects.filter(Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, heartbeat_at__lt=stale))


def _attempt(job: Job) -> QuerySet[Job]:
    """The job's row as long as nobody has taken it up since."""
    return Job.objects.filter(pk=job.pk, attempts=job.attempts).exclude(state__in=[Job.State.DONE, Job.State.FAILED])


def _lock_name(job: Job) -> str:
    return f"job {job.kind} {job.key}"


def _wake(job_id: int) -> bool:
    # A message older than a few sweeps is dropped, so that they do not pile up while every worker is busy.
    try:
        app.send_task("lewisham_ta.tasks.run_job", [job_id], expires=4 * SWEEP_SECONDS, retry=False)
    except BrokerError:
        log.warning("job.not_woken", job=job_id)
        return False
    return True


class _Heart:
    """Writes a running job's heartbeat and progress from a thread, on a connection of its own.

    The work's transaction is open all the while, so that nothing written in it would be seen.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._progress: dict[str, Any] = {}
        self._stop = Event()
        self._thread = Thread(target=self._beat, name=f"heart of job {job.pk}", daemon=True)

    def progress(self, done: int, total: int, words: str) -> None:
        self._progress = {"done": min(done, total), "total": total, "progress": words[:200]}

    def __enter__(self) -> "_Heart":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(HEARTBEAT_SECONDS):
                try:
                    _attempt(self._job).update(heartbeat_at=timezone.now(), **self._progress)
                except DatabaseError:
                    log.exception("job.heartbeat_missed", job=self._job.pk)
                    connection.close()
        finally:
            connection.close()
