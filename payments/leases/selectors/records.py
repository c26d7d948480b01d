"""What one page asks about one record or one month."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from payments.leases import rules
from payments.leases.models import Certificate, Property, RentCap
from payments.leases.selectors.certificates import reminders


@dataclass(frozen=True, slots=True)
class KindOfCertificate:
    """One kind of certificate of one property: the latest, its state, and the ones before."""

    kind_words: str
    latest: Certificate | None
    state: rules.CertificateState
    earlier: list[Certificate]


def latest_certificates(row: Property, today: date) -> list[KindOfCertificate]:
    days = reminders(today)
    by_kind: dict[str, list[Certificate]] = {kind: [] for kind in Certificate.Kind}
    for certificate in row.certificates.order_by("-issued_on", "pk"):
        by_kind[certificate.kind].append(certificate)
    kinds = []
    for kind, found in by_kind.items():
        latest = found[0] if found else None
        state = rules.certificate_state(latest.expires_on if latest else None, today, days)
        kinds.append(KindOfCertificate(Certificate.Kind(kind).label, latest, state, found[1:]))
    return kinds


def same_dwelling(row: Property) -> "QuerySet[Property]":
    """Other properties that look like the same dwelling under another reference: same UPRN, or the same address."""
    same = Q(address_key=row.address_key)
    if row.uprn:
        same |= Q(uprn=row.uprn)
    return Property.objects.filter(same).exclude(pk=row.pk).order_by("ref", "pk")


def rent_caps() -> "QuerySet[RentCap]":
    return RentCap.objects.order_by("bedrooms", "-from_on", "pk")


def caps_in_force(today: date) -> set[int]:
    """The ids of the caps that rents are checked against today: the latest of each size."""
    in_force = rent_caps().filter(from_on__lte=today).order_by("bedrooms", "-from_on").distinct("bedrooms")
    return set(in_force.values_list("pk", flat=True))
