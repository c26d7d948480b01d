"""Two officers at the same nights, each on a connection of their own."""

from datetime import date
from threading import Barrier, Event

import pytest
from django.db import transaction

from lewisham_ta.refusals import AT_ONCE, Refused, refusing
from payments.models import NightClaim
from tests.at_once import at_once
from tests.factories import UserFactory
from tests.payments.invoices.factories import billed, booking, decide, load

pytestmark = pytest.mark.django_db(transaction=True)
CLAIMED = "Some of these nights are claimed by another invoice line already. Check the invoice again."


def test_two_load_invoices_for_the_same_nights_and_one_gets_them():
    stay, people = booking(), [UserFactory(), UserFactory()]
    acts = [
        lambda number=number, by=by: load(stay.unit.provider, billed(stay), number=f"INV-{number}", by=by)
        for number, by in enumerate(people)
    ]
    assert at_once(*acts) == ["done", "done"]
    assert NightClaim.objects.count() == 1


def test_two_pass_lines_of_the_same_nights_and_one_is_refused_in_words():
    """Both were rejected, so that neither claims the nights; two officers then think better of it."""
    stay, people = booking(), [UserFactory(), UserFactory()]
    invoices = []
    for number, by in enumerate(people):
        invoices.append(load(stay.unit.provider, billed(stay), number=f"INV-{number}", by=by))
        decide(invoices[-1], "reject", 1, reason="Sent twice", by=by)
    acts = [
        lambda invoice=invoice, by=by: decide(invoice, "pass", 1, by=by)
        for invoice, by in zip(invoices, people, strict=True)
    ]
    assert at_once(*acts) == [CLAIMED, "done"]
    assert NightClaim.objects.filter(is_live=True).count() == 1


def test_the_database_refuses_the_second_even_without_the_lock():
    stay, by = booking(), UserFactory()
    load(stay.unit.provider, billed(stay), by=by)
    claim = NightClaim.objects.get()
    claim.delete()
    is_taken = Event()

    def take():
        with transaction.atomic(), refusing():
            NightClaim.objects.create(line=claim.line, booking=stay, starts_on=claim.starts_on, ends_on=claim.ends_on)
            is_taken.set()

    def take_too():  # but not at the very same moment, when PostgreSQL may see a deadlock instead: the next test
        is_taken.wait(10)
        take()

    assert at_once(take, take_too) == [CLAIMED, "done"]


def test_two_that_wait_for_each_others_nights_end_as_one_refusal_in_words():
    """Each has inserted what the other inserts next, without the services' lock: PostgreSQL ends one of them."""
    stay, by, both = booking(), UserFactory(), Barrier(2)
    load(stay.unit.provider, billed(stay), by=by)
    claim = NightClaim.objects.get()
    claim.delete()
    nights = [(date(2026, 3, 3), date(2026, 3, 6)), (date(2026, 3, 6), date(2026, 3, 10))]

    def take(first, second):
        with transaction.atomic(), refusing():
            NightClaim.objects.create(line=claim.line, booking=stay, starts_on=first[0], ends_on=first[1])
            both.wait(10)
            NightClaim.objects.create(line=claim.line, booking=stay, starts_on=second[0], ends_on=second[1])

    assert at_once(lambda: take(*nights), lambda: take(*reversed(nights))) == [AT_ONCE, "done"]
    assert NightClaim.objects.count() == 2


def test_the_same_invoice_loaded_twice_at_once_is_there_once():
    stay, by = booking(), UserFactory()
    acts = [lambda: load(stay.unit.provider, billed(stay), by=by)] * 2
    assert at_once(*acts) == ["done", "done"]
    assert NightClaim.objects.count() == 1
    with pytest.raises(Refused, match="with other contents"):
        load(stay.unit.provider, billed(stay), file=("x", b"other"), by=by)
