"""Decisions that outlast a day, the lock of a query, the 30 days of a closed one, and words of a second load."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lewisham_ta.refusals import Clash
from payments.invoices import forms, services
from payments.invoices.selectors import pages
from tests.payments.invoices.factories import NOW, approved, billed, booking, decide, do, load, queried

pytestmark = pytest.mark.django_db


def test_a_pass_of_nights_to_come_stays_on_the_next_day(officer):
    stay = booking(ends_on=None)
    invoice = load(stay.unit.provider, billed(stay), now=datetime(2026, 3, 5, 9, tzinfo=UTC), by=officer)
    decide(invoice, "pass", reason="They stay", by=officer, now=datetime(2026, 3, 5, 9, tzinfo=UTC))
    do(services.recheck, invoice, by=officer, now=datetime(2026, 3, 6, 9, tzinfo=UTC))
    line = invoice.lines.get()
    assert line.findings[0]["words"] == "3 nights are still to come: 7 Mar to 9 Mar."
    assert (line.decision, line.decided_by, line.reason) == ("pass", officer, "They stay")


def test_an_answer_waits_for_the_lock_of_all_invoices_before_it_locks_one(officer):
    query = queried(by=officer)
    with CaptureQueriesContext(connection) as asked:
        services.record_reply(query_id=query.pk, on=NOW.date(), reply="Yes", by=officer, now=NOW)
    locking = [each["sql"] for each in asked if "advisory" in each["sql"] or "FOR UPDATE" in each["sql"]]
    assert ["advisory" in sql for sql in locking] == [True, False]


def test_an_invoice_is_not_received_in_the_future():
    today = timezone.localdate()
    for on, is_refused in ((today, False), (date(today.year + 1, 1, 1), True)):
        form = forms.Load({"received_on": on.isoformat(), "number": "1", "provider": ""}, today=today)
        assert ("received_on" in form.errors) == is_refused


def test_the_days_of_a_query_that_was_closed_end_with_it(officer):
    query = queried(by=officer)
    do(services.reject, query.invoice, reason="No answer", by=officer)
    later = date(2026, 6, 1)
    found = pages.invoices().annotate(due_day=pages.due_day(later)).get()
    assert found.due_day == pages.Clock(later).of(found).due_on


def test_an_approved_invoice_is_voided_before_its_number_is_loaded_again(officer, leader):
    stay = booking()
    approved(load(stay.unit.provider, billed(stay), by=officer), officer=officer, leader=leader)
    with pytest.raises(Clash, match="with other contents: it is approved, so withdraw its payment and void it first"):
        load(stay.unit.provider, billed(stay), file=("x.csv", b"other"))
