"""What holds whatever people do, in whatever order; and what two of them at the same moment cannot do."""

from collections import Counter
from contextlib import suppress
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lewisham_ta.refusals import Refused
from lewisham_ta.roles import TEAM_LEADER
from payments.batches import services
from payments.batches.models import Batch, BatchItem, Payment
from tests.factories import UserFactory
from tests.payments.batches.factories import NOW, PaymentFactory, open_batch

TODAY = date(2026, 11, 23)
PAYMENTS, BATCHES = 3, 4
MOVES = ["make", "add", "take_out", "send", "paid", "returned", "put_right", "withdraw"]
steps = st.tuples(st.sampled_from(MOVES), st.integers(0, PAYMENTS - 1), st.integers(1, BATCHES), st.integers(0, 1))


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(steps, max_size=25))
def test_no_sequence_of_moves_pays_twice_or_has_a_payment_in_two_live_batches(moves, django_db_blocker):
    with undone():
        people = [UserFactory(groups=[TEAM_LEADER]), UserFactory(groups=[TEAM_LEADER])]
        payments = [PaymentFactory(net=Decimal(f"{n + 1}.01")) for n in range(PAYMENTS)]
        for move, which, number, who in moves:
            with suppress(Refused):
                do(move, payments[which].pk, f"B{number:06d}", people[who])
            holds()


class undone:
    """A savepoint that is always rolled back: each example begins with nothing."""

    def __enter__(self):
        self.savepoint = transaction.savepoint()

    def __exit__(self, *exc_info):
        transaction.savepoint_rollback(self.savepoint)


def do(move, payment_id, number, officer):
    """One thing that somebody tries, through the services."""
    who = {"by": officer, "now": NOW}
    batch = Batch.objects.filter(number=number).first()
    item = BatchItem.objects.filter(payment=payment_id, batch=batch).first() if batch else None
    if move == "make":
        services.make_batch(payment_ids=[payment_id], **who)
    elif move == "put_right":
        services.put_right(payment_id=payment_id, note="checked", **who)
    elif move == "withdraw":
        services.withdraw(payment_id=payment_id, reason="never", **who)
    elif move in ("paid", "returned"):
        if item:
            services.record_outcome(item_id=item.pk, outcome=move, on=TODAY, reason="closed", **who)
    elif batch:
        seen = {"batch_id": batch.pk, "seen_version": batch.version}
        if move == "send":
            services.send_batch(**seen, **who)
        elif move == "add":
            services.add_to_batch(payment_ids=[payment_id], **seen, **who)
        else:
            services.take_out_of_batch(payment_ids=[payment_id], **seen, **who)


def holds():
    """The laws of this room, read from the rows as they are."""
    live = Counter(BatchItem.objects.filter(is_live=True).values_list("payment", flat=True))
    paid = Counter(BatchItem.objects.filter(outcome="paid").values_list("payment", flat=True))
    assert all(count == 1 for count in live.values())
    assert all(count == 1 for count in paid.values())
    for payment in Payment.objects.all():
        in_batch = payment.items.filter(is_live=True).select_related("batch").first()
        assert (payment.state in ("batched", "sent", "paid")) == bool(in_batch)
        assert (payment.state == "paid") == bool(paid[payment.pk])
        if in_batch:
            assert (payment.state == "batched") == (in_batch.batch.status == "open")
    for batch in Batch.objects.annotate(rows=Count("items"), pounds=Sum(F("items__net") + F("items__vat"))):
        assert (batch.count, batch.total) == (batch.rows, batch.pounds or 0)
    numbers = Batch.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"B{n + 1:06d}" for n in range(len(numbers))]


def at_once(*verbs):
    """Run the verbs at the same moment, each on a connection of its own. Returns what each refusal said."""
    barrier, said = Barrier(len(verbs)), []

    def run(verb):
        try:
            barrier.wait()
            verb()
        except Refused as refusal:
            said.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=run, args=[verb]) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_batch_the_same_payment_at_once_get_one_batch():
    payment = PaymentFactory()
    officers = UserFactory(), UserFactory()
    [said] = at_once(*[lambda by=by: services.make_batch(payment_ids=[payment.pk], by=by, now=NOW) for by in officers])
    assert said.endswith("It is in batch B000001.")
    assert BatchItem.objects.count() == Batch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_batches_made_at_once_have_numbers_without_a_gap():
    officer, payments = UserFactory(), [PaymentFactory() for _ in range(4)]
    said = at_once(
        *[lambda one=one: services.make_batch(payment_ids=[one.pk], by=officer, now=NOW) for one in payments]
    )
    assert said == []
    assert sorted(Batch.objects.values_list("number", flat=True)) == [f"B{n:06d}" for n in range(1, 5)]


@pytest.mark.django_db(transaction=True)
def test_a_batch_sent_twice_at_once_is_sent_once():
    batch = open_batch()
    [said] = at_once(
        *[
            lambda: services.send_batch(batch_id=batch.pk, seen_version=batch.version, by=batch.made_by, now=NOW)
            for _ in range(2)
        ]
    )
    assert said == "B000001 was sent and is locked."


@pytest.mark.django_db(transaction=True)
def test_a_payment_added_while_the_batch_is_sent_is_in_it_or_refused():
    batch, more = open_batch(), PaymentFactory()
    seen = {"batch_id": batch.pk, "seen_version": batch.version, "by": batch.made_by, "now": NOW}
    [said] = at_once(lambda: services.send_batch(**seen), lambda: services.add_to_batch(payment_ids=[more.pk], **seen))
    assert "was sent and is locked" in said or "changed while you were reading" in said
    holds()


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_keeps_a_payment_out_of_a_second_live_batch(monkeypatch):
    monkeypatch.setattr(services.locks, "take", lambda name: None)
    payment, officer = PaymentFactory(), UserFactory()
    batches = [Batch.objects.create(number=f"B{n:06d}", made_by=officer, made_at=NOW) for n in (1, 2)]
    said = at_once(
        *[
            lambda one=one: services.add_to_batch(
                batch_id=one.pk, payment_ids=[payment.pk], seen_version=1, by=officer, now=NOW
            )
            for one in batches
        ]
    )
    assert len(said) == 1
    assert BatchItem.objects.filter(is_live=True).count() == 1
