"""From a file to loaded records: receive, read, confirm. Nothing is written before that, then all or nothing.

What is confirmed is what was shown: the plan is made again in the transaction that writes, and if the records changed
meanwhile the new plan is shown instead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import PurePosixPath

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from lewisham_ta import audit, files, jobs, locks
from lewisham_ta.imports import workbook
from lewisham_ta.imports.preview import Importer, Plan
from lewisham_ta.models import Job, Upload, User
from lewisham_ta.refusals import Refused
from lewisham_ta.work import WorkItem

READ, LOAD = "imports.read", "imports.load"
State = Upload.State
Progress = Callable[[int, int, str], None]


def no_progress(done: int, total: int, words: str) -> None:
    """For whoever loads without a job to look at."""


@cache
def importers() -> dict[str, Importer]:
    """Every kind of workbook that can be loaded, by its name."""
    return {importer.name: importer for importer in map(import_string, settings.IMPORTERS)}


def importers_for(user: User) -> list[Importer]:
    return [importer for importer in importers().values() if user.has_perm(importer.permission)]


def uploads_visible_to(user: User) -> QuerySet[Upload]:
    """The uploads of the kinds that this person may load, newest first, without what was understood of them."""
    return (
        Upload.objects.filter(kind__in=[importer.name for importer in importers_for(user)])
        .select_related("file", "uploaded_by", "confirmed_by")
        .defer("plan", "file__content")
        .order_by("-uploaded_at", "-pk")
    )


def loaded_before(upload: Upload) -> Upload | None:
    """The latest earlier load of exactly the same file, if there was one."""
    return (
        Upload.objects.filter(kind=upload.kind, file__sha256=upload.file.sha256, state=State.CONFIRMED)
        .exclude(pk=upload.pk)
        .select_related("confirmed_by")
        .defer("plan")
        .order_by("-confirmed_at", "-pk")
        .first()
    )


def work_items(user: User, today: date) -> Iterator[WorkItem]:
    """The workbooks this person chose and has neither loaded nor put away.

    Not those that hold nothing new, nor a wrong one of which another copy was chosen since.
    """
    later = Upload.objects.filter(kind=OuterRef("kind"), uploaded_by=user, pk__gt=OuterRef("pk"))
    is_waiting = Q(state=State.READY, writes__gt=0) | Q(~Exists(later), state=State.WRONG)
    mine = uploads_visible_to(user).filter(is_waiting, uploaded_by=user)
    for upload in mine.reverse():
        yield WorkItem(
            title=f"{importers()[upload.kind].label}: {upload.file.name}",
            url=reverse("import_detail", args=[upload.pk]),
            next_step="Look at it and load it" if upload.state == State.READY else "Mend the workbook",
            status=upload.get_state_display(),
            tone="warning" if upload.state == State.READY else "error",
            count=upload.writes or None,
            with_whom=str(user),
        )


@transaction.atomic
def receive(*, importer: Importer, name: str, content: bytes, by: User, now: datetime) -> Upload:
    """Keep a file that somebody wants to load, as it came, and have it read by a worker."""
    upload = _store(importer=importer, name=name, content=content, by=by, now=now)
    title = f"Read {upload.file.name}"
    jobs.request(kind=READ, key=str(upload.pk), title=title, parameters={}, by=by, now=now)
    return upload


def _store(*, importer: Importer, name: str, content: bytes, by: User, now: datetime) -> Upload:
    refuse_stranger(importer, by)
    if len(content) > settings.UPLOAD_LIMIT_BYTES:
        raise Refused(f"{name} is larger than {settings.UPLOAD_LIMIT_BYTES // 1024**2} MB.")
    name = PurePosixPath(name.replace("\\", "/")).name[-180:] or "workbook"
    file = files.store(name, content, "application/octet-stream", by, now)
    with audit.acting(by):
        upload = Upload.objects.create(kind=importer.name, file=file, uploaded_by=by, uploaded_at=now)
    audit.record("upload.received", upload, by=by, at=now, name=name, sha256=file.sha256)
    return upload


@transaction.atomic
def read(*, upload_id: int, progress: Progress = no_progress) -> tuple[Upload, Plan | None]:
    """Find out what loading the file would do. A file that cannot be read is refused, and says why."""
    upload = _lock(upload_id)
    if upload.state not in (State.WAITING, State.REFUSED):
        return upload, None
    progress(0, 2, "Reading the workbook")
    try:
        sheets = workbook.read(bytes(upload.file.content), upload.file.name)
        progress(1, 2, "Comparing it with the records")
        plan = importers()[upload.kind].plan(sheets)
    except Refused as refusal:
        upload.state, upload.refusal = State.REFUSED, str(refusal)[:300]
        upload.save(update_fields=["state", "refusal"])
        return upload, None
    _keep(upload, plan)
    return upload, plan


@transaction.atomic
def ask_to_load(*, upload_id: int, seen: str, by: User, now: datetime) -> Job:
    """Confirm what was shown (`seen` is its fingerprint) and have it loaded by a worker."""
    upload = _lock(upload_id)
    _refuse_to_load(upload, seen, by)
    title = f"Load {upload.file.name}"
    return jobs.request(kind=LOAD, key=str(upload.pk), title=title, parameters={"seen": seen}, by=by, now=now)


@dataclass(frozen=True, slots=True)
class Loaded:
    """`is_stale`: nothing was written, because the records changed since; the upload has the new plan to look at."""

    upload: Upload
    plan: Plan
    is_stale: bool


@transaction.atomic
def load(*, upload_id: int, seen: str, by: User, now: datetime, progress: Progress = no_progress) -> Loaded:
    """Write what was confirmed, if it is still what loading the file would do."""
    upload = _lock(upload_id)
    importer = importers()[upload.kind]
    _refuse_to_load(upload, seen, by)
    sheets = workbook.read(bytes(upload.file.content), upload.file.name)
    for name in (f"import {importer.name}", *importer.locks):
        locks.take(name)
    progress(0, 1, "Comparing it with the records once more")
    plan = importer.plan(sheets)
    if plan.fingerprint != seen:
        _keep(upload, plan)
        return Loaded(upload, plan, is_stale=True)
    importer.apply(plan, by=by, now=now, progress=progress)
    upload.state, upload.confirmed_by, upload.confirmed_at = State.CONFIRMED, by, now
    with audit.acting(by):
        upload.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    audit.record("upload.loaded", upload, by=by, at=now, counts=plan.counts)
    return Loaded(upload, plan, is_stale=False)


@transaction.atomic
def load_now(*, importer: Importer, name: str, content: bytes, plan: Plan, by: User, now: datetime) -> Upload:
    """Keep a file and load it in one go, for whoever was shown `plan` a moment ago and confirms it."""
    upload = _store(importer=importer, name=name, content=content, by=by, now=now)
    _keep(upload, plan)
    loaded = load(upload_id=upload.pk, seen=plan.fingerprint, by=by, now=now)
    if loaded.is_stale:
        raise Refused("The records changed while the file was being read. Try again.")
    return loaded.upload


@transaction.atomic
def abandon(*, upload_id: int, by: User, now: datetime) -> Upload:
    """Put an upload away without loading it."""
    upload = _lock(upload_id)
    refuse_stranger(importers()[upload.kind], by)
    if upload.state in (State.CONFIRMED, State.ABANDONED):
        raise Refused("This file is loaded already." if upload.state == State.CONFIRMED else "It was put away already.")
    upload.state = State.ABANDONED
    with audit.acting(by):
        upload.save(update_fields=["state"])
    audit.record("upload.abandoned", upload, by=by, at=now)
    return upload


def refuse_stranger(importer: Importer, by: User) -> None:
    if not by.has_perm(importer.permission):
        raise Refused(f"Your role does not allow you to load {importer.noun}.")


def confirm_refusal(upload: Upload, by: User) -> str:
    """Why this person may not confirm an upload that somebody chose, or "".

    Bank details that a load brings are asked for by whoever confirms it, and somebody else approves them. Whoever made
    the workbook must not be that somebody, so one person both chooses and confirms.
    """
    if by.pk != upload.uploaded_by_id:
        return f"Only {upload.uploaded_by}, who chose this file, may load it: choose the workbook yourself to load it."
    return ""


def _refuse_to_load(upload: Upload, seen: str, by: User) -> None:
    refuse_stranger(importers()[upload.kind], by)
    reasons = {
        State.WAITING: "The file has not been read yet.",
        State.REFUSED: upload.refusal,
        State.WRONG: "The file has wrong cells: mend the workbook and load it again.",
        State.CONFIRMED: "This file is loaded already.",
        State.ABANDONED: "This file was put away: choose it again.",
    }
    if reason := confirm_refusal(upload, by) or reasons.get(State(upload.state)):
        raise Refused(reason)
    if upload.fingerprint != seen:
        raise Refused("What this file would change is no longer what you saw. Look at it again.")
    if not upload.writes:
        raise Refused("Nothing would change, so there is nothing to load.")


def _lock(upload_id: int) -> Upload:
    return Upload.objects.select_for_update(of=("self",)).select_related("file").get(pk=upload_id)


def _keep(upload: Upload, plan: Plan) -> None:
    upload.state = State.WRONG if plan.wrong else State.READY
    upload.plan, upload.counts, upload.writes = plan.as_json(), plan.counts, plan.writes
    upload.summary, upload.fingerprint, upload.refusal = plan.summary, plan.fingerprint, ""
    upload.save(update_fields=["state", "plan", "counts", "writes", "summary", "fingerprint", "refusal"])
