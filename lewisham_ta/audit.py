"""Who did what: one event a service call, and the context that the database's own history is stamped with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import pghistory
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from pghistory import runtime

from lewisham_ta.models import AuditEvent, User


def record(action: str, subject: Model, *, by: User | None, at: datetime, why: str = "", **detail: Any) -> AuditEvent:
    """Write that `by` did `action` ("schedule.signed_off") to a saved row. `detail` must be JSON."""
    return AuditEvent.objects.create(
        action=action,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        by=by,
        at=at,
        why=why,
        detail=detail,
    )


def record_each(action: str, subjects: Iterable[Model], *, by: User | None, at: datetime, why: str = "") -> None:
    """The same as `record` for each of many rows of one kind, in a few statements."""
    AuditEvent.objects.bulk_create(
        (
            AuditEvent(
                action=action,
                subject_type=ContentType.objects.get_for_model(subject),
                subject_id=subject.pk,
                by=by,
                at=at,
                why=why,
            )
            for subject in subjects
        ),
        batch_size=1_000,
    )


def events_of(subject: Model, action: str) -> "QuerySet[AuditEvent]":
    """The times that `action` was done to a saved row."""
    kind = ContentType.objects.get_for_model(subject)
    return AuditEvent.objects.filter(subject_type=kind, subject_id=subject.pk, action=action)


@contextmanager
def acting(by: User | None, why: str = "") -> Iterator[None]:
    """Within this block the history tables record `by` and `why` with every changed row.

    Each block is a context of its own. pghistory would add to the one that is open (the request's, the job's), and
    the reason of the last service would become the reason of everything that the request did.
    """
    with pghistory.context() as outer:
        who = {"user": by.pk if by else None} | ({"why": why} if why else {})
        runtime._tracker.value = runtime.Context(id=uuid4(), metadata=outer.metadata | who)
        try:
            yield
        finally:
            runtime._tracker.value = outer
