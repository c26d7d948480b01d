"""What the database does not let be true of accounts and findings, each broken by name."""

import pytest
from django.db import IntegrityError

from bookings.models import AcademyFinding
from tests.factories import LONG_AGO, AcademyAccountFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("academy_status_is_known", {"status": "paused"}),
        ("academy_account_has_a_ref", {"claim_ref": ""}),
    ],
)
def test_an_account_is_whole(constraint, fields):
    with pytest.raises(IntegrityError, match=constraint):
        AcademyAccountFactory(**fields)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("academy_finding_is_about_something", {"account": None}),
        ("academy_finding_says_what_was_done", {"note": ""}),
    ],
)
def test_a_finding_is_whole(constraint, fields):
    usual = {"kind": "stopped", "figures": "x", "note": "Asked", "account": AcademyAccountFactory()}
    with pytest.raises(IntegrityError, match=constraint):
        AcademyFinding.objects.create(settled_by=UserFactory(), settled_at=LONG_AGO, **(usual | fields))
