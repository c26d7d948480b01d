"""What the pages of a schedule share: who may, which schedule, and what stands around the content."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from lewisham_ta.dates import parse_month
from payments.controc import services, tables
from payments.controc.models import Schedule
from payments.controc.selectors import pages
from payments.controc.tables import place_args, place_words

SEE, PREPARE = "payments.see_schedule", "payments.prepare_schedule"


def schedule_or_404(month: str, number: int) -> Schedule:
    try:
        return pages.schedule_at(parse_month(month), number)
    except ValueError:
        raise Http404 from None


def around(request: HttpRequest, schedule: Schedule) -> dict[str, Any]:
    """What every page of one schedule shows around its content."""
    return {
        "schedule": schedule,
        "place": place_words(schedule),
        "place_args": place_args(schedule),
        "state_tag": tables.state_tag(schedule),
        "is_open": schedule.status != Schedule.Status.SIGNED_OFF,
        "may_prepare": request.user.has_perm(PREPARE),
        "may_sign": services.may_sign(request.user, timezone.now()),
    }
