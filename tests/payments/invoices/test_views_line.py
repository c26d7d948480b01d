"""A line without a booking: the bookings of its place and nights are offered, and one of them is chosen by a person."""

from datetime import date

import pytest
from django.urls import reverse

from payments.invoices.selectors import line_page
from tests.factories import HouseholdFactory
from tests.payments.invoices.factories import billed, booking, load, provider

pytestmark = pytest.mark.django_db


def words_of(answer):
    return " ".join(answer.content.decode().split())


def misspelt(stay, officer, **facts):
    """A line that names the unit of a booking, and somebody whom nobody knows."""
    given = {"ref": "", "unit": stay.unit.ref, "name": "Clio Invented"} | facts
    return load(stay.unit.provider, billed(stay, **given), by=officer).lines.get()


def proposed(line):
    return list(line_page.of(line.invoice, line.pk).proposed)


def test_bookings_of_the_unit_and_nights_are_offered_and_nothing_is_chosen(officer):
    stay = booking(provider())
    booking(unit=stay.unit, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 12))  # not these nights
    booking(unit=stay.unit, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 5), status="cancelled")
    booking(stay.unit.provider)  # another unit
    line = misspelt(stay, officer)
    assert (line.booking, line.codes, line.decision) == (None, ["NO_BOOKING"], "undecided")
    assert proposed(line) == [stay]


def test_bookings_at_the_address_are_offered_too(officer):
    stay = booking(provider())
    address = f"{stay.unit.address}, {stay.unit.postcode}"
    assert proposed(misspelt(stay, officer, unit="", address=address)) == [stay]


def test_where_a_confidential_household_sleeps_is_not_offered(officer):
    stay = booking(provider(), household=HouseholdFactory(is_confidential=True))
    assert proposed(misspelt(stay, officer)) == []


def test_a_line_with_a_booking_or_without_a_place_is_offered_none(officer):
    stay = booking(provider())
    assert proposed(misspelt(stay, officer, unit="")) == []
    assert proposed(load(stay.unit.provider, billed(stay), number="INV-2", by=officer).lines.get()) == []


def test_the_officer_chooses_the_booking_that_is_offered(client, officer):
    client.force_login(officer)
    stay = booking(provider())
    line = misspelt(stay, officer)
    page = words_of(client.get(reverse("invoices:line", args=[line.pk])))
    assert "Is it one of these?" in page
    assert f"{stay.ref}, {stay.household.members.get()}, 3 Mar to 9 Mar 2026" in page
    assert f'value="{stay.ref}" checked' not in page
    typed = {"seen_version": line.invoice.version, "booking": stay.ref, "reason": "Cleo, one letter off"}
    client.post(reverse("invoices:line_booking", args=[line.pk]), typed)
    line.refresh_from_db()
    assert (line.booking, line.codes) == (stay, [])
    assert "Is it one of these?" not in words_of(client.get(reverse("invoices:line", args=[line.pk])))


@pytest.mark.parametrize("rows", [1, 4])
def test_the_page_costs_the_same_however_many_are_offered(rows, officer, django_assert_num_queries):
    stay = booking(provider(), ends_on=date(2026, 3, 4))
    for night in range(4, 3 + rows):
        booking(unit=stay.unit, starts_on=date(2026, 3, night), ends_on=date(2026, 3, night + 1))
    line = misspelt(stay, officer, ends_on=date(2026, 3, 10))
    with django_assert_num_queries(3):
        assert len([line_page.proposal_words(row) for row in line_page.proposed_of(line)]) == rows
