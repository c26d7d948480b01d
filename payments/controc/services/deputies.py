"""Who may sign schedules off for a while, appointed beforehand by somebody who may sign."""

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate

from lewisham_ta import audit
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refusing
from payments.controc.models import Deputy
from payments.controc.rules.signing import appoint_refusal
from payments.controc.services.generation import APPOINT


@transaction.atomic
def appoint_deputy(*, person: User, from_on: date, to_on: date, reason: str, by: User, now: datetime) -> Deputy:
    """Let `person` sign off from one day to another, both included. Never for days that have gone by."""
    permit(by, APPOINT)
    if refusal := appoint_refusal(person=person.pk, by=by.pk, from_on=from_on, to_on=to_on, today=localdate(now)):
        raise Refused(refusal)
    with audit.acting(by, reason), refusing():
        deputy = Deputy.objects.create(
            person=person, from_on=from_on, to_on=to_on, reason=reason.strip(), appointed_by=by, appointed_at=now
        )
        audit.record("deputy.appointed", deputy, by=by, at=now, why=reason.strip())
    return deputy


@transaction.atomic
def end_deputy(*, deputy_id: int, by: User, now: datetime) -> None:
    """End an appointment today, or take one back that has not begun."""
    permit(by, APPOINT)
    deputy = Deputy.objects.select_for_update().get(pk=deputy_id)
    today = localdate(now)
    if deputy.to_on < today:
        raise Refused("This appointment is over.")
    with audit.acting(by):
        audit.record("deputy.ended", deputy, by=by, at=now)
        if deputy.from_on >= today:
            deputy.delete()
        else:
            deputy.to_on = today
            deputy.save(update_fields=["to_on"])
