"""What is odd about a lease, one rule after the other."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lewisham_ta.dates import Period, last_of_month
from payments.controc.rules import anomalies
from payments.controc.rules.anomalies import Cap, Hold, LeaseInMonth, Scale, Twin
from payments.controc.rules.backdating import Correction
from payments.controc.rules.entitlement import LeaseTerms, PaidTo, Rent, priced, stretches

SEPTEMBER = date(2026, 9, 1)
NOW = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
START = date(2024, 4, 1)


def a_lease(month=SEPTEMBER, caps=None, **changes) -> LeaseInMonth:
    """£350 a week by Days since 2024 to 2029, in September; terms and facts can be changed by name."""
    terms = LeaseTerms(
        lease=1,
        starts_on=START,
        keys_returned_on=None,
        keys_day_paid=True,
        basis="days",
        rents=(Rent(START, Decimal("350.00")),),
        payees=(PaidTo(START, 7),),
    )
    of_terms = {name: changes.pop(name) for name in LeaseTerms._fields if name in changes}
    terms = terms._replace(**of_terms)
    payable = stretches(terms, month)
    return LeaseInMonth(
        scale=Scale(month, last_of_month(month), caps or {}, Decimal(5), Decimal(50)),
        terms=terms,
        **{
            "ends_on": date(2029, 4, 1),
            "stretches": payable,
            "runs": priced(payable, terms.basis, month),
            "bedrooms": 2,
        }
        | changes,
    )


def codes(lease: LeaseInMonth) -> dict[str, str]:
    return {finding.code: finding.words for finding in anomalies.of_lease(lease)}


def test_an_ordinary_lease_has_nothing_odd():
    assert codes(a_lease(last_rent=Decimal("1550.00"))) == {}


@pytest.mark.parametrize(
    ("ends_on", "keys", "is_odd"),
    [
        (date(2026, 10, 1), None, False),  # its last day is the month's last day
        (date(2026, 9, 30), None, True),
        (date(2026, 9, 30), date(2026, 10, 1), True),
        (date(2026, 9, 1), date(2026, 9, 30), False),
        (None, None, False),
    ],
)
def test_a_lease_is_expired_when_it_ended_before_the_last_day_with_the_keys_out(ends_on, keys, is_odd):
    assert ("LEASE_EXPIRED" in codes(a_lease(ends_on=ends_on, keys_returned_on=keys))) == is_odd


@pytest.mark.parametrize(("starts_on", "is_new"), [(date(2026, 8, 31), False), (date(2026, 9, 1), True)])
def test_a_lease_is_new_in_the_month_in_which_it_starts(starts_on, is_new):
    lease = a_lease(starts_on=starts_on, rents=(Rent(starts_on, Decimal("350.00")),), payees=(PaidTo(starts_on, 7),))
    assert ("NEW_LEASE" in codes(lease)) == is_new
    assert "RENT_CHANGED" not in codes(lease)


def test_keys_returned_in_the_month_are_noted():
    words = codes(a_lease(keys_returned_on=date(2026, 9, 10), keys_day_paid=False))["HANDED_BACK"]
    assert words == "The keys came back on 10 Sep 2026; that day is not paid."


@pytest.mark.parametrize("from_on", [date(2026, 9, 1), date(2026, 9, 30)])
def test_a_rent_that_takes_effect_in_the_month_is_a_change(from_on):
    words = codes(a_lease(rents=(Rent(START, Decimal("350.00")), Rent(from_on, Decimal("1364.50")))))["RENT_CHANGED"]
    assert words == f"The rent goes from £350.00 to £1,364.50 on {from_on.day} Sep 2026."


@pytest.mark.parametrize("from_on", [date(2026, 8, 31), date(2026, 10, 1)])
def test_a_rent_of_another_month_is_no_change_of_this_one(from_on):
    assert "RENT_CHANGED" not in codes(a_lease(rents=(Rent(START, Decimal(350)), Rent(from_on, Decimal(364)))))


def test_payable_days_without_a_rent_stop():
    lease = a_lease(rents=(Rent(date(2026, 9, 11), Decimal("350.00")),))
    assert codes(lease)["RENT_MISSING"] == "10 days from 1 Sep 2026 have no rent."


def test_payable_days_without_a_payee_stop():
    lease = a_lease(payees=(PaidTo(date(2026, 9, 2), 7),))
    assert codes(lease)["RENT_MISSING"] == "1 Sep 2026 has no payee."


def test_a_suspension_that_touches_the_month_is_noted():
    words = codes(a_lease(suspensions=(Period(date(2026, 9, 9), date(2026, 9, 16)),)))["RENT_SUSPENDED"]
    assert words == "Rent is suspended from 9 Sep 2026 to 15 Sep 2026."


@pytest.mark.parametrize("days", [(date(2026, 8, 1), date(2026, 9, 1)), (date(2026, 10, 1), None)])
def test_a_suspension_of_other_days_is_not(days):
    assert "RENT_SUSPENDED" not in codes(a_lease(suspensions=(Period(*days),)))


def test_a_hold_says_why():
    words = codes(a_lease(hold=Hold(date(2026, 9, 13), None, "Gas safety record awaited")))["ON_HOLD"]
    assert words == "On hold from 13 Sep 2026 until further notice: Gas safety record awaited"


def test_a_correction_says_how_much_and_for_when():
    taken = Correction(date(2026, 8, 1), 7, Decimal("100.00"), Decimal("1054.66"), ())
    assert codes(a_lease(corrections=[taken]))["BACKDATED"] == (
        "£954.66 is taken back for August 2026, by the terms known now."
    )


def test_certificates_in_date_are_well():
    assert codes(a_lease(certificates=None)) == {}


@pytest.mark.parametrize(("expires_on", "is_odd"), [(date(2026, 9, 29), True), (date(2026, 9, 30), False)])
def test_a_certificate_is_good_on_its_last_day(expires_on, is_odd):
    far = date(2030, 1, 1)
    assert (
        "CERTIFICATE_EXPIRED" in codes(a_lease(certificates={"gas": expires_on, "eicr": far, "epc": far}))
    ) == is_odd


def test_missing_and_expired_certificates_are_named():
    lease = a_lease(certificates={"gas": date(2026, 8, 1), "eicr": None, "epc": date(2030, 1, 1)})
    assert codes(lease)["CERTIFICATE_EXPIRED"] == "The gas safety record expired on 1 Aug 2026; there is no EICR."


def test_the_same_dwelling_under_two_leases_stops():
    twin = Twin("LS00009", "UPRN", date(2026, 9, 1), date(2026, 9, 11))
    assert codes(a_lease(twins=[twin]))["DUPLICATE_PROPERTY"] == (
        "Lease LS00009 has the same UPRN and is payable too from 1 Sep 2026 to 10 Sep 2026."
    )


@pytest.mark.parametrize(
    ("basis", "rent", "is_over"),
    [("days", "350.00", False), ("days", "350.01", True), ("month", "1516.66", False), ("month", "1516.67", True)],
)
def test_the_weekly_equivalent_is_compared_with_the_cap_exactly(basis, rent, is_over):
    caps = {2: [Cap(date(2026, 1, 1), Decimal("350.00"))]}
    assert ("RENT_OVER_CAP" in codes(a_lease(caps=caps, basis=basis, rents=(Rent(START, Decimal(rent)),)))) == is_over


def test_a_cap_that_comes_in_the_month_counts_from_its_day():
    caps = {2: [Cap(date(2026, 1, 1), Decimal("400.00")), Cap(date(2026, 9, 15), Decimal("349.00"))]}
    assert codes(a_lease(caps=caps))["RENT_OVER_CAP"] == (
        "£350.00 a week on 15 Sep 2026 is over the cap of £349.00 for 2 bedrooms."
    )
    assert "RENT_OVER_CAP" not in codes(a_lease(caps=caps, bedrooms=3))


@pytest.mark.parametrize(
    ("last", "is_odd"),
    [
        ("1550.00", False),  # a day less than August
        ("1603.33", False),  # within £50 and 5% once September's length is allowed for
        ("1700.00", True),
        ("0.00", True),
    ],
)
def test_a_movement_over_both_tolerances_that_nothing_explains_is_found(last, is_odd):
    assert ("MOVED" in codes(a_lease(last_rent=Decimal(last)))) == is_odd


@pytest.mark.parametrize(
    "why",
    [
        {"starts_on": date(2026, 8, 20)},
        {"keys_returned_on": date(2026, 9, 10)},
        {"rents": (Rent(START, Decimal(300)), Rent(date(2026, 8, 15), Decimal(350)))},
        {"suspensions": (Period(date(2026, 8, 1), date(2026, 8, 20)),)},
        {"corrections": [Correction(date(2026, 8, 1), 7, Decimal(9), Decimal(8), ())]},
    ],
)
def test_a_movement_that_either_month_explains_is_not(why):
    assert "MOVED" not in codes(a_lease(last_rent=Decimal("700.00"), **why))


def test_february_is_no_news():
    assert codes(a_lease(month=date(2027, 2, 1), last_rent=Decimal("1550.00"))) == {}


def test_a_lease_without_a_payable_day_is_only_asked_for_holds_and_corrections():
    lease = a_lease(keys_returned_on=date(2026, 8, 31), ends_on=date(2026, 1, 1), certificates={})
    assert codes(lease) == {}
    assert set(codes(lease._replace(hold=Hold(SEPTEMBER, None, "Why")))) == {"ON_HOLD"}
