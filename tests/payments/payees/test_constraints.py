"""What can never be true of payees and their bank details, broken on purpose: by SQL, past every service."""

import pytest
from django.db import DatabaseError, IntegrityError
from django.db.models import F

from lewisham_ta.refusals import Refused, refusing
from payments.models import BankDetails, ModulusWeight, Payee, SortCodeSubstitution
from tests.factories import LONG_AGO, BankDetailsFactory, PayeeFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_supplier_number_is_one_payee():
    PayeeFactory(supplier_number="600001")
    with pytest.raises(Refused, match=r"^Another payee has this supplier number\.$"), refusing():
        PayeeFactory(supplier_number="600001")


def test_any_number_of_payees_may_have_no_supplier_number_yet():
    PayeeFactory.create_batch(2, supplier_number="")


def test_remittance_goes_by_a_known_way():
    with pytest.raises(IntegrityError, match="payee_remittance_is_known"):
        PayeeFactory(remittance_by="pigeon")


def test_a_party_is_paid_as_one_payee():
    payee = PayeeFactory()
    with pytest.raises(IntegrityError, match="party_id"):
        Payee.objects.create(party=payee.party)


@pytest.mark.parametrize("sort_code", ["08999", "08-999", "O89999"])
def test_a_sort_code_has_six_digits(sort_code):
    with pytest.raises(Refused, match=r"^A sort code has six digits\.$"), refusing():
        BankDetailsFactory(sort_code=sort_code)


@pytest.mark.parametrize("account_number", ["1234567", "1234567X"])
def test_an_account_number_has_eight_digits(account_number):
    with pytest.raises(Refused, match=r"^An account number has eight digits\.$"), refusing():
        BankDetailsFactory(account_number=account_number)


def test_bank_details_have_a_known_status():
    with pytest.raises(IntegrityError, match="bank_decision_is_whole"):
        BankDetailsFactory(waiting=True, status="hmm")


def test_bank_details_have_a_known_source():
    with pytest.raises(IntegrityError, match="bank_source_is_known"):
        BankDetailsFactory(source="rumour", called_back_by=UserFactory(), called_back_at=LONG_AGO)


def test_one_request_of_a_payee_waits():
    waiting = BankDetailsFactory(waiting=True)
    with pytest.raises(Refused, match="already waiting"), refusing():
        BankDetailsFactory(waiting=True, payee=waiting.payee)


def test_one_account_of_a_payee_is_in_use():
    details = BankDetailsFactory()
    with pytest.raises(IntegrityError, match="bank_one_account_is_current"):
        BankDetailsFactory(payee=details.payee)


def test_an_account_in_use_is_approved():
    with pytest.raises(IntegrityError, match="bank_current_is_approved"):
        BankDetailsFactory(waiting=True, is_current=True)


def test_the_approver_did_not_ask():
    by = UserFactory()
    with pytest.raises(Refused, match=r"^You asked for this change, so someone else must approve it\.$"), refusing():
        BankDetailsFactory(requested_by=by, decided_by=by)


def test_the_asker_cannot_approve_by_sql_either():
    details = BankDetailsFactory(waiting=True)
    with pytest.raises(IntegrityError, match="bank_approver_did_not_ask"):
        BankDetails.objects.filter(pk=details.pk).update(
            status="approved", decided_by=F("requested_by"), decided_at=LONG_AGO, usable_from=LONG_AGO
        )


@pytest.mark.parametrize("missing", ["decided_by", "decided_at"])
def test_a_decision_is_whole(missing):
    with pytest.raises(IntegrityError, match="bank_decision_is_whole"):
        BankDetailsFactory(**{missing: None})


def test_whoever_asked_did_not_ring():
    officer = UserFactory()
    with pytest.raises(IntegrityError, match="bank_caller_did_not_ask"):
        BankDetailsFactory(requested_by=officer, called_back_by=officer, called_back_at=LONG_AGO)


def test_a_call_back_is_whole():
    with pytest.raises(IntegrityError, match="bank_call_back_is_whole"):
        BankDetailsFactory(called_back_by=UserFactory(), called_back_at=None)


@pytest.mark.parametrize("facts", [{"is_first": False}, {"source": BankDetails.Source.TYPED}])
def test_only_a_first_account_of_a_register_is_approved_without_a_call_back(facts):
    with pytest.raises(Refused, match=r"^Record the call-back before this change is approved\.$"), refusing():
        BankDetailsFactory(**facts)


def test_approved_details_say_from_when_they_are_used():
    with pytest.raises(IntegrityError, match="bank_approved_says_from_when"):
        BankDetailsFactory(usable_from=None)


@pytest.mark.parametrize(
    "change",
    [
        {"account_number": "99999999"},
        {"sort_code": "999999"},
        {"account_name": "SOMEBODY ELSE"},
        {"is_first": False},
        {"source": "typed"},
        {"requested_at": LONG_AGO.replace(year=2020)},
    ],
)
def test_what_was_asked_for_is_never_changed(change):
    details = BankDetailsFactory(waiting=True)
    with pytest.raises(DatabaseError, match="Cannot update"):
        BankDetails.objects.filter(pk=details.pk).update(**change)


@pytest.mark.parametrize(
    "change", [{"status": "refused"}, {"usable_from": LONG_AGO.replace(year=2020)}, {"decision_note": "No."}]
)
def test_a_decision_is_never_changed(change):
    details = BankDetailsFactory()
    with pytest.raises(DatabaseError, match="Cannot update"):
        BankDetails.objects.filter(pk=details.pk).update(**change)


def test_an_old_account_does_not_come_into_use_again_by_itself():
    details = BankDetailsFactory(is_current=False)
    with pytest.raises(DatabaseError, match="Cannot update"):
        BankDetails.objects.filter(pk=details.pk).update(is_current=True)


def test_an_account_goes_out_of_use():
    details = BankDetailsFactory()
    assert BankDetails.objects.filter(pk=details.pk).update(is_current=False) == 1


def test_bank_details_are_not_deleted():
    BankDetailsFactory()
    with pytest.raises(DatabaseError, match="Cannot delete"):
        BankDetails.objects.all().delete()


def test_a_weight_row_has_a_known_method():
    with pytest.raises(IntegrityError, match="modulus_algorithm_is_known"):
        ModulusWeight.objects.create(
            place=1, sort_code_from="089000", sort_code_to="089999", algorithm="MOD97", weights=[0] * 14
        )


def test_a_sort_code_has_one_substitute():
    SortCodeSubstitution.objects.create(sort_code="938600", substitute="938611")
    with pytest.raises(IntegrityError, match="sort_code"):
        SortCodeSubstitution.objects.create(sort_code="938600", substitute="938343")
