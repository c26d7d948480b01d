"""A constraint without words is an error that nobody is told of, so each is broken by its name in a test."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.db.models import BaseConstraint

from lewisham_ta.models import Job
from tests.factories import LONG_AGO

OURS = {"bookings", "contacts", "lewisham_ta", "payments"}


def test_each_constraint_without_words_is_named_in_a_test():
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    wordless = [
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for constraint in model._meta.constraints
        if constraint.violation_error_message == BaseConstraint.default_violation_error_message
    ]
    assert len(wordless) > 50
    assert sorted(name for name in wordless if name not in tests) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "lost"}, "job_finished_is_stamped"),  # is asked before job_state_is_known, and refuses it too
        ({"state": "done"}, "job_finished_is_stamped"),
        ({"state": "running", "finished_at": LONG_AGO}, "job_finished_is_stamped"),
        ({"state": "failed", "finished_at": LONG_AGO}, "job_failed_says_why"),
    ],
)
def test_what_a_job_can_never_say(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        Job.objects.create(kind="toy", key="1", title="Toy", requested_at=LONG_AGO, **fields)
