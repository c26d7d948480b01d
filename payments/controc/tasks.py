"""Generation as a job: asked for on a page or by the monthly run, done by a worker."""

from collections.abc import Callable
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from lewisham_ta import jobs
from lewisham_ta.dates import parse_month
from lewisham_ta.models import Job, User
from lewisham_ta.refusals import Refused
from lewisham_ta.templatetags import ta
from payments.controc import selectors, services
from payments.controc.rules.signing import Place

KIND = "controc.generate"


def request_generation(*, month: date, number: int = 0, by: User, now: datetime) -> Job:
    """Ask a worker for a month's schedule. What can be refused at once is refused here, before anybody waits."""
    place = Place(month, number)
    if reason := services.generate_refusal(place):
        raise Refused(reason)
    return jobs.request(
        kind=KIND,
        key=f"{month:%Y-%m}/{number}",
        title=f"Generate the rent schedule of {place}",
        parameters={"month": f"{month:%Y-%m}", "number": number},
        by=by,
        now=now,
    )


@jobs.work(KIND, seen_with="payments.see_schedule")
def generate(job: Job, progress: Callable[[int, int, str], None]) -> jobs.Result:
    if job.requested_by is None:
        raise Refused("A schedule is prepared by a person: ask for it again.")
    schedule = services.generate(
        month=parse_month(job.parameters["month"]),
        number=job.parameters["number"],
        by=job.requested_by,
        now=timezone.now(),
        progress=progress,
    )
    totals = selectors.control_totals(schedule)
    open_ = selectors.open_anomalies(schedule).count()
    size = f"{totals.lines:,} lines for {totals.payees:,} payees"
    return jobs.Result(
        words=f"{size}, {ta.pounds(totals.net)} to pay, {open_:,} anomalies to decide.",
        url=reverse("controc:schedule_detail", args=[f"{schedule.month:%Y-%m}", schedule.number]),
    )
