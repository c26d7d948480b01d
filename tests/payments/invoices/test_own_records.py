"""Who made a line payable by what they recorded elsewhere: an absence taken back, and the VAT of the provider."""

from decimal import Decimal

import pytest

from bookings.models import Provider
from bookings.occupancy import services as occupancy
from lewisham_ta import audit
from lewisham_ta.dates import ONE_DAY
from payments.invoices.selectors.own_records import own_record
from tests.payments.invoices.factories import NOW, TENTH, THIRD, billed, booking, load, provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_corrected_since", [False, True])
def test_whoever_took_back_that_nobody_was_there_does_not_approve(officer, leader, is_corrected_since):
    stay = booking()

    def say_there(was_there, by):
        nights = {"first_on": THIRD, "last_on": TENTH - ONE_DAY, "was_there": was_there}
        occupancy.correct(booking_id=stay.pk, **nights, why="The provider rang", by=by, now=NOW)

    say_there(False, officer)
    say_there(True, leader)
    if is_corrected_since:
        say_there(False, officer)
        say_there(True, officer)
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    words = f"Line 1 is paid by booking {stay.ref}, of which you took back that nobody was there on 3 Mar 2026"
    assert own_record(invoice, leader.pk) == ("" if is_corrected_since else words)


def test_whoever_set_the_vat_of_a_provider_does_not_approve_a_line_with_vat(officer, leader):
    of = provider(vat="exempt", party__vat_number="GB999999973")
    stays = [booking(of), booking(of)]
    with audit.acting(leader):
        Provider.objects.filter(pk=of.pk).update(vat="standard")
    of.refresh_from_db()
    with_vat = load(of, billed(stays[0], vat=Decimal("84.00")), by=officer)
    assert with_vat.lines.get().payable_vat == Decimal("84.00")
    without = load(of, billed(stays[1]), by=officer, number="INV-2")
    words = "Line 1 is paid with VAT, which you set for the provider"
    assert own_record(with_vat, leader.pk) == words
    assert own_record(with_vat, officer.pk) == ""
    assert own_record(without, leader.pk) == ""
    with audit.acting(officer):
        Provider.objects.filter(pk=of.pk).update(supplier_number="SUP-9")
    assert own_record(with_vat, leader.pk) == words
