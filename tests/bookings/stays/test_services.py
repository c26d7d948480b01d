"""What is done to bookings: refusals first, and the other booking named."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import Acknowledgement, Booking, Circumstance, NightlyCap, UnitRate, Void
from bookings.stays import rules, services
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Clash, Refused
from lewisham_ta.roles import TEAM_LEADER
from lewisham_ta.versions import Stale, version_of
from tests.factories import LONG_AGO, BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 6, 9, tzinfo=UTC)
TODAY = date(2026, 3, 6)
STARTS, ENDS = date(2026, 3, 3), date(2026, 3, 10)


def who(role=None):
    return {"by": UserFactory(groups=[role] if role else None), "now": NOW}


def book(unit=None, household=None, **fields):
    usual = {"starts_on": STARTS, "ends_on": ENDS, "authorised_by": "Duty manager"}
    unit, household = unit or UnitFactory(), household or HouseholdFactory()
    return services.book_in(unit_id=unit.pk, household_id=household.pk, **usual | who() | fields)


def a_cap(amount="50.00"):
    return NightlyCap.objects.create(size="1", from_on=date(2025, 1, 1), amount=Decimal(amount))


def rates_of(booking):
    return list(booking.rates.order_by("from_on").values_list("from_on", "amount"))


def test_a_booking_is_numbered_and_takes_the_agreed_rates_and_the_households_service():
    BookingFactory(ref="B000041")
    unit = UnitFactory()
    UnitRate.objects.create(
        unit=unit, from_on=date(2026, 3, 8), amount=Decimal("65.00"), set_by=UserFactory(), set_at=LONG_AGO
    )
    booking = book(unit, HouseholdFactory(service="nrtpf"))
    assert (booking.ref, booking.service) == ("B000042", "nrtpf")
    assert rates_of(booking) == [(STARTS, Decimal("60.00")), (date(2026, 3, 8), Decimal("65.00"))]
    assert AuditEvent.objects.get().detail["authorised_by"] == "Duty manager"


def test_a_booking_may_have_a_rate_of_its_own():
    assert rates_of(book(rate=Decimal("55.50"))) == [(STARTS, Decimal("55.50"))]


def test_a_unit_without_a_rate_is_not_booked():
    with pytest.raises(Refused, match="No rate is agreed"):
        book(UnitFactory(rate=False))


def test_a_unit_that_is_let_is_refused_and_the_other_booking_named():
    other = BookingFactory(ref="B000007", unit__ref="U00007")
    with pytest.raises(Clash, match="Unit U00007 is let on some of these nights: booking B000007, 3 Mar 2026") as clash:
        book(other.unit, starts_on=date(2026, 3, 9), ends_on=None)
    assert clash.value.other == other
    assert book(other.unit, starts_on=ENDS, ends_on=None).starts_on == ENDS


def test_a_unit_let_to_a_confidential_household_is_refused_without_saying_to_whom():
    other = BookingFactory(unit__ref="U00007", household__is_confidential=True)
    words = r"^Unit U00007 is let on some of these nights: 3 Mar 2026 to the morning of 10 Mar 2026, confidentially\.$"
    for refused in (lambda: book(other.unit), lambda: a_void(other.unit)):
        with pytest.raises(Refused, match=words) as refusal:
            refused()
        assert not isinstance(refusal.value, Clash)


def test_a_household_that_is_somewhere_else_is_refused_unless_it_is_split_with_a_reason():
    other = BookingFactory(ref="B000007", ends_on=None)
    with pytest.raises(Clash, match=r"booking B000007, 3 Mar 2026 with no end yet\. If it is split") as clash:
        book(household=other.household)
    assert clash.value.other == other
    booking = book(household=other.household, split_reason="The unit sleeps two")
    assert booking.is_split


def test_an_ungraded_bed_and_breakfast_is_booked_only_once_the_warning_was_read():
    unit = UnitFactory(hotel=True)
    with pytest.raises(Refused, match=r"It has no inspection grade.* Tick that you have read this"):
        book(unit)
    assert book(unit, warned=True).unit == unit


def test_a_closed_unit_is_not_let():
    with pytest.raises(Refused, match="not let from 9 Mar 2026"):
        book(UnitFactory(closed_on=date(2026, 3, 9)))


def test_over_the_cap_without_an_approver_nothing_is_booked():
    a_cap()
    with pytest.raises(Refused, match=r"£60\.00 a night is over the cap of £50\.00"):
        book()
    officer = UserFactory()
    with pytest.raises(Refused, match="may not approve"):
        book(cap_approver_id=officer.pk, cap_reason="Nothing else tonight")
    leader = UserFactory(groups=[TEAM_LEADER])
    with pytest.raises(Refused, match="name somebody else"):
        book(cap_approver_id=leader.pk, cap_reason="Nothing else tonight", by=leader)
    assert not Booking.objects.exists()
    booking = book(cap_approver_id=leader.pk, cap_reason="Nothing else tonight")
    assert booking.cap_approved_by == leader
    assert AuditEvent.objects.get().detail["cap"] == "50.00"


def test_an_approver_named_without_need_is_not_recorded():
    booking = book(cap_approver_id=UserFactory(groups=[TEAM_LEADER]).pk, cap_reason="To be sure")
    assert booking.cap_approved_by is None


def test_a_booking_is_extended_and_shortened_but_not_over_another():
    booking = BookingFactory()
    later = BookingFactory(unit=booking.unit, starts_on=date(2026, 3, 15), ends_on=None)
    with pytest.raises(Clash) as clash:
        services.extend(booking_id=booking.pk, ends_on=None, **who())
    assert clash.value.other == later
    seen = version_of(Booking.objects.get(pk=booking.pk))
    services.extend(booking_id=booking.pk, ends_on=date(2026, 3, 15), seen=seen, **who())
    with pytest.raises(Stale):
        services.extend(booking_id=booking.pk, ends_on=date(2026, 3, 8), seen=seen, **who())
    services.extend(booking_id=booking.pk, ends_on=date(2026, 3, 8), **who())
    booking.refresh_from_db()
    assert (booking.ends_on, booking.version) == (date(2026, 3, 8), 3)


def test_an_early_departure_frees_the_unit_and_waits_until_housing_benefit_was_told():
    booking = BookingFactory(ends_on=None)
    services.depart(booking_id=booking.pk, departed_on=TODAY, why="Family", **who())
    booking.refresh_from_db()
    assert (booking.ends_on, booking.departed_at, booking.ended_reason) == (TODAY, NOW, "Family")
    assert book(booking.unit, starts_on=TODAY, ends_on=None)
    change = Circumstance.objects.get()
    assert (change.kind, change.happened_on, change.passed_on) == ("left", TODAY, None)


def test_a_departure_with_the_day_housing_benefit_was_told_waits_for_nobody():
    booking = BookingFactory(ends_on=None)
    services.depart(booking_id=booking.pk, departed_on=TODAY, benefit_told_on=date(2026, 3, 5), **who())
    change = Circumstance.objects.get()
    assert (change.passed_to, change.passed_on) == ("benefit", date(2026, 3, 5))
    with pytest.raises(Refused, match="Undo the departure first"):
        services.cancel(booking_id=booking.pk, why="No", **who())
    services.undo_departure(booking_id=booking.pk, why="Wrong household", **who())
    booking.refresh_from_db()
    assert (booking.departed_at, booking.ends_on) == (None, TODAY)


def test_leaving_later_than_booked_is_a_clash_with_whoever_came_after():
    booking = BookingFactory(ends_on=date(2026, 3, 5))
    after = BookingFactory(unit=booking.unit, starts_on=date(2026, 3, 5), ends_on=None)
    with pytest.raises(Clash) as clash:
        services.depart(booking_id=booking.pk, departed_on=TODAY, **who())
    assert clash.value.other == after


def test_a_cancelled_booking_and_one_nobody_came_to_free_their_nights():
    first = BookingFactory()
    services.cancel(booking_id=first.pk, why="Found a home", **who())
    second = book(first.unit)
    services.no_show(booking_id=second.pk, why="Did not come", **who())
    assert book(first.unit).status == "booked"
    first.refresh_from_db()
    assert (first.status, first.ended_reason) == ("cancelled", "Found a home")


def move(booking, unit=None, **fields):
    usual = {"moved_on": TODAY, "ends_on": ENDS, "authorised_by": "Duty manager"}
    return services.move(booking_id=booking.pk, unit_id=(unit or UnitFactory()).pk, **usual | who() | fields)


def test_a_move_is_two_bookings_and_no_night_twice():
    old = BookingFactory(ref="B000001", academy_ref="A1")
    new = move(old)
    old.refresh_from_db()
    assert (old.ends_on, old.departed_at) == (TODAY, NOW)
    assert (new.starts_on, new.ends_on, new.moved_from, new.academy_ref) == (TODAY, ENDS, old, "A1")
    assert Circumstance.objects.get().note == "Moved from booking B000001 to B000002"
    with pytest.raises(Refused, match="moved on to booking B000002"):
        services.undo_departure(booking_id=old.pk, why="No", **who())


def test_a_move_to_a_unit_that_is_let_leaves_everything_as_it_was():
    old, other = BookingFactory(), BookingFactory()
    with pytest.raises(Clash) as clash:
        move(old, other.unit)
    assert clash.value.other == other
    old.refresh_from_db()
    assert (old.ends_on, old.departed_at, old.version) == (ENDS, None, 1)
    assert not Circumstance.objects.exists()


def test_a_move_that_is_still_to_come_is_no_departure_yet():
    old = BookingFactory()
    move(old, moved_on=date(2026, 3, 8))
    old.refresh_from_db()
    assert (old.ends_on, old.departed_at) == (date(2026, 3, 8), None)


def test_when_the_new_booking_is_cancelled_the_household_may_move_elsewhere():
    old = BookingFactory()
    new = move(old)
    services.cancel(booking_id=new.pk, why="Flooded", **who())
    services.undo_departure(booking_id=old.pk, why="The other unit flooded", **who())
    assert move(old).moved_from == old


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_the_nights_of_moves_add_up_to_those_of_one_stay(lengths):
    start = date(2026, 1, 5)
    booking = book(starts_on=start, ends_on=None, late_reason="Seen late")
    household, day = booking.household, start
    for length in lengths:
        day += timedelta(days=length)
        booking = move(booking, moved_on=day, ends_on=None)
    services.depart(booking_id=booking.pk, departed_on=day + timedelta(days=2), **who())
    stays = Booking.objects.filter(household=household)
    assert stays.count() == len(lengths) + 1
    assert sum(rules.nights(stay.starts_on, stay.ends_on) for stay in stays) == sum(lengths) + 2


def test_a_rate_changes_from_a_night_is_corrected_and_taken_back():
    booking = BookingFactory()
    fields = {"from_on": date(2026, 3, 7), "amount": Decimal("64.00"), "reason": "Letter"}
    row = services.change_rate(booking_id=booking.pk, **fields, **who())
    with pytest.raises(Refused, match="already changes on that day"):
        services.change_rate(booking_id=booking.pk, **fields, **who())
    services.correct_rate(rate_id=row.pk, amount=Decimal("63.00"), reason="Misread", **who())
    assert rates_of(booking)[1] == (date(2026, 3, 7), Decimal("63.00"))
    services.withdraw_rate(rate_id=row.pk, why="Not agreed", **who())
    with pytest.raises(Refused, match="correct it instead"):
        services.withdraw_rate(rate_id=booking.rates.get().pk, why="Not agreed", **who())


def test_a_rate_over_the_cap_is_changed_or_corrected_only_with_an_approver():
    a_cap("62.00")
    booking = BookingFactory()
    fields = {"from_on": date(2026, 3, 7), "amount": Decimal("64.00"), "reason": "Letter"}
    with pytest.raises(Refused, match=r"over the cap of £62\.00"):
        services.change_rate(booking_id=booking.pk, **fields, **who())
    with pytest.raises(Refused, match=r"over the cap of £62\.00"):
        services.correct_rate(rate_id=booking.rates.get().pk, amount=Decimal("63.00"), reason="Misread", **who())
    leader = UserFactory(groups=[TEAM_LEADER])
    approval = {"cap_approver_id": leader.pk, "cap_reason": "Agreed for March"}
    services.change_rate(booking_id=booking.pk, **fields, **approval, **who())
    booking.refresh_from_db()
    assert (booking.cap_approved_by, booking.cap_reason) == (leader, "Agreed for March")


def test_a_booking_that_came_in_over_the_cap_is_approved_by_another_leader():
    booking = BookingFactory(booked_by=UserFactory(groups=[TEAM_LEADER]))
    leader = who(TEAM_LEADER)
    with pytest.raises(Refused, match="No rate of this booking"):
        services.approve_over_cap(booking_id=booking.pk, reason="So be it", **leader)
    a_cap()
    with pytest.raises(Refused, match="someone else must approve"):
        services.approve_over_cap(booking_id=booking.pk, reason="So be it", by=booking.booked_by, now=NOW)
    with pytest.raises(Refused, match="Say why the rate"):
        services.approve_over_cap(booking_id=booking.pk, reason="", **leader)
    services.approve_over_cap(booking_id=booking.pk, reason="So be it", **leader)
    booking.refresh_from_db()
    assert booking.cap_approved_by == leader["by"]


@pytest.mark.parametrize(("cap", "refused"), [("62.00", True), ("70.00", False)])
def test_whoever_set_a_rate_over_the_cap_does_not_approve_it(cap, refused):
    booking, leader = BookingFactory(), who(TEAM_LEADER)
    for from_on, amount in ((date(2026, 3, 7), "64.00"), (date(2026, 3, 9), "80.00")):
        by = leader if amount == "64.00" else who()
        fields = {"from_on": from_on, "amount": Decimal(amount), "reason": "The nightly sheet"}
        services.change_rate(booking_id=booking.pk, **fields, **by)
    a_cap(cap)
    if refused:
        with pytest.raises(Refused, match="You set the rate that is over the cap"):
            services.approve_over_cap(booking_id=booking.pk, reason="So be it", **leader)
    else:
        services.approve_over_cap(booking_id=booking.pk, reason="So be it", **leader)


def test_the_sheet_is_kept_as_it_was_made_and_then_acknowledged():
    booking = BookingFactory()
    told = {"on": TODAY, "how": "telephone", "language": "Tamil", "interpreter": "Invented Interpreting"}
    with pytest.raises(Refused, match="Make the licence sheet first"):
        services.acknowledge(booking_id=booking.pk, **told, **who())
    sheet = services.make_sheet(booking_id=booking.pk, **who())
    assert bytes(sheet.file.content).startswith(b"%PDF")
    assert len(sheet.file.sha256) == 64
    row = services.acknowledge(booking_id=booking.pk, **told, **who())
    assert (row.sheet, row.language) == (sheet.file, "Tamil")
    with pytest.raises(Refused, match="Say in which language"):
        services.acknowledge(booking_id=booking.pk, **told | {"language": ""}, **who())
    assert Acknowledgement.objects.count() == 1


def test_no_sheet_is_made_of_a_cancelled_booking():
    booking = BookingFactory(status="cancelled")
    with pytest.raises(Refused, match="is cancelled"):
        services.make_sheet(booking_id=booking.pk, **who())


def a_void(unit, **fields):
    usual = {"starts_on": date(2026, 3, 1), "ends_on": None, "reason": "Kept for a family", "paid_by": "council"}
    return services.record_void(unit_id=unit.pk, **usual | fields, **who())


def test_a_void_is_of_a_unit_nobody_is_booked_into():
    booking = BookingFactory()
    with pytest.raises(Clash) as clash:
        a_void(booking.unit)
    assert clash.value.other == booking
    a_void(booking.unit, ends_on=STARTS)
    with pytest.raises(Refused, match="Another void of this unit"):
        a_void(booking.unit, ends_on=STARTS)


def test_a_booking_ends_the_void_before_it_and_clashes_with_one_after_it():
    unit = UnitFactory()
    void = a_void(unit)
    book(unit)
    void.refresh_from_db()
    assert void.ends_on == STARTS
    later = a_void(unit, starts_on=ENDS)
    with pytest.raises(Clash, match="recorded as void on some of these nights, 10 Mar 2026 with no end") as clash:
        services.book_in(
            unit_id=unit.pk,
            household_id=HouseholdFactory().pk,
            starts_on=ENDS,
            ends_on=None,
            authorised_by="Duty manager",
            **who(),
        )
    assert clash.value.other == later


def test_a_stay_is_not_prolonged_into_a_void_but_may_end_before_it():
    booking = BookingFactory()
    void = a_void(booking.unit, starts_on=ENDS)
    words = "recorded as void on some of these nights, 10 Mar 2026 with no end"
    with pytest.raises(Clash, match=words) as clash:
        services.extend(booking_id=booking.pk, ends_on=date(2026, 3, 11), **who())
    assert clash.value.other == void
    with pytest.raises(Clash, match=words):
        services.extend(booking_id=booking.pk, ends_on=None, **who())
    later = who() | {"now": datetime(2026, 3, 12, 9, tzinfo=UTC)}
    with pytest.raises(Clash, match=words):
        services.depart(booking_id=booking.pk, departed_on=date(2026, 3, 11), **later)
    services.extend(booking_id=booking.pk, ends_on=date(2026, 3, 9), **who())
    services.depart(booking_id=booking.pk, departed_on=TODAY, **who())
    void.refresh_from_db()
    assert (void.starts_on, void.ends_on) == (ENDS, None)


def test_a_void_is_ended_and_withdrawn():
    void = a_void(UnitFactory())
    services.end_void(void_id=void.pk, ends_on=TODAY, **who())
    with pytest.raises(Refused, match="ended already"):
        services.end_void(void_id=void.pk, ends_on=TODAY, **who())
    services.withdraw_void(void_id=void.pk, why="Wrong unit", **who())
    assert not Void.objects.exists()
