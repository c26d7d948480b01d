"""The same night under two bookings: the household or the unit that an invoice was paid for already."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from lewisham_ta.refusals import Refused
from payments.invoices import services
from payments.models import Invoice
from tests.factories import HouseholdFactory, UnitFactory
from tests.payments.invoices.factories import NOW, approved, billed, booking, decide, do, load, provider

pytestmark = pytest.mark.django_db
TENTH = date(2026, 3, 10)


def rebooked(paid, **facts):
    """Another booking of the same nights, which the cancelled one does not stand in the way of."""
    type(paid).objects.filter(pk=paid.pk).update(status="no_show")
    return booking(**{"household": paid.household, "unit": paid.unit, "academy_ref": paid.academy_ref} | facts)


def notes(invoice, number=1):
    return [found for found in invoice.lines.get(number=number).findings if found.get("held")]


@pytest.fixture
def paid(officer, leader):
    made = booking()
    approved(load(made.unit.provider, billed(made), by=officer), officer=officer, leader=leader)
    return made


def test_nights_that_were_paid_under_another_booking_do_not_pass_by_themselves(paid, officer):
    again = rebooked(paid)
    second = load(paid.unit.provider, billed(again), number="INV-2")
    line, other = second.lines.get(), Invoice.objects.get(number="INV-1").lines.get()
    assert (line.codes, line.payable_nights, line.payable_net, line.decision) == ([], 7, line.net, "undecided")
    assert notes(second) == [
        {
            "code": "",
            "words": "7 nights are billed under another booking of the same household and unit, "
            "line 1 of invoice INV-1: 3 Mar to 9 Mar.",
            "held": True,
            "line": other.pk,
        }
    ]
    with pytest.raises(Refused, match="Say why the line is passed"):
        decide(second, "pass", by=officer)
    decide(second, "pass", reason="The first was paid back", by=officer)
    assert second.lines.get().decision == "pass"


def test_the_page_leads_to_the_other_line(paid, officer, client):
    second = load(paid.unit.provider, billed(rebooked(paid)), number="INV-2")
    client.force_login(officer)
    other = reverse("invoices:line", args=[Invoice.objects.get(number="INV-1").lines.get().pk])
    for page in (reverse("invoices:detail", args=[second.pk]), reverse("invoices:line", args=[second.lines.get().pk])):
        assert f'href="{other}"' in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("whose", "words"),
    [("unit", "another booking of the same unit"), ("household", "another booking of the same household")],
)
def test_either_the_unit_or_the_household_is_enough(paid, whose, words):
    fresh = {"household": HouseholdFactory(), "unit": UnitFactory(provider=paid.unit.provider)}
    del fresh[whose]
    again = rebooked(paid, **fresh, starts_on=date(2026, 3, 8), ends_on=date(2026, 3, 12))
    (note,) = notes(load(paid.unit.provider, billed(again), number="INV-2"))
    assert f"2 nights are billed under {words}, line 1 of invoice INV-1: 8 Mar to 9 Mar." == note["words"]


def test_the_morning_of_a_move_is_no_night(paid):
    elsewhere = UnitFactory(provider=paid.unit.provider)
    moved = booking(household=paid.household, unit=elsewhere, starts_on=TENTH, ends_on=date(2026, 3, 12))
    other = booking(unit=paid.unit, starts_on=TENTH, ends_on=date(2026, 3, 12))
    second = load(paid.unit.provider, billed(moved), billed(other), number="INV-2")
    assert not notes(second, 1) + notes(second, 2)
    assert {line.decision for line in second.lines.all()} == {"pass"}


def test_a_household_that_is_knowingly_in_two_places_is_no_doubt(paid):
    split = {"is_split": True, "split_reason": "Room for all"}
    other = booking(household=paid.household, unit=UnitFactory(provider=paid.unit.provider), **split)
    assert not notes(load(paid.unit.provider, billed(other), number="INV-2"))


def test_what_was_let_go_holds_nothing_back(officer):
    made = booking()
    first = load(made.unit.provider, billed(made))
    do(services.reject, first, by=officer, reason="Sent twice")
    assert not notes(load(made.unit.provider, billed(rebooked(made)), number="INV-2"))


def test_where_a_confidential_household_lives_is_not_said(officer, leader):
    of = provider()
    hidden = booking(unit=UnitFactory(provider=of), household__is_confidential=True)
    approved(load(of, billed(hidden), by=officer), officer=officer, leader=leader)
    other = rebooked(hidden, household=HouseholdFactory())
    (note,) = notes(load(of, billed(other), number="INV-2"))
    assert (
        note["words"] == "7 nights are billed under another booking of the same unit, confidentially: 3 Mar to 9 Mar."
    )
    assert "line" not in note


def test_what_was_claimed_meanwhile_is_looked_at_before_it_is_submitted(officer):
    made = booking()
    first = load(made.unit.provider, billed(made))
    decide(first, "reject", first.lines.get().number, reason="Not ours", by=officer)
    again = rebooked(made)
    second = load(made.unit.provider, billed(again, ends_on=date(2026, 3, 9)), number="INV-2", by=officer)
    assert second.lines.get().decision == "pass"
    decide(first, "query", 1, reason="Ours after all?", by=officer)
    with pytest.raises(Refused, match="Line 1: 6 nights are billed under another booking"):
        do(services.submit, second, by=officer)
    do(services.recheck, second, by=officer)
    assert second.lines.get().decision == "undecided"


@pytest.mark.parametrize("lines", [1, 6])
def test_it_costs_the_same_however_many_lines(lines, officer, django_assert_max_num_queries):
    of = provider()
    stays = [booking(unit=UnitFactory(provider=of)) for _ in range(lines)]
    load(of, *(billed(each) for each in stays), by=officer)
    again = [rebooked(each) for each in stays]
    with django_assert_max_num_queries(40) as asked:
        load(of, *(billed(each) for each in again), number="INV-2", by=officer)
    COST.add(len(asked))
    assert len(COST) == 1


COST: set[int] = set()


def test_such_nights_are_not_paid_in_part_without_a_reason_either(paid, officer):
    second = load(paid.unit.provider, billed(rebooked(paid), rate=Decimal("63.00")), number="INV-2", by=officer)
    line = second.lines.get()
    chosen = {"invoice_id": second.pk, "decisions": {line.pk: "short_pay"}, "seen_version": second.version}
    with pytest.raises(Refused, match="Say why the line is passed"):
        services.decide_each(**chosen, by=officer, now=NOW)
    services.decide_each(**chosen, reason="The first was paid back", by=officer, now=NOW)
    assert second.lines.get().decision == "short_pay"
