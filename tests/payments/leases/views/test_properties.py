"""The forms of a property."""

from datetime import date

import pytest

from payments.models import Property
from tests.payments.leases.views.helpers import at, field_errors

pytestmark = pytest.mark.django_db


def test_a_property_and_its_certificates_are_added_and_changed(officer):
    typed = {"ref": "P9", "uprn": "1234", "address": "1 High Road", "postcode": "se6  9zz", "bedrooms": "0"}
    answer = officer.post(at("property_add"), typed)
    home = Property.objects.get()
    assert answer.url == at("property_detail", home)
    assert home.postcode == "SE6 9ZZ"
    again = officer.post(at("property_add"), typed)
    assert field_errors(again, "ref") == ["Another property has this reference."]
    officer.post(at("certificate_add", home), {"kind": "gas", "issued_on": "2026-01-05", "expires_on": "2027-01-04"})
    certificate = home.certificates.get()
    seen = officer.get(at("certificate_change", certificate)).context["form"]["seen"].value()
    officer.post(
        at("certificate_change", certificate),
        {"kind": "gas", "issued_on": "2026-01-05", "expires_on": "2027-01-05", "seen": seen},
    )
    certificate.refresh_from_db()
    assert certificate.expires_on == date(2027, 1, 5)
    seen = officer.get(at("property_change", home)).context["form"]["seen"].value()
    wrong = officer.post(at("property_change", home), typed | {"uprn": "12A", "seen": seen})
    assert field_errors(wrong, "uprn") == ["A UPRN has up to twelve digits."]
    officer.post(at("property_change", home), typed | {"bedrooms": "2", "seen": seen})
    home.refresh_from_db()
    assert home.bedrooms == 2
