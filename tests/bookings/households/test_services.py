"""What is done to households: refusals first."""

from datetime import UTC, date, datetime

import pytest

from bookings.households import services
from bookings.models import Household, Member
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from lewisham_ta.versions import Stale, version_of
from tests.factories import HouseholdFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
NEW = {"forename": "Ada", "surname": "Invented", "service": "homeless", "adults": 1, "children": 0}


def who():
    return {"by": UserFactory(), "now": NOW}


def test_a_household_is_numbered_after_the_last_one():
    HouseholdFactory(ref="HH000041")
    household = services.add_household(**NEW, **who())
    assert household.ref == "HH000042"
    assert household.members.get().is_main
    assert AuditEvent.objects.get().action == "household.added"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ni_number": "12"}, "two letters, six digits"),
        ({"surname": ""}, "Type the person's surname"),
        ({"adults": 0}, "at least one adult"),
        ({"born_on": date(2027, 1, 1)}, "born on 1 Jan 2027"),
    ],
)
def test_what_a_household_cannot_be_is_refused_in_words(wrong, words):
    with pytest.raises(Refused, match=words):
        services.add_household(**NEW | wrong, **who())
    assert not Household.objects.exists()


def test_an_older_page_does_not_overwrite():
    household = HouseholdFactory()
    seen = version_of(household)
    Household.objects.update(needs="A lift")
    fields = {"service": "nrtpf", "adults": 1, "children": 0, "case_ref": "", "is_pregnant": False, "needs": ""}
    fields |= {"family_from": None, "telephone": "", "email": "", "risk": "", "is_confidential": True}
    with pytest.raises(Stale):
        services.change_household(household_id=household.pk, **fields, seen=seen, **who())
    services.change_household(household_id=household.pk, **fields, **who())
    household.refresh_from_db()
    assert (household.service, household.is_confidential) == ("nrtpf", True)


def test_one_main_applicant_takes_the_place_of_another():
    household = HouseholdFactory()
    first = household.members.get()
    second = services.add_member(household_id=household.pk, forename="Bo", surname="Invented", is_main=True, **who())
    assert list(household.members.filter(is_main=True)) == [second]
    fields = {"forename": "Ada", "surname": "Invented", "born_on": None, "ni_number": "AB123456C"}
    services.change_member(member_id=first.pk, **fields, is_main=True, **who())
    assert list(household.members.filter(is_main=True)) == [first]


def test_a_person_is_taken_out_but_not_the_main_applicant():
    household = HouseholdFactory()
    other = services.add_member(household_id=household.pk, forename="Bo", surname="Invented", **who())
    services.remove_member(member_id=other.pk, why="Moved out", **who())
    with pytest.raises(Refused, match="main applicant"):
        services.remove_member(member_id=Member.objects.get().pk, why="Moved out", **who())


def test_a_change_is_logged_and_passed_on_once():
    household = HouseholdFactory()
    day = date(2026, 3, 9)
    row = services.record_circumstance(
        household_id=household.pk, kind="income", happened_on=day, told_on=day, note="A new job", **who()
    )
    with pytest.raises(Refused, match="before we were told"):
        services.pass_on(circumstance_id=row.pk, passed_to="benefit", passed_on=date(2026, 3, 8), **who())
    services.pass_on(circumstance_id=row.pk, passed_to="both", passed_on=day, **who())
    with pytest.raises(Refused, match="passed on already"):
        services.pass_on(circumstance_id=row.pk, passed_to="both", passed_on=day, **who())


def test_a_change_may_be_passed_on_as_it_is_logged():
    day = date(2026, 3, 9)
    fields = {"kind": "left", "happened_on": day, "told_on": day, "note": "Left", "passed_to": "benefit"}
    household = HouseholdFactory()
    row = services.record_circumstance(household_id=household.pk, **fields, passed_on=day, **who())
    assert row.passed_on == day
    with pytest.raises(Refused, match="to whom it was passed on, and when"):
        services.record_circumstance(household_id=household.pk, **fields, **who())


def test_who_opens_a_confidential_address_is_in_the_audit_log():
    reader = UserFactory()
    services.open_address(household_id=HouseholdFactory().pk, by=reader, now=NOW)
    assert not AuditEvent.objects.exists()
    hidden = HouseholdFactory(is_confidential=True)
    services.open_address(household_id=hidden.pk, by=reader, now=NOW)
    event = AuditEvent.objects.get()
    assert (event.action, event.subject_id, event.by) == ("household.address_opened", hidden.pk, reader)
