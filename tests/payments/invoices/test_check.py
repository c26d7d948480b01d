"""The check of a line, finding by finding: what is refused first, then what is accepted."""

from datetime import date
from decimal import Decimal

import pytest

from payments.invoices.rules.check import Line, check_in_order, check_line, sentence, still_due
from payments.invoices.rules.line import Academy, Billed, Booked, Claimed, Confirmed, Terms

LIVE = Academy("A1234567", is_suspended=False, ends_on=None)
EXEMPT, STANDARD = Terms(is_exempt=True), Terms(is_exempt=False)
MAY = date(2026, 5, 1)


def day(number: int, month: int = 5) -> date:
    return date(2026, month, number)


def booked(**facts) -> Booked:
    """1 to 28 May at £52.00, Academy live: 27 nights."""
    rates = facts.pop("rates", [(MAY, Decimal("52.00"))])
    starts_on = facts.pop("starts_on", MAY)
    kept = {
        "ref": "B000001",
        "ends_on": day(28),
        "status": "booked",
        "academy": LIVE,
        "stay_since": starts_on,
        "confirmed": None,
    }
    return Booked(starts_on=starts_on, rates=rates, **kept | facts)


def billed(**facts) -> Billed:
    """1 to 28 May at £52.00, 27 nights, £1,404.00."""
    starts_on, ends_on = facts.pop("starts_on", MAY), facts.pop("ends_on", day(28))
    nights = facts.pop("nights", (ends_on - starts_on).days)
    rate = facts.pop("rate", Decimal("52.00"))
    net = facts.pop("net", (rate or Decimal("52.00")) * (nights or 0))
    return Billed(starts_on, ends_on, nights, rate, net, **facts)


def check(line: Billed, booking: Booked | None, terms: Terms = EXEMPT, *claimed: Claimed):
    return check_line(line, booking, claimed=claimed, terms=terms)


def words(checked) -> list[str]:
    return [finding.words for finding in checked.findings]


def paid(checked) -> tuple[int, str, str]:
    return checked.nights, str(checked.net), str(checked.vat)


def test_a_line_that_agrees_has_no_finding_and_is_paid_as_billed():
    checked = check(billed(), booked())
    assert (checked.codes, paid(checked), list(checked.runs)) == ([], (27, "1404.00", "0.00"), [(MAY, day(28))])


def test_no_booking_pays_nothing():
    checked = check_line(billed(), None, terms=EXEMPT, unmatched="No booking B9, and no Ada at U1.")
    assert (checked.codes, words(checked)) == (["NO_BOOKING"], ["No booking B9, and no Ada at U1."])
    assert paid(checked) == (0, "0.00", "0.00")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("cancelled", "B000001 was cancelled."),
        ("no_show", "B000001 did not take place: the household never arrived."),
    ],
)
def test_what_did_not_take_place_pays_nothing(status, said):
    checked = check(billed(), booked(status=status))
    assert (checked.codes, words(checked), paid(checked)) == (["CANCELLED"], [said], (0, "0.00", "0.00"))


def test_the_example_of_the_design():
    """Billed 30 nights, 27 booked, left 28 May; £55.00 billed, £52.00 agreed; over by £246.00."""
    line = billed(ends_on=day(31), rate=Decimal("55.00"))
    checked = check(line, booked())
    assert checked.codes == ["NOT_BOOKED", "RATE_OVER"]
    assert paid(checked) == (27, "1404.00", "0.00")
    assert sentence(checked.findings, over_by=line.net - checked.net) == (
        "Billed 30 nights, 27 booked, left 28 May; £55.00 a night billed, £52.00 agreed; over by £246.00"
    )


def test_stated_nights_that_are_not_those_between_the_dates_are_found_and_the_dates_count():
    checked = check(billed(nights=28, net=Decimal("1456.00")), booked())
    assert (checked.codes, checked.nights, checked.net) == (["NIGHTS_DIFFER"], 27, Decimal("1404.00"))
    assert words(checked) == ["28 nights stated, and 1 May to 27 May is 27 nights."]


def test_nights_times_rate_that_is_not_the_net_is_found_and_the_lower_is_paid():
    over = check(billed(net=Decimal("1440.00")), booked())
    assert (over.codes, over.net) == (["ARITHMETIC"], Decimal("1404.00"))
    assert words(over) == ["27 nights at £52.00 is £1,404.00, and £1,440.00 is billed."]
    under = check(billed(net=Decimal("1400.00")), booked())
    assert (under.codes, under.net) == (["ARITHMETIC"], Decimal("1400.00"))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "nights", "said"),
    [
        (MAY, day(29), 27, "Billed 28 nights, 27 booked, left 28 May."),
        (date(2026, 4, 29), day(28), 27, "Billed 29 nights, 27 booked, arrived 1 May."),
        (date(2026, 4, 29), day(30), 27, "Billed 31 nights, 27 booked, arrived 1 May, left 28 May."),
        (day(28), day(30), 0, "Billed 2 nights, none booked, left 28 May."),
        (date(2026, 4, 20), date(2026, 4, 25), 0, "Billed 5 nights, none booked, arrived 1 May."),
    ],
)
def test_nights_outside_the_booking_are_not_payable(starts_on, ends_on, nights, said):
    checked = check(billed(starts_on=starts_on, ends_on=ends_on), booked())
    assert (checked.codes, checked.nights, words(checked)) == (["NOT_BOOKED"], nights, [said])
    outside = sum((run[1] - run[0]).days for run in checked.findings[0].runs)
    assert outside == (ends_on - starts_on).days - nights


def test_an_open_booking_has_no_departure_to_be_after():
    assert check(billed(ends_on=day(31)), booked(ends_on=None)).codes == []


def test_claimed_nights_are_not_payable_and_what_is_left_may_be_two_runs():
    claimed = Claimed(day(10), day(12), "line 3 of invoice X")
    checked = check(billed(), booked(), EXEMPT, claimed)
    assert (checked.codes, checked.nights) == (["ALREADY_CLAIMED"], 25)
    assert checked.runs == [(MAY, day(10)), (day(12), day(28))]
    assert words(checked) == ["2 nights, 10 May to 11 May, claimed already by line 3 of invoice X."]


def test_a_claim_that_only_touches_takes_nothing():
    before, after = Claimed(date(2026, 4, 1), MAY, "x"), Claimed(day(28), day(31), "x")
    assert check(billed(), booked(), EXEMPT, before, after).codes == []


def test_a_rate_below_the_agreed_one_is_found_and_never_topped_up():
    checked = check(billed(rate=Decimal("50.00")), booked())
    assert (checked.codes, checked.net) == (["RATE_UNDER"], Decimal("1350.00"))


def test_a_rate_that_changed_in_the_stay_is_that_of_each_night():
    rates = [(MAY, Decimal("52.00")), (day(15), Decimal("60.00"))]
    checked = check(billed(rate=Decimal("55.00")), booked(rates=rates))
    assert checked.codes == ["RATE_OVER", "RATE_UNDER"]
    assert checked.net == min(Decimal("55.00") * 27, Decimal("52.00") * 14 + Decimal("60.00") * 13)
    assert checked.findings[0].runs == [(MAY, day(15))]


def test_the_rate_matters_on_payable_nights_only():
    rates = [(MAY, Decimal("52.00")), (day(20), Decimal("60.00"))]
    booking = booked(rates=rates, ends_on=day(20))
    assert check(billed(ends_on=day(22)), booking).codes == ["NOT_BOOKED"]


def test_without_a_rate_the_net_is_spread_over_the_nights():
    assert check(billed(rate=None), booked()).codes == []
    assert check(billed(rate=None, net=Decimal("1431.00")), booked()).codes == ["RATE_OVER"]


def test_vat_of_an_exempt_provider_is_not_due():
    checked = check(billed(vat=Decimal("280.80")), booked())
    assert (checked.codes, checked.vat) == (["VAT_NOT_DUE"], Decimal("0.00"))


def test_vat_of_forty_nights_is_twenty_per_cent_and_from_the_29th_night_four():
    """The worked example: £60.00, 40 nights, 364.80 and not 480.00."""
    booking = booked(ends_on=None, rates=[(MAY, Decimal("60.00"))])
    line = billed(ends_on=date(2026, 6, 10), rate=Decimal("60.00"), vat=Decimal("480.00"))
    checked = check(line, booking, STANDARD)
    assert (checked.codes, checked.net, checked.vat) == (["VAT_OVER"], Decimal("2400.00"), Decimal("364.80"))
    assert words(checked) == ["VAT of £480.00 billed, £364.80 due: from 29 May, the 29th night, it is 4%."]
    right = line._replace(vat=Decimal("364.80"))
    assert check(right, booking, STANDARD).codes == []


def test_the_count_of_nights_goes_on_through_a_move_within_the_provider():
    booking = booked(stay_since=date(2026, 4, 3))  # the 29th night is the first of this booking
    checked = check(billed(vat=Decimal("280.80")), booking, STANDARD)
    assert checked.vat == Decimal("56.16")


def test_vat_below_what_is_due_is_paid_as_billed():
    checked = check(billed(vat=Decimal("10.00")), booked(), STANDARD)
    assert (checked.codes, checked.vat) == ([], Decimal("10.00"))


def test_a_gross_that_does_not_add_up_waits_for_a_person_and_changes_no_figure():
    checked = check(billed(vat=Decimal("10.00"), gross=Decimal("1420.00")), booked(), STANDARD)
    assert (checked.codes, paid(checked)) == ([], (27, "1404.00", "10.00"))
    assert not checked.passes_by_itself
    assert words(checked) == ["Net and VAT are £1,414.00 together, and £1,420.00 gross is billed."]


@pytest.mark.parametrize(
    ("academy", "codes"),
    [
        (None, ["NOT_IN_ACADEMY"]),
        (LIVE._replace(is_suspended=True), ["ACADEMY_SUSPENDED"]),
        (LIVE._replace(ends_on=day(27)), ["ACADEMY_ENDED"]),
        (LIVE._replace(ends_on=day(28)), []),
        (LIVE._replace(is_ended=True), ["ACADEMY_ENDED"]),
        (LIVE, []),
    ],
)
def test_what_academy_says_changes_nothing_and_needs_a_decision(academy, codes):
    checked = check(billed(), booked(academy=academy))
    assert (checked.codes, checked.net) == (codes, Decimal("1404.00"))


def test_academy_is_not_asked_about_nights_that_are_not_payable():
    assert check(billed(starts_on=day(28), ends_on=day(29)), booked(academy=None)).codes == ["NOT_BOOKED"]


def test_nights_that_nobody_confirmed_are_a_note():
    checked = check(billed(), booked(confirmed=[Confirmed(MAY, day(20), True)]))
    assert (checked.codes, checked.was_away) == ([], False)
    assert words(checked) == ["8 nights not confirmed by the provider: 20 May to 27 May."]


def test_nights_on_which_nobody_was_there_are_a_note_that_needs_a_decision():
    said = [Confirmed(MAY, day(20), True), Confirmed(day(20), day(22), False), Confirmed(day(22), day(28), True)]
    checked = check(billed(), booked(confirmed=said))
    assert (checked.codes, checked.was_away) == ([], True)
    assert words(checked) == ["The provider said that nobody was there: 20 May to 21 May."]


def held(checked) -> list[str]:
    """What a person has to look at, where the figures and codes are those of a line that agrees."""
    assert (checked.codes, paid(checked)) == ([], (27, "1404.00", "0.00"))
    assert checked.passes_by_itself is not any(finding.is_held for finding in checked.findings)
    return [finding.words for finding in checked.findings if finding.is_held]


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (day(28), []),
        (day(27), []),  # the last night is tonight
        (day(26), ["1 night is still to come: 27 May."]),
        (day(20), ["7 nights are still to come: 21 May to 27 May."]),
        (date(2026, 4, 1), ["27 nights are still to come: 1 May to 27 May."]),
    ],
)
@pytest.mark.parametrize("ends_on", [None, day(28)])
def test_nights_after_today_are_payable_but_do_not_pass_by_themselves(ends_on, today, said):
    checked = check_line(billed(), booked(ends_on=ends_on), terms=EXEMPT, today=today)
    assert held(checked) == said


def test_nights_to_come_that_are_not_payable_are_not_spoken_of():
    checked = check_line(billed(ends_on=day(31)), booked(), terms=EXEMPT, today=day(28))
    assert (checked.codes, len(checked.findings)) == (["NOT_BOOKED"], 1)


def test_a_rate_over_the_cap_that_nobody_approved_does_not_pass_by_itself():
    over = {Decimal("52.00"): Decimal("50.00")}
    assert held(check(billed(), booked(over_cap=over))) == [
        "£52.00 a night is over the cap of £50.00, and nobody has approved it."
    ]
    assert held(check(billed(), booked(over_cap={Decimal("60.00"): Decimal("50.00")}))) == []


def test_a_rate_over_the_cap_that_holds_on_no_payable_night_is_not_spoken_of():
    rates, over = [(MAY, Decimal("52.00")), (day(28), Decimal("60.00"))], {Decimal("60.00"): Decimal("55.00")}
    assert held(check(billed(), booked(ends_on=None, rates=rates, over_cap=over))) == []


def test_fewer_nights_than_billed_at_a_rate_below_the_agreed_one_are_said_at_the_billed_rate():
    """Billed 30 nights at £50.00; the lower of that and 27 nights at £52.00 is payable, 27 at £50.00 are said."""
    checked = check(billed(ends_on=day(31), rate=Decimal("50.00")), booked())
    assert (checked.codes, paid(checked)) == (["NOT_BOOKED", "RATE_UNDER"], (27, "1404.00", "0.00"))
    assert words(checked)[-1] == "The 27 payable nights come to £1,350.00 at the billed £50.00 a night."
    one = check(billed(ends_on=day(3), rate=Decimal("50.00")), booked(ends_on=day(2)))
    assert words(one)[-1] == "The 1 payable night comes to £50.00 at the billed £50.00 a night."


def test_the_billed_rate_of_all_nights_needs_no_such_note():
    assert len(check(billed(rate=Decimal("50.00")), booked()).findings) == 1
    lower = check(billed(ends_on=day(31), rate=Decimal("50.00"), net=Decimal("1300.00")), booked())
    assert [finding.code for finding in lower.findings] == ["ARITHMETIC", "NOT_BOOKED", "RATE_UNDER"]


def test_a_later_line_of_the_same_nights_gets_nothing_unless_the_first_is_rejected():
    line, booking = billed(), booked()
    lines = [Line(1, line, 7, booking), Line(2, line, 7, booking)]
    first, second = check_in_order(lines, claimed={}, terms=EXEMPT, invoice="X")
    assert (first.nights, second.nights, second.codes) == (27, 0, ["ALREADY_CLAIMED"])
    lines[0] = lines[0]._replace(claims=False)
    assert [each.nights for each in check_in_order(lines, claimed={}, terms=EXEMPT, invoice="X")] == [27, 27]


def test_what_is_still_due_follows_the_booking_of_today():
    runs = [(MAY, day(28))]
    paid_ = {"net": Decimal("1404.00"), "vat": Decimal("0.00"), "terms": EXEMPT}
    assert still_due(runs, booked=booked(), **paid_)[:2] == (27, Decimal("1404.00"))
    assert still_due(runs, booked=booked(ends_on=day(26)), **paid_)[:2] == (25, Decimal("1300.00"))
    assert still_due(runs, booked=booked(status="cancelled"), **paid_)[:2] == (0, Decimal("0.00"))
    assert still_due(runs, booked=booked(rates=[(MAY, Decimal("50.00"))]), **paid_)[:2] == (27, Decimal("1350.00"))
    assert still_due(runs, booked=booked(rates=[(MAY, Decimal("60.00"))]), **paid_)[:2] == (27, Decimal("1404.00"))
