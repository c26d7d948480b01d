"""The kernel's own pages in a browser: a job that shows how far it is, and settings, people and the audit log."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from lewisham_ta import dated, files, people
from lewisham_ta.models import Job
from lewisham_ta.roles import OFFICER, SERVICE_MANAGER
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def manager(page, live_server, client):
    manager = UserFactory(first_name="Max", last_name="Invented", groups=[SERVICE_MANAGER])
    client.force_login(manager)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return manager


def test_a_job_shows_how_far_it_is_until_it_has_ended(page, live_server, manager, accessible, fits_a_phone):
    job = Job.objects.create(
        kind="toy",
        key="1",
        title="Generate October 2026",
        requested_by=manager,
        requested_at=NOW,
        state="running",
        attempts=2,
        done=300,
        total=800,
        progress="Leases 201 to 300",
        heartbeat_at=NOW,
    )
    page.goto(live_server.url + reverse("job_detail", args=[job.pk]))
    page.get_by_text("Leases 201 to 300").wait_for()
    accessible(page)
    file = files.store("lines.csv", content=b"a,b", content_type=files.CSV, by=manager, now=NOW)
    Job.objects.filter(pk=job.pk).update(
        state="done", done=800, result="Generated 812 lines.", result_url="/", result_file=file, finished_at=NOW
    )
    page.get_by_text("Generated 812 lines.").wait_for()
    assert page.locator("[hx-trigger]").count() == 0
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="lines.csv").click()
    assert download.value.suggested_filename == "lines.csv"
    fits_a_phone(page)


def test_the_pages_of_the_manager_are_accessible_and_fit_a_phone(page, live_server, manager, accessible, fits_a_phone):
    dated.set_value(name="run_day", value="21", from_on=date(2099, 1, 1), reason="Payday moves", by=manager, now=NOW)
    person = UserFactory(first_name="Jo", groups=[OFFICER])
    people.deactivate(person=UserFactory(), reason="Left", by=manager, now=NOW)
    for address in (
        reverse("settings_list"),
        reverse("setting_detail", args=["run_day"]),
        reverse("limit_list"),
        reverse("limit_detail", args=[person.pk]),
        reverse("people_list"),
        reverse("person_add"),
        reverse("person_detail", args=[person.pk]),
        reverse("audit_log"),
        reverse("job_list"),
        reverse("search") + "?q=zz",
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + address)
        accessible(page)
        fits_a_phone(page)
