from datetime import UTC, datetime

import pghistory
import pytest
from django.db import connection

from contacts.models import Party
from lewisham_ta import audit
from lewisham_ta.models import AuditEvent
from tests.factories import PartyFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def contexts():
    """What the history says about each change of a party, oldest first."""
    events = Party.pgh_event_model.objects.order_by("pgh_id").select_related("pgh_context")
    return [event.pgh_context and event.pgh_context.metadata for event in events]


def test_an_event_says_who_did_what_to_which_row_when_and_why():
    by, party = UserFactory(), PartyFactory()
    audit.record("party.renamed", party, by=by, at=NOON, why="They married.", was="Old")
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.by, event.at) == ("party.renamed", party, by, NOON)
    assert (event.why, event.detail) == ("They married.", {"was": "Old"})


def test_many_rows_have_an_event_each(django_assert_max_num_queries):
    by, parties = UserFactory(), [PartyFactory(), PartyFactory(), PartyFactory()]
    with django_assert_max_num_queries(2):
        audit.record_each("party.renamed", parties, by=by, at=NOON, why="They married.")
    assert [event.subject for event in AuditEvent.objects.order_by("pk")] == parties
    assert set(AuditEvent.objects.values_list("action", "by", "why")) == {("party.renamed", by.pk, "They married.")}


def test_a_change_inside_the_block_is_stamped_with_who_and_why():
    by = UserFactory()
    with audit.acting(by, "Typed from the form."):
        PartyFactory()
    assert contexts() == [{"user": by.pk, "why": "Typed from the form."}]


def test_a_change_outside_every_block_leaves_a_trace_without_a_name():
    PartyFactory()
    assert contexts() == [None]


def test_two_services_of_one_request_keep_their_own_reasons():
    by = UserFactory()
    with pghistory.context(user=by.pk, url="/parties/"):
        with audit.acting(by, "First."):
            PartyFactory()
        with audit.acting(by, "Second."):
            PartyFactory()
        PartyFactory()
    request = {"user": by.pk, "url": "/parties/"}
    assert contexts() == [request | {"why": "First."}, request | {"why": "Second."}, request]


def test_a_service_called_by_a_service_has_its_own_reason_and_the_outer_one_returns():
    by, other = UserFactory.create_batch(2)
    with audit.acting(by, "Outer."):
        PartyFactory()
        with audit.acting(other, "Inner."):
            PartyFactory()
        PartyFactory()
    outer = {"user": by.pk, "why": "Outer."}
    assert contexts() == [outer, {"user": other.pk, "why": "Inner."}, outer]


def test_a_refusal_inside_the_block_ends_it():
    by = UserFactory()
    with pytest.raises(RuntimeError), audit.acting(by, "Never."):
        raise RuntimeError
    with audit.acting(None):
        PartyFactory()
    assert contexts() == [{"user": None}]


def test_a_bulk_change_and_raw_sql_are_stamped_too():
    by = UserFactory()
    with audit.acting(by, "Everything at once."):
        PartyFactory.create_batch(2)
        Party.objects.update(vat_number="GB1")
        connection.cursor().execute("UPDATE contacts_party SET vat_number = 'GB2'")
    assert contexts() == [{"user": by.pk, "why": "Everything at once."}] * 6
