"""Loading the register in a browser: choose, watch it being read, look, confirm, and see what was loaded."""

import pytest
from django.urls import reverse

from lewisham_ta import jobs
from lewisham_ta.models import Job
from lewisham_ta.roles import OFFICER
from payments.models import Lease
from tests.factories import UserFactory
from tests.payments.leases.imports.registers import SEPTEMBER, WRONG

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **options: None)


@pytest.fixture
def officer(page, live_server, client):
    officer = UserFactory(groups=[OFFICER])
    client.force_login(officer)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return officer


def work():
    """What the worker would do."""
    jobs.run(Job.objects.get(state="waiting").pk)


def choose(page, live_server, path):
    page.goto(live_server.url + reverse("import_new", args=["psl-register"]))
    page.get_by_label("Workbook").set_input_files(path)
    page.get_by_role("button", name="Read the workbook").click()
    page.get_by_text("You can leave this page").wait_for()


def test_a_register_is_chosen_read_looked_at_and_loaded(page, live_server, officer, accessible, fits_a_phone):
    page.goto(live_server.url + reverse("import_list"))
    accessible(page)
    page.get_by_role("link", name="Load the PSL register").click()
    accessible(page)
    choose(page, live_server, SEPTEMBER)
    accessible(page)
    work()
    page.get_by_role("button", name="Load 2,109 records").wait_for()  # the page asks again by itself
    accessible(page)
    page.get_by_role("button", name="Load 2,109 records").click()
    page.get_by_text("Add or change 2,109 records from psl_register_2026-09.xlsx?").wait_for()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("You can leave this page").wait_for()
    work()
    page.locator(".page-head").get_by_text("Loaded", exact=True).wait_for()
    assert Lease.objects.count() == 321
    fits_a_phone(page)


def test_wrong_cells_are_read_on_the_page(page, live_server, officer, accessible):
    choose(page, live_server, WRONG)
    work()
    page.get_by_text("17 cells are wrong").wait_for()
    page.get_by_role("cell", name="overlaps the lease in row 226").wait_for()
    accessible(page)
