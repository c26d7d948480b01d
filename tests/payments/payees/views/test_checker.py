"""The check of an account, and its tables."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lewisham_ta.roles import TEAM_LEADER
from payments.payees import selectors, services
from tests.factories import LONG_AGO, UserFactory
from tests.payments.payees.modulus_cases import ROWS, SUBSTITUTES, TABLE
from tests.payments.payees.views.helpers import text

pytestmark = pytest.mark.django_db


def uploads(weights=ROWS):
    return {
        "valacdos": SimpleUploadedFile("valacdos.txt", weights.encode()),
        "scsubtab": SimpleUploadedFile("scsubtab.txt", SUBSTITUTES.encode()),
    }


def test_an_account_is_checked_on_the_page(pages):
    services.load_modulus_table(weights=TABLE.rows, substitutes={}, by=None, now=LONG_AGO)
    typed = {"sort_code": "08-99-99", "account_number": "66374959"}
    assert "fails MOD10" in text(pages.post(reverse("payees:account_check"), typed))


def test_a_wrong_table_is_refused_with_its_line(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    answer = client.post(reverse("payees:load_table"), uploads("089000 089999 MOD97"))
    assert "valacdos.txt, line 1" in text(answer)
    assert selectors.modulus_table() is None


def test_a_leader_loads_the_table(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    assert client.post(reverse("payees:load_table"), uploads()).status_code == 302
    assert len(selectors.modulus_table().rows) == 25
