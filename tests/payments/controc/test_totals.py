"""From the lines of a payee to what the payee gets."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.controc.rules.lines import HeldLine, Line, released_line
from payments.controc.rules.totals import Sums, Total, payee_total

MONTH = date(2026, 9, 1)


def line(kind, amount, **values) -> Line:
    of_kind = {"rent": {"starts_on": MONTH, "ends_on": date(2026, 10, 1)}, "adjustment": {"adjustment": 1}}
    return Line(lease=1, payee=7, kind=kind, for_month=MONTH, amount=Decimal(amount), **of_kind.get(kind, {}) | values)


def released(kind, amount) -> Line:
    return released_line(HeldLine(5, line(kind, amount, is_held=True, held_because="Wait"), frozenset()))


def total(*lines, brought_forward="0", tax_percent="0") -> Total:
    sums = Sums()
    for each in lines:
        sums.add(each)
    return payee_total(7, sums, brought_forward=Decimal(brought_forward), tax_percent=Decimal(tax_percent))


def test_what_is_held_is_shown_and_not_paid():
    got = total(line("rent", "1500.00"), line("rent", "900.00", is_held=True), line("adjustment", "-50.00"))
    assert (got.rent, got.held, got.adjustments, got.net) == (
        Decimal("1500.00"),
        Decimal("900.00"),
        Decimal("-50.00"),
        Decimal("1450.00"),
    )


def test_a_net_below_zero_is_carried_forward_and_not_paid():
    got = total(line("rent", "100.00"), line("backdated", "-954.66"))
    assert (got.net, got.carried_forward) == (0, Decimal("-854.66"))


def test_a_balance_is_brought_forward_until_it_is_used_up():
    got = total(line("rent", "1462.17"), brought_forward="-8537.82")
    assert (got.net, got.carried_forward) == (0, Decimal("-7075.65"))
    assert total(line("rent", "1462.17"), brought_forward="-1000.00").net == Decimal("462.17")


@pytest.mark.parametrize(
    ("lines", "base", "tax"),
    [
        # A quarter's rent less a repair that the council paid: 840.00 (domain R10).
        ([line("rent", "4550.01"), line("adjustment", "-350.00")], "4200.01", "840.00"),
        ([line("rent", "1000.00"), line("adjustment", "100.00")], "1000.00", "200.00"),  # credits are not rent
        ([line("rent", "1000.00", is_held=True)], "0", "0"),
        ([line("rent", "1000.00"), line("adjustment", "-400.00", is_held=True)], "1000.00", "200.00"),
        ([released("rent", "1000.00"), released("adjustment", "-400.00")], "600.00", "120.00"),
        ([released("adjustment", "100.00")], "0", "0"),
        ([line("rent", "100.00"), line("backdated", "-300.00")], "0", "0"),
        ([released("backdated", "300.00")], "300.00", "60.00"),
        ([line("rent", "0.02")], "0.02", "0.00"),
        ([line("rent", "0.03")], "0.03", "0.01"),
    ],
)
def test_tax_is_a_fifth_of_rent_paid_less_recharges(lines, base, tax):
    got = total(*lines, tax_percent="20")
    assert (got.nrl_base, got.nrl_tax) == (Decimal(base), Decimal(tax))
    gross = total(*lines)
    assert (gross.nrl_base, gross.nrl_tax) == (0, 0)


kinds = st.sampled_from(["rent", "backdated", "adjustment"])
amounts = st.integers(-500_000, 500_000).map(lambda pence: str(Decimal(pence) / 100))


@given(
    st.lists(st.tuples(kinds, amounts, st.booleans(), st.booleans()), max_size=8),
    st.integers(-100_000, 0).map(lambda pence: str(Decimal(pence) / 100)),
    st.sampled_from(["0", "20"]),
)
def test_totals_add_up_and_nothing_is_both_paid_and_carried(rows, brought_forward, percent):
    lines = [
        released(kind, amount) if is_release else line(kind, amount, is_held=is_held)
        for kind, amount, is_held, is_release in rows
    ]
    got = total(*lines, brought_forward=brought_forward, tax_percent=percent)
    paid = got.rent + got.backdated + got.released + got.adjustments
    assert paid + got.held == sum((each.amount for each in lines), Decimal(0))
    assert got.net + got.carried_forward == paid - got.nrl_tax + got.brought_forward
    assert got.net >= 0 >= got.carried_forward
    assert got.net == 0 or got.carried_forward == 0
    assert 0 <= got.nrl_tax * 5 <= got.nrl_base + Decimal("0.03")
