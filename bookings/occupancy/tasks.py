"""What workers do for this room: make the lists of a week where they are many, and e-mail those that wait for it."""

from datetime import date, datetime

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from bookings.occupancy import mailing, rules, services
from lewisham_ta import jobs
from lewisham_ta.models import Job, User
from lewisham_ta.refusals import Refused, refuse_if
from lewisham_ta.templatetags.ta import counted, day

MAKE_LISTS = "occupancy.make_lists"


@shared_task
def email_lists() -> None:
    mailing.email_waiting(now=timezone.now())


def request_lists(*, week: date, by: User, now: datetime) -> Job:
    """Ask a worker for the lists of a week that are not there yet."""
    refuse_if(rules.week_refusal(week=week, today=timezone.localdate(now)))
    title = f"Make the occupancy lists of the week of {day(week)}"
    return jobs.request(kind=MAKE_LISTS, key=str(week), title=title, parameters={"week": str(week)}, by=by, now=now)


@jobs.work(MAKE_LISTS, seen_with="bookings.see_bookings")
def make_lists(job: Job, progress: jobs.Progress) -> jobs.Result:
    if job.requested_by is None:
        raise Refused("The lists are made by a person: ask for them again.")
    week = date.fromisoformat(job.parameters["week"])
    made = services.make_lists(week=week, by=job.requested_by, now=timezone.now(), progress=progress)
    return jobs.Result(f"{counted(made, 'list')} made.", f"{reverse('occupancy:week_list')}?week={week}")
