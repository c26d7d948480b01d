"""What a decision held, released by hand: for holds whose cause passes by itself, or that somebody has settled."""

from datetime import datetime

from django.db import transaction

from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refusing
from payments.controc.models import Anomaly, Release
from payments.controc.rules import signing
from payments.controc.services.generation import LOCK, PREPARE


@transaction.atomic
def release_held(*, anomaly_id: int, reason: str, by: User, now: datetime) -> Release:
    """Let the next schedule pay what this anomaly's decision held. Its own anomalies still have to be decided there."""
    permit(by, PREPARE)
    locks.take(LOCK)
    anomaly = Anomaly.objects.select_related("schedule").get(pk=anomaly_id)
    is_released = Release.objects.filter(anomaly=anomaly).exists()
    if refusal := signing.release_refusal(
        status=anomaly.schedule.status, decision=anomaly.decision, is_released=is_released, reason=reason
    ):
        raise Refused(refusal)
    with audit.acting(by, reason), refusing():
        release = Release.objects.create(anomaly=anomaly, reason=reason.strip(), released_by=by, released_at=now)
        audit.record("anomaly.released", anomaly.schedule, by=by, at=now, why=reason.strip(), anomaly=anomaly.pk)
    return release
