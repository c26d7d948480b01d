"""Who did what: one event a service call, and the context that the database's own history is stamped with."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pghistory
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

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


def acting(by: User | None, why: str = "") -> AbstractContextManager[Any]:
    """Within this block the history tables record `by` and `why` with every changed row."""
    return pghistory.context(user=by.pk if by else None, **({"why": why} if why else {}))
