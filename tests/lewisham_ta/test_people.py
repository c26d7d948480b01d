from datetime import UTC, datetime
from io import BytesIO
from threading import Barrier, Thread

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from lewisham_ta import people
from lewisham_ta.history import history_of
from lewisham_ta.models import AuditEvent, PersonRole, User
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR, OFFICER, SERVICE_MANAGER, TEAM_LEADER, sync_roles
from tests.factories import UserFactory

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def manager(db):
    return UserFactory(groups=[SERVICE_MANAGER])


@pytest.fixture
def manager_client(client, manager):
    client.force_login(manager)
    return client


def add(by, **changes):
    values = {"username": "j.new", "first_name": "Jo", "last_name": "New", "email": "", "role": OFFICER}
    return people.add_person(**values | changes, by=by, now=NOON)


def test_a_user_name_is_one_persons(manager):
    add(manager)
    with pytest.raises(Refused, match=r"^Another person has this username\.$"):
        add(manager)


def test_a_role_that_does_not_exist_is_refused(manager):
    with pytest.raises(Refused, match="no such role"):
        add(manager, role="Emperor")
    assert not User.objects.filter(username="j.new").exists()


def test_somebody_new_has_the_role_and_a_first_password_that_is_kept_nowhere_in_clear(manager):
    person, password = add(manager)
    person = User.objects.get(pk=person.pk)
    assert (people.role_of(person), person.check_password(password), len(password)) == (OFFICER, True, 19)
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.subject) == ("person.added", manager, person)
    assert password not in str(event.detail)


@pytest.mark.parametrize(
    "verb",
    [
        lambda me: people.change_role(person=me, role=OFFICER, by=me, now=NOON),
        lambda me: people.deactivate(person=me, reason="Holiday", by=me, now=NOON),
        lambda me: people.reset_password(person=me, by=me, now=NOON),
    ],
)
def test_nobody_does_any_of_it_to_themselves(manager, verb):
    UserFactory(groups=[SERVICE_MANAGER])
    with pytest.raises(Refused, match=r"Somebody else must|Change your own password"):
        verb(manager)


def test_the_last_service_manager_stays_one(manager):
    leader, former = UserFactory(groups=[TEAM_LEADER]), UserFactory(groups=[SERVICE_MANAGER])
    people.deactivate(person=former, reason="Left", by=manager, now=NOON)
    with pytest.raises(Refused, match="This is the last service manager"):
        people.deactivate(person=manager, reason="Left", by=leader, now=NOON)
    with pytest.raises(Refused, match="This is the last service manager"):
        people.change_role(person=manager, role=OFFICER, by=leader, now=NOON)
    assert User.objects.get(pk=manager.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_shut_each_other_out_at_once_do_not_leave_nobody():
    sync_roles()
    first, second = UserFactory.create_batch(2, groups=[SERVICE_MANAGER])
    ready, refusals = Barrier(2), []

    def shut_out(person, by):
        ready.wait()
        try:
            people.deactivate(person=person, reason="Left", by=by, now=NOON)
        except Refused as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=shut_out, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["This is the last service manager: give somebody else the role first."]
    assert User.objects.filter(is_active=True).count() == 1


def test_a_change_of_role_is_told_by_the_audit_log_and_by_the_history(manager):
    person = UserFactory(groups=[OFFICER])
    people.change_role(person=person, role=AUDITOR, by=manager, now=NOON)
    person = User.objects.get(pk=person.pk)
    assert people.role_of(person) == AUDITOR
    assert AuditEvent.objects.get().detail == {"was": OFFICER, "now": AUDITOR}
    entries = [entry for entry in history_of(person, children=[(PersonRole, "user")]) if "Role" in entry.what]
    told = {(entry.what, entry.was, entry.now, entry.who) for entry in entries}
    assert told == {
        ("Role added", "", "group Officer", ""),
        ("Role taken away", "group Officer", "", str(manager)),
        ("Role added", "", "group Auditor", str(manager)),
    }


def test_a_role_given_in_a_shell_leaves_a_trace(manager):
    person = UserFactory(groups=[OFFICER])
    connection.cursor().execute(
        "UPDATE lewisham_ta_user_groups SET group_id = (SELECT id FROM auth_group WHERE name = %s) WHERE user_id = %s",
        [SERVICE_MANAGER, person.pk],
    )
    entry = next(entry for entry in history_of(person, children=[(PersonRole, "user")]) if ":" in entry.what)
    assert (entry.what, entry.was, entry.now, entry.who) == ("Role: group", OFFICER, SERVICE_MANAGER, "")


def test_who_is_deactivated_is_out_at_once_and_comes_back_with_a_new_password(client, manager):
    person = UserFactory()
    client.force_login(person)
    with pytest.raises(Refused, match="Say why"):
        people.deactivate(person=person, reason="", by=manager, now=NOON)
    people.deactivate(person=person, reason="Left", by=manager, now=NOON)
    assert client.get(reverse("home")).status_code == 302
    with pytest.raises(Refused, match="deactivated"):
        people.reset_password(person=person, by=manager, now=NOON)
    password = people.reactivate(person=person, by=manager, now=NOON)
    person = User.objects.get(pk=person.pk)
    assert (person.is_active, person.check_password(password)) == (True, True)


def test_a_new_password_ends_sessions_and_a_lock_out(client, manager):
    person = UserFactory()
    client.force_login(person)
    AccessAttempt.objects.create(username=person.username, ip_address="192.0.2.1", failures_since_start=5)
    people.reset_password(person=person, by=manager, now=NOON)
    assert client.get(reverse("home")).url.startswith(reverse("account_login"))
    assert not AccessAttempt.objects.exists()


def test_a_first_password_opens_nothing_but_the_page_to_choose_ones_own(client, manager):
    _, password = add(manager)
    log_in = {"login": "j.new", "password": password}
    client.post(reverse("account_login"), log_in)
    assert client.get(reverse("home")).url == reverse("account_change_password")
    own = "invented words for a test"
    chosen = {"oldpassword": password, "password1": own, "password2": own}
    assert client.post(reverse("account_change_password"), chosen).status_code == 302
    assert client.get(reverse("home")).status_code == 200
    assert not User.objects.get(username="j.new").password_is_temporary


def test_the_manager_adds_somebody_and_is_shown_the_password_once(manager_client):
    typed = {"username": "j.new", "first_name": "Jo", "last_name": "New", "email": "", "role": OFFICER}
    answer = manager_client.post(reverse("person_add"), typed)
    person = User.objects.get(username="j.new")
    password = answer.context["password"]
    assert person.check_password(password)
    assert password in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert password not in manager_client.get(reverse("person_detail", args=[person.pk])).content.decode()
    page = manager_client.post(reverse("person_add"), typed).content.decode()
    assert "Another person has this username." in page


def test_the_manager_changes_a_role_and_reads_it_in_the_history(manager_client):
    person = UserFactory(groups=[OFFICER])
    page = manager_client.post(reverse("person_role", args=[person.pk]), {"role": AUDITOR}, follow=True)
    assert "The role is now Auditor." in page.content.decode()
    assert "group Officer" in page.content.decode()


def test_the_manager_deactivates_and_reactivates(manager_client):
    person = UserFactory()
    page = manager_client.post(reverse("person_deactivate", args=[person.pk]), {"reason": ""}, follow=True)
    assert "Say why this person is deactivated." in page.content.decode()
    page = manager_client.post(reverse("person_deactivate", args=[person.pk]), {"reason": "Left"}, follow=True)
    assert "Reactivate with a new first password" in page.content.decode()
    answer = manager_client.post(reverse("person_reactivate", args=[person.pk]))
    assert User.objects.get(pk=person.pk).check_password(answer.context["password"])


def test_managers_are_not_offered_what_would_be_refused_on_their_own_page(manager_client, manager):
    page = manager_client.get(reverse("person_detail", args=[manager.pk])).content.decode()
    assert "Somebody else must change your role" in page
    assert "New first password" not in page


def test_the_list_says_who_is_active_and_in_which_role(manager_client):
    UserFactory(first_name="Gone", groups=[AUDITOR], is_active=False)
    page = manager_client.get(reverse("people_list")).content.decode()
    assert page.index("Active") < page.index("Gone Invented") < page.index("Deactivated")
    assert "Auditor" in page
    sheet = manager_client.get(reverse("people_list"), {"export": "xlsx"}).content
    rows = list(load_workbook(BytesIO(sheet)).active.values)
    assert rows[2][:4] == ("Gone Invented", User.objects.get(first_name="Gone").username, "Auditor", "Deactivated")


def test_the_list_costs_the_same_however_long(manager_client, django_assert_num_queries):
    address = reverse("people_list")
    UserFactory.create_batch(2)
    manager_client.get(address)
    with CaptureQueriesContext(connection) as of_a_short_list:
        manager_client.get(address)
    UserFactory.create_batch(20)
    with django_assert_num_queries(len(of_a_short_list)):
        page = manager_client.get(address).content.decode()
    assert page.count("Invented") >= 22
