"""Whatever is billed, and in whatever order: no night is paid twice, nothing beyond what was agreed, nothing short.

A second check, written night by night, says what is payable; the product's works on runs of nights.
"""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lewisham_ta.money import to_penny
from payments.invoices.rules.check import Line, check_in_order
from payments.invoices.rules.line import Academy, Billed, Booked, Terms

FIRST = date(2026, 1, 1)
law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a machine may be busy
LIVE = Academy("A1", is_suspended=False, ends_on=None)
rates = st.decimals("20.00", "150.00", places=2)
days = st.integers(0, 75)


@st.composite
def bookings(draw) -> Booked:
    starts = draw(days)
    ends = draw(st.none() | st.integers(starts + 1, starts + 60))
    changes = draw(st.dictionaries(st.integers(starts + 1, starts + 40), rates, max_size=2))
    series = [(FIRST + timedelta(starts), draw(rates))]
    series += [(FIRST + timedelta(change), rate) for change, rate in sorted(changes.items())]
    return Booked(
        ref="B",
        starts_on=FIRST + timedelta(starts),
        ends_on=None if ends is None else FIRST + timedelta(ends),
        status=draw(st.sampled_from(["booked", "booked", "booked", "cancelled"])),
        rates=series,
        stay_since=FIRST + timedelta(starts - draw(st.integers(0, 30))),
        academy=LIVE,
    )


@st.composite
def lines(draw, booking: Booked, key: int) -> tuple[int, Billed]:
    """A line that agrees with its booking, or one that differs in any way."""
    first = draw(st.integers(0, 90))
    nights = draw(st.integers(1, 40))
    rate = draw(st.just(booking.rates[0][1]) | rates)
    stated = draw(st.just(nights) | st.integers(0, 40))
    net = draw(st.just(rate * nights) | st.decimals("0.00", "5000.00", places=2))
    vat = draw(st.just(Decimal("0.00")) | st.decimals("0.00", "1000.00", places=2))
    starts_on = FIRST + timedelta(first)
    return key, Billed(starts_on, starts_on + timedelta(nights), stated, rate, net, vat)


@st.composite
def months(draw):
    stays = draw(st.lists(bookings(), min_size=1, max_size=3))
    billed = [
        draw(lines(stays[key], key)) for key in draw(st.lists(st.integers(0, len(stays) - 1), min_size=1, max_size=8))
    ]
    return stays, draw(st.permutations(billed)), Terms(is_exempt=draw(st.booleans()))


def check_all(month):
    stays, billed, terms = month
    rows = [Line(number, line, key, stays[key]) for number, (key, line) in enumerate(billed, 1)]
    return list(zip(billed, check_in_order(rows, claimed={}, terms=terms, invoice="X"), strict=True))


def nights_of(runs) -> set[date]:
    return {run[0] + timedelta(n) for run in runs for n in range((run[1] - run[0]).days)}


def agreed(booking: Booked, night: date) -> Decimal:
    return [rate for from_on, rate in booking.rates if from_on <= night or from_on == booking.rates[0][0]][-1]


@law
@given(months())
def test_no_night_is_paid_twice_nor_more_than_agreed(month):
    stays, _, _ = month
    for key, booking in enumerate(stays):
        results = [checked for (its, _), checked in check_all(month) if its == key]
        nights = [night for checked in results for night in nights_of(checked.runs)]
        assert len(nights) == len(set(nights)) == sum(checked.nights for checked in results)
        assert sum(checked.net for checked in results) <= sum(agreed(booking, night) for night in nights)
        for night in nights:
            assert booking.status == "booked"
            assert booking.starts_on <= night
            assert booking.ends_on is None or night < booking.ends_on


@law
@given(months())
def test_a_line_is_worth_what_a_check_night_by_night_makes_of_it(month):
    stays, _, terms = month
    taken: set[tuple[int, date]] = set()
    for (key, line), checked in check_all(month):
        booking = stays[key]
        billed = nights_of([(line.starts_on, line.ends_on)])
        payable = {
            night
            for night in billed
            if booking.status == "booked"
            and booking.starts_on <= night
            and (booking.ends_on is None or night < booking.ends_on)
            and (key, night) not in taken
        }
        taken |= {(key, night) for night in payable}
        vat = sum(
            agreed(booking, night) * (20 if (night - booking.stay_since).days < 28 else 4) / 100 for night in payable
        )
        assert nights_of(checked.runs) == payable
        assert checked.nights == len(payable)
        assert checked.net == min(line.net, sum(agreed(booking, night) for night in payable))
        assert checked.vat == (0 if terms.is_exempt else min(line.vat, to_penny(Decimal(vat))))


@law
@given(months())
def test_what_should_be_paid_is_never_reduced(month):
    for (_, line), checked in check_all(month):
        assert checked.net <= line.net
        assert checked.vat <= line.vat
        if not checked.codes:
            assert (checked.net, checked.vat) == (line.net, line.vat)
            assert checked.nights == (line.ends_on - line.starts_on).days


@law
@given(bookings(), st.permutations(range(4)))
def test_a_stay_billed_piece_by_piece_is_paid_whole_in_any_order(booking, order):
    """Four pieces of a booking that agree with it are all paid, however they come in."""
    if booking.status != "booked":
        return
    cuts = [booking.starts_on + timedelta(7 * n) for n in range(5)]
    ends = [min(cut, booking.ends_on) if booking.ends_on else cut for cut in cuts]
    rows = []
    for number, piece in enumerate(order, 1):
        starts_on, ends_on = ends[piece], ends[piece + 1]
        if starts_on < ends_on:
            net = sum(agreed(booking, night) for night in nights_of([(starts_on, ends_on)]))
            rows.append(Line(number, Billed(starts_on, ends_on, None, None, net), 1, booking))
    results = list(check_in_order(rows, claimed={}, terms=Terms(is_exempt=True), invoice="X"))
    assert [checked.net for checked in results] == [row.billed.net for row in rows]
    assert sum(checked.nights for checked in results) == (ends[4] - ends[0]).days
