"""Several lines decided at once: each of its own, and the invoice checked again once at most."""

from decimal import Decimal

import pytest

from payments.invoices import services
from payments.invoices.services import deciding
from payments.models import NightClaim
from tests.payments.invoices.factories import billed, booking, decide, do, load, provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def checks(monkeypatch):
    """The checks that deciding makes."""
    made, check_lines = [], deciding.check_lines

    def checking(*given, **named):
        made.append(given)
        return check_lines(*given, **named)

    monkeypatch.setattr(deciding, "check_lines", checking)
    return made


def decide_each(invoice, by, **by_number):
    lines = dict(invoice.lines.values_list("number", "pk"))
    return do(
        services.decide_each, invoice, by=by, decisions={lines[int(n[1:])]: each for n, each in by_number.items()}
    )


def test_lines_whose_nights_another_invoice_has_are_rejected_without_a_check(checks, officer):
    of = provider()
    stays = [booking(of) for _ in range(4)]
    load(of, *map(billed, stays), by=officer)
    again = load(of, *map(billed, stays), number="INV-2", by=officer)
    done = decide_each(again, officer, _1="reject", _2="reject", _3="reject", _4="reject")
    assert (len(checks), done.version) == (0, again.version + 1)
    assert set(again.lines.values_list("decision", flat=True)) == {"reject"}
    assert len(set(again.lines.values_list("reason", flat=True))) == 4  # each for its own nights


def test_however_many_lines_let_nights_go_the_invoice_is_checked_once(checks, officer):
    of = provider()
    stays = [booking(of) for _ in range(3)]
    over = [billed(stay, rate=Decimal(61 + place)) for place, stay in enumerate(stays)]
    invoice = load(of, *over, *map(billed, stays), by=officer)
    done = decide_each(invoice, officer, _1="reject", _2="reject", _3="reject")
    assert (len(checks), done.version) == (1, invoice.version + 1)
    assert [line.decision for line in invoice.lines.order_by("number")] == ["reject"] * 3 + ["pass"] * 3
    assert set(NightClaim.objects.filter(is_live=True).values_list("line__number", flat=True)) == {4, 5, 6}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_line_that_a_person_decided_never_becomes_a_pass_by_itself(at_once, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay, rate=Decimal("61.00")), billed(stay), by=officer)
    if at_once:
        decide_each(invoice, officer, _2="query", _1="reject")
    else:
        decide(invoice, "query", 2, reason="Why twice?", by=officer)
        decide(invoice, "reject", 1, reason="Billed twice", by=officer)
    line = invoice.lines.get(number=2)
    assert (line.codes, line.payable_nights) == ([], 7)
    assert (line.decision, line.decided_by, line.reason) == ("undecided", None, "")


@pytest.mark.parametrize("rows", [2, 8])
def test_rejecting_costs_the_same_number_of_checks_however_many(rows, checks, officer):
    of = provider()
    stays = [booking(of) for _ in range(rows)]
    invoice = load(of, *map(billed, stays), *map(billed, stays), by=officer)
    decide_each(invoice, officer, **{f"_{n}": "reject" for n in range(rows + 1, 2 * rows + 1)})
    assert len(checks) == 0
