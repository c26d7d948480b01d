"""Two people at the same moment, on two real connections."""

from datetime import UTC, datetime

import pytest

from payments.models import BankDetails
from payments.payees import services
from payments.payees.selectors import Account
from tests.at_once import at_once
from tests.factories import LONG_AGO, BankDetailsFactory, PayeeFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_two_people_approve_a_change_and_one_of_them_does():
    old, caller = BankDetailsFactory(), UserFactory()
    details = BankDetailsFactory(
        waiting=True, is_first=False, payee=old.payee, called_back_by=caller, called_back_at=LONG_AGO
    )
    people = UserFactory.create_batch(2)
    answers = at_once(
        *(lambda by=by: services.approve_bank_details(details_id=details.pk, by=by, now=NOW) for by in people)
    )
    assert answers == ["This request has been decided already.", "done"]
    assert BankDetails.objects.filter(payee=old.payee, is_current=True).get().pk == details.pk


def test_two_people_approve_the_same_first_accounts_and_one_of_them_does():
    ids = [row.pk for row in BankDetailsFactory.create_batch(5, waiting=True)]
    people = UserFactory.create_batch(2)
    answers = at_once(
        lambda: services.approve_first_details(details_ids=ids, by=people[0], now=NOW),
        lambda: services.approve_first_details(details_ids=ids[::-1], by=people[1], now=NOW),
    )
    assert answers[1] == "done"
    assert "decided already" in answers[0]
    assert BankDetails.objects.filter(is_current=True).count() == 5


def test_one_approves_while_the_other_refuses_and_only_one_is_heard():
    details, people = BankDetailsFactory(waiting=True), UserFactory.create_batch(2)
    answers = at_once(
        lambda: services.approve_bank_details(details_id=details.pk, by=people[0], now=NOW),
        lambda: services.refuse_bank_details(details_id=details.pk, reason="No.", by=people[1], now=NOW),
    )
    assert answers == ["This request has been decided already.", "done"]


def test_two_people_ask_for_a_change_and_one_request_waits():
    payee, people = PayeeFactory(), UserFactory.create_batch(2)

    def ask(by, account_number):
        services.request_bank_change(
            payee_id=payee.pk,
            account=Account("089999", account_number, "ADA INVENTED"),
            reason="Letter.",
            seen_current=None,
            by=by,
            now=NOW,
        )

    answers = at_once(lambda: ask(people[0], "12345678"), lambda: ask(people[1], "87654321"))
    assert answers == ["A change of this payee's bank details is already waiting.", "done"]
    assert payee.bank_details.count() == 1
