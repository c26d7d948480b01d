"""What becomes of a payment, refusals first."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lewisham_ta.models import ApprovalLimit, Job
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import CENTRAL_FINANCE, TEAM_LEADER
from payments.batches import services
from payments.batches.models import Batch, BatchItem, Payment
from payments.payees.models import BankDetails
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.batches.factories import NOW, PaymentFactory, advice

pytestmark = pytest.mark.django_db


def row(**but):
    bank_details = but.pop("bank_details", None) or BankDetailsFactory()
    net = but.get("net", Decimal("1550.00"))
    return services.PaymentRow(
        **{
            "payee": bank_details.payee,
            "bank_details": bank_details,
            "source": "CONTROC 2026-10",
            "description": "Rent for October 2026",
            "reference": "LBL PSL 1026 L0001",
            "net": net,
            "coding": {"H4410-5520": net},
            "advice": advice(net),
            "due_on": date(2026, 10, 31),
            "prepared_by": UserFactory(),
            "approved_by": UserFactory(),
        }
        | but
    )


def test_a_payment_whose_coding_does_not_add_up_is_refused():
    with pytest.raises(Refused, match=r"add up to £1,549.99 and the payment is £1,550.00"):
        services.raise_payments([row(coding={"H4410-5520": Decimal("1549.99")})], now=NOW)


def test_a_payment_that_its_preparer_approved_is_refused():
    officer = UserFactory()
    with pytest.raises(Refused, match="someone else must approve it"):
        services.raise_payments([row(prepared_by=officer, approved_by=officer)], now=NOW)


@pytest.mark.parametrize("vat", [Decimal("0.00"), Decimal("310.00")])
def test_payments_above_the_approvers_limit_with_their_vat_are_refused_and_none_is_made(vat):
    leader = UserFactory(groups=[TEAM_LEADER])
    ApprovalLimit.objects.create(
        person=leader,
        from_on=date(2026, 11, 1),
        amount=Decimal("1549.99") + vat,
        reason="Scheme of delegation",
        set_by=UserFactory(),
        set_at=NOW,
    )
    within = row(net=Decimal("1200.00"), approved_by=leader)
    with pytest.raises(Refused, match=r"limit is £[\d,.]+ since 1 Nov 2026, and this is £(1,550|1,860)\.00\."):
        services.raise_payments([within, row(vat=vat, approved_by=leader)], now=NOW)
    assert not Payment.objects.exists()
    assert len(services.raise_payments([within], now=NOW)) == 1


def test_a_second_payment_from_the_same_source_is_refused_and_none_of_the_rest_is_made():
    bank_details = BankDetailsFactory()
    services.raise_payments([row(bank_details=bank_details)], now=NOW)
    with pytest.raises(Refused, match="already has a payment from this source"):
        services.raise_payments([row(), row(bank_details=bank_details)], now=NOW)
    assert Payment.objects.count() == 1


def test_no_payments_are_no_work():
    assert services.raise_payments([], now=NOW) == []


def test_many_payments_cost_as_many_queries_as_one(django_assert_num_queries):
    leader = UserFactory()
    rows = [row(approved_by=leader) for _ in range(20)]
    with django_assert_num_queries(6):  # the limit, two savepoints, the history's context and one insert
        payments = services.raise_payments(rows, now=NOW)
    assert [payment.payee for payment in payments] == [row.payee for row in rows]
    assert {payment.state for payment in payments} == {"payable"}


def test_a_payment_keeps_what_it_was_approved_with():
    wanted = row()
    [payment] = services.raise_payments([wanted], now=NOW)
    payment.refresh_from_db()
    assert payment.coding == {"H4410-5520": "1550.00"}
    assert payment.advice == advice(Decimal("1550.00")).to_json()
    assert (payment.approved_at, payment.approved_by) == (NOW, wanted.approved_by)


@pytest.fixture
def officer():
    return UserFactory()


@pytest.fixture
def colleague():
    return UserFactory()


@pytest.fixture
def leader():
    return UserFactory(groups=[TEAM_LEADER])


def in_batch(officer, count=2, **but):
    """An open batch of new payments."""
    payments = [PaymentFactory(**but) for _ in range(count)]
    return services.make_batch(payment_ids=[payment.pk for payment in payments], by=officer, now=NOW), payments


def sent(officer, count=2, **but):
    batch, payments = in_batch(officer, count, **but)
    return services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW), payments


def test_a_batch_of_nothing_is_not_made(officer):
    for chosen in (None, []):
        with pytest.raises(Refused, match="nothing to put into a batch"):
            services.make_batch(payment_ids=chosen, by=officer, now=NOW)


def test_one_payment_that_may_not_go_keeps_the_whole_batch_from_being_made(officer):
    good, bad = PaymentFactory(), PaymentFactory()
    services.stop_payments(payee=bad.payee, reason="court order", by=officer, now=NOW)
    with pytest.raises(Refused, match="Payments to this payee are stopped: court order"):
        services.make_batch(payment_ids=[good.pk, bad.pk], by=officer, now=NOW)
    assert not Batch.objects.exists()
    assert not BatchItem.objects.exists()


def test_a_payment_in_a_batch_is_refused_by_another(officer):
    batch, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match=f"It is in batch {batch.number}."):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def test_a_waiting_change_of_bank_details_keeps_a_payment_back(officer):
    payment = PaymentFactory()
    BankDetailsFactory(payee=payment.payee, waiting=True)
    with pytest.raises(Refused, match="is waiting for approval"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def changed_account(payment, usable_from):
    BankDetails.objects.filter(pk=payment.bank_details_id).update(is_current=False)
    return BankDetailsFactory(payee=payment.payee, usable_from=usable_from)


def test_a_new_account_is_used_once_it_has_cooled_off_and_not_before(officer):
    payment = PaymentFactory()
    new = changed_account(payment, NOW + timedelta(hours=1))
    with pytest.raises(Refused, match="cool off until 23 Nov 2026, 13:00"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)
    services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW + timedelta(hours=1))
    assert BatchItem.objects.get().bank_details == new


def test_all_that_may_go_is_batched_and_the_rest_stays(officer):
    good, bad = PaymentFactory(), PaymentFactory()
    services.stop_payments(payee=bad.payee, reason="court order", by=officer, now=NOW)
    batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
    assert (batch.count, batch.total) == (1, good.net)
    bad.refresh_from_db()
    assert bad.state == "payable"


def test_numbers_run_on_and_a_batch_that_was_not_made_takes_none(officer):
    first, _ = in_batch(officer)
    with pytest.raises(Refused):
        services.make_batch(payment_ids=[999_999], by=officer, now=NOW)
    second, _ = in_batch(officer)
    assert (first.number, second.number) == ("B000001", "B000002")


@pytest.mark.parametrize("verb", ["add_to_batch", "take_out_of_batch"])
def test_a_stale_page_changes_nothing(officer, verb):
    batch, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match="changed while you were reading"):
        getattr(services, verb)(
            batch_id=batch.pk, payment_ids=[payment.pk], seen_version=batch.version - 1, by=officer, now=NOW
        )


def test_a_batch_seen_before_somebody_added_to_it_is_not_sent(officer):
    batch, _ = in_batch(officer)
    services.add_to_batch(
        batch_id=batch.pk, payment_ids=[PaymentFactory().pk], seen_version=batch.version, by=officer, now=NOW
    )
    with pytest.raises(Refused, match="changed while you were reading"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def test_what_is_not_in_a_batch_cannot_be_taken_out_of_it(officer):
    batch, _ = in_batch(officer)
    for chosen in ([], [PaymentFactory().pk]):
        with pytest.raises(Refused, match=f"Choose payments that are in {batch.number}"):
            services.take_out_of_batch(
                batch_id=batch.pk, payment_ids=chosen, seen_version=batch.version, by=officer, now=NOW
            )


def test_adding_and_taking_out_keep_the_control_figures(officer):
    batch, [one, _] = in_batch(officer, 2)
    three = PaymentFactory(net=Decimal("10.01"))
    batch = services.add_to_batch(
        batch_id=batch.pk, payment_ids=[three.pk], seen_version=batch.version, by=officer, now=NOW
    )
    assert (batch.count, batch.total) == (3, Decimal("3110.01"))
    batch = services.take_out_of_batch(
        batch_id=batch.pk, payment_ids=[one.pk], seen_version=batch.version, by=officer, now=NOW
    )
    assert (batch.count, batch.total) == (2, Decimal("1560.01"))
    one.refresh_from_db()
    assert one.state == "payable"
    again = services.add_to_batch(
        batch_id=batch.pk, payment_ids=[one.pk], seen_version=batch.version, by=officer, now=NOW
    )
    assert again.count == 3


def test_an_empty_batch_is_not_sent(officer):
    batch, [payment] = in_batch(officer, 1)
    batch = services.take_out_of_batch(
        batch_id=batch.pk, payment_ids=[payment.pk], seen_version=batch.version, by=officer, now=NOW
    )
    with pytest.raises(Refused, match="nothing in B000001"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def test_a_batch_is_asked_about_again_when_it_is_sent(officer):
    batch, [payment] = in_batch(officer, 1)
    stop = services.stop_payments(payee=payment.payee, reason="court order", by=officer, now=NOW)
    with pytest.raises(Refused, match="are stopped: court order"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    services.lift_stop(stop_id=stop.pk, note="set aside", by=officer, now=NOW)
    changed_account(payment, NOW)
    with pytest.raises(Refused, match="The bank details changed since it was put into the batch"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    batch.refresh_from_db()
    assert batch.status == "open"


def test_a_sent_batch_is_locked(officer):
    batch, [payment] = sent(officer, 1)
    for verb in (services.add_to_batch, services.take_out_of_batch):
        with pytest.raises(Refused, match="B000001 was sent and is locked"):
            verb(batch_id=batch.pk, payment_ids=[payment.pk], seen_version=batch.version, by=officer, now=NOW)
    with pytest.raises(Refused, match="B000001 was sent and is locked"):
        services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)


def test_sending_freezes_both_files_and_asks_for_the_advices(officer):
    batch, _ = sent(officer)
    assert batch.sheet.name == "TA payments B000001.xlsx"
    assert batch.csv.name == "TA payments B000001.csv"
    assert {payment.state for payment in Payment.objects.all()} == {"sent"}
    job = Job.objects.get()
    assert (job.kind, job.key, job.parameters) == ("batches.remittances", "B000001", {"batch_id": batch.pk})


def outcome(item_id, kind, officer, *, on, reason=""):
    services.record_outcome(item_id=item_id, outcome=kind, on=on, reason=reason, by=officer, now=NOW)


def item_of(payment):
    return payment.items.order_by("-pk").first()


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 11, 22), "The batch was sent on 23 Nov 2026: the day cannot be earlier."),
        (date(2026, 11, 24), "The day is in the future."),
    ],
)
def test_a_payment_is_not_paid_before_it_left_or_tomorrow(officer, on, words):
    _, [payment] = sent(officer, 1)
    with pytest.raises(Refused, match=words):
        outcome(item_of(payment).pk, "paid", officer, on=on)


def test_a_payment_of_an_open_batch_has_no_outcome(officer):
    _, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match="has not been sent"):
        outcome(item_of(payment).pk, "paid", officer, on=NOW.date())


def test_a_return_says_why(officer):
    _, [payment] = sent(officer, 1)
    with pytest.raises(Refused, match="Say why the payment was returned"):
        outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason=" ")


def test_the_same_outcome_twice_is_refused(officer):
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "paid", officer, on=NOW.date())
    with pytest.raises(Refused, match="recorded as paid already, on 23 Nov 2026"):
        outcome(item_of(payment).pk, "paid", officer, on=NOW.date())


def returned(officer):
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="account closed")
    payment.refresh_from_db()
    return payment


def test_nobody_alone_pays_a_payment_twice(officer):
    """Paid, said by another person to have come back, and sent once more: the second time needs somebody else."""
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "paid", UserFactory(groups=[CENTRAL_FINANCE]), on=NOW.date())
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="made up")
    with pytest.raises(Refused, match="You recorded the return, so someone else must put it right"):
        services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    with pytest.raises(Refused, match="say what was put right"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def test_the_return_that_counts_is_the_last_one(officer, colleague):
    payment = returned(colleague)
    services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    batch = services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)
    services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="account closed")
    payment.refresh_from_db()
    assert (payment.returned_by, payment.put_right_by) == (officer, None)
    with pytest.raises(Refused, match="You recorded the return"):
        services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    services.put_right(payment_id=payment.pk, note="checked", by=colleague, now=NOW)


def test_a_returned_payment_waits_until_it_is_put_right(officer, colleague):
    payment = returned(colleague)
    assert (payment.state, payment.return_reason) == ("returned", "account closed")
    with pytest.raises(Refused, match="say what was put right"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)
    with pytest.raises(Refused, match="Say what was put right"):
        services.put_right(payment_id=payment.pk, note="", by=officer, now=NOW)
    services.put_right(payment_id=payment.pk, note="new account approved", by=officer, now=NOW)
    batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
    assert batch.number == "B000002"
    assert [item.batch.number for item in payment.items.filter(is_live=True).select_related("batch")] == ["B000002"]


def test_only_a_returned_payment_is_put_right(officer):
    with pytest.raises(Refused, match="Only a payment that was returned"):
        services.put_right(payment_id=PaymentFactory().pk, note="x", by=officer, now=NOW)


def test_a_return_can_turn_out_paid_only_while_the_payment_has_not_gone_on(officer, colleague):
    payment = returned(officer)
    first = item_of(payment)
    outcome(first.pk, "paid", officer, on=NOW.date())
    payment.refresh_from_db()
    assert payment.state == "paid"

    payment = returned(colleague)
    first = item_of(payment)
    services.put_right(payment_id=payment.pk, note="checked", by=officer, now=NOW)
    with pytest.raises(Refused, match="has gone on since"):
        outcome(first.pk, "paid", officer, on=NOW.date())


def test_money_that_was_paid_can_come_back(officer):
    _, [payment] = sent(officer, 1)
    outcome(item_of(payment).pk, "paid", officer, on=NOW.date())
    outcome(item_of(payment).pk, "returned", officer, on=NOW.date(), reason="account closed")
    payment.refresh_from_db()
    assert (payment.state, payment.paid_on) == ("returned", None)


def test_a_payment_in_a_batch_is_not_withdrawn(officer, leader):
    _, [payment] = in_batch(officer, 1)
    with pytest.raises(Refused, match="can be withdrawn"):
        services.withdraw(payment_id=payment.pk, reason="paid twice", by=leader, now=NOW)


def test_a_withdrawal_says_why_and_is_final(officer, leader):
    payment = PaymentFactory()
    with pytest.raises(Refused, match="Say why the payment is withdrawn"):
        services.withdraw(payment_id=payment.pk, reason="", by=leader, now=NOW)
    services.withdraw(payment_id=payment.pk, reason="landlord died", by=leader, now=NOW)
    with pytest.raises(Refused, match="It was withdrawn"):
        services.make_batch(payment_ids=[payment.pk], by=officer, now=NOW)


def test_a_payee_is_stopped_once_and_lifted_once(officer):
    payee = PaymentFactory().payee
    with pytest.raises(Refused, match="Say why payments to this payee are stopped"):
        services.stop_payments(payee=payee, reason="", by=officer, now=NOW)
    stop = services.stop_payments(payee=payee, reason="court order", by=officer, now=NOW)
    with pytest.raises(Refused, match="are stopped already"):
        services.stop_payments(payee=payee, reason="again", by=officer, now=NOW)
    with pytest.raises(Refused, match="Say why the stop is lifted"):
        services.lift_stop(stop_id=stop.pk, note="", by=officer, now=NOW)
    services.lift_stop(stop_id=stop.pk, note="set aside", by=officer, now=NOW)
    with pytest.raises(Refused, match="lifted already"):
        services.lift_stop(stop_id=stop.pk, note="again", by=officer, now=NOW)


def test_a_batch_of_many_costs_as_many_queries_as_a_batch_of_few(officer, django_assert_num_queries):
    officer.get_all_permissions()  # asked once a person and request
    counts = []
    for size in (2, 12):
        for _ in range(size):
            PaymentFactory()
        with CaptureQueriesContext(connection) as queries:
            batch = services.make_batch(payment_ids=None, by=officer, now=NOW)
            services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=officer, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]
