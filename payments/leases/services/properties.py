"""Properties and their certificates."""

from datetime import date, datetime

from django.db import transaction

from lewisham_ta import audit
from lewisham_ta.addresses import address_key
from lewisham_ta.models import User
from lewisham_ta.refusals import permit, refusing
from lewisham_ta.versions import lock
from payments.leases.models import Certificate, Property


@transaction.atomic
def add_property(
    *,
    ref: str,
    address: str,
    postcode: str,
    bedrooms: int,
    uprn: str = "",
    kind: str = "",
    by: User,
    now: datetime,
) -> Property:
    permit(by, "payments.manage_leases")
    with audit.acting(by), refusing():
        row = Property.objects.create(
            ref=ref,
            uprn=uprn,
            address=address,
            postcode=postcode,
            bedrooms=bedrooms,
            kind=kind,
            address_key=address_key(address, postcode),
        )
    audit.record("property.added", row, by=by, at=now)
    return row


@transaction.atomic
def change_property(
    *,
    property_id: int,
    uprn: str,
    address: str,
    postcode: str,
    bedrooms: int,
    kind: str,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Property:
    permit(by, "payments.manage_leases")
    row = lock(Property, property_id, seen=seen)
    row.uprn, row.address, row.postcode, row.bedrooms, row.kind = uprn, address, postcode, bedrooms, kind
    row.address_key = address_key(address, postcode)
    with audit.acting(by, why), refusing():
        row.save(update_fields=["uprn", "address", "postcode", "bedrooms", "kind", "address_key"])
    audit.record("property.changed", row, by=by, at=now, why=why)
    return row


@transaction.atomic
def add_certificate(
    *, property_id: int, kind: str, issued_on: date, expires_on: date, by: User, now: datetime
) -> Certificate:
    permit(by, "payments.manage_leases")
    with audit.acting(by), refusing():
        row = Certificate.objects.create(property_id=property_id, kind=kind, issued_on=issued_on, expires_on=expires_on)
    audit.record("certificate.added", row, by=by, at=now)
    return row


@transaction.atomic
def change_certificate(
    *,
    certificate_id: int,
    kind: str,
    issued_on: date,
    expires_on: date,
    why: str = "",
    seen: str = "",
    by: User,
    now: datetime,
) -> Certificate:
    permit(by, "payments.manage_leases")
    row = lock(Certificate, certificate_id, seen=seen)
    row.kind, row.issued_on, row.expires_on = kind, issued_on, expires_on
    with audit.acting(by, why), refusing():
        row.save(update_fields=["kind", "issued_on", "expires_on"])
    audit.record("certificate.changed", row, by=by, at=now, why=why)
    return row
