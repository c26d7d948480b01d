"""A change of bank details that is asked for, and one that is refused."""

import pytest

from lewisham_ta.refusals import Refused
from payments.models import BankDetails
from payments.payees import services
from tests.factories import BankDetailsFactory, PayeeFactory, UserFactory
from tests.payments.payees.services.helpers import ACCOUNT, NOW, WRONG, actions, load_table, waiting_change

pytestmark = pytest.mark.django_db


def ask(payee, account=ACCOUNT, by=None, seen_current=...):
    current = payee.bank_details.filter(is_current=True).first()
    return services.request_bank_change(
        payee_id=payee.pk,
        account=account,
        reason="New bank, letter of 20 November.",
        seen_current=(current and current.pk) if seen_current is ... else seen_current,
        by=by or UserFactory(),
        now=NOW,
    )


def test_a_second_request_is_refused_while_one_waits():
    waiting = BankDetailsFactory(waiting=True)
    with pytest.raises(Refused, match=r"^A change of this payee's bank details is already waiting\.$"):
        ask(waiting.payee)


def test_the_account_in_use_is_not_asked_for_again():
    current = BankDetailsFactory(**ACCOUNT._asdict())
    with pytest.raises(Refused, match=r"^These are the payee's bank details already\.$"):
        ask(current.payee)


def test_an_account_that_fails_the_modulus_check_is_refused_in_words():
    load_table()
    with pytest.raises(Refused, match=r"^Invalid: this account number cannot belong to sort code 08-99-99"):
        ask(PayeeFactory(), WRONG)
    assert not BankDetails.objects.exists()


def test_a_request_made_on_an_old_page_is_refused():
    with pytest.raises(Refused, match="changed while you were typing"):
        ask(BankDetailsFactory().payee, seen_current=None)


def test_a_request_waits_with_its_verdict():
    load_table()
    payee, by = BankDetailsFactory().payee, UserFactory()
    details = ask(payee, by=by)
    assert (details.status, details.is_first, details.is_current) == ("waiting", False, False)
    assert (details.requested_by, details.modulus_verdict) == (by, "Valid: passes MOD10.")
    assert actions()[-1] == "bank_details.requested"


def test_an_account_without_a_table_waits_and_says_so():
    assert ask(PayeeFactory()).modulus_verdict.startswith("No table loaded: ")


def test_the_first_account_of_a_payee_is_marked_so_until_one_was_approved():
    payee = PayeeFactory()
    refused = ask(payee)
    services.refuse_bank_details(details_id=refused.pk, reason="Not theirs.", by=UserFactory(), now=NOW)
    assert ask(payee).is_first


def test_a_refusal_needs_a_reason():
    with pytest.raises(Refused, match="Say why"):
        services.refuse_bank_details(
            details_id=BankDetailsFactory(waiting=True).pk, reason="", by=UserFactory(), now=NOW
        )


def test_a_decided_request_is_not_refused():
    with pytest.raises(Refused, match="decided already"):
        services.refuse_bank_details(details_id=BankDetailsFactory().pk, reason="No.", by=UserFactory(), now=NOW)


def test_a_refused_request_is_kept_and_the_account_in_use_stays():
    old = BankDetailsFactory()
    details = waiting_change(payee=old.payee)
    services.refuse_bank_details(details_id=details.pk, reason="They never asked.", by=UserFactory(), now=NOW)
    details.refresh_from_db()
    old.refresh_from_db()
    assert (details.status, details.decision_note) == ("refused", "They never asked.")
    assert old.is_current
