"""Who may sign for a while."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from lewisham_ta.refusals import Refused
from lewisham_ta.tables import table_response
from payments.controc import forms, services, tables
from payments.controc.models import Deputy
from payments.controc.selectors import pages
from payments.controc.views.common import SEE


@require_http_methods(["GET", "POST"])
@permission_required(SEE, raise_exception=True)
def deputy_list(request: HttpRequest) -> HttpResponse:
    may_appoint = request.user.has_perm("payments.appoint_deputy")
    form = forms.Appoint(request.POST or None, people=pages.people_who_may_deputise())
    if request.method == "POST":
        if not may_appoint:
            raise PermissionDenied
        if form.is_valid():
            try:
                services.appoint_deputy(**form.cleaned_data, by=request.user, now=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{form.cleaned_data['person']} may sign off between these dates.")
                return redirect("controc:deputy_list")
    table = tables.DeputyTable(pages.deputies(), request=request, may_end=may_appoint)
    return table_response(request, table, "Deputies") or render(
        request, "payments/controc/deputy_list.html", {"table": table, "form": form, "may_appoint": may_appoint}
    )


@require_POST
@permission_required("payments.appoint_deputy", raise_exception=True)
def deputy_end(request: HttpRequest, pk: int) -> HttpResponse:
    deputy = get_object_or_404(Deputy, pk=pk)
    try:
        services.end_deputy(deputy_id=deputy.pk, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The appointment is ended.")
    return redirect("controc:deputy_list")
