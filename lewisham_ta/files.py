"""Files made for others or handed in by them: kept byte for byte, with their digest and every download.

There is no address that serves any file. Each room serves its own through a view that asks its own permission and
ends with `response`; the kernel serves a job's result file to whoever asked for the job.
"""

from datetime import datetime
from hashlib import sha256

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from lewisham_ta.models import Download, StoredFile, User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"


def store(name: str, content: bytes, content_type: str, by: User | None, now: datetime) -> StoredFile:
    """Keep a file as it is. Nothing can change or delete it afterwards."""
    return StoredFile.objects.create(
        name=name,
        content=content,
        content_type=content_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        made_by=by,
        made_at=now,
    )


def response(file: StoredFile, by: User, now: datetime) -> HttpResponse:
    """The file as a download, always saved and never shown inside the site, and a record that `by` took it."""
    content = bytes(file.content)
    if sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"The stored file {file.pk} is not what was stored.")
    Download.objects.create(file=file, taken_by=by, taken_at=now)
    answer = HttpResponse(content, content_type=file.content_type)
    disposition = content_disposition_header(as_attachment=True, filename=_safe(file.name))
    answer["Content-Disposition"] = disposition or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def without_content() -> QuerySet[StoredFile]:
    """Files with maker and downloads (newest first), for a list: the bytes stay in the database."""
    downloads = Download.objects.select_related("taken_by").order_by("-taken_at", "-pk")
    return (
        StoredFile.objects.defer("content")
        .select_related("made_by")
        .prefetch_related(Prefetch("downloads", queryset=downloads))
    )


def _safe(name: str) -> str:
    """A name without folders, and without characters that some system will not have in a name."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join("_" if char in '<>:"|?*' or not char.isprintable() else char for char in last) or "file"
