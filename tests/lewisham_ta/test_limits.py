from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from lewisham_ta import limits
from lewisham_ta.models import ApprovalLimit, AuditEvent
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR, OFFICER, SERVICE_MANAGER, TEAM_LEADER
from tests.factories import LONG_AGO, UserFactory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YESTERDAY, TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
FIVE = Decimal("5000.00")

pytestmark = pytest.mark.django_db


def set_limit(person, by=None, **but):
    values = {"amount": FIVE, "from_on": TODAY, "reason": "Scheme of delegation", "now": NOW}
    return limits.set_limit(person=person, by=by or UserFactory(groups=[TEAM_LEADER]), **values | but)


@pytest.fixture
def leader():
    return UserFactory(groups=[TEAM_LEADER])


def test_nobody_sets_their_own_limit(leader):
    with pytest.raises(Refused, match=r"^Somebody else must set your approval limit\.$"):
        set_limit(leader, by=leader)


def test_nobody_takes_back_a_limit_that_is_coming_to_them(leader):
    coming = set_limit(leader, from_on=TOMORROW)
    with pytest.raises(Refused, match="Somebody else"):
        limits.withdraw_limit(limit=coming, reason="Too low", by=leader, now=NOW)


@pytest.mark.parametrize("role", [OFFICER, AUDITOR])
def test_only_leaders_set_and_take_back_limits(role, leader):
    by = UserFactory(groups=[role])
    with pytest.raises(Refused, match="does not allow this"):
        set_limit(leader, by=by)
    with pytest.raises(Refused, match="does not allow this"):
        limits.withdraw_limit(limit=set_limit(leader, from_on=TOMORROW), reason="No", by=by, now=NOW)


@pytest.mark.parametrize(
    ("but", "words"),
    [
        ({"from_on": YESTERDAY}, "from today or a later day"),
        ({"reason": "  "}, "Say why the limit changes"),
        ({"amount": Decimal("-0.01")}, "not below zero"),
    ],
)
def test_a_limit_that_cannot_stand_is_refused_in_words(leader, but, words):
    with pytest.raises(Refused, match=words):
        set_limit(leader, **but)
    assert not ApprovalLimit.objects.exists()


def test_a_day_has_one_limit(leader):
    set_limit(leader)
    with pytest.raises(Refused, match=r"^This person's limit already changes on that day\.$"):
        set_limit(leader, amount=Decimal("6000.00"))


def test_a_limit_in_force_is_not_taken_back_and_a_coming_one_is_with_a_reason(leader):
    by = UserFactory(groups=[SERVICE_MANAGER])
    in_force, coming = set_limit(leader), set_limit(leader, from_on=TOMORROW)
    with pytest.raises(Refused, match="in force already"):
        limits.withdraw_limit(limit=in_force, reason="Oops", by=by, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        limits.withdraw_limit(limit=coming, reason=" ", by=by, now=NOW)
    limits.withdraw_limit(limit=coming, reason="Not agreed after all", by=by, now=NOW)
    assert list(ApprovalLimit.objects.all()) == [in_force]
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.by, event.subject, event.why) == (
        "limit.withdrawn",
        by,
        leader,
        "Not agreed after all",
    )


def test_whoever_has_no_limit_is_limited_by_their_role_only(leader):
    set_limit(UserFactory())
    assert limits.limit_of(leader, TODAY) is None
    assert limits.refusal_for(person=leader, amount=Decimal("999999999.99"), on=TODAY) == ""


def test_the_limit_on_a_day_is_the_latest_set_by_then(leader):
    set_limit(leader, amount=Decimal("100.00"))
    set_limit(leader, amount=FIVE, from_on=TOMORROW)
    assert [limits.limit_of(leader, day) for day in (YESTERDAY, TODAY, TOMORROW, date(2027, 1, 1))] == [
        None,
        limits.Limit(Decimal("100.00"), TODAY),
        limits.Limit(FIVE, TOMORROW),
        limits.Limit(FIVE, TOMORROW),
    ]


def test_an_amount_above_the_limit_is_refused_in_words_and_one_at_it_is_not(leader):
    set_limit(leader)
    words = limits.refusal_for(person=leader, amount=Decimal("18402.50"), on=TODAY)
    assert words == "Your approval limit is £5,000.00 since 23 Nov 2026, and this is £18,402.50."
    assert limits.refusal_for(person=leader, amount=Decimal("5000.01"), on=TODAY)
    assert limits.refusal_for(person=leader, amount=FIVE, on=TODAY) == ""


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("approval_limit_set_by_another", lambda person, by: {"set_by": person}),
        ("approval_limit_not_below_zero", lambda person, by: {"amount": Decimal("-1.00")}),
        ("approval_limit_says_why", lambda person, by: {"reason": ""}),
        ("approval_limit_once_a_day", lambda person, by: {}),
    ],
)
def test_the_database_keeps_what_can_never_be_true_out(name, columns, leader):
    by = UserFactory()
    row = {"person": leader, "from_on": TODAY, "amount": FIVE, "reason": "Rules", "set_by": by, "set_at": LONG_AGO}
    if name == "approval_limit_once_a_day":
        ApprovalLimit.objects.create(**row)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ApprovalLimit.objects.create(**row | columns(leader, by))


@pytest.fixture
def leader_client(client, leader):
    client.force_login(leader)
    return client


def test_the_leader_sets_a_limit_and_sees_it_coming_with_its_history(leader_client):
    person = UserFactory(first_name="Max", groups=[SERVICE_MANAGER])
    typed = {"amount": "£5,000", "from_on": "2099-01-01", "reason": "Scheme of delegation"}
    page = leader_client.post(reverse("limit_set", args=[person.pk]), typed, follow=True).content.decode()
    assert "The limit of Max Invented is set." in page
    assert "£5,000.00 from 1 Jan 2099" in page
    assert "limited by their role only" in page
    assert "Scheme of delegation" in page
    assert "£5,000.00 from 1 Jan 2099" in leader_client.get(reverse("limit_list")).content.decode()
    leader_client.post(reverse("limit_withdraw", args=[ApprovalLimit.objects.get().pk]), {"reason": "Not agreed"})
    page = leader_client.get(reverse("limit_detail", args=[person.pk])).content.decode()
    assert "Approval limit taken away" in page
    assert "Coming" not in page


@pytest.mark.parametrize("amount", ["lots", "-1", "5000.001", "10000000000", ""])
def test_a_wrong_amount_is_said_at_the_field_and_what_was_typed_stays(leader_client, amount):
    typed = {"amount": amount, "from_on": "2099-01-01", "reason": "Scheme of delegation"}
    page = leader_client.post(reverse("limit_set", args=[UserFactory().pk]), typed).content.decode()
    assert "Type an amount in pounds and pence" in page or "Fill this in" in page
    assert "2099-01-01" in page
    assert not ApprovalLimit.objects.exists()


def test_leaders_are_not_offered_what_would_be_refused_on_their_own_page(leader_client, leader):
    set_limit(leader, from_on=date(2099, 1, 1))
    page = leader_client.get(reverse("limit_detail", args=[leader.pk])).content.decode()
    assert "Somebody else must set your approval limit." in page
    assert "Set the limit" not in page
    assert "Take back" not in page
    typed = {"amount": "1", "from_on": "2099-02-01", "reason": "More"}
    page = leader_client.post(reverse("limit_set", args=[leader.pk]), typed).content.decode()
    assert "error-summary" in page
    assert ApprovalLimit.objects.count() == 1


def test_the_auditor_reads_and_is_offered_no_form(client, leader):
    set_limit(leader)
    client.force_login(UserFactory(groups=[AUDITOR]))
    page = client.get(reverse("limit_detail", args=[leader.pk])).content.decode()
    assert "£5,000.00 since 23 Nov 2026" in page
    assert "Set the limit" not in page


def test_the_list_says_each_limit_and_an_amount_stays_an_amount_in_excel(leader_client, leader):
    ApprovalLimit.objects.create(
        person=leader, from_on=date(2026, 1, 1), amount=FIVE, reason="Rules", set_by=UserFactory(), set_at=LONG_AGO
    )
    sheet = leader_client.get(reverse("limit_list"), {"export": "xlsx"}).content
    rows = {row[0]: row[1:] for row in load_workbook(BytesIO(sheet)).active.values}
    assert rows[str(leader)][:2] == (TEAM_LEADER, 5000)
    assert rows[str(leader)][2].date() == date(2026, 1, 1)
    page = leader_client.get(reverse("limit_list")).content.decode()
    assert "5,000.00" in page
    assert "By role only" in page


def test_the_list_costs_the_same_however_long(leader_client, django_assert_num_queries):
    address = reverse("limit_list")
    for person in UserFactory.create_batch(2):
        set_limit(person)
    leader_client.get(address)
    with CaptureQueriesContext(connection) as of_a_short_list:
        leader_client.get(address)
    for person in UserFactory.create_batch(20):
        set_limit(person)
    with django_assert_num_queries(len(of_a_short_list)):
        leader_client.get(address)
