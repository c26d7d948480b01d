"""Earlier months worked out again: running a month late or early pays the same in the end."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lewisham_ta.dates import add_months
from payments.controc.rules.backdating import corrections, months_to_look_at
from payments.controc.rules.entitlement import LeaseTerms, PaidTo, Rent, runs_in_month
from tests.payments.controc.test_entitlement import EPOCH, some_terms

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
LEASE = LeaseTerms(
    lease=1,
    starts_on=date(2026, 1, 1),
    keys_returned_on=None,
    keys_day_paid=True,
    basis="days",
    rents=(Rent(date(2026, 1, 1), Decimal("350.00")),),
    payees=(PaidTo(date(2026, 1, 1), 7),),
)


def amounts(terms, scheduled) -> list[tuple[date, int, str]]:
    return [(c.month, c.payee, str(c.amount)) for c in corrections(terms, [MAY, JUNE], scheduled)]


PAID = {(MAY, 7): Decimal("1550.00"), (JUNE, 7): Decimal("1500.00")}


def test_what_was_scheduled_rightly_needs_no_correction():
    assert amounts(LEASE, PAID) == []


def test_a_handback_reported_late_recovers_itself():
    late = LEASE._replace(keys_returned_on=date(2026, 5, 10))
    assert amounts(late, PAID) == [(MAY, 7, "-1050.00"), (JUNE, 7, "-1500.00")]


def test_a_late_uplift_pays_itself():
    late = LEASE._replace(rents=(*LEASE.rents, Rent(date(2026, 5, 18), Decimal("364.00"))))
    assert amounts(late, PAID) == [(MAY, 7, "28.00"), (JUNE, 7, "60.00")]


def test_a_new_payee_in_the_past_takes_from_one_and_gives_to_the_other():
    late = LEASE._replace(payees=(*LEASE.payees, PaidTo(date(2026, 6, 16), 8)))
    assert amounts(late, PAID) == [(JUNE, 7, "-750.00"), (JUNE, 8, "750.00")]


def test_only_signed_months_within_the_setting_are_looked_at():
    signed = [add_months(MAY, -n) for n in range(30)]
    assert months_to_look_at(JUNE, signed, 24) == sorted(signed)[-24:]
    assert months_to_look_at(MAY, [MAY, JUNE], 24) == []
    assert months_to_look_at(JUNE, [MAY], 0) == []


@given(st.lists(some_terms(), min_size=1, max_size=6))
def test_in_the_end_each_payee_has_been_scheduled_what_the_final_terms_come_to(known):
    """`known` is what was known of the lease at each month's generation; the last is the truth."""
    scheduled: dict[tuple[date, int], Decimal] = defaultdict(lambda: Decimal(0))
    truth = known[-1]
    months = [add_months(EPOCH, n) for n in range(len(known) + 1)]
    for n, terms in enumerate([*known, truth]):
        for correction in corrections(terms, months[:n], dict(scheduled)):
            scheduled[correction.month, correction.payee] += correction.amount
        for run in runs_in_month(terms, months[n]):
            scheduled[months[n], run.payee] += run.amount
    due: dict[tuple[date, int], Decimal] = defaultdict(lambda: Decimal(0))
    for month in months:
        for run in runs_in_month(truth, month):
            due[month, run.payee] += run.amount
    assert {key: amount for key, amount in scheduled.items() if amount} == {
        key: amount for key, amount in due.items() if amount
    }
    assert corrections(truth, months, dict(scheduled)) == []
