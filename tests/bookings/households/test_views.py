"""The pages of households."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from bookings.households import hooks
from bookings.models import Circumstance, Household, Member
from lewisham_ta.roles import AUDITOR, CENTRAL_FINANCE
from tests.factories import LONG_AGO, HouseholdFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def words_of(answer):
    return " ".join(answer.content.decode().split())


def a_change(household, **fields):
    told = {"kind": "income", "happened_on": date(2026, 3, 1), "told_on": date(2026, 3, 2), "note": "A new job"}
    return Circumstance.objects.create(
        household=household, recorded_by=UserFactory(), recorded_at=LONG_AGO, **told | fields
    )


def test_a_household_is_added_and_its_people_are_shown_with_their_ages(officer):
    typed = {"forename": "Ada", "surname": "Invented", "ni_number": "ab 12 34 56 c", "service": "homeless"}
    answer = officer.post(reverse("households:add"), typed | {"adults": 1, "children": 1, "is_confidential": "on"})
    household = Household.objects.get()
    assert answer.url == reverse("households:detail", args=[household.ref])
    assert household.members.get().ni_number == "AB123456C"
    Member.objects.create(household=household, surname="Invented", forename="Bo", born_on=date(2020, 1, 1))
    page = officer.get(answer.url)
    assert next(person.age for person in page.context["people"]) is None
    assert page.context["people"][1].age >= 6
    assert "Address confidential" in words_of(page)


def test_people_are_added_changed_and_taken_out(officer):
    household = HouseholdFactory()
    officer.post(reverse("households:member_add", args=[household.ref]), {"surname": "Second", "forename": "Bo"})
    member = household.members.get(is_main=False)
    change = reverse("households:member_change", args=[member.pk])
    seen = officer.get(change).context["form"]["seen"].value()
    officer.post(change, {"surname": "Changed", "seen": seen})
    member.refresh_from_db()
    assert member.surname == "Changed"
    officer.post(reverse("households:member_remove", args=[member.pk]), {"why": "Left"})
    assert household.members.count() == 1


def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(officer):
    typed = {"surname": "Kept", "ni_number": "12", "service": "homeless", "adults": 1, "children": 0}
    answer = officer.post(reverse("households:add"), typed)
    assert "two letters" in answer.context["form"].errors["ni_number"][0]
    assert 'value="Kept"' in words_of(answer)


def test_a_change_of_circumstances_is_logged_shown_and_passed_on(officer):
    household = HouseholdFactory()
    log = reverse("households:circumstance_record", args=[household.ref])
    typed = {"kind": "income", "happened_on": "1/3/2026", "told_on": "2/3/2026", "note": "A new job"}
    half = officer.post(log, typed | {"passed_to": "benefit"})
    assert "or neither" in half.context["form"].errors["passed_on"][0]
    officer.post(log, typed)
    row = Circumstance.objects.get()
    assert "A new job" in words_of(officer.get(reverse("households:circumstance_list")))
    pass_on = reverse("households:pass_on", args=[row.pk])
    seen = officer.get(pass_on).context["form"]["seen"].value()
    officer.post(pass_on, {"passed_to": "benefit", "passed_on": "3/3/2026", "seen": seen})
    row.refresh_from_db()
    assert (row.passed_to, row.passed_on) == ("benefit", date(2026, 3, 3))
    assert "A new job" not in words_of(officer.get(reverse("households:circumstance_list")))


def test_open_changes_are_on_the_work_list_of_those_who_look_after_households():
    a_change(HouseholdFactory())
    a_change(HouseholdFactory(), told_on=date(2026, 3, 5))
    item = next(iter(hooks.work_items(UserFactory(), date(2026, 3, 10))))
    assert (item.count, item.due_on) == (2, date(2026, 3, 2))
    assert not list(hooks.work_items(UserFactory(groups=[AUDITOR]), date(2026, 3, 10)))


@pytest.mark.parametrize("text", ["Zebedee", "HH000077", "CASE-9"])
def test_a_household_is_found_by_name_and_reference_by_those_who_may(text):
    HouseholdFactory()
    HouseholdFactory(ref="HH000077", case_ref="CASE-9", main__forename="Zebedee")
    assert [hit.title for hit in hooks.found(text, UserFactory())] == ["HH000077"]
    assert not list(hooks.found(text, UserFactory(groups=[CENTRAL_FINANCE])))


@pytest.mark.parametrize(
    ("query", "found"), [("only=family", 1), ("only=risk", 1), ("only=confidential", 1), ("service=nrtpf", 1), ("", 4)]
)
def test_the_list_is_filtered(officer, query, found):
    HouseholdFactory(family=True)
    HouseholdFactory(risk="A dog")
    HouseholdFactory(is_confidential=True)
    HouseholdFactory(service="nrtpf")
    assert officer.get(f"{reverse('households:list')}?{query}").context["table"].row_count == found


@pytest.mark.parametrize("rows", [2, 20])
@pytest.mark.parametrize("name", ["list", "circumstance_list"])
def test_lists_cost_the_same_however_long(rows, name, officer, django_assert_max_num_queries):
    for household in HouseholdFactory.create_batch(rows):
        a_change(household)
    with django_assert_max_num_queries(26):
        assert officer.get(reverse(f"households:{name}")).context["table"].row_count == rows


@pytest.mark.parametrize("rows", [1, 12])
def test_a_page_costs_the_same_however_many_people(rows, officer, django_assert_max_num_queries):
    household = HouseholdFactory()
    for _ in range(rows):
        Member.objects.create(household=household, surname="Invented")
        a_change(household)
    with django_assert_max_num_queries(30):
        officer.get(reverse("households:detail", args=[household.ref]))


def test_the_list_is_a_workbook_too(officer):
    household = HouseholdFactory()
    book = load_workbook(BytesIO(officer.get(reverse("households:list") + "?export=xlsx").content))
    assert book.active["A2"].value == household.ref
