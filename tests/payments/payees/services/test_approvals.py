"""Bank details approved by a second person, one or many."""

from datetime import timedelta

import pytest

from lewisham_ta.models import Setting
from lewisham_ta.refusals import Refused
from payments.models import BankDetails
from payments.payees import services
from tests.factories import LONG_AGO, BankDetailsFactory, UserFactory
from tests.payments.payees.services.helpers import ACCOUNT, NOW, WRONG, actions, load_table, ring, waiting_change

pytestmark = pytest.mark.django_db


def approve(details, by=None, now=NOW):
    return services.approve_bank_details(details_id=details.pk, by=by or UserFactory(), now=now)


def test_who_asked_does_not_approve():
    details = ring(waiting_change())
    with pytest.raises(Refused, match=r"^You asked for this change or loaded it, so someone else must approve it\.$"):
        approve(details, by=details.requested_by)


def test_an_administrator_who_asked_does_not_approve_either():
    admin = UserFactory(is_superuser=True)
    details = ring(waiting_change(requested_by=admin))
    with pytest.raises(Refused, match="someone else must approve"):
        approve(details, by=admin)


def test_a_change_is_not_approved_without_a_call_back():
    with pytest.raises(Refused, match=r"^Record the call-back before this change is approved\.$"):
        approve(waiting_change())


def test_a_first_account_that_was_typed_needs_a_call_back_too():
    with pytest.raises(Refused, match="Record the call-back"):
        approve(BankDetailsFactory(waiting=True, source=BankDetails.Source.TYPED))


def test_an_invalid_account_is_not_approved_even_if_the_table_came_after_the_request():
    details = BankDetailsFactory(waiting=True, **WRONG._asdict())
    load_table()
    with pytest.raises(Refused, match="cannot belong to sort code"):
        approve(details)


def test_a_decided_request_is_not_approved_again():
    with pytest.raises(Refused, match="decided already"):
        approve(BankDetailsFactory())


def test_a_changed_account_comes_into_use_and_cools_off():
    old = BankDetailsFactory()
    details = ring(waiting_change(payee=old.payee))
    approved = approve(details)
    old.refresh_from_db()
    assert (approved.status, approved.is_current, approved.usable_from) == ("approved", True, NOW + timedelta(hours=48))
    assert (old.status, old.is_current) == ("approved", False)
    assert actions()[-1] == "bank_details.approved"


def test_the_cooling_off_time_is_the_setting_of_the_day():
    Setting.objects.create(
        name="cooling_off_hours", from_on=NOW.date(), value="24", reason="Trial", set_by=UserFactory(), set_at=LONG_AGO
    )
    approved = approve(ring(waiting_change(payee=BankDetailsFactory().payee)))
    assert approved.usable_from == NOW + timedelta(hours=24)


def test_a_first_account_from_the_register_is_used_at_once_and_without_a_call():
    assert approve(BankDetailsFactory(waiting=True)).usable_from == NOW


def test_the_verdict_kept_is_the_one_at_approval():
    details = BankDetailsFactory(waiting=True, **ACCOUNT._asdict())
    load_table()
    assert approve(details).modulus_verdict == "Valid: passes MOD10."


def approve_many(*details, by=None):
    return services.approve_first_details(details_ids=[row.pk for row in details], by=by or UserFactory(), now=NOW)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"is_first": False}, "Record the call-back"),
        ({"is_first": False, "called_back_at": LONG_AGO}, "approve it by itself"),
        ({"waiting": False}, "decided already"),
        (WRONG._asdict(), "cannot belong to sort code"),
    ],
)
def test_one_that_may_not_be_approved_stops_them_all_and_is_named(wrong, words):
    load_table()
    good = BankDetailsFactory(waiting=True, **ACCOUNT._asdict())
    if "called_back_at" in wrong:
        wrong = wrong | {"called_back_by": UserFactory()}
    bad = BankDetailsFactory(**{"waiting": True, **ACCOUNT._asdict(), "payee__party__ref": "L9999"} | wrong)
    with pytest.raises(Refused, match=f"^L9999 .*{words}.*Nothing was approved"):
        approve_many(good, bad)
    good.refresh_from_db()
    assert good.status == "waiting"


def test_who_loaded_the_register_does_not_approve_it():
    by = UserFactory()
    with pytest.raises(Refused, match="someone else must approve"):
        approve_many(BankDetailsFactory(waiting=True), BankDetailsFactory(waiting=True, requested_by=by), by=by)
    assert not BankDetails.objects.filter(status="approved").exists()


def test_a_second_person_approves_all_first_accounts_in_one_go():
    rows = BankDetailsFactory.create_batch(3, waiting=True)
    assert approve_many(*rows) == 3
    assert BankDetails.objects.filter(is_current=True, usable_from=NOW).count() == 3
    assert actions() == ["bank_details.approved"] * 3


@pytest.mark.parametrize("rows", [2, 12])
def test_approving_many_asks_the_database_no_more_for_each(rows, django_assert_num_queries):
    ready = BankDetailsFactory.create_batch(rows, waiting=True)
    by = UserFactory()
    with django_assert_num_queries(12 + rows):  # one audit event each, two for the role
        approve_many(*ready, by=by)


def test_approving_all_leaves_out_what_one_asked_for_and_says_so():
    by = UserFactory()
    BankDetailsFactory(waiting=True)
    BankDetailsFactory(waiting=True, requested_by=by, payee__party__ref="L9999", payee__party__name="Ada")
    result = services.approve_all_waiting(by=by, now=NOW)
    assert (result.first, result.changed) == (1, 0)
    assert result.refused == [("L9999 Ada", "You asked for this change or loaded it, so someone else must approve it.")]


def test_approving_all_records_the_call_to_the_number_on_file():
    by = UserFactory()
    details = waiting_change(payee=BankDetailsFactory().payee)
    assert services.approve_all_waiting(by=by, now=NOW).changed == 1
    details.refresh_from_db()
    assert (details.called_back_by, details.called_number) == (by, "020 7946 0000")
    assert details.call_note == "confirmed with approve_bank_details"
    assert details.usable_from == NOW + timedelta(hours=48)


def test_approving_all_keeps_a_call_back_that_somebody_made():
    caller = UserFactory()
    details = ring(waiting_change(payee=BankDetailsFactory().payee), by=caller)
    services.approve_all_waiting(by=UserFactory(), now=NOW)
    details.refresh_from_db()
    assert details.called_back_by == caller


def test_approving_all_leaves_a_payee_without_a_number_waiting_and_takes_the_others():
    silent = waiting_change(payee__party__telephone="")
    BankDetailsFactory(waiting=True)
    result = services.approve_all_waiting(by=UserFactory(), now=NOW)
    silent.refresh_from_db()
    assert (result.first, len(result.refused)) == (1, 1)
    assert (silent.status, silent.called_back_at) == ("waiting", None)
