"""The frame of the pages, from log-in to log-out, as a person at a browser meets it."""

import pytest
from django.core.cache import cache

from lewisham_ta import roles
from tests.factories import UserFactory

PASSWORD = "ferry-cradle-almond-96"


@pytest.fixture
def leader(transactional_db):
    cache.clear()  # the rate limits of the log-in count in it
    leader = UserFactory(username="d.okafor", first_name="D.", last_name="Okafor", groups=[roles.TEAM_LEADER])
    leader.set_password(PASSWORD)
    leader.save()
    return leader


def log_in(page, live_server, password=PASSWORD):
    page.goto(f"{live_server.url}/account/login/")
    page.get_by_label("Username").fill("d.okafor")
    page.get_by_label("Password").fill(password)
    with page.expect_event("load"):
        page.get_by_role("button", name="Log in").click()


def test_a_person_logs_in_changes_the_password_and_logs_out(page, live_server, leader, accessible, fits_a_phone):
    page.goto(live_server.url)
    accessible(page)
    log_in(page, live_server, password="wrong")
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    accessible(page)
    log_in(page, live_server)
    assert page.get_by_role("heading", level=1).inner_text() == "Home"
    accessible(page)

    page.get_by_text("D. Okafor").click()
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name") == "password1"
    accessible(page)
    fits_a_phone(page)

    page.get_by_text("D. Okafor").click()
    page.get_by_role("button", name="Log out").click()
    assert page.get_by_text("You have logged out.").is_visible()


def test_the_menu_under_the_name_closes_like_a_menu(page, live_server, leader):
    log_in(page, live_server)
    item = page.get_by_role("link", name="Second factor")
    page.get_by_text("D. Okafor").click()
    assert item.is_visible()
    page.keyboard.press("Escape")
    assert item.is_hidden()
    page.get_by_text("D. Okafor").click()
    page.get_by_role("heading", level=1).click()
    assert item.is_hidden()


@pytest.mark.parametrize("address", ["no-such-page/", "account/2fa/", "account/2fa/totp/activate/", "account/logout/"])
def test_the_small_pages_pass_axe_and_fit_a_phone(page, live_server, leader, accessible, fits_a_phone, address):
    log_in(page, live_server)
    page.goto(f"{live_server.url}/{address}")
    accessible(page)
    fits_a_phone(page)


def test_the_keyboard_skips_to_the_page(page, live_server, leader):
    log_in(page, live_server)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_locked_page_passes_axe(page, live_server, leader, accessible):
    for _ in range(5):
        log_in(page, live_server, password="wrong")
    assert "locked" in page.get_by_role("heading", level=1).inner_text()
    accessible(page)
