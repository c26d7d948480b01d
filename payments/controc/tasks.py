"""Generation and sign-off as jobs: asked for on a page or by the monthly run, done by a worker."""

from collections.abc import Callable
from datetime import date, datetime

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import dated, jobs
from lewisham_ta.dates import first_of_month, last_of_month, parse_month
from lewisham_ta.models import Job, User
from lewisham_ta.refusals import Refused
from lewisham_ta.templatetags import ta
from payments.controc import selectors, services
from payments.controc.models import Schedule
from payments.controc.rules.signing import Place
from payments.controc.services.generation import MONTHLY_RUN

KIND, SIGN_OFF = "controc.generate", "controc.sign_off"


def request_generation(*, month: date, number: int = 0, by: User, now: datetime) -> Job:
    """Ask a worker for a month's schedule. What can be refused at once is refused here, before anybody waits."""
    place = Place(month, number)
    if reason := services.generate_refusal(place):
        raise Refused(reason)
    return jobs.request(
        kind=KIND,
        key=_key(place),
        title=f"Generate the rent schedule of {place}",
        parameters={"month": f"{month:%Y-%m}", "number": number},
        by=by,
        now=now,
    )


def _key(place: Place) -> str:
    return f"{place.month:%Y-%m}/{place.number}"


@shared_task
def monthly_run() -> None:
    now = timezone.now()
    request_monthly_run(today=timezone.localdate(now), now=now)


def request_monthly_run(*, today: date, now: datetime) -> Job | None:
    """Ask for the month's schedule on the day that the team leader set, or later if nobody was there to run it.

    It is asked for once, and not while the month before is open. Whoever prepared a schedule cannot sign it, so this
    one is prepared by a log-in of its own that nobody can use.
    """
    place = Place(first_of_month(today))
    run_on = min(dated.whole_number("run_day", today), last_of_month(today).day)
    if (
        today.day < run_on
        or selectors.latest_signed_off() is None
        or services.generate_refusal(place)
        or Schedule.objects.filter(month=place.month).exists()
        or Job.objects.filter(kind=KIND, key=_key(place)).exists()
    ):
        return None
    by, is_new = User.objects.get_or_create(
        username=MONTHLY_RUN, defaults={"first_name": "Monthly", "last_name": "run", "is_active": False}
    )
    if is_new:
        by.set_unusable_password()
        by.save(update_fields=["password"])
    return request_generation(month=place.month, by=by, now=now)


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
    size = f"{ta.counted(totals.lines, 'line')} for {ta.counted(totals.payees, 'payee')}"
    return jobs.Result(
        words=f"{size}, {ta.pounds(totals.net)} to pay, {ta.counted(open_, 'anomaly', 'anomalies')} to decide.",
        url=reverse("controc:schedule_detail", args=[f"{schedule.month:%Y-%m}", schedule.number]),
    )


def request_sign_off(*, schedule: Schedule, seen_version: int, note: str, by: User, now: datetime) -> Job:
    """Ask a worker to sign a schedule off. What can be refused at once is refused here, before anybody waits."""
    services.check_sign_off(schedule_id=schedule.pk, seen_version=seen_version, by=by, now=now)
    place = Place(schedule.month, schedule.number)
    job = jobs.request(
        kind=SIGN_OFF,
        key=_key(place),
        title=f"Sign off the rent schedule of {place}",
        parameters={"schedule": schedule.pk, "seen_version": seen_version, "note": note},
        by=by,
        now=now,
    )
    if job.requested_by_id != by.pk:
        raise Refused(f"{job.requested_by} is signing this off already.")
    return job


def sign_off_of(schedule: Schedule) -> Job | None:
    """The latest job that is to sign this version of the schedule off, or that ended without doing so."""
    asked = Job.objects.filter(kind=SIGN_OFF, key=_key(Place(schedule.month, schedule.number)))
    of_this = asked.filter(parameters__schedule=schedule.pk, parameters__seen_version=schedule.version)
    return of_this.exclude(state=Job.State.DONE).select_related("requested_by").order_by("-pk").first()


@jobs.work(SIGN_OFF, seen_with="payments.see_schedule")
def sign_off(job: Job, progress: Callable[[int, int, str], None]) -> jobs.Result:
    if job.requested_by is None:
        raise Refused("A schedule is signed off by a person: ask for it again.")
    schedule = services.sign_off(
        schedule_id=job.parameters["schedule"],
        seen_version=job.parameters["seen_version"],
        note=job.parameters["note"],
        by=job.requested_by,
        now=timezone.now(),
        progress=progress,
    )
    return jobs.Result(
        words=f"{Place(schedule.month, schedule.number)} is signed off. Its payments can be batched.",
        url=reverse("controc:schedule_detail", args=[f"{schedule.month:%Y-%m}", schedule.number]),
    )
