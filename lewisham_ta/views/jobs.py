"""Work in the background: what is asked for, how far it is, and what came of it."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lewisham_ta import files, jobs, tables
from lewisham_ta.http import Request
from lewisham_ta.models import Job
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response


class JobFilter(forms.Form):
    state = forms.ChoiceField(choices=[("", "Any state"), *Job.State.choices], required=False)


class JobTable(tables.Table):
    caption, noun, empty = "Jobs", "Jobs", "No jobs yet."
    title = tables.Column("Work", linkify=lambda record: reverse("job_detail", args=[record.pk]), orderable=False)
    state = tables.TagColumn("State", orderable=False)
    outcome = tables.Column("What came of it", accessor="pk", orderable=False)
    requested_by = tables.Column("Asked for by", orderable=False, default="the system")
    requested_at = tables.WhenColumn("Asked for", orderable=False)
    finished_at = tables.WhenColumn("Ended", orderable=False)

    def render_outcome(self, record: Job) -> str:
        return record.error or record.result or record.progress or "–"


def job_list(request: Request) -> HttpResponse:
    rows = jobs.visible_to(request.user).order_by("-requested_at", "-pk")
    filters = JobFilter(request.GET or None)
    if filters.is_valid() and filters.cleaned_data["state"]:
        rows = rows.filter(state=filters.cleaned_data["state"])
    table = JobTable(rows, request=request)
    return table_response(request, table, "Jobs") or render(
        request, "jobs/job_list.html", {"table": table, "filters": filters}
    )


def job_detail(request: Request, pk: int) -> HttpResponse:
    """The page of a job; for htmx only the part that changes, which stops asking when the job has ended."""
    job = get_object_or_404(jobs.visible_to(request.user), pk=pk)
    is_mine = job.requested_by_id == request.user.pk
    file_id = job.result_file_id if is_mine else None
    context = {
        "job": job,
        "waits_long": jobs.waits_long(job, timezone.now()),
        "ended": job.state in (Job.State.DONE, Job.State.FAILED),
        "file": files.without_content().filter(pk=file_id).first() if file_id else None,
        "may_retry": is_mine and job.state == Job.State.FAILED,
    }
    return render(request, "jobs/_job.html" if request.htmx else "jobs/job_detail.html", context)


@require_POST
def job_retry(request: Request, pk: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=pk, requested_by=request.user)
    try:
        job = jobs.retry(job=job, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("job_detail", job.pk)


def file_download(request: Request, pk: int) -> HttpResponse:
    """The result file of a job, for whoever asked for the job and nobody else."""
    job = get_object_or_404(Job.objects.select_related("result_file"), pk=pk, requested_by=request.user)
    if job.result_file is None:
        raise Http404
    return files.response(job.result_file, by=request.user, now=timezone.now())
