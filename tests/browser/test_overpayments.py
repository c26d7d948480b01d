"""Overpayments in a browser: every page read by axe and on a phone, and a write-off by two people."""

import pytest
from django.urls import reverse

from lewisham_ta import roles
from payments.overpayments import services
from tests.factories import UserFactory
from tests.payments.overpayments.factories import NOW, a_case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sign_in(client, page, live_server):
    def signed_in(user):
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        return user

    return signed_in


def test_every_page_is_accessible_and_fits_a_phone(page, live_server, sign_in, accessible, fits_a_phone):
    leader = sign_in(UserFactory(groups=[roles.TEAM_LEADER]))
    found, asked, agreed, dropped = a_case(), a_case(), a_case(), a_case()
    services.ask_write_off(case_id=asked.pk, note="The company is wound up", by=UserFactory(), now=NOW)
    services.agree(case_id=agreed.pk, note="By telephone", by=UserFactory(), now=NOW)
    services.drop(case_id=dropped.pk, note="The booking was put right", by=None, now=NOW)
    urls = [reverse("overpayments:list")]
    urls += [reverse("overpayments:detail", args=[case.pk]) for case in (found, asked, agreed, dropped)]
    urls += [reverse(f"overpayments:{verb}", args=[found.pk]) for verb in ("agree", "ask_write_off")]
    urls += [reverse(f"overpayments:{verb}", args=[agreed.pk]) for verb in ("recover", "write_off")]
    for url in urls:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + url)
        accessible(page)
        fits_a_phone(page)
    services.write_off(case_id=agreed.pk, note="Wound up", by=leader, now=NOW)
    page.goto(live_server.url + reverse("overpayments:detail", args=[agreed.pk]))
    accessible(page)


def test_one_person_asks_for_a_write_off_and_another_decides(page, live_server, sign_in, accessible):
    case = a_case()
    sign_in(UserFactory(groups=[roles.TEAM_LEADER]))
    page.goto(live_server.url + reverse("overpayments:detail", args=[case.pk]))
    page.get_by_role("link", name="Ask to write off").click()
    page.get_by_label("Why it should be given up").fill("The company is wound up")
    page.get_by_role("button", name="Ask to write off £144.00").click()
    page.get_by_text("Asked for: somebody else decides it.").wait_for()
    page.goto(live_server.url + reverse("overpayments:write_off", args=[case.pk]))
    page.get_by_label("Why it is given up").fill("Wound up")
    page.get_by_role("button", name="Write off £144.00").click()
    page.locator("[data-confirm-yes]").click()
    page.get_by_text("You asked for this write-off").first.wait_for()
    accessible(page)
    sign_in(UserFactory(groups=[roles.SERVICE_MANAGER]))
    page.goto(live_server.url + reverse("overpayments:list") + "?status=asked")
    page.get_by_role("link", name=f"O{case.pk:06d}").click()
    page.get_by_role("link", name="Write off", exact=True).click()
    page.get_by_label("Why it is given up").fill("Wound up")
    page.get_by_role("button", name="Write off £144.00").click()
    page.locator("[data-confirm-yes]").click()
    page.get_by_text("Written off.").wait_for()
