"""The call to the number on file."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Party
from lewisham_ta.refusals import Refused
from payments.payees import services
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.payees.services.helpers import NOW, actions, ring, waiting_change

pytestmark = pytest.mark.django_db


def test_a_decided_request_is_not_called_back():
    with pytest.raises(Refused, match="decided already"):
        ring(BankDetailsFactory())


def test_whoever_asked_does_not_ring():
    details = waiting_change()
    with pytest.raises(Refused, match="someone else must ring the payee"):
        ring(details, by=details.requested_by)


def test_whoever_rang_may_approve():
    details, by = waiting_change(), UserFactory()
    ring(details, by=by)
    assert services.approve_bank_details(details_id=details.pk, by=by, now=NOW).is_current


def test_only_the_number_on_file_counts():
    with pytest.raises(Refused, match="telephone number on file changed while you were reading"):
        ring(waiting_change(), number="020 7946 0666")


def test_without_a_number_on_file_nobody_can_be_rung():
    with pytest.raises(Refused, match="no telephone number on file"):
        ring(waiting_change(payee__party__telephone=""), number="")


def test_a_call_back_is_recorded_once():
    details = waiting_change()
    ring(details)
    with pytest.raises(Refused, match="recorded already"):
        ring(details)


@pytest.mark.parametrize("asked", [timedelta(hours=-1), timedelta(hours=47)], ids=["before", "shortly after"])
def test_a_number_changed_around_the_request_does_not_count(asked):
    """The database's clock stamps the change of the number, so the request is placed around that."""
    details = waiting_change(requested_at=timezone.now() + asked)
    Party.objects.update(telephone="020 7946 0666")
    with pytest.raises(Refused, match=r"changed too shortly before this request, or after it.* 48 hours after"):
        ring(details, number="020 7946 0666", now=details.requested_at)


def test_a_number_first_put_on_file_around_the_request_does_not_count():
    details = waiting_change(payee__party__telephone="", requested_at=timezone.now())
    Party.objects.update(telephone="020 7946 0666")
    with pytest.raises(Refused, match="changed too shortly"):
        ring(details, number="020 7946 0666", now=details.requested_at)


def test_a_number_changed_well_before_the_request_counts():
    details = waiting_change(requested_at=timezone.now() + timedelta(hours=49))
    Party.objects.update(telephone="020 7946 0002")
    ring(details, number="020 7946 0002", now=details.requested_at)


def test_another_change_of_the_payee_does_not_spoil_the_number():
    details = waiting_change(requested_at=timezone.now())
    Party.objects.update(name="Another Name", email="other@example.org")
    ring(details, now=details.requested_at)


def test_the_call_back_keeps_who_when_number_and_note():
    by = UserFactory()
    details = ring(waiting_change(), by=by)
    details.refresh_from_db()
    assert (details.called_back_by, details.called_back_at) == (by, NOW)
    assert (details.called_number, details.call_note) == ("020 7946 0000", "Spoke to Ada, confirmed.")
    assert actions() == ["bank_details.called_back"]
