"""Properties and their certificates."""

from functools import partial

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from lewisham_ta.acting import act
from lewisham_ta.history import LEFT_OUT, history_of
from lewisham_ta.versions import version_of
from payments.leases import forms, sections, selectors, services
from payments.leases.models import Certificate, Property
from payments.leases.views.lists import may_change


def crumbs_of(row: Property) -> list[tuple[str, str]]:
    return [("Properties", reverse("leases:property_list")), (row.ref, url_of(row))]


def url_of(row: Property) -> str:
    return reverse("leases:property_detail", args=[row.ref])


@require_GET
@permission_required("payments.see_records", raise_exception=True)
def property_detail(request: HttpRequest, ref: str) -> HttpResponse:
    row = get_object_or_404(Property, ref=ref)
    today = timezone.localdate()
    events = [*selectors.property_timeline(row), *sections.events_of(request, row)]
    context = {
        "row": row,
        "leases": selectors.leases_on(today).filter(property=row).order_by("-starts_on", "-pk"),
        "certificates": selectors.latest_certificates(row, today),
        "same_dwelling": selectors.same_dwelling(row),
        "events": sorted(events, key=lambda event: event.on, reverse=True),
        "history": history_of(row, children=[(Certificate, "property")], left_out=LEFT_OUT | {"address_key"}),
        "sections": sections.of_property(request, row),
        "may_change": may_change(request),
    }
    return render(request, "payments/leases/property_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def property_add(request: HttpRequest) -> HttpResponse:
    here = reverse("leases:property_list")
    return act(
        request,
        forms.AddProperty(request.POST or None),
        services.add_property,
        title="Add a property",
        submit="Add the property",
        done="Property added.",
        back=here,
        then=url_of,
        crumbs=[("Properties", here)],
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def property_change(request: HttpRequest, ref: str) -> HttpResponse:
    row = get_object_or_404(Property, ref=ref)
    version = version_of(row)
    fields = ["uprn", "address", "postcode", "bedrooms", "kind"]
    initial = {name: getattr(row, name) for name in fields} | {"seen": version}
    return act(
        request,
        forms.ChangeProperty(request.POST or None, initial=initial),
        partial(services.change_property, property_id=row.pk),
        title=f"Change property {row.ref}",
        submit="Save the property",
        done=f"Property {row.ref} saved.",
        back=url_of(row),
        version=version,
        crumbs=crumbs_of(row),
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def certificate_add(request: HttpRequest, ref: str) -> HttpResponse:
    row = get_object_or_404(Property, ref=ref)
    return act(
        request,
        forms.CertificateFields(request.POST or None, initial={"kind": request.GET.get("kind", "")}),
        partial(services.add_certificate, property_id=row.pk),
        title=f"Add a certificate to {row.ref}",
        submit="Add the certificate",
        done="Certificate added.",
        back=url_of(row),
        intro=f"{row.address}, {row.postcode}",
        crumbs=crumbs_of(row),
    )


@require_http_methods(["GET", "POST"])
@permission_required("payments.manage_leases", raise_exception=True)
def certificate_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Certificate.objects.select_related("property"), pk=pk)
    version = version_of(row)
    initial = {"kind": row.kind, "issued_on": row.issued_on, "expires_on": row.expires_on, "seen": version}
    return act(
        request,
        forms.ChangeCertificate(request.POST or None, initial=initial),
        partial(services.change_certificate, certificate_id=row.pk),
        title=f"Change a certificate of {row.property.ref}",
        submit="Save the certificate",
        done="Certificate saved.",
        back=url_of(row.property),
        version=version,
        intro=f"{row.property.address}, {row.property.postcode}",
        crumbs=crumbs_of(row.property),
    )
