"""Payees and their bank details: what is refused first, then what happens."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from contacts.models import Party
from lewisham_ta import audit
from lewisham_ta.models import AuditEvent, Setting
from lewisham_ta.refusals import Refused
from payments.models import BankDetails, Payee
from payments.payees import selectors, services
from payments.payees.rules import PayeeFacts
from payments.payees.selectors import Account
from tests.factories import LONG_AGO, BankDetailsFactory, PayeeFactory, UserFactory
from tests.payments.payees.modulus_cases import TABLE

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNT = Account("089999", "66374958", "ADA INVENTED")
WRONG = Account("089999", "66374959", "ADA INVENTED")
FACTS = PayeeFacts(name="Ada Invented", kind="individual", telephone="020 7946 0001", is_overseas=False)


def load_table():
    services.load_modulus_table(weights=TABLE.rows, substitutes=dict(TABLE.substitutes), by=None, now=LONG_AGO)


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


# --- Facts -----------------------------------------------------------------------------------------------------------


def test_a_reference_is_given_once():
    by = UserFactory()
    services.add_payee(ref="L0001", facts=FACTS, by=by, now=NOW)
    with pytest.raises(Refused, match="Another party has this reference"):
        services.add_payee(ref="L0001", facts=FACTS, by=by, now=NOW)
    assert Payee.objects.count() == 1


def test_a_supplier_number_of_another_payee_is_refused_and_nothing_stays_behind():
    PayeeFactory(supplier_number="600001")
    facts = PayeeFacts(name="Ada Invented", kind="individual", supplier_number="600001")
    with pytest.raises(Refused, match="Another payee has this supplier number"):
        services.add_payee(ref="L9001", facts=facts, by=UserFactory(), now=NOW)
    assert not Party.objects.filter(ref="L9001").exists()


def test_remittance_by_e_mail_needs_an_address():
    facts = PayeeFacts(name="Ada Invented", kind="individual", remittance_by="email")
    with pytest.raises(Refused, match="Give an e-mail address"):
        services.add_payee(ref="L0001", facts=facts, by=UserFactory(), now=NOW)


def test_a_payee_is_added_with_its_party():
    by = UserFactory()
    payee = services.add_payee(ref="L0001", facts=FACTS, by=by, now=NOW)
    assert selectors.facts_of(selectors.payees().get(pk=payee.pk)) == FACTS
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.at, event.subject) == ("payee.added", by, NOW, payee)


def change(payee, by=None, seen=None, **facts):
    current = selectors.facts_of(payee)
    return services.change_payee(
        payee_id=payee.pk,
        facts=PayeeFacts(**{field: getattr(current, field) for field in current.__slots__} | facts),
        seen=current.fingerprint if seen is None else seen,
        why="Their letter of 20 November.",
        by=by or UserFactory(),
        now=NOW,
    )


def test_a_payee_that_changed_meanwhile_is_not_overwritten():
    payee = PayeeFactory()
    seen = selectors.facts_of(payee).fingerprint
    change(payee, telephone="020 7946 0999")
    with pytest.raises(Refused, match="while you were typing"):
        change(payee, seen=seen, name="Ada Other")


def test_saving_what_is_there_already_is_refused():
    with pytest.raises(Refused, match=r"^Nothing was changed\.$"):
        change(PayeeFactory())


def test_a_change_to_another_payees_supplier_number_is_refused():
    PayeeFactory(supplier_number="600001")
    with pytest.raises(Refused, match="Another payee has this supplier number"):
        change(PayeeFactory(), supplier_number="600001")


def test_a_change_is_saved_with_who_and_why():
    payee, by = PayeeFactory(party__telephone="020 7946 0001"), UserFactory()
    change(payee, by, telephone="020 7946 0002", is_overseas=True)
    saved = selectors.payees().get(pk=payee.pk)
    assert (saved.party.telephone, saved.is_overseas) == ("020 7946 0002", True)
    event = AuditEvent.objects.get()
    assert (event.by, event.why) == (by, "Their letter of 20 November.")
    assert event.detail == {"changed": ["telephone", "is_overseas"]}


# --- Asking for a change ---------------------------------------------------------------------------------------------


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


# --- Call-back -------------------------------------------------------------------------------------------------------


def ring(details, number="020 7946 0000", by=None, now=NOW):
    return services.record_call_back(
        details_id=details.pk, seen_number=number, note="Spoke to Ada, confirmed.", by=by or UserFactory(), now=now
    )


def waiting_change(**facts):
    return BankDetailsFactory(waiting=True, is_first=False, **facts)


def test_a_decided_request_is_not_called_back():
    with pytest.raises(Refused, match="decided already"):
        ring(BankDetailsFactory())


def test_whoever_asked_does_not_ring():
    details = waiting_change()
    with pytest.raises(Refused, match="someone else must ring the payee"):
        ring(details, by=details.requested_by)


def test_whoever_rang_may_approve():
    details, by = waiting_change(), UserFactory()
    ring(details, by=by)
    assert services.approve_bank_details(details_id=details.pk, by=by, now=NOW).is_current


def test_only_the_number_on_file_counts():
    with pytest.raises(Refused, match="telephone number on file changed while you were reading"):
        ring(waiting_change(), number="020 7946 0666")


def test_without_a_number_on_file_nobody_can_be_rung():
    with pytest.raises(Refused, match="no telephone number on file"):
        ring(waiting_change(payee__party__telephone=""), number="")


def test_a_call_back_is_recorded_once():
    details = waiting_change()
    ring(details)
    with pytest.raises(Refused, match="recorded already"):
        ring(details)


@pytest.mark.parametrize("asked", [timedelta(hours=-1), timedelta(hours=47)], ids=["before", "shortly after"])
def test_a_number_changed_around_the_request_does_not_count(asked):
    """The database's clock stamps the change of the number, so the request is placed around that."""
    details = waiting_change(requested_at=timezone.now() + asked)
    Party.objects.update(telephone="020 7946 0666")
    with pytest.raises(Refused, match=r"changed too shortly before this request, or after it.* 48 hours after"):
        ring(details, number="020 7946 0666", now=details.requested_at)


def test_a_number_first_put_on_file_around_the_request_does_not_count():
    details = waiting_change(payee__party__telephone="", requested_at=timezone.now())
    Party.objects.update(telephone="020 7946 0666")
    with pytest.raises(Refused, match="changed too shortly"):
        ring(details, number="020 7946 0666", now=details.requested_at)


def test_a_number_changed_well_before_the_request_counts():
    details = waiting_change(requested_at=timezone.now() + timedelta(hours=49))
    Party.objects.update(telephone="020 7946 0002")
    ring(details, number="020 7946 0002", now=details.requested_at)


def test_another_change_of_the_payee_does_not_spoil_the_number():
    details = waiting_change(requested_at=timezone.now())
    Party.objects.update(name="Another Name", email="other@example.org")
    ring(details, now=details.requested_at)


def test_the_call_back_keeps_who_when_number_and_note():
    by = UserFactory()
    details = ring(waiting_change(), by=by)
    details.refresh_from_db()
    assert (details.called_back_by, details.called_back_at) == (by, NOW)
    assert (details.called_number, details.call_note) == ("020 7946 0000", "Spoke to Ada, confirmed.")
    assert actions() == ["bank_details.called_back"]


# --- Approval --------------------------------------------------------------------------------------------------------


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


# --- Refusing --------------------------------------------------------------------------------------------------------


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


# --- From a register -------------------------------------------------------------------------------------------------


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


# --- Everything that waits, by command -------------------------------------------------------------------------------


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


# --- Who changed the number ------------------------------------------------------------------------------------------


def test_the_latest_change_of_number_and_address_is_known_with_who_made_it():
    payee, by = PayeeFactory(party__telephone="020 7946 0001"), UserFactory(first_name="Jo", last_name="Invented")
    with audit.acting(by):
        Party.objects.filter(pk=payee.party_id).update(telephone="020 7946 0002")
    changes = selectors.contact_changes([payee.party_id])[payee.party_id]
    assert (changes.telephone.who, changes.telephone.was, changes.telephone.now) == (
        "Jo Invented",
        "020 7946 0001",
        "020 7946 0002",
    )
    assert changes.email is None
