from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import files, jobs
from lewisham_ta.models import Download, Job
from lewisham_ta.roles import AUDITOR, OFFICER
from tests.factories import LONG_AGO, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _toys(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **options: None)
    monkeypatch.setitem(jobs._handlers, "toy", lambda job, progress: jobs.Result())
    monkeypatch.setitem(jobs._seen_with, "toy", "payments.see_schedule")
    monkeypatch.setitem(jobs._handlers, "secret", lambda job, progress: jobs.Result())
    monkeypatch.setitem(jobs._seen_with, "secret", "")


@pytest.fixture
def officer(client):
    officer = UserFactory(groups=[OFFICER])
    client.force_login(officer)
    return officer


def job(by, kind="toy", **fields):
    if fields.get("state") in ("done", "failed"):
        fields |= {"finished_at": NOON}
    return Job.objects.create(kind=kind, key="1", title="Make a toy", requested_by=by, requested_at=LONG_AGO, **fields)


def page_of(client, job, **headers):
    return client.get(reverse("job_detail", args=[job.pk]), headers=headers).content.decode()


def test_a_job_that_goes_on_asks_again_every_second_and_can_be_followed_without_script(client, officer):
    running = job(officer, state="running", done=3, total=10, progress="Toys 1 to 3", attempts=2, heartbeat_at=NOON)
    page = page_of(client, running)
    assert 'hx-trigger="every 1s"' in page
    assert "Toys 1 to 3" in page
    assert "Begun again: attempt 2." in page
    assert f'<a href="{reverse("job_detail", args=[running.pk])}">See how far it is now</a>' in page
    assert 'http-equiv="refresh"' not in page


def test_a_job_that_no_worker_begins_says_so(client, officer):
    assert "no worker has begun it" in page_of(client, job(officer))
    fresh = Job.objects.create(
        kind="toy", key="2", title="Make another", requested_by=officer, requested_at=timezone.now()
    )
    assert "no worker has begun it" not in page_of(client, fresh)
    assert "Waits for a worker." in page_of(client, fresh)


@pytest.mark.parametrize("state", ["done", "failed"])
def test_a_job_that_ended_asks_no_more(client, officer, state):
    assert "hx-trigger" not in page_of(client, job(officer, state=state, error="No." if state == "failed" else ""))


def test_htmx_gets_only_the_part_that_changes(client, officer):
    fragment = page_of(client, job(officer), **{"HX-Request": "true"})
    assert fragment.lstrip().startswith("<section")
    assert "<html" not in fragment


def test_a_job_that_is_done_says_what_came_of_it_and_where_to_go(client, officer):
    page = page_of(client, job(officer, state="done", result="Made 3 toys.", result_url="/toys/"))
    assert "Made 3 toys." in page
    assert 'href="/toys/"' in page


def test_a_job_that_failed_says_why_in_words_and_can_be_tried_again_by_whoever_asked(client, officer):
    failed = job(officer, state="failed", error="October 2026 is signed off.")
    page = page_of(client, failed)
    assert "October 2026 is signed off." in page
    assert "Try again" in page
    answer = client.post(reverse("job_retry", args=[failed.pk]))
    again = Job.objects.latest("pk")
    assert (again.pk != failed.pk, again.state, again.requested_by) == (True, "waiting", officer)
    assert answer.url == reverse("job_detail", args=[again.pk])


def test_a_job_that_did_not_fail_is_not_tried_again(client, officer):
    done = job(officer, state="done")
    page = client.post(reverse("job_retry", args=[done.pk]), follow=True).content.decode()
    assert "Only a job that failed can be tried again." in page
    assert Job.objects.count() == 1


def test_a_colleague_sees_a_job_of_a_kind_they_may_see_without_its_file_or_its_retry(client, officer):
    file = files.store("toy.txt", content=b"toy", content_type="text/plain", by=None, now=NOON)
    theirs = job(UserFactory(), state="failed", error="No.", result_file=file)
    page = page_of(client, theirs)
    assert "Try again" not in page
    assert "toy.txt" not in page
    assert client.post(reverse("job_retry", args=[theirs.pk])).status_code == 404
    assert client.get(reverse("file_download", args=[theirs.pk])).status_code == 404


def test_a_strangers_job_is_not_there(client, officer):
    theirs = job(UserFactory(), kind="secret")
    assert client.get(reverse("job_detail", args=[theirs.pk])).status_code == 404
    assert "Make a toy" not in client.get(reverse("job_list")).content.decode()
    assert "Make a toy" not in client.get(reverse("home")).content.decode()


def test_the_result_file_is_for_whoever_asked_and_its_download_is_recorded(client, officer):
    file = files.store("toy.txt", content=b"toy", content_type="text/plain", by=officer, now=NOON)
    mine = job(officer, state="done", result_file=file)
    assert "toy.txt" in page_of(client, mine)
    answer = client.get(reverse("file_download", args=[mine.pk]))
    assert answer.content == b"toy"
    assert Download.objects.get().taken_by == officer


def test_a_job_without_a_file_has_none_to_download(client, officer):
    assert client.get(reverse("file_download", args=[job(officer).pk])).status_code == 404


def test_the_list_shows_the_latest_first_and_filters_by_state(client, officer):
    job(officer, state="done", result="Made 3 toys.")
    jobs.request(kind="toy", key="2", title="Make more", parameters={}, by=officer, now=timezone.now())
    page = client.get(reverse("job_list")).content.decode()
    assert page.index("Make more") < page.index("Made 3 toys.")
    page = client.get(reverse("job_list"), {"state": "waiting"}).content.decode()
    assert "Make more" in page
    assert "Made 3 toys." not in page


def test_the_list_costs_the_same_however_long(client):
    client.force_login(UserFactory(groups=[AUDITOR]))

    def queries(rows):
        for _ in range(rows):
            job(UserFactory(), state="done")
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("job_list"))
        return len(captured)

    assert queries(2) == queries(20)
