"""What a lease earns, against the worked examples of the accounts team and against counting day by day."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta.dates import Period, add_months, days_in_month
from lewisham_ta.money import total
from payments.controc.rules.entitlement import LeaseTerms, PaidTo, Rent, formula, line_amount, runs_in_month, stretches

LANDLORD, AGENT = 1, 2


def terms(**changes) -> LeaseTerms:
    """£350 a week by Days from 1 January 2025, still running."""
    plain = LeaseTerms(
        lease=1,
        starts_on=date(2025, 1, 1),
        keys_returned_on=None,
        keys_day_paid=True,
        basis="days",
        rents=(Rent(date(2025, 1, 1), Decimal("350.00")),),
        payees=(PaidTo(date(2025, 1, 1), LANDLORD),),
    )
    return plain._replace(**changes)


def earned(lease: LeaseTerms, year: int, month: int) -> list[tuple[int, int, str]]:
    """First day, last day and amount of each run."""
    return [
        (run.starts_on.day, (run.ends_on - timedelta(days=1)).day, str(run.amount))
        for run in runs_in_month(lease, date(year, month, 1))
    ]


@pytest.mark.parametrize(
    ("basis", "by_month", "whole"),
    [
        ("days", ["800.00", "1550.00", "1500.00", "1550.00", "1000.00"], "6400.00"),
        ("52/12", ["808.89", "1516.67", "1516.67", "1516.67", "978.49"], "6337.39"),
        ("365/84", ["811.11", "1520.83", "1520.83", "1520.83", "981.18"], "6354.78"),
    ],
)
def test_a_lease_from_15_april_to_20_august_is_paid_as_its_basis_says(basis, by_month, whole):
    lease = terms(starts_on=date(2026, 4, 15), keys_returned_on=date(2026, 8, 20), basis=basis)
    amounts = [run.amount for month in range(1, 13) for run in runs_in_month(lease, date(2026, month, 1))]
    assert amounts == [Decimal(amount) for amount in by_month]
    assert total(amounts) == Decimal(whole)


@pytest.mark.parametrize(("basis", "before", "after"), [("days", "600.00", "988.00"), ("52/12", "587.10", "966.75")])
def test_a_rent_change_splits_the_month(basis, before, after):
    rents = (Rent(date(2025, 1, 1), Decimal("350.00")), Rent(date(2026, 7, 13), Decimal("364.00")))
    assert earned(terms(basis=basis, rents=rents), 2026, 7) == [(1, 12, before), (13, 31, after)]


@pytest.mark.parametrize(("basis", "amount"), [("days", "950.00"), ("52/12", "929.57"), ("365/84", "932.12")])
def test_the_day_of_the_keys_is_not_paid_where_the_lease_says_so(basis, amount):
    lease = terms(keys_returned_on=date(2026, 8, 20), keys_day_paid=False, basis=basis)
    assert earned(lease, 2026, 8) == [(1, 19, amount)]


@pytest.mark.parametrize(("year", "days", "amount"), [(2027, 28, "1400.00"), (2028, 29, "1450.00")])
def test_a_leap_year_pays_the_29th_of_february_by_days(year, days, amount):
    assert earned(terms(), year, 2) == [(1, days, amount)]
    assert earned(terms(basis="52/12"), year, 2) == [(1, days, "1516.67")]


def test_a_monthly_rent_is_shared_over_the_days_of_the_month():
    lease = terms(
        basis="month", keys_returned_on=date(2026, 9, 10), rents=(Rent(date(2025, 1, 1), Decimal("2413.67")),)
    )
    assert earned(lease, 2026, 9) == [(1, 10, "804.56")]


@pytest.mark.parametrize(("keys_day_paid", "runs"), [(True, [(6, 6, "50.00")]), (False, [])])
def test_keys_back_on_the_first_day_pay_one_day_or_none(keys_day_paid, runs):
    lease = terms(starts_on=date(2026, 5, 6), keys_returned_on=date(2026, 5, 6), keys_day_paid=keys_day_paid)
    assert earned(lease, 2026, 5) == runs


def test_keys_back_on_the_last_day_of_the_month_before_pay_nothing():
    assert earned(terms(keys_returned_on=date(2026, 4, 30)), 2026, 5) == []


def test_a_suspension_splits_the_month_and_its_last_day_is_not_paid():
    lease = terms(suspensions=(Period(date(2026, 9, 9), date(2026, 9, 16)),))
    assert earned(lease, 2026, 9) == [(1, 8, "400.00"), (16, 30, "750.00")]


def test_a_suspension_until_further_notice_ends_the_pay():
    lease = terms(suspensions=(Period(date(2026, 9, 9)),))
    assert earned(lease, 2026, 9) == [(1, 8, "400.00")]
    assert earned(lease, 2026, 10) == []


def test_a_suspension_over_both_ends_of_the_month_leaves_nothing():
    assert earned(terms(suspensions=(Period(date(2026, 8, 1), date(2026, 11, 1)),)), 2026, 9) == []


def test_a_new_payee_is_paid_from_the_day_on():
    lease = terms(payees=(PaidTo(date(2025, 1, 1), LANDLORD), PaidTo(date(2026, 9, 11), AGENT)))
    runs = runs_in_month(lease, date(2026, 9, 1))
    assert [(run.payee, run.days, run.amount) for run in runs] == [
        (LANDLORD, 10, Decimal("500.00")),
        (AGENT, 20, Decimal("1000.00")),
    ]


def test_a_review_that_leaves_the_rent_as_it_was_splits_nothing():
    lease = terms(rents=(Rent(date(2025, 1, 1), Decimal("350")), Rent(date(2026, 9, 11), Decimal("350.00"))))
    assert earned(lease, 2026, 9) == [(1, 30, "1500.00")]


def test_days_before_the_first_rent_earn_nothing_and_are_found():
    lease = terms(rents=(Rent(date(2026, 9, 4), Decimal("350.00")),))
    assert earned(lease, 2026, 9) == [(4, 30, "1350.00")]
    assert [(s.starts_on.day, s.ends_on.day) for s in stretches(lease, date(2026, 9, 1)) if s.rent is None] == [(1, 4)]


def test_half_a_penny_goes_up():
    # £0.07 ÷ 7 × 1 is a penny; £1.05 × 1 ÷ 30 is 3.5p.
    assert line_amount(Decimal("0.07"), "days", 1, 30) == Decimal("0.01")
    assert line_amount(Decimal("1.05"), "month", 1, 30) == Decimal("0.04")


def test_an_unknown_basis_is_refused():
    with pytest.raises(ValueError, match="not a basis"):
        line_amount(Decimal("350.00"), "four-weekly", 1, 30)


def test_the_working_reads_as_a_sum():
    assert formula(Decimal("1350.00"), "52/12", 18, 31) == "£1,350.00 × 52 ÷ 12 × 18 ÷ 31 = £3,396.77"


# Laws, against an oracle that asks of each day whether it is payable, and adds up in exact fractions.

EPOCH = date(2026, 1, 1)
days = st.integers(0, 150).map(lambda n: EPOCH + timedelta(days=n))
pounds = st.integers(0, 999_999).map(lambda pence: Decimal(pence) / 100)


@st.composite
def some_terms(draw) -> LeaseTerms:
    starts_on = draw(days)
    rents = draw(st.dictionaries(days, pounds, max_size=3))
    payees = draw(st.dictionaries(days, st.sampled_from([LANDLORD, AGENT]), max_size=2))
    spells = draw(st.lists(st.tuples(days, st.none() | st.integers(1, 40)), max_size=3))
    return LeaseTerms(
        lease=1,
        starts_on=starts_on,
        keys_returned_on=draw(st.none() | st.integers(0, 150).map(lambda n: starts_on + timedelta(days=n))),
        keys_day_paid=draw(st.booleans()),
        basis=draw(st.sampled_from(["days", "52/12", "365/84", "month"])),
        rents=(Rent(EPOCH, draw(pounds)), *(Rent(day, amount) for day, amount in rents.items() if day > EPOCH)),
        payees=(PaidTo(EPOCH, LANDLORD), *(PaidTo(day, payee) for day, payee in payees.items() if day > EPOCH)),
        suspensions=tuple(Period(day, day + timedelta(days=n) if n else None) for day, n in spells),
    )


months = st.integers(0, 6).map(lambda n: add_months(EPOCH, n))
A_DAY = {
    "days": lambda rent, m: rent / 7,
    "52/12": lambda rent, m: rent * 52 / 12 / m,
    "365/84": lambda rent, m: rent * 365 / 84 / m,
    "month": lambda rent, m: rent / m,
}


def each_day(lease: LeaseTerms, month: date) -> list[tuple[date, Fraction, int] | None]:
    """Day, rent and payee of every payable day of the month, None for a day that is not."""
    found = []
    for n in range(days_in_month(month)):
        day = month + timedelta(days=n)
        back = lease.keys_returned_on
        is_payable = (
            day >= lease.starts_on
            and (back is None or day < back or (day == back and lease.keys_day_paid))
            and not any(s.starts_on <= day and (s.ends_on is None or day < s.ends_on) for s in lease.suspensions)
        )
        rent = [row.amount for row in sorted(lease.rents, key=lambda row: row.from_on) if row.from_on <= day][-1]
        payee = [row.payee for row in sorted(lease.payees, key=lambda row: row.from_on) if row.from_on <= day][-1]
        found.append((day, Fraction(rent), payee) if is_payable else None)
    return found


@given(some_terms(), months)
def test_runs_are_exactly_the_payable_days_each_at_its_rent(lease, month):
    expected = []
    for key, group in groupby(each_day(lease, month), key=lambda day: day and day[1:]):
        if key is not None:
            run_days = [day[0] for day in group]
            rent, payee = key
            exact = A_DAY[lease.basis](rent, days_in_month(month)) * len(run_days)
            pence = (exact * 100 + Fraction(1, 2)) // 1
            expected.append((run_days[0], run_days[-1], payee, Decimal(int(pence)) / 100))
    runs = runs_in_month(lease, month)
    assert [(r.starts_on, r.ends_on - timedelta(days=1), r.payee, r.amount) for r in runs] == expected
    assert all(run.days == (run.ends_on - run.starts_on).days > 0 for run in runs)


@given(some_terms(), months, st.randoms(use_true_random=False))
def test_the_order_in_which_terms_are_read_does_not_matter(lease, month, random):
    def shuffled(rows: tuple) -> tuple:
        return tuple(random.sample(rows, len(rows)))

    other = lease._replace(
        rents=shuffled(lease.rents),
        payees=shuffled(lease.payees),
        suspensions=shuffled(lease.suspensions),
    )
    assert runs_in_month(other, month) == runs_in_month(lease, month)


@given(some_terms())
def test_no_day_is_in_two_runs_of_any_months(lease):
    seen = defaultdict(int)
    for n in range(7):
        for run in runs_in_month(lease, add_months(EPOCH, n)):
            for day in range(run.starts_on.toordinal(), run.ends_on.toordinal()):
                seen[day] += 1
    assert set(seen.values()) <= {1}
