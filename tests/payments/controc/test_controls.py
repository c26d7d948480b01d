"""Ways round the controls that a person inside the team would try, and each is shut."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lewisham_ta import audit, roles
from lewisham_ta.models import Setting
from lewisham_ta.refusals import Refused
from payments.controc import services
from payments.controc.services.paying import reference
from payments.models import (
    Adjustment,
    Anomaly,
    Deputy,
    Hold,
    LeasePayee,
    LeaseRent,
    Payee,
    Payment,
    RentCap,
    Schedule,
    ScheduleLine,
)
from tests.factories import BankDetailsFactory, LeaseFactory, UserFactory
from tests.payments.controc.helpers import NOW, OCTOBER, SEPTEMBER, decide_all, lease, sign_off, submitted

pytestmark = pytest.mark.django_db
CHANGED = "changed since this was generated"


def signed(month, *, officer, leader, number=0):
    schedule = submitted(month, number, by=officer)
    decide_all(schedule, by=leader)
    return sign_off(schedule, by=leader)


# --- What is signed off is what is known


@pytest.fixture
def ready(officer):
    lease(ref="LS1")
    return submitted(SEPTEMBER, by=officer)


def test_a_hold_after_the_generation_is_in_the_way(ready, officer, leader):
    with audit.acting(officer):
        Hold.objects.create(lease=ScheduleLine.objects.get().lease, starts_on=SEPTEMBER, reason="Unsafe")
    with pytest.raises(Refused, match=CHANGED):
        sign_off(ready, by=leader)
    assert not Payment.objects.exists()


def test_an_adjustment_taken_back_after_the_generation_is_in_the_way(officer, leader):
    made = lease()
    credit = Adjustment.objects.create(lease=made, month=SEPTEMBER, kind="credit", amount=5000, narrative="Typed twice")
    schedule = submitted(SEPTEMBER, by=officer)
    Adjustment.objects.filter(pk=credit.pk).update(withdrawn_at=NOW)
    with pytest.raises(Refused, match=CHANGED):
        sign_off(schedule, by=leader)


def test_a_rent_corrected_after_the_generation_is_in_the_way(ready, officer, leader):
    with audit.acting(officer):
        LeaseRent.objects.update(amount=Decimal("351.00"))
    with pytest.raises(Refused, match=CHANGED):
        sign_off(ready, by=leader)


def test_tax_switched_off_after_the_generation_is_in_the_way(officer, leader):
    made = lease()
    Payee.objects.filter(pk=made.payees.get().payee_id).update(is_overseas=True)
    schedule = submitted(SEPTEMBER, by=officer)
    Payee.objects.filter(pk=made.payees.get().payee_id).update(is_overseas=False)
    with pytest.raises(Refused, match=CHANGED):
        sign_off(schedule, by=leader)


def test_tax_switched_off_is_in_the_way_where_another_lease_of_the_payee_is_held_too(officer, leader):
    payee = lease().payees.get().payee
    Hold.objects.create(lease=lease(payee=payee), starts_on=SEPTEMBER, reason="Unsafe")
    Payee.objects.filter(pk=payee.pk).update(is_overseas=True)
    schedule = submitted(SEPTEMBER, by=officer)
    Payee.objects.filter(pk=payee.pk).update(is_overseas=False)
    with pytest.raises(Refused, match=CHANGED):
        sign_off(schedule, by=leader)


def test_nothing_changed_is_no_change_whatever_was_held(officer, leader):
    LeaseFactory()
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    for anomaly in Anomaly.objects.filter(schedule=schedule):
        services.decide(anomaly_ids=[anomaly.pk], decision="held", reason="Waits", by=leader, now=NOW)
    schedule.refresh_from_db()
    assert sign_off(schedule, by=leader).status == Schedule.Status.SIGNED_OFF


# --- Nobody signs their own change by waiting


def test_a_credit_entered_months_before_its_month_counts_as_an_edit(officer, leader):
    made = lease()
    with audit.acting(leader):
        Adjustment.objects.create(lease=made, month=OCTOBER, kind="credit", amount=9000, narrative="Later")
    signed(SEPTEMBER, officer=officer, leader=UserFactory(groups=[roles.SERVICE_MANAGER]))
    october = submitted(OCTOBER, by=officer)
    assert leader.pk in services.handled_by(october)
    with pytest.raises(Refused, match="someone else must sign"):
        sign_off(october, by=leader)


def test_a_rent_set_long_before_it_is_first_paid_counts_as_an_edit(officer, leader):
    made = lease()
    with audit.acting(leader):
        LeaseRent.objects.create(lease=made, from_on=OCTOBER, amount=999, set_by=leader, set_at=NOW)
    signed(SEPTEMBER, officer=officer, leader=UserFactory(groups=[roles.SERVICE_MANAGER]))
    assert leader.pk in services.handled_by(submitted(OCTOBER, by=officer))


# --- Supplementary schedules and releases


def test_a_lease_that_only_a_supplementary_pays_has_to_be_looked_at(officer, leader):
    lease()
    signed(SEPTEMBER, officer=officer, leader=leader)
    lease(ref="GHOST", starts_on=date(2026, 8, 1))
    schedule = services.generate(month=SEPTEMBER, number=1, by=officer, now=NOW)
    assert Anomaly.objects.filter(schedule=schedule, lease__ref="GHOST", code="NEW_LEASE", decision="").exists()


def test_a_supplementary_does_not_release_what_still_stands(officer, leader):
    RentCap.objects.create(bedrooms=2, from_on=date(2020, 1, 1), weekly_amount=300)
    lease()
    schedule = submitted(SEPTEMBER, by=officer)
    anomaly = Anomaly.objects.get(code="RENT_OVER_CAP")
    services.decide(anomaly_ids=[anomaly.pk], decision="held", reason="Over the cap", by=leader, now=NOW)
    schedule.refresh_from_db()
    sign_off(schedule, by=leader)
    with pytest.raises(Refused, match="nothing to pay"):
        services.generate(month=SEPTEMBER, number=1, by=officer, now=NOW)


@pytest.fixture
def held_for_good(officer, leader):
    """A first payment that was held: the month after, NEW_LEASE no longer says anything."""
    lease(starts_on=date(2026, 9, 5))
    schedule = submitted(SEPTEMBER, by=officer)
    anomaly = Anomaly.objects.get(code="NEW_LEASE")
    services.decide(anomaly_ids=[anomaly.pk], decision="held", reason="Not signed", by=leader, now=NOW)
    schedule.refresh_from_db()
    sign_off(schedule, by=leader)
    return anomaly


def test_what_passes_by_itself_stays_held_until_a_person_releases_it(held_for_good, officer):
    october = services.generate(month=OCTOBER, by=officer, now=NOW)
    assert not october.lines.filter(kind="released").exists()
    services.release_held(anomaly_id=held_for_good.pk, reason="Signed lease seen", by=officer, now=NOW)
    october = services.generate(month=OCTOBER, by=officer, now=NOW)
    assert october.lines.get(kind="released").amount == Decimal("1300.00")


def test_a_release_needs_a_reason_and_happens_once(held_for_good, officer):
    with pytest.raises(Refused, match="needs a reason"):
        services.release_held(anomaly_id=held_for_good.pk, reason=" ", by=officer, now=NOW)
    services.release_held(anomaly_id=held_for_good.pk, reason="Seen", by=officer, now=NOW)
    with pytest.raises(Refused, match="released already"):
        services.release_held(anomaly_id=held_for_good.pk, reason="Seen", by=officer, now=NOW)


def test_the_acceptance_of_a_new_lease_is_of_its_rent(officer):
    made = lease(starts_on=date(2026, 9, 5))
    schedule = services.generate(month=SEPTEMBER, by=officer, now=NOW)
    decide_all(schedule, by=officer)
    LeaseRent.objects.filter(lease=made).update(amount=Decimal("3500.00"))
    services.generate(month=SEPTEMBER, by=officer, now=NOW)
    assert Anomaly.objects.get(code="NEW_LEASE").decision == ""


def test_the_acceptance_of_a_changed_account_is_of_that_account(officer, leader):
    made = lease()
    payee = made.payees.get().payee
    signed(SEPTEMBER, officer=officer, leader=leader)

    def change(sort_code, number):
        payee.bank_details.filter(is_current=True).update(is_current=False)
        called = {"called_back_by": leader, "called_back_at": NOW}
        BankDetailsFactory(
            payee=payee, sort_code=sort_code, account_number=number, is_first=False, source="typed", **called
        )

    change("089999", "55551234")
    october = services.generate(month=OCTOBER, by=officer, now=NOW)
    decide_all(october, by=officer)
    change("070116", "99991234")
    services.generate(month=OCTOBER, by=officer, now=NOW)
    assert Anomaly.objects.get(schedule=october, code="BANK_DETAILS_CHANGED").decision == ""


# --- The database and the roles


def test_rows_cannot_be_moved_into_a_signed_off_schedule(officer, leader):
    lease()
    september = signed(SEPTEMBER, officer=officer, leader=leader)
    october = services.generate(month=OCTOBER, by=officer, now=NOW)
    with pytest.raises(IntegrityError, match="is never changed"), transaction.atomic():
        ScheduleLine.objects.filter(schedule=october).update(schedule=september)


def test_an_auditor_is_refused_by_the_services_too(ready, leader):
    auditor = UserFactory(groups=[roles.AUDITOR])
    asked = {"schedule_id": ready.pk, "seen_version": ready.version, "by": auditor, "now": NOW}
    for refused in (
        lambda: services.generate(month=OCTOBER, by=auditor, now=NOW),
        lambda: services.submit(**asked),
        lambda: services.discard(**asked),
        lambda: services.return_to_officer(**asked, note="No"),
        lambda: services.sign_off(**asked),
        lambda: services.decide(anomaly_ids=[1], decision="held", reason="No", by=auditor, now=NOW),
        lambda: services.release_held(anomaly_id=1, reason="No", by=auditor, now=NOW),
        lambda: services.appoint_deputy(
            person=leader, from_on=SEPTEMBER, to_on=SEPTEMBER, reason="No", by=auditor, now=NOW
        ),
    ):
        with pytest.raises(Refused):
            refused()
    assert not Deputy.objects.exists()


def test_a_tax_rate_changed_after_the_generation_is_in_the_way(officer, leader):
    made = lease()
    Payee.objects.filter(pk=made.payees.get().payee_id).update(is_overseas=True)
    schedule = submitted(SEPTEMBER, by=officer)
    Setting.objects.create(
        name="nrl_percent", from_on=SEPTEMBER, value="0", reason="No tax", set_by=leader, set_at=NOW - timedelta(1)
    )
    with pytest.raises(Refused, match=CHANGED):
        sign_off(schedule, by=leader)


def test_the_payee_of_a_lease_that_changes_is_shown_to_the_signatory(client, officer, leader):
    made = lease()
    signed(SEPTEMBER, officer=officer, leader=leader)
    other = BankDetailsFactory().payee
    LeasePayee.objects.create(lease=made, payee=other, from_on=OCTOBER, reason="Sold")
    submitted(OCTOBER, by=officer)
    client.force_login(leader)
    shown = client.get("/controc/2026-10/0/sign-off/").content.decode()
    assert "Leases paid to somebody else than before" in shown
    assert other.party.name in shown


# --- The frozen bridge, and the reference on the bank statement


def test_the_bridge_of_a_signed_month_stays_as_it_was_signed(officer, leader):
    made = lease()
    signed(SEPTEMBER, officer=officer, leader=leader)
    october = signed(OCTOBER, officer=officer, leader=leader)
    before = services.bridge_of(october)
    made.starts_on = date(2026, 9, 20)
    made.save(update_fields=["starts_on"])
    assert services.bridge_of(Schedule.objects.get(pk=october.pk)) == before
    assert before.closes


@pytest.mark.parametrize(
    ("number", "ref", "expected"),
    [
        (0, "L0123", "LBL PSL 0926 L0123"),
        (1, "L0123", "PSL 0926S1 L0123"),
        (0, "LEW001234", "PSL 0926 LEW001234"),
        (0, "LEW-00123456", "0926 LEW-00123456"),
    ],
)
def test_a_bank_reference_never_cuts_the_payees(number, ref, expected):
    assert reference(Schedule(month=SEPTEMBER, number=number), ref) == expected


def test_a_payee_reference_that_does_not_fit_is_refused_in_words():
    with pytest.raises(Refused, match="too long for a bank reference"):
        reference(Schedule(month=SEPTEMBER), "LEWISHAM-LANDLORD-1")
