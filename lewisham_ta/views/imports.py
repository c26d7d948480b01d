"""Loading a workbook: choose it, see what was understood, confirm. The same pages for every kind of import."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lewisham_ta import jobs, tables
from lewisham_ta.http import Request
from lewisham_ta.imports import uploads
from lewisham_ta.imports.preview import Importer
from lewisham_ta.models import Job, Upload
from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import BLANK

State = Upload.State
TONES = {"refused": "error", "wrong": "error", "ready": "warning", "confirmed": "ok", "waiting": "info"}
# What a page may show of an upload, in the order in which a person should look at it.
SECTIONS = {
    "wrong": "Wrong",
    "doubtful": "Doubtful",
    "changed": "Changed",
    "new": "New",
    "gone": "Not in the workbook",
}

View = Callable[..., HttpResponse]


def loads_something(view: View) -> View:
    """Only for those who may load at least one kind of workbook."""

    @wraps(view)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not uploads.importers_for(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


class ChooseForm(forms.Form):
    file = forms.FileField(label="Workbook", max_length=200)

    def __init__(self, *args: Any, importer: Importer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = importer.hint
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.xls,.ods,.csv"

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT_BYTES:
            raise forms.ValidationError(f"It is larger than {settings.UPLOAD_LIMIT_BYTES // 1024**2} MB.")
        return file


class UploadTable(tables.Table):
    caption, noun, empty = "Earlier loads", "Files", "Nothing has been loaded yet."
    file = tables.Column(
        "File",
        accessor="file__name",
        linkify=lambda record: reverse("import_detail", args=[record.pk]),
        orderable=False,
    )
    kind = tables.Column("What", orderable=False)
    state = tables.TagColumn("State", tones=TONES, orderable=False)
    summary = tables.Column("What was understood", accessor="pk", orderable=False)
    uploaded_by = tables.Column("Chosen by", orderable=False)
    uploaded_at = tables.WhenColumn("Chosen", orderable=False)
    confirmed_by = tables.Column("Confirmed by", orderable=False)
    confirmed_at = tables.WhenColumn("Loaded", orderable=False)

    def render_kind(self, value: str) -> str:
        importer = uploads.importers().get(value)
        return importer.label if importer else value

    def render_summary(self, record: Upload) -> str:
        return record.refusal or record.summary or "–"


class CellTable(tables.Table):
    """Cells of the workbook, as the officer finds them there."""

    sheet = tables.Column("Sheet", orderable=False)
    row = tables.Column("Row", orderable=False)
    column = tables.Column("Column", orderable=False)
    value = tables.Column("What it says", orderable=False)
    reason = tables.Column("Why", orderable=False)

    def render_row(self, value: int) -> str:
        return str(value or BLANK)  # a sheet that is not there has no row

    def value_row(self, value: int) -> int | None:
        return value or None

    def render_value(self, value: str) -> str:
        return value.removesuffix(".0")  # Excel hands back whole numbers so, and shows them without


class ChangeTable(tables.Table):
    what = tables.Column("Record", orderable=False)
    ref = tables.Column("Reference", orderable=False)
    field = tables.Column("Column", orderable=False)
    was = tables.Column("From", orderable=False)
    now = tables.Column("To", orderable=False)


class RecordTable(tables.Table):
    what = tables.Column("Record", orderable=False)
    ref = tables.Column("Reference", orderable=False)
    words = tables.Column("What it is", orderable=False)


@loads_something
def import_list(request: Request) -> HttpResponse:
    table = UploadTable(uploads.uploads_visible_to(request.user), request=request)
    importers = uploads.importers_for(request.user)
    return table_response(request, table, "Loads") or render(
        request, "imports/import_list.html", {"table": table, "importers": importers}
    )


@loads_something
def import_new(request: Request, kind: str) -> HttpResponse:
    importer = next((one for one in uploads.importers_for(request.user) if one.name == kind), None)
    if importer is None:
        raise Http404
    is_sent = request.method == "POST"
    form = ChooseForm(request.POST, request.FILES, importer=importer) if is_sent else ChooseForm(importer=importer)
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = uploads.receive(
                importer=importer, name=file.name, content=file.read(), by=request.user, now=timezone.now()
            )
            return redirect("import_detail", upload.pk)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return render(request, "imports/import_new.html", {"form": form, "importer": importer})


@loads_something
def import_detail(request: Request, pk: int) -> HttpResponse:
    """What was understood of a file. While a worker is busy with it the page asks again every second."""
    # The job first: one that ends between the two reads is still busy here, and the page asks again.
    job = Job.objects.filter(kind__in=[uploads.READ, uploads.LOAD], key=str(pk)).order_by("-pk").first()
    upload = get_object_or_404(uploads.uploads_visible_to(request.user), pk=pk)
    context = {
        "upload": upload,
        "importer": uploads.importers()[upload.kind],
        "tone": TONES.get(upload.state, "neutral"),
        "job": job,
        "waits_long": job is not None and jobs.waits_long(job, timezone.now()),
        "is_busy": job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING),
        "is_open": upload.state in (State.WAITING, State.REFUSED, State.WRONG, State.READY),
        "confirm_refusal": uploads.confirm_refusal(upload, request.user),
        "before": uploads.loaded_before(upload),
    }
    if upload.state not in (State.WRONG, State.READY, State.CONFIRMED):
        return render(request, "imports/import_detail.html", context)
    plan = Upload.objects.values_list("plan", flat=True).get(pk=pk)
    rows = _sections(plan)
    shown = request.GET.get("show", "")
    if shown not in rows:
        shown = next((name for name, found in rows.items() if found), "new")
    kinds = list(dict.fromkeys(row["what"] for row in rows[shown] if "what" in row))
    what = request.GET.get("what", "")
    wanted = [row for row in rows[shown] if what not in kinds or row["what"] == what]
    name = f"{SECTIONS[shown]} in {upload.file.name}"
    table = _table(shown)(wanted, request=request, caption=name)
    context |= {
        "table": table,
        "notes": plan["notes"],
        "sections": [
            {"name": section, "label": label, "count": len(rows[section]), "is_shown": section == shown}
            for section, label in SECTIONS.items()
            if rows[section] or section == shown
        ],
        "shown": shown,
        "kinds": kinds if len(kinds) > 1 else [],
        "what": what,
    }
    return table_response(request, table, name) or render(request, "imports/import_detail.html", context)


@require_POST
@loads_something
def import_load(request: Request, pk: int) -> HttpResponse:
    upload = get_object_or_404(uploads.uploads_visible_to(request.user), pk=pk)
    try:
        seen = request.POST.get("seen", "")
        uploads.ask_to_load(upload_id=upload.pk, seen=seen, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("import_detail", pk)


@require_POST
@loads_something
def import_abandon(request: Request, pk: int) -> HttpResponse:
    upload = get_object_or_404(uploads.uploads_visible_to(request.user), pk=pk)
    try:
        uploads.abandon(upload_id=upload.pk, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("import_detail", pk)
    messages.success(request, f"{upload.file.name} was put away. Nothing was written.")
    return redirect("import_list")


def _sections(plan: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each section; a changed record has a row for each of its fields."""
    items = plan["items"]
    changed = [
        {"what": item["what"], "ref": item["ref"], **change}
        for item in items
        if item["state"] == "changed"
        for change in item["changes"]
    ]
    return {
        "wrong": plan["wrong"],
        "doubtful": plan["doubtful"],
        "changed": changed,
        "new": [item for item in items if item["state"] == "new"],
        "gone": [item for item in items if item["state"] == "gone"],
    }


def _table(section: str) -> type[tables.Table]:
    if section in ("wrong", "doubtful"):
        return CellTable
    return ChangeTable if section == "changed" else RecordTable
