"""Central Payments' answer: what is wrong with it first, then what it does, once."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lewisham_ta import exports
from lewisham_ta.imports import workbook
from lewisham_ta.models import Upload
from lewisham_ta.refusals import Refused
from payments.batches import services
from payments.batches.imports import BATCH_ANSWER
from payments.batches.models import Payment
from payments.batches.rules import Outcome, payment_number
from tests.factories import BankDetailsFactory, UserFactory
from tests.payments.batches.factories import PaymentFactory, sent_batch

pytestmark = pytest.mark.django_db


def today():
    """Asked when it is needed: a run may go on over midnight."""
    return timezone.localdate()


@pytest.fixture
def batch():
    """Two payments sent today: the first of supplier 000123."""
    known = BankDetailsFactory(payee__supplier_number="000123")
    return sent_batch(PaymentFactory(bank_details=known), PaymentFactory(), now=timezone.now())


@pytest.fixture
def one(batch):
    return batch.items.get(payment__payee__supplier_number="000123")


def line(item, **but):
    """What the file says of an item, by heading."""
    return {
        "Payment number": payment_number(item.payment_id),
        "Reference": item.payment.reference,
        "Supplier number": item.payment.payee.supplier_number,
        "Amount": item.net,
        "Outcome": "Paid",
        "Date": today(),
        "Reason": "",
    } | {name: today() + value if isinstance(value, timedelta) else value for name, value in but.items()}


def plan(*lines):
    content = exports.workbook("Answer", list(lines[0]), [list(row.values()) for row in lines])
    return BATCH_ANSWER.plan(workbook.read(content, "answer.xlsx"))


def load(*lines):
    made = plan(*lines)
    assert not made.wrong
    BATCH_ANSWER.apply(made, by=UserFactory(), now=timezone.now(), progress=lambda *_: None)


def wrong(*lines):
    return [(cell.row, cell.column, cell.reason) for cell in plan(*lines).wrong]


@pytest.mark.parametrize(
    ("but", "complaint"),
    [
        ({"Amount": Decimal("1550.01")}, ("Amount", "the payment is £1,550.00")),
        ({"Supplier number": "999"}, ("Supplier number", "another supplier's")),
        ({"Outcome": "Lost"}, ("Outcome", "Paid or Returned")),
        ({"Outcome": "Returned"}, ("Reason", "Say why the payment was returned.")),
        ({"Date": timedelta(days=1)}, ("Date", "The day is in the future.")),
        ({"Date": ""}, ("Date", "needed")),
        ({"Amount": ""}, ("Amount", "needed")),
        ({"Payment number": "", "Reference": ""}, ("Reference", "needed: the payment number or the bank reference")),
        (
            {"Payment number": "P9999999"},
            ("Payment number", "no payment of a sent batch has this number, reference and supplier"),
        ),
        (
            {"Payment number": "", "Reference": "SOMETHING ELSE"},
            ("Reference", "no payment of a sent batch has this number, reference and supplier"),
        ),
        (
            {"Reference": "SOMETHING ELSE"},
            ("Payment number", "no payment of a sent batch has this number, reference and supplier"),
        ),
        (
            {"Payment number": "x"},
            ("Payment number", "no payment of a sent batch has this number, reference and supplier"),
        ),
    ],
)
def test_a_row_that_is_wrong_says_why(one, but, complaint):
    assert wrong(line(one, **but)) == [(2, *complaint)]


def test_a_payment_answered_twice_in_a_file_is_wrong(one):
    assert wrong(line(one), line(one)) == [(3, "Outcome", "this payment is answered in row 2 already")]


def test_a_payment_of_another_batch_is_wrong(batch, one):
    other = sent_batch(now=timezone.now()).items.get()
    two = batch.items.exclude(pk=one.pk).get()
    assert wrong(line(one), line(two), line(other)) == [
        (4, "Payment number", f"not in {batch.number}, which this file answers")
    ]


def test_a_row_that_names_another_batch_is_wrong(batch, one):
    two = batch.items.exclude(pk=one.pk).get()
    named = [line(one, Batch=batch.number), line(two, Batch="B999999")]
    assert wrong(*named) == [(3, "Batch", "not the batch that this payment, or the rest of the file, is in")]


def test_a_payment_of_an_open_batch_is_wrong():
    item = services.make_batch(payment_ids=[PaymentFactory().pk], by=UserFactory(), now=timezone.now()).items.get()
    [(_, column, _)] = wrong(line(item))
    assert column == "Payment number"


def test_a_reference_of_two_payments_needs_the_number(batch):
    same = sent_batch(PaymentFactory(reference="LBL X"), PaymentFactory(reference="LBL X"), now=timezone.now())
    item = same.items.order_by("pk").first()
    by_reference = line(item) | {"Payment number": "", "Supplier number": ""}
    assert wrong(by_reference) == [(2, "Reference", "two payments have this reference: give the payment number")]
    assert wrong(line(item, **{"Payment number": ""})) == []  # the supplier number tells them apart


def test_a_file_without_rows_is_wrong(one):
    content = exports.workbook("Answer", list(line(one)), [])
    [cell] = BATCH_ANSWER.plan(workbook.read(content, "answer.xlsx")).wrong
    assert cell.reason == "there are no payments in it"


def test_one_wrong_row_keeps_everything_out(batch, one):
    two = batch.items.exclude(pk=one.pk).get()
    made = plan(line(one), line(two, Amount=Decimal("1.00")))
    assert made.summary == "1 cell is wrong: nothing can be loaded until the workbook is mended."


def test_an_answer_records_what_was_paid_and_what_came_back(batch, one):
    two = batch.items.exclude(pk=one.pk).get()
    load(line(one), line(two, Outcome="Rejected", Reason="Account closed"))
    paid, back = Payment.objects.get(pk=one.payment_id), Payment.objects.get(pk=two.payment_id)
    assert (paid.state, paid.paid_on) == ("paid", today())
    assert (back.state, back.returned_on, back.return_reason) == ("returned", today(), "Account closed")


def test_the_preview_says_from_what_to_what(batch, one):
    made = plan(line(one, Outcome="Returned", Reason="Account closed"))
    [item] = made.items
    [change] = item.changes
    assert item.ref == payment_number(one.payment_id)
    assert change.was == "not answered"
    assert change.now.endswith(": Account closed")
    assert made.notes == [f"It answers batch {batch.number}; the file says nothing about 1 of its 2 payments."]


def test_the_same_file_again_changes_nothing(batch, one):
    two = batch.items.exclude(pk=one.pk).get()
    lines = [line(one), line(two, Outcome="Returned", Reason="Account closed")]
    load(*lines)
    again = plan(*lines)
    assert (again.wrong, again.writes, again.unchanged["Payment"]) == ([], 0, 2)


def test_money_that_came_back_after_it_was_paid_is_a_later_answer(batch, one):
    load(line(one))
    load(line(one, Outcome="Recalled", Reason="Account closed"))
    assert Payment.objects.get(pk=one.payment_id).state == "returned"


def test_whoever_loaded_a_return_does_not_put_it_right(one):
    load(line(one, Outcome="Returned", Reason="Account closed"))
    loader = Payment.objects.get(pk=one.payment_id).returned_by
    with pytest.raises(Refused, match="You recorded the return"):
        services.put_right(payment_id=one.payment_id, note="checked", by=loader, now=timezone.now())


def test_an_answer_to_the_batch_that_a_resent_payment_was_in_before_is_refused(one):
    load(line(one, Outcome="Returned", Reason="Account closed"))
    officer = UserFactory()
    services.put_right(payment_id=one.payment_id, note="checked", by=officer, now=timezone.now())
    again = sent_batch(one.payment, now=timezone.now())
    assert wrong(line(one, Batch="B000001")) == [
        (2, "Outcome", f"It was returned on {today().day} {today():%b %Y} and has gone on since.")
    ]
    load(line(one, Batch=again.number))
    assert Payment.objects.get(pk=one.payment_id).state == "paid"


def test_only_payments_of_the_batch_are_answered(batch):
    other = sent_batch(now=timezone.now()).items.get()
    with pytest.raises(Refused, match=f"Only payments of {batch.number}"):
        services.record_answer(
            batch_id=batch.pk, outcomes={other.pk: Outcome("paid", today())}, by=UserFactory(), now=timezone.now()
        )
    other.refresh_from_db()
    assert other.outcome == ""


def test_the_headings_may_be_others_and_numbers_may_have_lost_their_zeros(one):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(
        [
            ["Central Payments"],
            ["STATUS", "Bank  reference", "Vendor number", "Payment amount", "Value date"],
            ["paid", one.payment.reference.lower(), "123", "£1,550.00", f"{today():%d/%m/%Y}"],
            ["Total", "", "", "1550.00", ""],
        ]
    )
    made = BATCH_ANSWER.plan(workbook.read(out.getvalue().encode(), "answer.csv"))
    assert (made.wrong, made.writes) == ([], 1)


def test_our_own_csv_with_the_outcome_added_is_an_answer(batch):
    rows = list(csv.reader(io.StringIO(bytes(batch.csv.content).decode("utf-8-sig"), newline="")))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*rows[0], "Outcome", "Date"])
    writer.writerows([*row, "Paid", today().isoformat()] for row in rows[1:])
    made = BATCH_ANSWER.plan(workbook.read(out.getvalue().encode(), "answer.csv"))
    assert (made.wrong, made.writes) == ([], 2)


def test_a_long_answer_costs_as_many_queries_as_a_short_one():
    counts = []
    for size in (2, 12):
        batch = sent_batch(*[PaymentFactory() for _ in range(size)], now=timezone.now())
        lines = [line(item) for item in batch.items.select_related("payment__payee")]
        with CaptureQueriesContext(connection) as queries:
            load(*lines)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_central_finance_chooses_a_file_on_screen(client, one):
    user = UserFactory(groups=["Central Finance"])
    client.force_login(user)
    content = exports.workbook("Answer", list(line(one)), [list(line(one).values())])
    file = io.BytesIO(content)
    file.name = "answer.xlsx"
    answer = client.post(reverse("import_new", args=["batch-answer"]), {"file": file})
    assert answer.url == reverse("import_detail", args=[Upload.objects.get().pk])
    assert client.get(answer.url).status_code == 200
