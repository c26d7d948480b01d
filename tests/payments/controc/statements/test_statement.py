"""A payee's statement: what was due, withheld and paid, with a balance that a landlord can follow."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from lewisham_ta import roles
from payments.controc import services
from payments.controc.statements.selectors import statement_of
from payments.models import Adjustment, Anomaly, PayeeTotal, Payment, Schedule
from tests.factories import BankDetailsFactory, CertificateFactory, LeaseFactory, UserFactory

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return UserFactory(), UserFactory(groups=[roles.TEAM_LEADER])


@pytest.fixture
def lease():
    lease = LeaseFactory()
    for kind in ("gas", "eicr", "epc"):
        CertificateFactory(property=lease.property, kind=kind)
    return lease


def sign(month, people, hold=False):
    officer, leader = people
    schedule = services.generate(month=month, by=officer, now=NOW)
    services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)
    for anomaly in Anomaly.objects.filter(schedule=schedule, decision="").exclude(severity="NOTE"):
        decision = "held" if hold else "accepted"
        services.decide(anomaly_ids=[anomaly.pk], decision=decision, reason="Looked at.", by=leader, now=NOW)
    version = Schedule.objects.values_list("version", flat=True).get(pk=schedule.pk)
    return services.sign_off(schedule_id=schedule.pk, seen_version=version, by=leader, now=NOW)


def of(lease, first=SEPTEMBER, last=OCTOBER):
    return statement_of(lease.payees.get().payee, first_month=first, last_month=last)


def test_the_balance_is_what_is_due_until_the_payment_is_confirmed(lease, people):
    sign(SEPTEMBER, people)
    assert of(lease).closing == Decimal("1500.00")
    payment = Payment.objects.get()
    Payment.objects.filter(pk=payment.pk).update(state="batched")
    Payment.objects.filter(pk=payment.pk).update(state="sent")
    Payment.objects.filter(pk=payment.pk).update(state="paid", paid_on=date(2026, 10, 23))
    shown = of(lease)
    assert (shown.due, shown.paid, shown.closing) == (Decimal("1500.00"), Decimal("1500.00"), Decimal("0.00"))
    assert shown.entries[-1].on == date(2026, 10, 23)


def test_a_held_amount_is_owed_and_its_release_is_not_due_twice(lease, people):
    Adjustment.objects.create(lease=lease, month=SEPTEMBER, kind="recharge", amount="100.00", narrative="Glass")
    lease.property.certificates.filter(kind="gas").update(issued_on=date(2024, 1, 1), expires_on=date(2025, 1, 1))
    sign(SEPTEMBER, people, hold=True)
    assert of(lease).closing == Decimal("1400.00")
    assert PayeeTotal.objects.get().net == 0
    lease.property.certificates.filter(kind="gas").update(expires_on=date(2027, 1, 1))
    sign(OCTOBER, people)
    shown = of(lease)
    assert shown.due == Decimal("1400.00") + Decimal("1550.00")
    assert PayeeTotal.objects.get(schedule__month=OCTOBER).net == Decimal("2950.00")


def test_tax_withheld_lowers_the_balance(lease, people):
    payee = lease.payees.get().payee
    payee.is_overseas = True
    payee.save()
    sign(SEPTEMBER, people)
    assert of(lease).closing == Decimal("1200.00")
    assert any("tax" in entry.what for entry in of(lease).entries)


def test_what_went_before_is_the_opening_balance(lease, people):
    sign(SEPTEMBER, people)
    sign(OCTOBER, people)
    shown = of(lease, first=OCTOBER)
    assert shown.opening == Decimal("1500.00")
    assert shown.closing == of(lease).closing


def test_it_comes_as_a_page_a_pdf_and_a_workbook(client, lease, people):
    sign(SEPTEMBER, people)
    client.force_login(people[0])
    address = reverse("controc:statement", args=[lease.payees.get().payee.party.ref])
    assert "£350.00 ÷ 7 × 30 = £1,500.00" in " ".join(client.get(address).content.decode().split())
    assert client.get(address, {"export": "pdf"}).content.startswith(b"%PDF")
    assert client.get(address, {"export": "xlsx"}).content.startswith(b"PK")


def test_a_payee_without_a_schedule_has_an_empty_statement(client, people):
    client.force_login(people[0])
    payee = BankDetailsFactory().payee
    response = client.get(reverse("controc:statement", args=[payee.party.ref]))
    assert response.status_code == 200
