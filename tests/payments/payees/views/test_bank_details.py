"""A change of bank details: asked for, rung about, approved, refused."""

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import Party
from lewisham_ta.roles import TEAM_LEADER
from payments.models import BankDetails
from payments.payees import services
from tests.factories import LONG_AGO, BankDetailsFactory, PayeeFactory, UserFactory
from tests.payments.payees.modulus_cases import TABLE
from tests.payments.payees.views.helpers import text

pytestmark = pytest.mark.django_db

ACCOUNT = {"sort_code": "08-99-99", "account_number": "6637 4958", "account_name": "ADA INVENTED", "reason": "Letter"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"sort_code": "08-99"}, "A sort code has six digits"),
        ({"account_number": "6637495"}, "An account number has eight digits"),
        ({"account_number": "66374959"}, "cannot belong to sort code 08-99-99"),
        ({"reason": ""}, "Fill this in"),
    ],
)
def test_a_mistyped_account_is_refused_in_words_and_nothing_typed_is_lost(pages, typed, words):
    services.load_modulus_table(weights=TABLE.rows, substitutes={}, by=None, now=LONG_AGO)
    url = reverse("payees:request_change", args=[PayeeFactory().party.ref])
    answer = pages.post(url, ACCOUNT | typed)
    assert words in text(answer)
    assert "ADA INVENTED" in text(answer)
    assert not BankDetails.objects.exists()


def test_a_change_is_asked_for_called_back_and_approved_by_another(client):
    current = BankDetailsFactory(payee__party__telephone="020 7946 0000")
    officer, caller, leader = UserFactory(), UserFactory(), UserFactory(groups=[TEAM_LEADER])
    client.force_login(officer)
    url = reverse("payees:request_change", args=[current.payee.party.ref])
    answer = client.post(url, ACCOUNT | {"seen_current": current.pk})
    details = BankDetails.objects.get(status="waiting")
    assert answer.url == reverse("payees:request", args=[details.pk])
    assert "66374958" in text(client.get(answer.url))

    ring = {"seen_number": "020 7946 0000", "note": "Spoke to Ada, confirmed."}
    assert "Record the call-back" not in text(client.get(answer.url))
    refused = client.post(reverse("payees:call_back", args=[details.pk]), ring)
    assert "someone else must ring the payee" in text(refused)

    client.force_login(caller)
    assert client.post(reverse("payees:call_back", args=[details.pk]), ring).status_code == 302
    client.force_login(officer)
    refused = client.post(reverse("payees:approve", args=[details.pk]))
    assert "You asked for this change or loaded it" in text(refused)

    client.force_login(leader)
    assert client.post(reverse("payees:approve", args=[details.pk])).status_code == 302
    details.refresh_from_db()
    assert details.is_current


def test_the_note_of_a_call_that_did_not_count_is_not_lost(pages):
    details = BankDetailsFactory(waiting=True, is_first=False)
    typed = {"seen_number": "020 7946 0666", "note": "Spoke to somebody."}
    answer = pages.post(reverse("payees:call_back", args=[details.pk]), typed)
    assert "changed while you were reading" in text(answer)
    assert 'value="Spoke to somebody."' in text(answer)
    assert 'value="020 7946 0000"' in text(answer)


def test_a_refusal_without_a_reason_goes_back_to_the_field(pages):
    details = BankDetailsFactory(waiting=True)
    assert "Why it is refused" in text(pages.post(reverse("payees:refuse", args=[details.pk]), {"reason": ""}))
    details.refresh_from_db()
    assert details.status == "waiting"


def test_the_request_page_warns_of_a_number_that_is_too_new(pages):
    details = BankDetailsFactory(waiting=True, is_first=False, requested_at=timezone.now())
    Party.objects.update(telephone="020 7946 0666", email="new@example.org")
    page = text(pages.get(reverse("payees:request", args=[details.pk])))
    assert "The telephone number on file was changed" in page
    assert "It was 020 7946 0000." in page
    assert "The e-mail address on file was changed" in page


def test_a_decided_request_shows_the_verdict_of_its_day_and_offers_nothing(pages):
    details = BankDetailsFactory(modulus_verdict="Valid: passes MOD10.", account_number="66374959")
    services.load_modulus_table(weights=TABLE.rows, substitutes={}, by=None, now=LONG_AGO)
    page = text(pages.get(reverse("payees:request", args=[details.pk])))
    assert "Valid: passes MOD10." in page
    assert "In use now" not in page
    assert "Approve this account" not in page


def test_the_request_page_shows_an_auditor_no_numbers_and_no_buttons(auditor_pages):
    details = BankDetailsFactory(waiting=True, is_first=False, account_number="66374958")
    page = text(auditor_pages.get(reverse("payees:request", args=[details.pk])))
    assert "66374958" not in page
    assert "Approve this account" not in page
