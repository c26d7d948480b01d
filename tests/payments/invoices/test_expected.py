"""Nights that were slept and not billed: found, aged, chased and accrued with one figure."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bookings.models import Booking
from lewisham_ta.imports import workbook
from payments.invoices.exports.accrual import accrual
from payments.invoices.rules.expected import Missing, accrual_refusal, age, by_provider, chase_letter
from payments.invoices.selectors.expected import missing_nights, overdue_nights
from tests.payments.invoices.factories import billed, booking, decide, load, provider

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def runs(missing):
    return [(each.booking, each.starts_on, each.ends_on, each.net) for each in missing]


def test_nights_without_a_live_claim_are_missing(officer):
    of = provider()
    stay, other = booking(of), booking(of, starts_on=date(2026, 3, 20), ends_on=None)
    booking(of, status="cancelled")
    load(of, billed(stay, starts_on=date(2026, 3, 5), ends_on=date(2026, 3, 8), nights=3), by=officer)
    assert runs(missing_nights(APRIL)) == [
        (stay.ref, date(2026, 3, 3), date(2026, 3, 5), Decimal("120.00")),
        (stay.ref, date(2026, 3, 8), date(2026, 3, 10), Decimal("120.00")),
        (other.ref, date(2026, 3, 20), APRIL, Decimal("720.00")),
    ]


def test_a_rejected_line_leaves_its_nights_missing(officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    assert missing_nights(APRIL) == []
    decide(invoice, "reject", 1, reason="Sent twice", by=officer)
    assert [each.nights for each in missing_nights(APRIL)] == [7]


def test_nights_before_the_first_month_that_was_billed_here_are_not_expected(officer):
    of = provider()
    old = booking(of, starts_on=date(2025, 12, 1), ends_on=date(2026, 3, 2))
    stay = booking(of)
    load(of, billed(stay), by=officer)
    assert runs(missing_nights(APRIL)) == [(old.ref, MARCH, date(2026, 3, 2), Decimal("60.00"))]
    assert [each.nights for each in missing_nights(APRIL, since=date(2026, 2, 1))] == [29]


def test_it_costs_the_same_however_many_there_are(officer, django_assert_num_queries):
    of = provider()
    for _ in range(3):
        booking(of)
    with django_assert_num_queries(5):
        missing_nights(APRIL)


def missing(**facts) -> Missing:
    kept = {
        **{
            "booking_id": 1,
            "booking": "B1",
            "unit": "U1",
            "address": "1 Invented Walk, SE6 9ZY",
            "service": "homeless",
        },
        **{"provider_id": 1, "provider_ref": "PR1", "provider": "Invented Rooms Ltd", "net": Decimal("60.00")},
        "address": "1 Invented Walk, SE6 9ZY",
        **{"starts_on": date(2026, 3, 3), "ends_on": date(2026, 3, 4)},
    }
    return Missing(**kept | facts)


@pytest.mark.parametrize(("days", "which"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)])
def test_nights_age_from_the_morning_after(days, which):
    assert age((date(2026, 3, 1), date(2026, 3, 5)), date(2026, 3, 5) + timedelta(days)) == which


def test_providers_are_added_up_the_dearest_first():
    rows = by_provider([missing(), missing(provider_id=2, net=Decimal("90.00"), starts_on=date(2026, 1, 1))], APRIL)
    assert [(row.provider_id, row.net, row.by_age[0]) for row in rows] == [
        (2, Decimal("90.00"), Decimal("90.00")),
        (1, Decimal("60.00"), Decimal("60.00")),
    ]


def test_the_letter_names_every_stay_and_no_resident():
    letter = chase_letter(provider="Invented Rooms Ltd", missing=[missing()], officer="A. Officer", today=APRIL)
    assert "(1 in all)" in letter
    long = chase_letter(
        provider="Invented Rooms Ltd",
        missing=[missing(ends_on=date(2030, 3, 3))],
        officer="A. Officer",
        today=APRIL,
    )
    assert "(1,461 in all)" in long
    assert "1,461 nights" in long
    assert "    B1, 1 Invented Walk, SE6 9ZY: 3 Mar 2026 to 3 Mar 2026, 1 night" in letter


def test_the_accrual_is_the_same_figure_by_code_and_stay_by_stay():
    rows = [missing(), missing(service="nrtpf", net=Decimal("40.00"))]
    codes, nights, about = workbook.read(accrual(MARCH, rows, today=APRIL), "accrual.xlsx")
    assert [row[:4] for row in codes.rows[1:]] == [
        ["H4420-5530", "homeless", 1, 60],
        ["S2210-5530", "nrtpf", 1, 40],
        ["Total", "", 2, 100],
    ]
    assert nights.rows[-1][-1] == 100
    assert [row[0] for row in about.rows[1:]] == ["For the end of", "Made on", "Last night in it"]


def test_the_accrual_of_the_month_that_runs_says_what_is_only_booked():
    open_stay = missing(starts_on=date(2026, 3, 3), ends_on=date(2026, 4, 1))
    about = workbook.read(accrual(MARCH, [open_stay], today=date(2026, 3, 25)), "accrual.xlsx")[2]
    assert [row[0] for row in about.rows[4:]] == ["Last night that was slept", "Nights booked and not slept yet"]
    assert about.rows[5][1] == 7


def test_there_is_no_accrual_for_a_month_to_come():
    assert accrual_refusal(month=date(2026, 4, 1), today=date(2026, 3, 31)).startswith("April 2026 has not begun")
    assert accrual_refusal(month=MARCH, today=date(2026, 3, 1)) == ""


def test_nights_that_are_long_overdue_are_counted_by_provider_as_they_are_found(officer):
    """Partly billed, open, left early after its invoice was passed, cancelled: as `missing_nights`."""
    one, other = provider(party__name="Aa Invented"), provider(party__name="Zz Invented")
    stays = [booking(one), booking(one, starts_on=date(2026, 3, 20), ends_on=None), booking(one), booking(other)]
    load(
        one,
        *[billed(stay, starts_on=MARCH + timedelta(4), ends_on=date(2026, 3, 8)) for stay in stays[:3:2]],
        by=officer,
    )
    stays[2].ends_on = date(2026, 3, 6)
    stays[2].save()
    booking(other, status="cancelled")
    nights = {}
    for each in missing_nights(APRIL):
        nights[each.provider] = nights.get(each.provider, 0) + each.nights
    assert dict(overdue_nights(APRIL)) == nights
    assert [name for name, _ in overdue_nights(APRIL)] == ["Aa Invented", "Zz Invented"]
    assert overdue_nights(MARCH) == []


def test_long_overdue_nights_are_counted_once_until_a_booking_or_a_claim_changes(
    officer, django_assert_max_num_queries
):
    stay = booking(provider(party__name="Aa Invented"))
    counted = overdue_nights(APRIL)
    with django_assert_max_num_queries(2):
        assert overdue_nights(APRIL) == counted == [("Aa Invented", 7)]
    load(stay.unit.provider, billed(stay, ends_on=date(2026, 3, 8)), by=officer)
    assert overdue_nights(APRIL) == [("Aa Invented", 2)]
    Booking.objects.update(status="cancelled")
    assert overdue_nights(APRIL) == []
