"""Lines checked again in bulk: what the query calls plain the check would pass too, and looks at all else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bookings.models import AcademyAccount, Booking, BookingRate
from payments.invoices.rules.check import check_line
from payments.invoices.rules.line import Billed, Claimed
from payments.invoices.selectors import bulk, facts
from payments.models import Invoice, InvoiceLine, NightClaim
from tests.factories import BookingFactory, UnitFactory
from tests.payments.invoices.factories import RECEIVED, TENTH, THIRD, billed, booking, decide, load, provider

pytestmark = pytest.mark.django_db
PLAIN = {
    "starts": 0,
    "nights": 7,
    "stated": 0,
    "rate": 0,
    "net": 0,
    "vat": 0,
    "gross": None,
    "ends": 7,
    "status": "booked",
    "rates": 1,
    "academy": "live",
    "academy_ends": None,
    "is_gone": False,
    "claim": "own",
    "exempt": True,
}
days = st.integers(-2, 2)
FACTS = st.fixed_dictionaries(
    {
        "starts": days,
        "nights": st.integers(5, 9),
        "stated": st.sampled_from([0, 0, 1, -1, None]),
        "rate": st.sampled_from([0, 0, 1, -1, None]),
        "net": st.sampled_from([0, 0, 1, -1]),
        "vat": st.sampled_from([0, 0, 50]),
        "gross": st.sampled_from([None, None, 0, 5]),
        "ends": st.sampled_from([None, 5, 7, 9]),
        "status": st.sampled_from(["booked", "booked", "cancelled", "no_show"]),
        "rates": st.integers(0, 2),
        "academy": st.sampled_from(["live", "live", "suspended", "ended", "cancelled", ""]),
        "academy_ends": st.sampled_from([None, None, date(2026, 3, 5), date(2027, 1, 1)]),
        "is_gone": st.booleans(),
        "claim": st.sampled_from(["own", "own", "", "let go", "another", "part"]),
        "exempt": st.booleans(),
    }
)
# Plain but for one or two facts, so that the law is about lines on both sides of every comparison.
ALMOST = st.tuples(FACTS, st.sets(st.sampled_from(sorted(PLAIN)), max_size=2)).map(
    lambda drawn: PLAIN | {name: drawn[0][name] for name in drawn[1]}
)


def line_of(said) -> InvoiceLine:
    """A line of a booking at £60.00 with what is said of them."""
    of = provider(vat="exempt" if said["exempt"] else "standard")
    made = BookingFactory(
        unit=UnitFactory(provider=of),
        starts_on=THIRD,
        ends_on=said["ends"] and THIRD + timedelta(said["ends"]),
        status=said["status"],
    )
    made.rates.all().delete()
    for number in range(said["rates"]):
        BookingRate.objects.create(
            booking=made,
            from_on=THIRD + timedelta(number),
            amount=60 + number,
            set_by=made.booked_by,
            set_at=made.booked_at,
        )
    if said["academy"]:
        AcademyAccount.objects.create(
            claim_ref=made.academy_ref,
            surname="Invented",
            status=said["academy"],
            ends_on=said["academy_ends"],
            is_gone=said["is_gone"],
        )
    starts_on = THIRD + timedelta(said["starts"])
    ends_on = starts_on + timedelta(said["nights"])
    stated = None if said["stated"] is None else said["nights"] + said["stated"]
    rate = None if said["rate"] is None else Decimal(60 + said["rate"])
    net = (stated or said["nights"]) * (rate or Decimal(60)) + said["net"]
    gross = None if said["gross"] is None else net + said["vat"] + said["gross"]
    invoice = load(of, billed(made), number=made.ref)
    NightClaim.objects.all().delete()
    invoice.lines.update(
        starts_on=starts_on,
        ends_on=ends_on,
        stated_nights=stated,
        rate=rate,
        net=net,
        vat=said["vat"],
        gross=gross,
        payable_nights=0,
        payable_net=0,
        payable_vat=0,
        decision="undecided",
        booking=made,
        matched="ref",
    )
    line = invoice.lines.get()
    another = InvoiceLine.objects.create(invoice=invoice, number=2, starts_on=starts_on, ends_on=ends_on, net=0)
    claim(said["claim"], line, another)
    return line


def claim(how, line, another) -> None:
    nights = {"booking": line.booking, "starts_on": line.starts_on, "ends_on": line.ends_on}
    if how in ("own", "let go"):
        NightClaim.objects.create(line=line, is_live=how == "own", **nights)
    if how == "another":
        NightClaim.objects.create(line=another, **nights)
    if how == "part":
        middle = line.starts_on + timedelta(3)
        NightClaim.objects.create(line=line, **nights | {"ends_on": middle})
        NightClaim.objects.create(line=another, **nights | {"starts_on": middle})


def by_itself(line):
    """What the check of this one line says."""
    of = line.invoice.provider
    booked = facts.booked_of([line.booking_id], is_exempt=of.vat == "exempt", with_notes=False)
    claims = NightClaim.objects.filter(booking=line.booking, is_live=True).exclude(line=line).order_by("starts_on")
    return check_line(
        Billed(line.starts_on, line.ends_on, line.stated_nights, line.rate, line.net, line.vat, line.gross),
        booked[line.booking_id],
        claimed=[Claimed(each.starts_on, each.ends_on, f"line 2 of invoice {line.invoice}") for each in claims],
        terms=facts.terms_of(of, RECEIVED),
    )


def as_said(checked):
    return list(checked.findings), list(checked.runs), checked.nights, checked.net, checked.vat


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ALMOST)
@example(PLAIN)
def test_the_query_and_the_check_agree_on_every_line(db, said):
    line = line_of(said)
    again = dict(bulk.checked_again(InvoiceLine.objects.filter(pk=line.pk)))
    assert as_said(again[line.pk]) == as_said(by_itself(line))


def looked_at(line, monkeypatch) -> bool:
    """Whether the check itself was asked about the line."""
    asked = []

    def asking(*given, **named):
        asked.append(given)
        return check_line(*given, **named)

    monkeypatch.setattr(bulk, "check_line", asking)
    assert len(list(bulk.checked_again(InvoiceLine.objects.filter(pk=line.pk)))) == 1
    return bool(asked)


@pytest.mark.parametrize("facts_", [{}, {"ends": None}, {"ends": 9}, {"exempt": False}, {"starts": 1, "nights": 6}])
def test_a_line_with_nothing_to_find_is_plain_to_the_query(facts_, monkeypatch):
    assert not looked_at(line_of(PLAIN | facts_), monkeypatch)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        *[("starts", -1), ("nights", 8), ("stated", 1), ("stated", None), ("rate", 1), ("rate", -1), ("rate", None)],
        *[("net", 1), ("net", -1), ("vat", 50), ("gross", 0), ("gross", 5), ("ends", 5), ("status", "cancelled")],
        *[("status", "no_show"), ("rates", 0), ("rates", 2), ("academy", "suspended"), ("academy", "ended")],
        *[("academy", "cancelled"), ("academy", ""), ("academy_ends", date(2027, 1, 1)), ("is_gone", True)],
        *[("claim", ""), ("claim", "let go"), ("claim", "another"), ("claim", "part")],
    ],
)
def test_a_line_that_differs_in_anything_is_looked_at(fact, value, monkeypatch):
    assert looked_at(line_of(PLAIN | {fact: value}), monkeypatch)


def test_what_was_loaded_comes_out_as_it_was_checked(officer):
    """Lines of several invoices, among them one claimed before, one without a booking and one let go."""
    of = provider()
    one, two, three = booking(of), booking(of), booking(of, ends_on=date(2026, 3, 8))
    first = load(of, billed(one), billed(two, rate=Decimal("65.00")), billed(three, ends_on=TENTH), number="A-1")
    load(of, billed(one), billed(None, ref="B-NONE"), billed(two, starts_on=date(2026, 3, 5)), number="A-2")
    load(of, billed(three), billed(three), number="A-3")
    decide(first, "reject", 2, reason="Another rate was agreed", by=officer)
    again = dict(bulk.checked_again(InvoiceLine.objects.all()))
    lines = InvoiceLine.objects.order_by("pk")
    assert len(again) == len(lines) == 8
    for line in lines.exclude(invoice__number="A-2", number=3):
        said = again[line.pk]
        assert (said.codes, said.nights, said.net) == (line.codes, line.payable_nights, line.payable_net)
    freed = lines.get(invoice__number="A-2", number=3)
    assert freed.codes == ["ALREADY_CLAIMED"]
    assert again[freed.pk].codes == []


def test_only_the_lines_asked_for_are_checked():
    of = provider()
    stay = booking(of)
    load(of, billed(stay), number="A-1")
    assert not list(bulk.checked_again(InvoiceLine.objects.none()))
    assert not list(bulk.checked_again(InvoiceLine.objects.filter(invoice__number="A-2")))
    assert len(list(bulk.checked_again(Invoice.objects.get().lines.order_by("number")))) == 1


@pytest.mark.parametrize("rows", [2, 12])
def test_it_costs_the_same_however_many_lines(rows, django_assert_num_queries):
    of = provider()
    stays = [booking(of) for _ in range(rows)]
    load(of, *[billed(stay, rate=Decimal("65.00")) for stay in stays])
    assert Booking.objects.count() == rows
    with django_assert_num_queries(8):
        list(bulk.checked_again(InvoiceLine.objects.all()))
