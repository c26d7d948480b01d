"""What can never be true of a schedule, tried with SQL's own means: each constraint and trigger broken by name."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments.models import Anomaly, Deputy, PayeeTotal, Schedule, ScheduleLine
from tests.factories import UserFactory
from tests.payments.batches.factories import PaymentFactory
from tests.payments.controc.helpers import NOW, OCTOBER, SEPTEMBER, lease, stamp

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(officer):
    return Schedule.objects.create(month=SEPTEMBER, prepared_by=officer, generated_by=officer, generated_at=NOW)


def breaks(name: str):
    return pytest.raises(IntegrityError, match=name)


def another(schedule: Schedule, **values) -> Schedule:
    people = {"prepared_by": schedule.prepared_by, "generated_by": schedule.generated_by, "generated_at": NOW}
    return Schedule.objects.create(**people | {"month": OCTOBER} | values)


def change(schedule: Schedule, **values) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(**values)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"month": date(2026, 9, 2)}, "schedule_month_is_first_day"),
        ({"status": "sent"}, "schedule_status_is_known|schedule_sign_off_is_whole"),
        ({"status": "signed_off"}, "schedule_sign_off_is_whole"),
        ({"submitted_at": NOW}, "schedule_submission_is_whole"),
        ({"returned_at": NOW}, "schedule_return_is_whole"),
    ],
)
def test_a_schedule_cannot_be(schedule, values, name):
    with breaks(name):
        change(schedule, **values)


def test_a_month_has_one_schedule_of_a_number(schedule):
    with breaks("schedule_once_a_month"):
        another(schedule, month=SEPTEMBER)


def test_one_schedule_is_open(schedule):
    with breaks("schedule_one_is_open"):
        another(schedule)


@pytest.mark.parametrize("role", ["prepared_by", "generated_by", "submitted_by"])
def test_the_signatory_did_not_prepare_it(schedule, role, leader):
    with breaks("schedule_signatory_did_not_prepare"):
        stamp(schedule, by=leader, **{role: leader})


# --- Lines


def a_line(schedule: Schedule, of, **values) -> ScheduleLine:
    rent = {
        "kind": "rent",
        "for_month": SEPTEMBER,
        "starts_on": SEPTEMBER,
        "ends_on": OCTOBER,
        "days": 30,
        "rent": 350,
        "amount": 1500,
    }
    return ScheduleLine.objects.create(schedule=schedule, lease=of, payee=of.payees.get().payee, **rent | values)


@pytest.mark.parametrize(
    "values",
    [
        {"starts_on": None},
        {"ends_on": SEPTEMBER},
        {"rent": None},
        {"days": 0},
        {"amount": -1},
        {"kind": "backdated"},
        {"kind": "adjustment", "starts_on": None},
        {"kind": "released"},
        {"kind": "gift"},
    ],
)
def test_a_line_is_whole(schedule, values):
    with breaks("line_kind_is_whole"):
        a_line(schedule, lease(), **values)


def test_a_day_of_a_lease_is_scheduled_once(schedule):
    of = lease()
    a_line(schedule, of, ends_on=date(2026, 9, 11), days=10)
    a_line(schedule, of, starts_on=date(2026, 9, 11), days=20)
    with breaks("line_lease_day_scheduled_once"):
        a_line(schedule, of, starts_on=date(2026, 9, 30), days=1)


def test_an_adjustment_is_scheduled_once(schedule):
    of = lease()
    recharge = of.adjustments.create(month=SEPTEMBER, kind="recharge", amount=5, narrative="Lock")
    values = {"kind": "adjustment", "starts_on": None, "ends_on": None, "adjustment": recharge}
    a_line(schedule, of, **values)
    with breaks("line_adjustment_scheduled_once"):
        a_line(schedule, of, **values)


def test_a_held_line_is_released_once(schedule):
    of = lease()
    held = a_line(schedule, of, is_held=True)
    a_line(schedule, of, kind="released", releases=held)
    with breaks("line_released_once"):
        a_line(schedule, of, kind="released", releases=held)


# --- Totals


def a_total(schedule: Schedule, **values) -> PayeeTotal:
    names = ("rent", "backdated", "released", "adjustments", "nrl_base", "nrl_tax", "brought_forward", "held", "net")
    zero = dict.fromkeys((*names, "carried_forward"), 0)
    return PayeeTotal.objects.create(schedule=schedule, payee=lease().payees.get().payee, **zero | values)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"rent": 100, "net": 99}, "payee_total_adds_up"),
        ({"rent": -100, "net": -100}, "payee_total_is_paid_or_carried"),
        ({"net": 100, "carried_forward": -100}, "payee_total_is_paid_or_carried"),
    ],
)
def test_a_total_cannot_be(schedule, values, name):
    with breaks(name):
        a_total(schedule, **values)


def test_a_payee_has_one_total(schedule):
    payee = a_total(schedule).payee
    with breaks("payee_total_once"):
        PayeeTotal.objects.filter(pk=a_total(schedule).pk).update(payee=payee)


def test_no_two_totals_share_a_payment(schedule):
    payment = PaymentFactory()
    a_total(schedule, payment=payment)
    a_total(schedule)
    with breaks("payee_total_has_a_payment_of_its_own"):
        a_total(schedule, payment=payment)


# --- Anomalies


def an_anomaly(schedule: Schedule, **values) -> Anomaly:
    return Anomaly.objects.create(schedule=schedule, **{"code": "MOVED", "severity": "CHECK", "words": "Why"} | values)


def test_an_anomaly_is_about_a_lease_or_a_payee(schedule):
    of = lease()
    with breaks("anomaly_on_lease_or_payee"), transaction.atomic():
        an_anomaly(schedule)
    with breaks("anomaly_on_lease_or_payee"):
        an_anomaly(schedule, lease=of, payee=of.payees.get().payee)


@pytest.mark.parametrize(("subject", "name"), [("lease", "anomaly_once_a_lease"), ("payee", "anomaly_once_a_payee")])
def test_an_anomaly_is_found_once(schedule, subject, name):
    of = lease()
    about = {subject: of if subject == "lease" else of.payees.get().payee}
    an_anomaly(schedule, **about)
    with breaks(name):
        an_anomaly(schedule, **about)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"severity": "WARN"}, "anomaly_severity_is_known"),
        ({"decision": "accepted"}, "anomaly_decision_is_whole"),
        ({"decision": "ignored", "reason": "Why", "decided_at": NOW}, "anomaly_decision_is_whole"),
        ({"severity": "STOP", "decision": "accepted", "reason": "Why", "decided_at": NOW}, "stop_is_never_accepted"),
    ],
)
def test_an_anomaly_cannot_be(schedule, values, name):
    by = {"decided_by": schedule.prepared_by} if "decided_at" in values else {}
    with breaks(name):
        an_anomaly(schedule, lease=lease(), **values, **by)


# --- Deputies


def test_a_deputys_dates_are_in_order_and_nobody_appoints_themselves(officer, leader):
    today = NOW.date()
    deputy = {"reason": "Leave", "appointed_at": NOW, "from_on": today}
    with breaks("deputy_dates_in_order"), transaction.atomic():
        Deputy.objects.create(person=officer, appointed_by=leader, to_on=today - timedelta(days=1), **deputy)
    with breaks("deputy_appointed_by_another"):
        Deputy.objects.create(person=officer, appointed_by=officer, to_on=today, **deputy)


# --- Signed off is for ever


@pytest.fixture
def signed(schedule):
    of = lease()
    a_line(schedule, of)
    a_total(schedule)
    an_anomaly(schedule, lease=of)
    stamp(schedule, by=UserFactory())
    return schedule


@pytest.mark.parametrize(
    "statement", ["UPDATE payments_schedule SET version = version + 1", "DELETE FROM payments_schedule"]
)
def test_a_signed_schedule_is_never_changed_or_deleted(signed, statement):
    with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("table", "column"),
    [("payments_scheduleline", "amount"), ("payments_payeetotal", "held"), ("payments_anomaly", "words")],
)
@pytest.mark.parametrize("change", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_nor_is_what_it_says(signed, table, column, change):
    with pytest.raises(DatabaseError, match="signed off is never changed"), connection.cursor() as cursor:
        cursor.execute(change.format(table=table, column=column))


def test_nor_is_anything_added_to_it(signed):
    for add in (lambda: a_line(signed, lease()), lambda: a_total(signed), lambda: an_anomaly(signed, lease=lease())):
        with pytest.raises(DatabaseError, match="signed off is never changed"), transaction.atomic():
            add()
