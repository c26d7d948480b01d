"""The bridge closes, names the right cause, and does not close when something is wrong."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta.dates import Period, days_in_month, next_month
from payments.controc.rules.bridge import (
    BridgeLine,
    Cause,
    LeaseFacts,
    Month,
    PayeeFigures,
    bridge,
    lease_causes,
    leases_with_gaps,
)
from payments.controc.rules.entitlement import line_amount

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
ALWAYS = LeaseFacts(Period(date(2024, 1, 1)))


def rent_lines(month, *, facts=ALWAYS, rents=((date(2024, 1, 1), "350.00"),), basis="days", lease=1):
    """The month's rent lines, a run of payable days at one rent each."""
    runs: list[list] = []
    day = month
    while day < next_month(month):
        payable = facts.in_force.holds(day) and not any(spell.holds(day) for spell in facts.suspensions)
        if payable:
            rent = max((from_on, amount) for from_on, amount in rents if from_on <= day)[1]
            if runs and runs[-1][1] == day and runs[-1][2] == rent:
                runs[-1][1] = day + timedelta(1)
            else:
                runs.append([day, day + timedelta(1), rent])
        day += timedelta(1)
    return tuple(
        BridgeLine(
            lease=lease,
            kind="rent",
            starts_on=starts_on,
            ends_on=ends_on,
            rent=Decimal(rent),
            basis=basis,
            amount=line_amount(Decimal(rent), basis, (ends_on - starts_on).days, days_in_month(month)),
        )
        for starts_on, ends_on, rent in runs
    )


def causes_of(facts, *, rents=((date(2024, 1, 1), "350.00"),), basis="days"):
    return lease_causes(
        SEPTEMBER,
        rent_lines(SEPTEMBER, facts=facts, rents=rents, basis=basis),
        OCTOBER,
        rent_lines(OCTOBER, facts=facts, rents=rents, basis=basis),
        facts,
    )


def test_a_longer_month_pays_a_day_more():
    assert causes_of(ALWAYS) == {Cause.DAYS_IN_MONTH: Decimal("50.00")}


def test_a_monthly_basis_pays_the_same_for_a_longer_month():
    assert causes_of(ALWAYS, basis="52/12") == {}


def test_a_lease_that_starts_this_month_is_new():
    assert causes_of(LeaseFacts(Period(date(2026, 10, 12)))) == {Cause.NEW_LEASES: Decimal("1000.00")}


def test_the_month_after_a_first_part_month_is_made_whole():
    assert causes_of(LeaseFacts(Period(date(2026, 9, 21)))) == {
        Cause.PART_MONTHS: Decimal("1000.00"),
        Cause.DAYS_IN_MONTH: Decimal("50.00"),
    }


def test_keys_back_this_month_make_a_last_part_month():
    assert causes_of(LeaseFacts(Period(date(2024, 1, 1), date(2026, 10, 11)))) == {
        Cause.DAYS_IN_MONTH: Decimal("50.00"),
        Cause.PART_MONTHS: Decimal("-1050.00"),
    }


def test_keys_back_last_month_are_a_handback():
    assert causes_of(LeaseFacts(Period(date(2024, 1, 1), date(2026, 9, 11)))) == {Cause.HANDBACKS: Decimal("-500.00")}


def test_a_rent_that_rises_in_the_month_is_a_rent_change():
    rents = ((date(2024, 1, 1), "350.00"), (date(2026, 10, 25), "364.00"))
    assert causes_of(ALWAYS, rents=rents) == {
        Cause.DAYS_IN_MONTH: Decimal("50.00"),
        Cause.RENT_CHANGES: Decimal("14.00"),
    }


def test_suspended_days_are_a_suspension():
    facts = LeaseFacts(Period(date(2024, 1, 1)), (Period(date(2026, 10, 5), date(2026, 10, 8)),))
    assert causes_of(facts) == {Cause.DAYS_IN_MONTH: Decimal("50.00"), Cause.SUSPENSIONS: Decimal("-150.00")}


def test_a_hold_and_its_release_next_month_are_named():
    september, october = rent_lines(SEPTEMBER), rent_lines(OCTOBER)
    held = tuple(line._replace(is_held=True) for line in september)
    released = BridgeLine(lease=1, kind="released", amount=Decimal("1500.00"))
    assert lease_causes(SEPTEMBER, held, OCTOBER, (*october, released), ALWAYS) == {
        Cause.DAYS_IN_MONTH: Decimal("50.00"),
        Cause.HOLDS: Decimal("1500.00"),
        Cause.RELEASES: Decimal("1500.00"),
    }


def test_days_without_rent_that_no_fact_explains_stay_unexplained():
    short = (rent_lines(OCTOBER)[0]._replace(ends_on=date(2026, 10, 30), amount=Decimal("1450.00")),)
    causes = lease_causes(SEPTEMBER, rent_lines(SEPTEMBER), OCTOBER, short, ALWAYS)
    assert causes[Cause.UNEXPLAINED] == Decimal("-100.00")


def test_a_lease_that_vanishes_without_a_reason_is_unexplained():
    causes = lease_causes(SEPTEMBER, rent_lines(SEPTEMBER), OCTOBER, (), ALWAYS)
    assert causes == {Cause.UNEXPLAINED: Decimal("-1500.00")}


def test_a_total_that_its_lines_do_not_add_up_to_does_not_close():
    last = Month(SEPTEMBER, rent_lines(SEPTEMBER), {1: figures("1500.00")})
    this = Month(OCTOBER, rent_lines(OCTOBER), {1: figures("1550.01")})
    result = bridge(last, this, {1: ALWAYS})
    assert result.unexplained == Decimal("0.01")
    assert not result.closes


def test_two_errors_that_cancel_out_do_not_close():
    gap = rent_lines(OCTOBER, facts=LeaseFacts(Period(date(2024, 1, 1), date(2026, 10, 31))))
    last = Month(SEPTEMBER, rent_lines(SEPTEMBER), {1: figures("1500.00")})
    this = Month(OCTOBER, gap, {1: figures("1550.00")})
    result = bridge(last, this, {1: ALWAYS})
    assert result.unexplained == 0
    assert not result.closes


def figures(net, nrl_tax="0.00", brought_forward="0.00", carried_forward="0.00"):
    return PayeeFigures(Decimal(net), Decimal(nrl_tax), Decimal(brought_forward), Decimal(carried_forward))


days = st.dates(date(2026, 7, 1), date(2026, 12, 31))


@st.composite
def a_lease(draw):
    """A lease with any start, keys, suspensions and rents around the two months."""
    start = draw(st.one_of(st.just(date(2024, 1, 1)), days))
    keys = draw(st.one_of(st.none(), days.filter(lambda day: day > start)))
    suspensions = []
    for begins_on, length in draw(st.lists(st.tuples(days, st.integers(1, 40)), max_size=2)):
        spell = Period(begins_on, begins_on + timedelta(length))
        if not any(spell.overlap(other) for other in suspensions):
            suspensions.append(spell)
    changes = draw(
        st.lists(st.tuples(days, st.decimals("0", "900", places=2)), max_size=2, unique_by=lambda row: row[0])
    )
    rents = [(date(2024, 1, 1), draw(st.decimals("0.01", "900", places=2))), *changes]
    return LeaseFacts(Period(start, keys), tuple(suspensions)), rents


@given(
    leases=st.lists(st.tuples(a_lease(), st.sampled_from(["days", "52/12", "365/84", "month"])), max_size=6),
    month=st.sampled_from([date(2026, 8, 1), SEPTEMBER, OCTOBER]),
    extras=st.lists(
        st.tuples(
            st.sampled_from(["backdated", "adjustment", "released"]),
            st.decimals("-999", "999", places=2),
            st.booleans(),
        ),
        max_size=4,
    ),
    tax=st.decimals("0", "500", places=2),
)
def test_the_bridge_of_any_two_months_closes(leases, month, extras, tax):
    facts = {number: lease for number, ((lease, _), _) in enumerate(leases)}

    def lines(of):
        return tuple(
            line
            for number, ((lease, rents), basis) in enumerate(leases)
            for line in rent_lines(of, facts=lease, rents=rents, basis=basis, lease=number)
        )

    def payee(of_lines, withheld):
        gross = sum((line.amount for line in of_lines if not line.is_held), Decimal("0.00")) - withheld
        return {1: PayeeFigures(max(gross, Decimal(0)), withheld, Decimal(0), min(gross, Decimal(0)))}

    facts |= {100: ALWAYS}
    extra_lines = tuple(
        BridgeLine(lease=100, kind=kind, amount=amount, is_held=is_held) for kind, amount, is_held in extras
    )
    last_lines, this_lines = lines(month), lines(next_month(month)) + extra_lines
    last = Month(month, last_lines, payee(last_lines, Decimal("0.00")))
    this = Month(next_month(month), this_lines, payee(this_lines, tax))

    # The facts of a lease that is paid for every day of both months are never asked for.
    needed = {lease: facts[lease] for lease in leases_with_gaps(last, this)}
    result = bridge(last, this, needed)

    assert result == bridge(last, this, facts)
    assert result.closes, result
    assert last.total + sum(result.by_cause.values()) == this.total


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_is_listed_even_when_it_is_nothing(cause):
    empty = Month(SEPTEMBER, (), {})
    assert bridge(empty, Month(OCTOBER, (), {}), {}).by_cause[cause] == 0
