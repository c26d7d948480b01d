"""A small borough filled by the same code as the demo's: two months paid, the third waiting."""

from collections import Counter
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, Q
from django.utils.timezone import localdate

from bookings.academy import selectors as academy
from bookings.academy.rules.differences import Kind
from bookings.clocks import selectors as clocks
from bookings.models import Booking, NightlyCap, NightsConfirmed, OccupancyList, Provider, Unit, Void
from bookings.occupancy.rules import WEEK
from bookings.occupancy.selectors import weeks
from bookings.stays.selectors import overdue_departures
from lewisham_ta.imports import workbook
from lewisham_ta.models import ApprovalLimit, Job
from lewisham_ta.refusals import Refused
from payments.batches import selectors as batches
from payments.batches.models import Batch, Payment, Remittance
from payments.controc import services as controc
from payments.controc.models import Anomaly, Schedule
from payments.demo.borough import invent
from payments.demo.filling import fill
from payments.demo.filling.placements import CAPS, SPLIT, VOIDS
from payments.demo.moments import Moments, working_day
from payments.demo.nights import invent_nights
from payments.invoices.models import Invoice
from payments.leases.imports.register import PSL_REGISTER
from payments.overpayments.models import OverpaymentCase
from payments.payees.models import BankDetails

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=ZoneInfo("Europe/London"))


def run(**options):
    said = []
    fill(now=NOW, say=said.append, **options)
    return said


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker, tmp_path_factory):
    """The folder of the registers. Filled once for all tests of this file, and undone after them."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic():
        nights = invent_nights(NOVEMBER, localdate(NOW), units=30, providers=6)
        run(borough=invent(NOVEMBER, homes=60, payees=40), nights=nights, folder=folder)
        yield folder
        transaction.set_rollback(True)


def schedule(month):
    return Schedule.objects.get(month=month, number=0)


def test_two_months_are_signed_off_by_another_person_than_prepared_them(filled):
    for month in (SEPTEMBER, OCTOBER):
        signed = schedule(month)
        assert signed.status == "signed_off"
        assert {signed.prepared_by.username, signed.submitted_by.username} == {"officer", "officer2"}
        assert signed.signed_off_by.username == "leader"
        assert localdate(signed.signed_off_at).replace(day=1) == month


def test_the_leader_has_an_approval_limit_that_the_manager_set_before_the_first_month_was_signed(filled):
    limit = ApprovalLimit.objects.get()
    assert (limit.person.username, limit.set_by.username) == ("leader", "manager")
    assert limit.from_on < localdate(schedule(SEPTEMBER).signed_off_at)
    assert max(Payment.objects.values_list("net", flat=True)) <= limit.amount


def test_the_bridge_of_every_month_closes(filled):
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        assert controc.bridge_of(schedule(month)).closes


def test_the_first_month_is_paid_and_of_the_second_all_but_one_payment_that_came_back(filled):
    assert batches.is_paid("CONTROC 2026-09")
    assert Payment.objects.filter(source="CONTROC 2026-10").exclude(state="paid").get().state == "returned"


def test_a_payment_that_came_back_was_sent_again_in_a_batch_of_its_own(filled):
    again = Batch.objects.get(count=1)
    (item,) = again.items.all()
    assert item.payment.items.count() == 2
    assert item.payment.state == "paid"


def test_every_payee_of_every_batch_has_one_advice_and_the_jobs_are_done(filled):
    for batch in Batch.objects.all():
        assert Remittance.objects.filter(batch=batch).count() == batch.items.values("payment__payee").distinct().count()
    assert not Job.objects.exclude(state="done").exists()
    assert not batches.unconfirmed_emails().exists()


def test_the_current_month_waits_with_anomalies_of_which_a_few_are_decided(filled):
    current = schedule(NOVEMBER)
    assert current.status == "draft"
    open_ = set(Anomaly.objects.filter(schedule=current, decision="").values_list("severity", flat=True))
    assert {"STOP", "CHECK"} <= open_
    assert Anomaly.objects.filter(schedule=current).exclude(decision="").exists()


def test_one_changed_account_waits_and_another_cools_off(filled):
    assert BankDetails.objects.filter(status="waiting", is_first=False).count() == 1
    assert BankDetails.objects.filter(is_current=True, usable_from__gt=NOW).count() == 1


def test_next_months_register_is_there_to_be_tried(filled):
    path = filled / "psl_register_2026-12.xlsx"
    plan = PSL_REGISTER.plan(workbook.read(path.read_bytes(), path.name))
    assert plan.wrong == []
    assert plan.writes


def test_it_is_not_filled_twice(filled):
    nights = invent_nights(NOVEMBER, localdate(NOW), units=1, providers=1)
    with pytest.raises(Refused, match="has landlords in it"), transaction.atomic():
        run(borough=invent(NOVEMBER, homes=1, payees=1), nights=nights, folder=filled)


def test_the_command_serves_what_is_there(filled, monkeypatch):
    served = []
    monkeypatch.setattr("payments.management.commands.demo.serve", lambda **options: served.append(options["lines"]))
    out = StringIO()
    call_command("demo", stdout=out)
    assert out.getvalue() == "The demo's borough is here already.\n"
    assert any("practice-officer-2026" in line for line in served[0])


def test_nothing_happened_on_a_weekend_or_later_than_now(filled):
    assert working_day(date(2026, 10, 24)) == working_day(date(2026, 10, 25)) == date(2026, 10, 23)
    assert working_day(date(2026, 10, 23)) == date(2026, 10, 23)
    assert Moments(NOW).on(NOVEMBER, 30, 9) < NOW


def test_the_invoices_of_the_months_before_are_paid_and_the_latest_are_at_every_stage(filled):
    counts = Counter(Invoice.objects.values_list("dated_on", "status"))
    assert {status for (dated_on, status) in counts if dated_on < NOVEMBER} == {"approved"}
    assert {status for (dated_on, status) in counts if dated_on == NOVEMBER} == {"checking", "ready", "approved"}
    approved = Invoice.objects.filter(status="approved").values_list("payment__state", flat=True)
    assert set(approved) == {"paid", "payable"}


def test_nobody_approved_an_invoice_that_they_had_a_hand_in(filled):
    for invoice in Invoice.objects.filter(status="approved").select_related("approved_by"):
        assert invoice.approved_by.username in {"leader", "manager"}


def test_providers_confirmed_most_nights_and_few_were_not_there(filled):
    said = NightsConfirmed.objects.aggregate(
        there=Count("pk", filter=Q(was_there=True)), absent=Count("pk", filter=Q(was_there=False))
    )
    assert 0 < said["absent"] < said["there"] / 50
    lines = [line for week in range(1, 9) for line in weeks.week_lines(MONDAY - week * WEEK, MONDAY)]
    assert sum(line.unconfirmed for line in lines) < sum(line.nights for line in lines) / 10
    lists = OccupancyList.objects.filter(file__isnull=False)
    assert set(lists.values_list("week", flat=True)) == {MONDAY - WEEK, MONDAY - 2 * WEEK}
    assert OccupancyList.objects.filter(closed_at__isnull=False, week__lt=MONDAY - WEEK).exists()


def test_hardly_any_household_is_due_to_have_left(filled):
    count, _ = overdue_departures(localdate(NOW))
    assert count < 3
    assert Booking.objects.filter(departed_by_sheet=True).count() > 10


def test_what_was_paid_for_nights_after_a_departure_is_found_and_some_of_it_agreed(filled):
    statuses = Counter(OverpaymentCase.objects.values_list("status", flat=True))
    assert statuses["found"]
    assert statuses["agreed"] + statuses["recovered"]


def test_what_the_sheet_does_not_have_is_recorded_beside_it(filled):
    emails = Provider.objects.values_list("party__email", flat=True)
    assert all(email.endswith(".example.org") for email in emails)
    assert set(Unit.objects.values_list("district", flat=True)) == {"Lewisham", "Dartford", ""}
    assert NightlyCap.objects.count() == len(CAPS)
    assert Booking.objects.filter(is_split=True).count() <= SPLIT
    assert not Void.objects.exclude(paid_by__in=[paid_by for paid_by, _ in VOIDS]).exists()
    assert clocks.lines(localdate(NOW))
    assert {line.difference.kind for line in academy.lines(localdate(NOW))} >= {Kind.NO_ACCOUNT, Kind.ADDRESS}
