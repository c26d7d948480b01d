from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lewisham_ta import jobs, navigation, roles, work
from lewisham_ta.context import period_words
from lewisham_ta.models import Job
from lewisham_ta.work import Fact, Step, WorkItem
from tests.factories import UserFactory


@pytest.fixture
def registries(monkeypatch):
    """Empty registries, so that a test sees only what it registers itself."""
    for module, name in ((work, "_work"), (work, "_facts"), (work, "_steps"), (navigation, "_entries")):
        monkeypatch.setattr(module, name, {})
    monkeypatch.setattr(jobs, "_seen_with", {"test": "payments.see_schedule"})


@pytest.fixture
def officer_client(client, db):
    client.force_login(UserFactory(groups=[roles.OFFICER]))
    return client


def item(title, due_on=None):
    return WorkItem(
        title=title, url="/x/", next_step="Look", status="Not started", due_on=due_on, value=Decimal("5.00")
    )


def soon(user, today):
    return [item("Soon", date(2026, 11, 24))]


def test_work_is_gathered_from_every_source_and_the_soonest_comes_first(registries, officer_client):
    work.register(lambda user, today: [item("No date"), item("Late", date(2026, 11, 27))])
    work.register(soon)
    page = officer_client.get("/").content.decode()
    assert page.index("Soon") < page.index("Late") < page.index("No date")
    assert "24/11/26" in page


def test_work_is_asked_for_the_person_who_looks(registries, db):
    officer, auditor = UserFactory(), UserFactory(groups=[roles.AUDITOR])
    work.register(lambda user, today: [item("Mine")] if user == officer else [])
    assert [found.title for found in work.items(officer, date(2026, 11, 23))] == ["Mine"]
    assert work.items(auditor, date(2026, 11, 23)) == []


def mine_and_others(user, today):
    other = UserFactory()
    return [
        replace(item("By name"), with_whom=str(user), person=user.pk),
        replace(item("By role"), with_whom="Team leader", needs="payments.sign_off_schedule"),
        replace(item("A colleague's"), with_whom=str(other), person=other.pk),
        item("Shared"),
        replace(item("Outside"), with_whom="Providers", is_outside=True),
    ]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?work=mine", ["By name"]),
        ("?work=team", ["A colleague's", "By name", "By role", "Shared"]),
        ("", ["A colleague's", "By name", "By role", "Shared"]),
        ("?work=nonsense", ["A colleague's", "By name", "By role", "Shared"]),
        ("?work=all", ["A colleague's", "By name", "By role", "Outside", "Shared"]),
    ],
)
def test_work_is_mine_my_teams_or_all_by_the_address_alone(registries, officer_client, query, shown):
    work.register(mine_and_others)
    answer = officer_client.get("/" + query)
    assert [item.title for item in answer.context["items"]] == shown
    page = answer.content.decode()
    assert 'href="?work=mine"' in page
    assert ("The team" in page) == ("Shared" in shown)
    assert "Mine (1)" in page
    assert "All (5)" in page


def test_what_waits_for_a_right_is_the_work_of_whoever_has_it(registries, db):
    leader = UserFactory(groups=[roles.TEAM_LEADER])
    mine = work.divided(mine_and_others(leader, date(2026, 11, 23)), leader)["mine"]
    assert [item.title for item in mine] == ["By name", "By role"]


def test_a_source_that_is_registered_twice_is_asked_once(registries, db):
    for _ in range(2):
        work.register(soon)
    assert len(work.items(UserFactory(), date(2026, 11, 23))) == 1


def test_facts_and_steps_stand_in_the_order_they_asked_for(registries, officer_client):
    def first(user, today):
        return [Fact("Lines", "180")]

    def second(user, today):
        return [Fact("Total", "£5.00")]

    work.register_facts(second, order=2)
    work.register_facts(first, order=1)
    work.register_steps(lambda user, today: [Step("Built", "done"), Step("Signed off", "now", "7 open")], order=1)
    page = officer_client.get("/").content.decode()
    assert page.index("Lines") < page.index("Total")
    assert "Built" in page
    assert 'aria-current="step"' in page
    assert "1 of 2 steps done" in page


def test_with_nothing_to_do_the_page_says_so(registries, officer_client):
    assert "Nothing waits for you." in officer_client.get("/").content.decode()


def job(**changes):
    now = timezone.now()
    values = {"kind": "test", "title": "October schedule", "requested_at": now, "state": Job.State.RUNNING}
    return Job.objects.create(**values | {"key": str(Job.objects.count())} | changes)


def test_running_jobs_show_how_far_they_are_and_failed_ones_why(registries, officer_client):
    job(done=806, total=1240, progress="Checking line 806 of 1240")
    job(title="Import", state=Job.State.FAILED, error="The sheet has no heading row.", finished_at=timezone.now())
    page = officer_client.get("/").content.decode()
    assert 'max="1240" value="806"' in page
    assert "Checking line 806 of 1240" in page
    assert "The sheet has no heading row." in page


def test_jobs_that_ended_days_ago_are_not_news(registries, officer_client):
    long_ago = timezone.now() - timedelta(days=3)
    job(title="Old work", state=Job.State.DONE, requested_at=long_ago, finished_at=long_ago)
    assert "Old work" not in officer_client.get("/").content.decode()


@pytest.mark.parametrize("rows", [2, 8])
def test_the_home_page_costs_the_same_however_many_jobs(
    registries, officer_client, django_assert_max_num_queries, rows
):
    for _ in range(rows):
        job(requested_by=UserFactory())
    with django_assert_max_num_queries(11):
        officer_client.get("/")


def test_an_entry_of_the_navigation_is_for_those_who_may_open_it(registries, officer_client):
    navigation.register("Home", "home", order=0)
    navigation.register("Audit log", "account_logout", order=1, permission="lewisham_ta.see_audit_log")
    assert "Audit log" not in officer_client.get("/").content.decode()


def test_the_navigation_marks_where_one_is_and_counts_what_waits(registries, officer_client):
    navigation.register("Password", "account_change_password", order=2, count=lambda user: 4)
    navigation.register("Home", "home", order=1)
    page = officer_client.get("/account/password/change/").content.decode()
    assert '<a href="/account/password/change/" aria-current="page">Password' in page
    assert '<a href="/">Home' in page
    assert 'badge-count">4<' in page
    assert page.index(">Home") < page.index(">Password")


def test_the_entries_of_a_section_are_shown_on_its_pages_and_what_waits_is_added_up(registries, officer_client):
    navigation.register("Home", "home", order=0)
    navigation.register("Password", "account_change_password", order=1, section="You", count=lambda user: 4)
    navigation.register("Second factor", "mfa_index", order=2, section="You", count=lambda user: 3)
    elsewhere, inside = (officer_client.get(url).content.decode() for url in ("/", "/account/password/change/"))
    assert '<a href="/account/password/change/">You <span class="badge-count">7<' in elsewhere
    assert 'aria-label="You"' not in elsewhere
    assert 'aria-current="page">You' in inside
    assert 'aria-label="You"' in inside


def test_a_page_under_an_entry_belongs_to_it(registries, rf, db):
    navigation.register("Second factor", "mfa_index", order=1)
    request = rf.get("/account/2fa/totp/activate/")
    request.user = UserFactory()
    assert [section.current for section in navigation.shown(request)] == ["true"]


def test_a_person_without_a_role_is_told_so(client, db):
    client.force_login(UserFactory(groups=[]))
    assert "No role yet" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 11, 23), "November 2026 (P8)"),
        (date(2026, 4, 1), "April 2026 (P1)"),
        (date(2027, 3, 31), "March 2027 (P12)"),
    ],
)
def test_the_period_is_counted_from_april(today, words):
    assert period_words(today) == words
