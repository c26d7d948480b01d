"""What people decide, who may sign, and what a sign-off does: refusals first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lewisham_ta import audit, limits, roles
from lewisham_ta.refusals import Refused
from payments.controc import hooks, selectors, services
from payments.controc.services import paying
from payments.models import Adjustment, Anomaly, BankDetails, Deputy, Payee, PayeeTotal, Payment, Schedule, ScheduleLine
from tests.factories import BankDetailsFactory, LeaseFactory, LeaseRentFactory, PayeeFactory, UserFactory
from tests.payments.controc import helpers
from tests.payments.controc.helpers import NOW, OCTOBER, SEPTEMBER, lease, submitted

pytestmark = pytest.mark.django_db


def decide(*anomalies, decision="accepted", reason="Seen", by, **values) -> int:
    return services.decide(
        anomaly_ids=[each.pk for each in anomalies], decision=decision, reason=reason, by=by, now=NOW, **values
    )


def sign_off(schedule, *, by, now=NOW) -> Schedule:
    return helpers.sign_off(schedule, by=by, now=now)


@pytest.fixture
def draft(officer):
    """One lease with a CHECK (no certificates), one payee with a STOP (no bank details)."""
    LeaseFactory()
    lease(payee=PayeeFactory())
    return services.generate(month=SEPTEMBER, by=officer, now=NOW)


@pytest.fixture
def check(draft):
    return Anomaly.objects.get(severity="CHECK")


@pytest.fixture
def stop(draft):
    return Anomaly.objects.get(severity="STOP")


# --- Deciding


def test_a_stop_is_not_accepted(stop, officer):
    with pytest.raises(Refused, match="mend it or hold it"):
        decide(stop, by=officer)


def test_one_that_cannot_be_accepted_keeps_all_from_it(check, stop, officer):
    with pytest.raises(Refused, match="mend it or hold it"):
        decide(check, stop, by=officer)
    check.refresh_from_db()
    assert check.decision == ""


def test_a_decision_needs_a_reason(check, officer):
    with pytest.raises(Refused, match="needs a reason"):
        decide(check, reason=" ", by=officer)


def test_a_decision_on_an_older_page_is_refused(draft, check, officer):
    with pytest.raises(Refused, match="changed while you were reading"):
        decide(check, by=officer, seen_version=draft.version - 1)


def test_a_signed_schedule_is_not_decided_again(officer, leader, close):
    LeaseFactory()
    close(SEPTEMBER)
    with pytest.raises(Refused, match="signed off"):
        decide(Anomaly.objects.get(), decision="held", by=leader)


def test_accepting_says_who_and_why(draft, check, officer):
    assert decide(check, reason="Gas visit booked", by=officer) == 1
    check.refresh_from_db()
    assert (check.decision, check.decided_by, check.decided_at, check.reason) == (
        "accepted",
        officer,
        NOW,
        "Gas visit booked",
    )
    assert Schedule.objects.get().version == draft.version + 1


def test_holding_a_payee_keeps_its_lines_and_taking_it_back_pays_them(stop, officer):
    decide(stop, decision="held", reason="Details awaited", must_act="Landlord", by=officer)
    total = PayeeTotal.objects.get(payee=stop.payee)
    assert (total.net, total.held) == (0, Decimal("1500.00"))
    assert ScheduleLine.objects.get(is_held=True).held_because == "Details awaited"
    decide(stop, decision="", reason="", by=officer)
    total.refresh_from_db()
    assert (total.net, total.held) == (Decimal("1500.00"), 0)
    assert not ScheduleLine.objects.filter(is_held=True).exists()


def test_a_hold_that_leaves_less_than_nothing_is_noted_and_the_note_goes_with_it(officer):
    payee = BankDetailsFactory().payee
    lease(payee=payee)
    bad = LeaseFactory(payee=payee)
    Adjustment.objects.create(
        lease=lease(payee=payee, keys_returned_on="2026-08-31"),
        month=SEPTEMBER,
        kind="recharge",
        amount=2000,
        narrative="Works",
    )
    services.generate(month=SEPTEMBER, by=officer, now=NOW)
    anomaly = Anomaly.objects.get(lease=bad)
    decide(anomaly, decision="held", by=officer)
    assert Anomaly.objects.get(code="NEGATIVE_NET").words == "−£500.00 is carried forward; nothing is paid."
    decide(anomaly, decision="", by=officer)
    assert not Anomaly.objects.filter(code="NEGATIVE_NET").exists()


def test_decisions_and_holds_survive_a_regeneration_while_the_anomaly_is_the_same(check, stop, officer, leader):
    decide(check, by=leader)
    decide(stop, decision="held", by=leader)
    services.generate(month=SEPTEMBER, by=officer, now=NOW)
    assert set(Anomaly.objects.values_list("code", "decision", "decided_by")) == {
        (check.code, "accepted", leader.pk),
        (stop.code, "held", leader.pk),
    }
    assert PayeeTotal.objects.get(payee=stop.payee).held == Decimal("1500.00")


def test_a_decision_goes_when_the_figures_change(check, officer, leader):
    decide(check, by=leader)
    helpers.CertificateFactory(property=check.lease.property, kind="gas")
    services.generate(month=SEPTEMBER, by=officer, now=NOW)
    again = Anomaly.objects.get(code=check.code)
    assert again.words == "There is no EICR; there is no EPC."
    assert again.decision == ""


# --- Submitting and returning


def test_only_a_draft_is_submitted(draft, officer):
    submitted(SEPTEMBER, by=officer)
    schedule = Schedule.objects.get()
    with pytest.raises(Refused, match="Only a draft"):
        services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)


def test_a_schedule_is_returned_with_a_note_and_submitted_again(draft, officer, leader):
    schedule = submitted(SEPTEMBER, by=officer)
    with pytest.raises(Refused, match="Say in the note"):
        services.return_to_officer(schedule_id=schedule.pk, seen_version=schedule.version, note="", by=leader, now=NOW)
    schedule = services.return_to_officer(
        schedule_id=schedule.pk, seen_version=schedule.version, note="Rent of 9", by=leader, now=NOW
    )
    assert (schedule.status, schedule.return_note, schedule.returned_by) == ("draft", "Rent of 9", leader)
    [item] = hooks.work_to_do(officer, NOW.date())
    assert (item.status, item.next_step) == ("Returned", "Put right: Rent of 9")
    assert submitted(SEPTEMBER, by=officer).status == "ready"


# --- Signing


@pytest.fixture
def ready(officer):
    lease()
    return submitted(SEPTEMBER, by=officer)


def test_a_draft_is_not_signed(draft, leader):
    with pytest.raises(Refused, match="awaits sign-off"):
        sign_off(draft, by=leader)


def test_a_stale_page_does_not_sign(ready, leader):
    with pytest.raises(Refused, match="changed while you were reading"):
        services.sign_off(schedule_id=ready.pk, seen_version=ready.version - 1, by=leader, now=NOW)


def test_an_open_stop_and_then_an_open_check_are_in_the_way(draft, check, stop, officer, leader):
    schedule = submitted(SEPTEMBER, by=officer)
    with pytest.raises(Refused, match="1 STOP must be mended or held"):
        sign_off(schedule, by=leader)
    decide(Anomaly.objects.get(severity="STOP"), decision="held", by=leader)
    schedule.refresh_from_db()
    with pytest.raises(Refused, match="1 CHECK must be"):
        sign_off(schedule, by=leader)


@pytest.mark.parametrize("is_superuser", [False, True])
def test_who_submitted_it_does_not_sign_whatever_the_role(is_superuser, officer):
    leads = UserFactory(groups=[roles.SERVICE_MANAGER], is_superuser=is_superuser)
    lease()
    schedule = services.generate(month=SEPTEMBER, by=officer, now=NOW)
    schedule = services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=leads, now=NOW)
    with pytest.raises(Refused, match="someone else must sign it off"):
        sign_off(schedule, by=leads)


def test_who_changed_a_rent_that_is_paid_does_not_sign(officer, leader, close):
    changed, other = lease(), lease(starts_on=OCTOBER)
    manager = UserFactory(groups=[roles.SERVICE_MANAGER])
    close(SEPTEMBER)
    with audit.acting(manager):
        LeaseRentFactory(lease=changed, from_on=OCTOBER, amount=Decimal("360.00"))
    assert services.handled_by(submitted(OCTOBER, by=officer)) == {officer.pk, manager.pk}
    assert other.pk in ScheduleLine.objects.filter(schedule__month=OCTOBER).values_list("lease", flat=True)


def test_an_officer_does_not_sign(ready):
    with pytest.raises(Refused, match="appointed deputy within their dates"):
        sign_off(ready, by=UserFactory())


@pytest.mark.parametrize(
    ("first", "last", "appointed", "may"),
    [(0, 0, -1, True), (-5, -1, -9, False), (1, 5, -1, False), (-5, 5, 1, False)],
)
def test_a_deputy_signs_inside_dates_that_were_set_beforehand(first, last, appointed, may, leader):
    deputy = UserFactory()
    today = NOW.date()
    Deputy.objects.create(
        person=deputy,
        from_on=today + timedelta(days=first),
        to_on=today + timedelta(days=last),
        reason="Leave",
        appointed_by=leader,
        appointed_at=NOW + timedelta(days=appointed),
    )
    assert services.may_sign(deputy, NOW) == may


def test_a_payee_above_the_signatorys_limit_is_in_the_way_and_one_at_it_is_not(ready, leader):
    manager = UserFactory(groups=[roles.SERVICE_MANAGER])
    for person, amount in ((leader, "1499.99"), (manager, "1500.00")):
        limits.set_limit(
            person=person,
            amount=Decimal(amount),
            from_on=NOW.date(),
            reason="Scheme of delegation",
            by=UserFactory(groups=[roles.TEAM_LEADER]),
            now=NOW,
        )
    with pytest.raises(Refused, match=r"limit is £1,499.99 since 20 Sep 2026, and these payees get more: \w+ £1,500"):
        sign_off(ready, by=leader)
    assert not Payment.objects.exists()
    assert sign_off(ready, by=manager).status == "signed_off"


class TestADeputysLimit:
    """Nobody lends more than they have."""

    @pytest.fixture
    def deputy(self, leader):
        return self.appointed_by(leader, UserFactory())

    def appointed_by(self, appointer, deputy):
        days = {"from_on": NOW.date(), "to_on": NOW.date()}
        before = NOW - timedelta(days=1)
        Deputy.objects.create(person=deputy, reason="Leave", appointed_by=appointer, appointed_at=before, **days)
        return deputy

    def limit(self, person, amount):
        by = UserFactory(groups=[roles.TEAM_LEADER])
        limits.set_limit(person=person, amount=Decimal(amount), from_on=NOW.date(), reason="Rules", by=by, now=NOW)

    def test_is_that_of_whoever_appointed_them(self, ready, leader, deputy):
        self.limit(leader, "1499.99")
        words = f"limit is £1,499.99 since 20 Sep 2026, the limit of {leader}, and these payees get more"
        with pytest.raises(Refused, match=words):
            sign_off(ready, by=deputy)
        assert services.above_limit(ready, services.signing_limit(deputy, NOW)) != []

    def test_is_none_where_nobody_is_limited(self, ready, deputy):
        assert services.signing_limit(deputy, NOW) is None
        assert sign_off(ready, by=deputy).status == "signed_off"

    def test_is_their_own_where_that_is_lower(self, leader, deputy):
        self.limit(leader, 2000)
        self.limit(deputy, 1000)
        assert services.signing_limit(deputy, NOW) == limits.Limit(Decimal(1000), NOW.date())

    def test_is_the_highest_of_those_for_whom_they_sign(self, leader, deputy):
        self.limit(leader, 2000)
        manager = UserFactory(groups=[roles.SERVICE_MANAGER])
        self.limit(manager, 5000)
        self.appointed_by(manager, deputy)
        assert services.signing_limit(deputy, NOW) == limits.Limit(Decimal(5000), NOW.date(), str(manager))

    def test_does_not_lower_what_their_own_role_signs(self, leader):
        self.limit(leader, 1)
        manager = self.appointed_by(leader, UserFactory(groups=[roles.SERVICE_MANAGER]))
        assert services.signing_limit(manager, NOW) is None


def test_a_payee_without_an_account_any_more_is_in_the_way_in_words(ready, leader):
    with audit.acting(leader):
        BankDetails.objects.update(is_current=False)
    total = PayeeTotal.objects.get(schedule=ready)
    words = f"There are no approved bank details to pay {total.payee.party.ref}: approve them, or hold"
    with pytest.raises(Refused, match=words):
        paying.pay(ready, by=leader, now=NOW)


def test_a_payee_that_changed_since_the_generation_is_in_the_way(ready, leader):
    Payee.objects.update(is_overseas=None)
    with pytest.raises(Refused, match="1 lease or payee changed since this was generated"):
        sign_off(ready, by=leader)


def test_a_bridge_that_does_not_close_is_in_the_way(officer, leader, close, monkeypatch):
    lease()
    close(SEPTEMBER)
    schedule = submitted(OCTOBER, by=officer)
    with audit.acting(officer):  # a total that its lines do not account for
        PayeeTotal.objects.filter(schedule=schedule).update(rent=1, net=1)
    # Working the month out again would find the total first.
    monkeypatch.setattr("payments.controc.services.signing.changed_since_generated", lambda *args, **values: [])
    with pytest.raises(Refused, match="unexplained"):
        sign_off(schedule, by=leader)


def test_a_sign_off_pays_freezes_and_keeps_the_pack(ready, leader):
    schedule = sign_off(ready, by=leader)
    payment = Payment.objects.get()
    total = PayeeTotal.objects.get()
    ref = total.payee.party.ref
    assert (schedule.status, schedule.signed_off_by) == ("signed_off", leader)
    assert (payment.net, payment.source, payment.reference) == (
        Decimal("1500.00"),
        "CONTROC 2026-09",
        f"LBL PSL 0926 {ref}",
    )
    assert (total.payment, total.bank_details) == (payment, BankDetails.objects.get(is_current=True))
    assert payment.coding == {"H4410-5520": "1500.00"}
    assert payment.advice["lines"][0]["days"] == 30
    assert schedule.pack_pdf.sha256 != schedule.pack_xlsx.sha256
    assert selectors.latest_signed_off() == schedule


def test_the_coding_of_a_payment_adds_up_to_its_net_with_tax_and_balance(officer, leader, close):
    taxed = lease().payees.get().payee
    with audit.acting(officer):
        Payee.objects.filter(pk=taxed.pk).update(is_overseas=True)
    close(SEPTEMBER)
    payment = Payment.objects.get()
    assert payment.coding == {"H4410-5520": "1500.00", "NRL TAX": "-300.00"}
    assert payment.net == Decimal("1200.00")
