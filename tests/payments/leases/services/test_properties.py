"""What people do to properties and their certificates: refusals first, then what is recorded."""

from datetime import date

import pytest

from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from lewisham_ta.versions import Stale, version_of
from payments.leases import services
from payments.models import (
    Property,
)
from tests.factories import CertificateFactory, PropertyFactory

pytestmark = pytest.mark.django_db


def test_a_property_reference_is_used_once(acts):
    PropertyFactory(ref="P1")
    with pytest.raises(Refused, match="Another property has this reference"):
        services.add_property(ref="P1", address="1 High Rd", postcode="SE6 9ZZ", bedrooms=2, **acts)


def test_a_property_is_added_with_the_key_its_address_is_compared_by(acts):
    added = services.add_property(ref="P1", address="1 High Rd", postcode="SE6 9ZZ", bedrooms=2, **acts)
    assert Property.objects.get().address_key == "1 HIGH ROAD SE69ZZ"
    assert AuditEvent.objects.get(action="property.added").subject_id == added.pk


def test_a_property_changed_meanwhile_is_not_changed_again(acts):
    row = PropertyFactory(bedrooms=2)
    seen = version_of(row)
    new = {"uprn": "", "address": "1 High Road", "postcode": "SE6 9ZZ", "kind": "House"}
    services.change_property(property_id=row.pk, bedrooms=3, seen=seen, **new, **acts)
    with pytest.raises(Stale, match="Somebody changed this property while you were reading it"):
        services.change_property(property_id=row.pk, bedrooms=4, seen=seen, **new, **acts)
    row.refresh_from_db()
    assert (row.bedrooms, row.address_key) == (3, "1 HIGH ROAD SE69ZZ")


def test_a_certificate_is_recorded_once_and_corrected(acts):
    dates = {"kind": "gas", "issued_on": date(2026, 1, 5), "expires_on": date(2027, 1, 4)}
    home = PropertyFactory()
    row = services.add_certificate(property_id=home.pk, **dates, **acts)
    with pytest.raises(Refused, match="already recorded"):
        services.add_certificate(property_id=home.pk, **dates, **acts)
    with pytest.raises(Refused, match="must expire after it was issued"):
        services.change_certificate(
            certificate_id=row.pk, kind="gas", issued_on=date(2026, 1, 5), expires_on=date(2026, 1, 5), **acts
        )
    changed = dates | {"expires_on": date(2027, 1, 5)}
    assert services.change_certificate(certificate_id=row.pk, **changed, **acts).expires_on == date(2027, 1, 5)


def test_a_certificate_changed_meanwhile_is_not_changed_again(acts):
    row = CertificateFactory()
    with pytest.raises(Stale):
        services.change_certificate(
            certificate_id=row.pk, kind="gas", issued_on=row.issued_on, expires_on=row.expires_on, seen="old", **acts
        )
