"""The lists: leases, properties, certificates."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from lewisham_ta.fields import chosen
from lewisham_ta.tables import table_response
from lewisham_ta.templatetags.ta import day
from payments.leases import forms, selectors
from payments.leases.tables import CertificateTable, LeaseTable, PropertyTable


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def lease_list(request: HttpRequest) -> HttpResponse:
    filters = forms.LeaseFilters(request.GET)
    asked = chosen(filters)
    on = asked.pop("on", timezone.localdate())
    if "ending" in asked:
        asked["ends_before"] = on + timedelta(days=asked.pop("ending"))
    if "breaking" in asked:
        asked["breaks_before"] = on + timedelta(days=asked.pop("breaking"))
    rows = selectors.leases_found(day=on, **asked)
    table = LeaseTable(rows, request=request, totals=selectors.rent_totals(rows))
    table.holds = selectors.holds_on(on, [row.record for row in table.paginated_rows])
    context = {"table": table, "filters": filters, "on": on, "may_change": may_change(request)}
    return table_response(request, table, f"Leases as on {day(on)}") or render(
        request, "payments/leases/lease_list.html", context
    )


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def property_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    reminders = selectors.reminders(today)
    filters = forms.PropertyFilters(request.GET)
    rows = selectors.properties_found(
        day=today, expiring_to=today + timedelta(days=max(reminders, default=0)), **chosen(filters)
    )
    table = PropertyTable(rows, request=request, today=today, reminders=reminders)
    context = {"table": table, "filters": filters, "may_change": may_change(request)}
    return table_response(request, table, "Properties") or render(
        request, "payments/leases/property_list.html", context
    )


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def certificate_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    reminders = selectors.reminders(today)
    filters = forms.CertificateFilters(request.GET, reminders=reminders)
    lines = selectors.certificate_lines(today, reminders)
    table = CertificateTable(selectors.certificates_found(lines, **chosen(filters)), request=request)
    context = {"table": table, "filters": filters, "facts": certificate_facts(lines, reminders)}
    return table_response(request, table, f"Certificates on {day(today)}") or render(
        request, "payments/leases/certificate_list.html", context
    )


def certificate_facts(lines: list[selectors.CertificateLine], reminders: list[int]) -> list[dict[str, Any]]:
    """The strip: each figure opens its rows."""
    states = [("expired", "Expired", "error"), ("missing", "Missing", "error")]
    states += [(str(days), f"Within {days} days", "warning") for days in sorted(reminders)]
    facts = []
    for state, label, tone in states:
        count = len(selectors.certificates_found(lines, state=state))
        facts.append({"label": label, "value": count, "url": f"?state={state}", "tone": tone if count else ""})
    return facts


def may_change(request: HttpRequest) -> bool:
    return request.user.has_perm("payments.manage_leases")
