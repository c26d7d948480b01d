"""Bank details that come with a register."""

import pytest

from payments.models import BankDetails
from payments.payees import services
from tests.factories import BankDetailsFactory, PayeeFactory, UserFactory
from tests.payments.payees.services.helpers import ACCOUNT, NOW, WRONG, actions, load_table

pytestmark = pytest.mark.django_db


def load(*rows, by=None):
    return services.request_from_register(list(rows), by=by or UserFactory(), now=NOW)


def test_the_accounts_of_a_first_load_wait_as_first_ones():
    by = UserFactory()
    one, two = PayeeFactory.create_batch(2)
    load((one, *ACCOUNT), (two, *ACCOUNT), by=by)
    assert set(BankDetails.objects.values_list("payee", "is_first", "source", "status", "requested_by")) == {
        (one.pk, True, "register", "waiting", by.pk),
        (two.pk, True, "register", "waiting", by.pk),
    }
    assert actions() == ["bank_details.requested"] * 2


def test_an_account_that_fails_the_check_waits_where_it_is_seen():
    load_table()
    [details] = load((PayeeFactory(), *WRONG))
    assert details.modulus_verdict.startswith("Invalid: ")


def test_loading_the_same_register_again_asks_for_nothing():
    in_use, waiting, refused = BankDetailsFactory(**ACCOUNT._asdict()).payee, PayeeFactory(), PayeeFactory()
    load((waiting, *ACCOUNT), (refused, *ACCOUNT))
    services.refuse_bank_details(
        details_id=refused.bank_details.get().pk, reason="Not theirs.", by=UserFactory(), now=NOW
    )
    assert load((in_use, *ACCOUNT), (waiting, *ACCOUNT), (refused, *ACCOUNT)) == []


def test_a_later_load_with_another_account_is_a_change_of_the_one_in_use():
    in_use = BankDetailsFactory()
    [details] = load((in_use.payee, *ACCOUNT))
    assert not details.is_first
    in_use.refresh_from_db()
    assert in_use.is_current


def test_a_later_load_takes_the_place_of_what_waits():
    payee = PayeeFactory()
    [earlier] = load((payee, *ACCOUNT))
    [later] = load((payee, *ACCOUNT._replace(account_name="ADA AND CO")))
    earlier.refresh_from_db()
    assert (earlier.status, earlier.decision_note) == ("refused", "Replaced by a later load of the register.")
    assert later.status == "waiting"


def test_what_a_later_load_replaced_can_come_back_with_the_next():
    payee = PayeeFactory()
    load((payee, *ACCOUNT))
    load((payee, *ACCOUNT._replace(account_name="ADA AND CO")))
    assert len(load((payee, *ACCOUNT))) == 1


@pytest.mark.parametrize("rows", [2, 12])
def test_a_load_asks_the_database_no_more_for_each(rows, django_assert_num_queries):
    wanted = [(payee, *ACCOUNT) for payee in PayeeFactory.create_batch(rows)]
    by = UserFactory()
    with django_assert_num_queries(12):  # two for the role
        load(*wanted, by=by)
