"""What can never be true of a household, broken by name."""

from datetime import date

import pytest
from django.db import IntegrityError

from tests.factories import LONG_AGO, HouseholdFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [({"service": "police"}, "household_service_is_known"), ({"ref": ""}, "household_has_a_ref")],
)
def test_what_a_household_can_never_say(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        HouseholdFactory(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [({"kind": "weather"}, "circumstance_kind_is_known"), ({"note": ""}, "circumstance_says_what")],
)
def test_what_a_change_of_circumstances_can_never_say(fields, constraint):
    days = {"happened_on": date(2026, 3, 2), "told_on": date(2026, 3, 3)}
    usual = {"kind": "income", "note": "A new job", "recorded_by": UserFactory(), "recorded_at": LONG_AGO} | days
    with pytest.raises(IntegrityError, match=constraint):
        HouseholdFactory().circumstances.create(**usual | fields)
