"""The first page: what waits, how far the month's close is, and what is running."""

from datetime import timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from lewisham_ta import jobs, work
from lewisham_ta.http import Request
from lewisham_ta.models import Job

JOBS_SHOWN = 8
WHOSE: dict[work.Whose, str] = {"mine": "Mine", "team": "My team's", "all": "All"}


def home(request: Request) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    steps = work.steps(request.user, today)
    divided = work.divided(work.items(request.user, today), request.user)
    whose: work.Whose = next((which for which in WHOSE if which == request.GET.get("work")), "team")
    shown = jobs.visible_to(request.user).filter(
        Q(state__in=[Job.State.WAITING, Job.State.RUNNING]) | Q(finished_at__gte=now - timedelta(days=2))
    )
    return render(
        request,
        "home.html",
        {
            "today": today,
            "facts": work.facts(request.user, today),
            "items": divided[whose],
            "whose": whose,
            "switch": [(which, words, len(divided[which])) for which, words in WHOSE.items()],
            "steps": steps,
            "steps_done": sum(step.state == "done" for step in steps),
            "jobs": shown.order_by("-requested_at", "-pk")[:JOBS_SHOWN],
        },
    )
