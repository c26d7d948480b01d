"""References, advice and the payable rule, on plain values."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.batches import rules

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNT = rules.Account(pk=1, usable_from=datetime(2026, 1, 1, tzinfo=UTC))
PAYABLE = {
    "state": "payable",
    "amount": Decimal("10.00"),
    "prepared_by": 1,
    "approved_by": 2,
    "held_because": "",
    "account": ACCOUNT,
    "change_waits": False,
    "batch": "",
    "now": NOW,
}


def test_a_payment_is_approved_by_another_person_within_their_limit():
    over = "Your approval limit is £5,000.00 since 1 Nov 2026, and this is £18,402.50."
    asked = {"prepared_by": 1, "approved_by": 2, "over_limit": ""}
    assert rules.approval_refusal(**asked) == ""
    assert rules.approval_refusal(**asked | {"over_limit": over}) == over
    assert rules.approval_refusal(**asked | {"approved_by": 1}) == (
        "You prepared this payment, so someone else must approve it."
    )


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("LBL PSL 1026 L0123", "LBL PSL 1026 L0123"),
        ("lbl psl 1026 l0123", "LBL PSL 1026 L0123"),
        ("Ångström & Café", "ANGSTROM & CAFE"),
        ("O'Brien_(Lets)", "O BRIEN LETS"),
        ("LBL PSL 1026 LANDLORD99", "LBL PSL 1026 LANDL"),
        ("LBL PSL 1026 LAND! !X", "LBL PSL 1026 LAND"),
    ],
)
def test_a_bank_reference_keeps_to_the_bacs_set(text, reference):
    assert rules.bank_reference(text) == reference


@pytest.mark.parametrize("text", ["", "   ", "'!?", "£€"])
def test_a_reference_of_nothing_is_refused(text):
    with pytest.raises(ValueError, match="a letter or a digit"):
        rules.bank_reference(text)


@given(st.text(min_size=1))
def test_any_text_makes_a_reference_that_the_bank_takes_or_none(text):
    try:
        reference = rules.bank_reference(text)
    except ValueError:
        return
    assert 1 <= len(reference) <= 18
    assert set(reference) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 &-./")
    assert rules.bank_reference(reference) == reference


amounts = st.decimals("-99999.99", "99999.99", places=2)
words = st.text(max_size=20)


@given(
    lines=st.lists(
        st.builds(
            rules.AdviceLine,
            property=words,
            address=words,
            lease=words,
            kind=st.sampled_from(["rent", "backdated", "adjustment", "released"]),
            amount=amounts,
            for_month=st.dates(),
            from_on=st.none() | st.dates(),
            to_on=st.none() | st.dates(),
            days=st.none() | st.integers(1, 31),
            rent=st.none() | amounts,
            held=st.booleans(),
            why=words,
        ),
        max_size=4,
    ),
    net=amounts,
)
def test_an_advice_comes_back_from_json_as_it_was(lines, net):
    advice = rules.Advice("Rent", rules.AdvicePayee("L1", "A"), rules.AdviceTotals(net=net), tuple(lines))
    assert rules.Advice.from_json(advice.to_json()) == advice


def test_the_json_of_an_advice_names_first_and_last_day():
    line = rules.AdviceLine(
        property="P1",
        address="1 Invented Street",
        lease="LS1",
        kind="rent",
        amount=Decimal("1550.00"),
        for_month=date(2026, 10, 1),
        from_on=date(2026, 10, 1),
        to_on=date(2026, 10, 31),
        days=31,
        rent=Decimal("350.00"),
        per="week",
        basis="Days",
    )
    advice = rules.Advice("Rent", rules.AdvicePayee("L1", "A"), rules.AdviceTotals(), (line,))
    [frozen] = advice.to_json()["lines"]
    assert (frozen["from"], frozen["to"], frozen["amount"]) == ("2026-10-01", "2026-10-31", "1550.00")


def test_coding_that_does_not_add_up_is_refused():
    coding = {"H1": Decimal("10.00"), "H2": Decimal("5.01")}
    assert rules.coding_refusal(coding=coding, net=Decimal("15.00")) == (
        "The expenditure codes add up to £15.01 and the payment is £15.00."
    )
    assert rules.coding_refusal(coding=coding, net=Decimal("15.01")) == ""


@pytest.mark.parametrize(
    ("but", "reason"),
    [
        ({"batch": "B000001"}, "It is in batch B000001."),
        ({"state": "withdrawn"}, "It was withdrawn."),
        ({"state": "returned"}, "It was returned: say what was put right before it is sent again."),
        ({"state": "paid"}, "It has left already."),
        ({"state": "sent"}, "It has left already."),
        ({"amount": Decimal("0.00")}, "It is not above zero."),
        ({"approved_by": 1}, "It was not approved by another person."),
        ({"approved_by": None}, "It was not approved by another person."),
        ({"held_because": "court order"}, "Payments to this payee are stopped: court order"),
        ({"change_waits": True}, "A change of the payee's bank details is waiting for approval."),
        ({"account": None}, "The payee has no approved bank details."),
        (
            {"account": rules.Account(pk=1, usable_from=datetime(2026, 11, 23, 12, 1, tzinfo=UTC))},
            "The payee's new bank details cool off until 23 Nov 2026, 12:01.",
        ),
    ],
)
def test_what_keeps_a_payment_from_going_out(but, reason):
    assert rules.payable_refusal(**PAYABLE | but) == reason


def test_a_payment_with_nothing_against_it_is_payable():
    assert rules.payable_refusal(**PAYABLE) == ""
    at_the_minute = rules.Account(pk=1, usable_from=NOW)
    assert rules.payable_refusal(**PAYABLE | {"account": at_the_minute}) == ""
