"""What can never be true of a provider or a unit, broken by name."""

import pytest
from django.db import IntegrityError

from tests.factories import ProviderFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("factory", "fields", "constraint"),
    [
        (ProviderFactory, {"vat": "reduced"}, "provider_vat_is_known"),
        (UnitFactory, {"ref": ""}, "unit_has_ref_and_address"),
        (UnitFactory, {"address": ""}, "unit_has_ref_and_address"),
        (UnitFactory, {"size": "7"}, "unit_size_is_known"),
    ],
)
def test_what_a_provider_or_a_unit_can_never_say(factory, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        factory(**fields)
