"""A month generated, generated again, previewed, discarded; backdating the short way against the long way."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lewisham_ta import audit
from lewisham_ta.models import Setting
from lewisham_ta.refusals import Refused
from payments.controc import selectors, services
from payments.controc.rules.signing import Place
from payments.controc.services.working_out import drawn, work_out
from payments.models import (
    Adjustment,
    Anomaly,
    BankDetails,
    Hold,
    LeasePayee,
    LeaseRent,
    PayeeTotal,
    Schedule,
    ScheduleLine,
    Suspension,
)
from tests.factories import BankDetailsFactory, LeaseFactory, LeaseRentFactory, PayeeFactory, PropertyFactory
from tests.payments.controc.helpers import NOVEMBER, NOW, OCTOBER, SEPTEMBER, found, lease, stamp

pytestmark = pytest.mark.django_db


def generate(month=SEPTEMBER, number=0, *, by, now=NOW) -> Schedule:
    return services.generate(month=month, number=number, by=by, now=now)


def rows(schedule: Schedule) -> list[tuple]:
    """Everything a schedule says, without its keys."""
    lines = ScheduleLine.objects.filter(schedule=schedule).values_list(*selectors.LINE_COLUMNS)
    totals = PayeeTotal.objects.filter(schedule=schedule).values_list("payee", "net", "held", "carried_forward")
    anomalies = Anomaly.objects.filter(schedule=schedule).values_list(
        "code", "severity", "lease", "payee", "words", "decision", "reason"
    )
    return [sorted(map(repr, part)) for part in (lines, totals, anomalies)]


# --- Refusals


def test_a_second_month_waits_for_the_first(officer):
    lease()
    generate(by=officer)
    with pytest.raises(Refused, match=r"^September 2026 is not signed off yet: it comes first\.$"):
        generate(OCTOBER, by=officer)


def test_a_schedule_that_awaits_sign_off_is_not_generated_again(officer):
    lease()
    schedule = generate(by=officer)
    services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)
    with pytest.raises(Refused, match="must be returned"):
        generate(by=officer)


def test_a_supplementary_schedule_with_nothing_to_pay_is_refused(officer, close):
    lease()
    close(SEPTEMBER)
    with pytest.raises(Refused, match="nothing to pay with a supplementary schedule"):
        generate(SEPTEMBER, 1, by=officer)
    assert Schedule.objects.count() == 1


def test_only_a_draft_that_was_seen_as_it_is_can_be_discarded(officer):
    lease()
    schedule = generate(by=officer)
    with pytest.raises(Refused, match="changed while you were reading"):
        services.discard(schedule_id=schedule.pk, seen_version=schedule.version + 1, by=officer, now=NOW)
    schedule = services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)
    with pytest.raises(Refused, match="Only a draft"):
        services.discard(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)


# --- Generating


def test_generating_twice_changes_nothing_but_the_version(officer):
    LeaseFactory()
    lease(keys_returned_on=date(2026, 9, 10))
    first = generate(by=officer)
    before = rows(first)
    second = generate(by=officer)
    assert (second.pk, second.version) == (first.pk, first.version + 1)
    assert rows(second) == before


def test_a_chunk_is_worked_out_without_asking_the_database(officer, django_assert_num_queries):
    """COPY has the connection meanwhile."""
    lease(keys_returned_on=date(2026, 9, 10))
    lease(rent="0.00")
    generate(by=officer)
    for part in work_out(Place(SEPTEMBER, 0), now=NOW):
        with django_assert_num_queries(0):
            assert list(drawn(part.lines, [])) or list(drawn(part.totals, []))


def test_a_preview_is_what_generating_gives_and_writes_nothing(officer, django_assert_max_num_queries):
    LeaseFactory()
    lease(keys_returned_on=date(2026, 9, 10))
    with django_assert_max_num_queries(40):
        preview = services.preview(month=SEPTEMBER, now=NOW)
    assert not Schedule.objects.exists()
    schedule = generate(by=officer)
    written = ScheduleLine.objects.order_by("pk").values_list(*selectors.LINE_COLUMNS)
    assert [tuple(line) for line in preview.lines] == list(written)
    assert {(finding.code, finding.words) for finding in preview.findings} == set(
        Anomaly.objects.values_list("code", "words")
    )
    assert preview.control_totals == selectors.control_totals(schedule)


def test_a_discarded_draft_makes_room_for_another_month(officer):
    lease()
    schedule = generate(by=officer)
    services.discard(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)
    assert generate(OCTOBER, by=officer).month == OCTOBER
    assert not ScheduleLine.objects.filter(for_month=SEPTEMBER).exists()


@pytest.mark.parametrize("leases", [2, 12])
def test_the_queries_do_not_grow_with_the_leases(leases, officer, django_assert_max_num_queries):
    for _ in range(leases):
        lease()
    with django_assert_max_num_queries(60):
        generate(by=officer)


def test_progress_is_told(officer):
    lease()
    told = []
    services.generate(month=SEPTEMBER, by=officer, now=NOW, progress=lambda *step: told.append(step))
    assert told[-1][:2] == (1, 1)


def test_adjustments_are_taken_off_or_added_and_withdrawn_ones_are_not(officer):
    plain = lease()
    for kind, amount, withdrawn_at in (("recharge", 40, None), ("credit", 15, None), ("credit", 99, NOW)):
        Adjustment.objects.create(
            lease=plain, month=SEPTEMBER, kind=kind, amount=amount, narrative="Lock", withdrawn_at=withdrawn_at
        )
    generate(by=officer)
    total = PayeeTotal.objects.get()
    assert (total.adjustments, total.net) == (Decimal("-25.00"), Decimal("1475.00"))


def test_an_adjustment_typed_after_its_month_was_signed_off_comes_with_the_next(officer, close):
    plain = lease()
    close(SEPTEMBER)
    for month in (date(2026, 8, 1), SEPTEMBER):  # August was never this system's
        Adjustment.objects.create(lease=plain, month=month, kind="recharge", amount=40, narrative="Lock")
    schedule = generate(OCTOBER, by=officer)
    line = ScheduleLine.objects.get(schedule=schedule, kind="adjustment")
    assert (line.for_month, line.amount) == (SEPTEMBER, Decimal("-40.00"))


def test_a_lease_that_has_not_started_is_charged_to_its_first_payee(officer):
    coming = lease(starts_on=OCTOBER)
    Adjustment.objects.create(lease=coming, month=SEPTEMBER, kind="recharge", amount=40, narrative="Lock")
    generate(by=officer)
    assert PayeeTotal.objects.get().carried_forward == Decimal("-40.00")


def test_a_balance_goes_on_without_lines_until_it_is_used_up(officer, close):
    gone = lease(keys_returned_on=date(2026, 9, 10))
    Adjustment.objects.create(lease=gone, month=SEPTEMBER, kind="recharge", amount=600, narrative="Works")
    close(SEPTEMBER)
    close(OCTOBER)
    schedule = generate(NOVEMBER, by=officer)
    total = PayeeTotal.objects.get(schedule=schedule)
    assert (total.brought_forward, total.net, total.carried_forward) == (Decimal("-100.00"), 0, Decimal("-100.00"))
    assert found(schedule) == {(total.payee.party.ref, "NEGATIVE_NET")}


def test_two_leases_of_one_dwelling_stop_each_other(officer):
    one = lease(property__uprn="909900000777", keys_returned_on=date(2026, 9, 10))
    other = lease(property=PropertyFactory(uprn="909900000777"))
    apart = lease(property=PropertyFactory(uprn="909900000777"), starts_on=OCTOBER)
    schedule = generate(by=officer)
    stopped = Anomaly.objects.filter(schedule=schedule, code="DUPLICATE_PROPERTY")
    assert {row.lease for row in stopped} == {one, other}
    assert apart.ref not in {row.lease.ref for row in stopped}


def test_two_payees_of_one_account_are_both_found(officer):
    one, other = (
        lease(payee=BankDetailsFactory(sort_code="089999", account_number="11112222").payee) for _ in range(2)
    )
    refs = {made.payees.get().payee.party.ref for made in (one, other)}
    assert found(generate(by=officer)) == {(ref, "SHARED_BANK_ACCOUNT") for ref in refs}


def test_changed_bank_details_stop_until_they_have_cooled_off(officer, close):
    payee = lease().payees.get().payee
    close(SEPTEMBER)
    BankDetails.objects.filter(payee=payee).update(is_current=False)
    BankDetailsFactory(
        payee=payee, is_first=False, called_back_by=officer, called_back_at=NOW, usable_from=NOW + timedelta(hours=48)
    )
    schedule = generate(OCTOBER, by=officer)
    assert Anomaly.objects.get(schedule=schedule, code="BANK_DETAILS_CHANGED").severity == "STOP"
    generate(OCTOBER, by=officer, now=NOW + timedelta(hours=49))
    assert Anomaly.objects.get(schedule=schedule, code="BANK_DETAILS_CHANGED").severity == "CHECK"


def test_a_line_says_who_set_its_rent(officer):
    plain = lease()
    generate(by=officer)
    assert ScheduleLine.objects.get().lease_rent == plain.rents.get()


# --- Holds and releases


def hold(made, starts_on=SEPTEMBER, ends_on=None) -> Hold:
    return Hold.objects.create(lease=made, starts_on=starts_on, ends_on=ends_on, reason="Gas record awaited")


def test_a_hold_open_on_the_last_day_keeps_the_month_and_the_next_month_releases_it(officer, close):
    held, payee = lease(), None
    payee = held.payees.get().payee
    waiting = hold(held)
    close(SEPTEMBER)
    first = PayeeTotal.objects.get()
    assert (first.net, first.held) == (0, Decimal("1500.00"))
    waiting.ends_on = date(2026, 10, 31)  # its last day is the 30th
    waiting.save()
    schedule = generate(OCTOBER, by=officer)
    total = PayeeTotal.objects.get(schedule=schedule, payee=payee)
    assert (total.rent, total.released, total.net) == (Decimal("1550.00"), Decimal("1500.00"), Decimal("3050.00"))
    line = ScheduleLine.objects.get(schedule=schedule, kind="released")
    assert (line.releases.schedule.month, line.for_month, line.days) == (SEPTEMBER, SEPTEMBER, 30)


def test_a_hold_that_goes_on_releases_nothing_and_is_counted_as_scheduled(officer, close):
    hold(lease())
    close(SEPTEMBER)
    close(OCTOBER)
    schedule = generate(NOVEMBER, by=officer)
    assert not ScheduleLine.objects.filter(kind__in=["released", "backdated"]).exists()
    assert selectors.outstanding().count() == 2
    assert PayeeTotal.objects.get(schedule=schedule).held == Decimal("1500.00")


def test_a_release_happens_once(officer, close):
    waiting = hold(lease())
    close(SEPTEMBER)
    with audit.acting(officer):
        waiting.delete()
    close(OCTOBER)
    schedule = generate(NOVEMBER, by=officer)
    assert not ScheduleLine.objects.filter(schedule=schedule, kind="released").exists()


def test_what_was_held_for_missing_bank_details_is_released_when_they_are_there(officer, close):
    payee = PayeeFactory()
    lease(payee=payee)
    close(SEPTEMBER)
    close(OCTOBER)
    assert selectors.outstanding().count() == 2
    BankDetailsFactory(payee=payee)
    total = PayeeTotal.objects.get(schedule=generate(NOVEMBER, by=officer))
    assert (total.released, total.net) == (Decimal("3050.00"), Decimal("4550.00"))


# --- Supplementary schedules


def test_a_supplementary_schedule_pays_what_is_no_longer_on_hold_and_late_leases_only(officer, close):
    paid, held = lease(), lease()
    waiting = hold(held)
    close(SEPTEMBER)
    with audit.acting(officer):
        late = lease()
        LeaseRentFactory(lease=paid, from_on=date(2026, 9, 11), amount=Decimal("400.00"))
    with audit.acting(officer):
        waiting.ends_on = date(2026, 10, 3)
        waiting.save()
    after = datetime(2026, 10, 5, 9, 0, tzinfo=NOW.tzinfo)
    schedule = generate(SEPTEMBER, 1, by=officer, now=after)
    lines = ScheduleLine.objects.filter(schedule=schedule)
    assert set(lines.values_list("lease", "kind")) == {(held.pk, "released"), (late.pk, "rent")}
    close(SEPTEMBER, 1, now=after)
    # The next month takes up what the supplementary one had no business with.
    october = generate(OCTOBER, by=officer, now=after)
    backdated = ScheduleLine.objects.filter(schedule=october, kind="backdated").values_list("lease", "amount")
    assert list(backdated) == [(paid.pk, Decimal("142.86"))]


# --- Backdating


def test_a_handback_reported_late_is_taken_back_from_the_payee(officer, close):
    gone = lease()
    close(SEPTEMBER)
    gone.keys_returned_on = date(2026, 9, 16)
    gone.save()
    schedule = generate(OCTOBER, by=officer)
    line = ScheduleLine.objects.get(schedule=schedule)
    assert (line.kind, line.amount, line.for_month) == ("backdated", Decimal("-700.00"), SEPTEMBER)
    assert (line.working["due"], line.working["scheduled"]) == ("800.00", "1500.00")
    assert line.working["runs"][0]["sum"] == "£350.00 ÷ 7 × 16 = £800.00"


def test_a_lease_that_was_never_loaded_is_paid_for_the_months_that_were_signed_off(officer, close):
    lease()
    close(SEPTEMBER)
    late = lease(starts_on=date(2026, 8, 1))  # August was never this system's
    schedule = generate(OCTOBER, by=officer)
    lines = ScheduleLine.objects.filter(schedule=schedule, lease=late, kind="backdated")
    assert list(lines.values_list("for_month", "amount")) == [(SEPTEMBER, Decimal("1500.00"))]


def test_a_lease_moved_out_of_every_month_gives_everything_back(officer, close):
    wrong = lease(starts_on=SEPTEMBER)
    close(SEPTEMBER)
    wrong.starts_on = date(2027, 1, 1)
    wrong.save()
    schedule = generate(OCTOBER, by=officer)
    assert list(ScheduleLine.objects.filter(schedule=schedule).values_list("kind", "amount")) == [
        ("backdated", Decimal("-1500.00"))
    ]


def test_looking_further_back_looks_at_every_lease_again(officer, close):
    plain = lease()
    Setting.objects.create(
        name="backdating_months", from_on=date(2026, 1, 1), value="1", reason="Test", set_by=officer, set_at=NOW
    )
    close(SEPTEMBER)
    close(OCTOBER)
    with audit.acting(officer):
        LeaseRent.objects.filter(lease=plain).update(amount=Decimal("364.00"))
    close(NOVEMBER)  # corrects October; September is too far back
    Setting.objects.update(value="3")
    schedule = generate(date(2026, 12, 1), by=officer)
    backdated = ScheduleLine.objects.filter(schedule=schedule, kind="backdated")
    assert list(backdated.values_list("for_month", "amount")) == [(SEPTEMBER, Decimal("60.00"))]


def corrected(schedule: Schedule) -> list[tuple]:
    lines = ScheduleLine.objects.filter(schedule=schedule, kind="backdated")
    return sorted(lines.values_list("lease", "payee", "for_month", "amount"))


CHANGES = {
    "uplift": lambda made, by: LeaseRent.objects.update_or_create(
        lease=made, from_on=date(2026, 9, 14), defaults={"amount": 371, "set_by": by, "set_at": NOW}
    ),
    "keys": lambda made, by: type(made).objects.filter(pk=made.pk).update(keys_returned_on=date(2026, 9, 20)),
    "keys again": lambda made, by: type(made).objects.filter(pk=made.pk).update(keys_returned_on=None),
    "keys day": lambda made, by: type(made).objects.filter(pk=made.pk).update(keys_day_paid=False),
    "basis": lambda made, by: type(made).objects.filter(pk=made.pk).update(basis="52/12"),
    "suspension": lambda made, by: Suspension.objects.update_or_create(
        lease=made, starts_on=date(2026, 10, 5), defaults={"ends_on": date(2026, 10, 12), "reason": "Boiler"}
    ),
    "payee": lambda made, by: LeasePayee.objects.update_or_create(
        lease=made, from_on=date(2026, 9, 10), defaults={"payee": made.payees.earliest("pk").payee}
    ),
    "new payee": lambda made, by: LeasePayee.objects.update_or_create(
        lease=made, from_on=date(2026, 10, 10), defaults={"payee": BankDetailsFactory().payee}
    ),
    "hold": lambda made, by: Hold.objects.get_or_create(lease=made, starts_on=SEPTEMBER, reason="Wait"),
}
steps = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(CHANGES))), max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=3, max_size=3))
def test_the_short_way_of_backdating_finds_what_the_long_way_finds(officer, leader, months):
    """Each month is generated with the digests and, after they are thrown away, with every lease looked at."""
    with transaction.atomic():
        made = [lease(), lease(), lease(starts_on=date(2026, 9, 12))]
        for n, changes in enumerate(months):
            for which, what in changes:
                CHANGES[what](made[which], officer)
            month = date(2026, 9 + n, 1)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(selectors, "latest_terms", lambda: b"")
                long = corrected(generate(month, by=officer))
            schedule = generate(month, by=officer)
            assert corrected(schedule) == long
            stamp(schedule, by=leader)
        transaction.set_rollback(True)
