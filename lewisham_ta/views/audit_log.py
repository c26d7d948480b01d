"""The audit log: who did what, when and why, filtered and as an Excel file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from lewisham_ta import tables
from lewisham_ta.history import labels_of
from lewisham_ta.http import Request
from lewisham_ta.models import AuditEvent, User
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags import ta


def actions() -> list[tuple[str, str]]:
    """What people have done so far, as choices."""
    known = AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct()
    return [(action, ta.deed(action)) for action in known]


class DayInput(forms.DateInput):
    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditFilter(forms.Form):
    person = forms.ModelChoiceField(
        User.objects.order_by("last_name", "first_name", "pk"), required=False, empty_label="Anybody"
    )
    action = forms.ChoiceField(required=False, choices=lambda: [("", "Anything"), *actions()])
    from_on = forms.DateField(label="From", required=False, widget=DayInput())
    to_on = forms.DateField(label="To", required=False, widget=DayInput())


class AuditTable(tables.Table):
    caption, noun, empty = "Audit log", "Events", "Nothing matches."
    at = tables.WhenColumn("When", orderable=False)
    by = tables.Column("Who", orderable=False, default="the system", css="date")
    action = tables.Column("Did", orderable=False, css="date")
    subject = tables.Column("To", accessor="subject_id", orderable=False, css="date")
    why = tables.Column("Why", orderable=False)
    detail = tables.Column("Details", orderable=False)

    def render_action(self, value: str) -> str:
        return ta.deed(value)

    names: Mapping[tuple[int, int], str] = {}

    def render_subject(self, record: AuditEvent) -> str:
        # The row itself may be gone; that it was there is not.
        name = self.names.get((record.subject_type_id, record.subject_id))
        return name or f"{record.subject_type.name} {record.subject_id}"

    def render_detail(self, value: dict[str, Any]) -> str:
        return ta.particulars(value) or ta.BLANK


@permission_required("lewisham_ta.see_audit_log", raise_exception=True)
def audit_log(request: Request) -> HttpResponse:
    filters = AuditFilter(request.GET or None)
    rows = AuditEvent.objects.select_related("by", "subject_type").order_by("-pk")
    if filters.is_valid():
        rows = _chosen(rows, **filters.cleaned_data)
    table = AuditTable(rows, request=request)
    is_export = request.GET.get("export") == "xlsx"
    table.names = names_of(rows if is_export else [row.record for row in table.paginated_rows])
    context = {"table": table, "filters": filters}
    return table_response(request, table, "Audit log") or render(request, "audit_log.html", context)


def names_of(events: Iterable[AuditEvent]) -> dict[tuple[int, int], str]:
    """(type, key) → name of what the events are about, with one query a type."""
    pks: defaultdict[ContentType, set[int]] = defaultdict(set)
    for event in events:
        pks[event.subject_type].add(event.subject_id)
    names: dict[tuple[int, int], str] = {}
    for subject_type, subject_pks in pks.items():
        if model := subject_type.model_class():
            labels = labels_of(model, subject_pks)
            names |= {(subject_type.pk, pk): label for pk, label in labels.items()}
    return names


def _chosen(
    rows: QuerySet[AuditEvent], *, person: User | None, action: str, from_on: Any, to_on: Any
) -> QuerySet[AuditEvent]:
    chosen = {"by": person, "action": action, "at__date__gte": from_on, "at__date__lte": to_on}
    return rows.filter(**{lookup: value for lookup, value in chosen.items() if value})
