"""The forms of a lease: what is typed reaches the service, a refusal is at its field, and nothing typed is lost."""

from datetime import date
from decimal import Decimal

import pytest

from payments.models import Lease
from tests.factories import LeaseFactory, PayeeFactory, PropertyFactory
from tests.payments.leases.views.helpers import at, field_errors, words_of

pytestmark = pytest.mark.django_db

NEW_LEASE = {
    "ref": "LS9",
    "starts_on": "2026-04-15",
    "last_day": "2029-04-14",
    "rent": "£1,350.00",
    "per": "month",
    "basis": "month",
    "keys_day_paid": "on",
}


def test_a_lease_is_added_with_its_last_day_as_people_say_it(officer):
    home, payee = PropertyFactory(), PayeeFactory()
    typed = NEW_LEASE | {"property": home.ref.lower(), "payee": payee.party.ref}
    answer = officer.post(at("lease_add"), typed)
    lease = Lease.objects.get()
    assert answer.url == at("lease_detail", lease)
    assert lease.ends_on == date(2029, 4, 15)
    assert lease.rents.get().amount == Decimal("1350.00")
    assert lease.payees.get().payee == payee


def test_an_overlapping_lease_is_refused_with_the_other_named_and_linked(officer):
    there = LeaseFactory(ref="LS0")
    typed = NEW_LEASE | {"property": there.property.ref, "payee": PayeeFactory().party.ref}
    answer = officer.post(at("lease_add"), typed)
    assert field_errors(answer, "starts_on") == ["Lease LS0 holds this property from 1 Apr 2024 to 31 Mar 2029."]
    assert f'<a href="{at("lease_detail", there)}">lease LS0</a>' in words_of(answer)
    assert 'value="£1,350.00"' in words_of(answer)
    assert Lease.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"property": "P404"}, "property", "There is no property P404."),
        ({"payee": "L404"}, "payee", "There is no payee L404."),
        ({"starts_on": "31/02/2026"}, "starts_on", "Write the date as 23/11/2026."),
        ({"starts_on": "0206-04-15"}, "starts_on", "Check the year."),
        ({"last_day": "31/12/9999"}, "last_day", "Check the year."),
        ({"last_day": "2026-04-14"}, "starts_on", "The lease must end after it starts."),
        (
            {"basis": "days"},
            "starts_on",
            "A weekly rent is paid by Days, 52/12 or 365/84, and a monthly rent by Month.",
        ),
        ({"ref": "LS/é"}, "ref", "A reference has letters, digits, spaces and / . - only."),
    ],
)
def test_what_cannot_be_is_said_at_the_field(officer, wrong, field, words):
    typed = NEW_LEASE | {"property": PropertyFactory().ref, "payee": PayeeFactory().party.ref} | wrong
    answer = officer.post(at("lease_add"), typed)
    assert field_errors(answer, field) == [words]
    assert not Lease.objects.exists()


def test_the_form_of_a_lease_knows_the_property_it_was_opened_from(officer):
    home = PropertyFactory()
    answer = officer.get(at("lease_add"), {"property": home.ref})
    assert answer.context["form"]["property"].value() == home.ref
    assert "<datalist" in words_of(answer)


def changed(lease, **typed):
    usual = {"starts_on": "2024-04-01", "last_day": "2029-03-31", "per": "week", "basis": "days", "cost_code": "H1"}
    return usual | typed


def test_a_stale_change_is_refused_says_what_is_recorded_and_keeps_what_was_typed(officer):
    lease = LeaseFactory(cost_code="OLD")
    seen = officer.get(at("lease_change", lease)).context["form"]["seen"].value()
    officer.post(at("lease_change", lease), changed(lease, cost_code="FIRST", seen=seen))
    second = officer.post(at("lease_change", lease), changed(lease, cost_code="SECOND", basis="52/12", seen=seen))
    assert "Somebody changed this lease while you were reading it" in words_of(second)
    assert 'value="SECOND"' in words_of(second)
    recorded = {item["label"]: item["value"] for item in second.context["recorded"]}
    assert recorded == {"Cost code": "FIRST", "Basis": "Days"}
    lease.refresh_from_db()
    assert lease.cost_code == "FIRST"
    again = second.context["form"]["seen"].value()
    officer.post(at("lease_change", lease), changed(lease, cost_code="SECOND", seen=again))
    lease.refresh_from_db()
    assert lease.cost_code == "SECOND"


def test_a_change_without_the_version_it_was_made_from_is_refused(officer):
    lease = LeaseFactory(cost_code="OLD")
    officer.post(at("lease_change", lease), changed(lease))
    lease.refresh_from_db()
    assert lease.cost_code == "OLD"


def test_keys_are_handed_back_and_that_is_undone(officer):
    lease = LeaseFactory()
    seen = officer.get(at("hand_back", lease)).context["form"]["seen"].value()
    officer.post(at("hand_back", lease), {"keys_returned_on": "20/08/2026", "seen": seen})
    lease.refresh_from_db()
    assert (lease.keys_returned_on, lease.keys_day_paid) == (date(2026, 8, 20), False)
    seen = officer.get(at("undo_hand_back", lease)).context["form"]["seen"].value()
    officer.post(at("undo_hand_back", lease), {"why": "Wrong lease", "seen": seen})
    lease.refresh_from_db()
    assert lease.keys_returned_on is None
