"""What is odd about a payee, one rule after the other."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payments.controc.rules import anomalies
from payments.controc.rules.anomalies import PayeeInMonth

NOW = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)


def a_payee(**changes) -> PayeeInMonth:
    plain = PayeeInMonth(
        payee=7,
        pays=True,
        account=("089999", "12345678"),
        used=("089999", "12345678"),
        usable_from=datetime(2026, 1, 1, tzinfo=UTC),
        is_change_waiting=False,
        is_tax_unknown=False,
    )
    return plain._replace(**changes)


def severities(payee: PayeeInMonth) -> dict[str, str]:
    return {finding.code: finding.severity for finding in anomalies.of_payee(payee, now=NOW)}


def test_an_ordinary_payee_has_nothing_odd():
    assert severities(a_payee()) == {}
    assert severities(a_payee(used=None)) == {}  # the first payment of approved details


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"account": None, "usable_from": None}, {"NO_BANK_DETAILS": "STOP"}),
        ({"used": ("089999", "87654321")}, {"BANK_DETAILS_CHANGED": "CHECK"}),
        (
            {"used": ("089999", "87654321"), "usable_from": datetime(2026, 9, 21, tzinfo=UTC)},
            {"BANK_DETAILS_CHANGED": "STOP"},
        ),
        ({"is_change_waiting": True}, {"BANK_CHANGE_PENDING": "STOP"}),
        ({"account": None, "is_change_waiting": True}, {"NO_BANK_DETAILS": "STOP"}),
        ({"sharers": ("L0002",)}, {"SHARED_BANK_ACCOUNT": "CHECK"}),
        ({"is_tax_unknown": True}, {"NRL_STATUS_UNKNOWN": "STOP"}),
        ({"carried_forward": Decimal("-0.01")}, {"NEGATIVE_NET": "NOTE"}),
    ],
)
def test_each_thing_odd_about_a_payee(changes, expected):
    assert severities(a_payee(**changes)) == expected


def test_a_payee_with_nothing_above_zero_is_not_asked_for_an_account():
    assert severities(a_payee(pays=False, account=None, is_tax_unknown=True)) == {}


def test_bank_details_are_never_written_out():
    words = anomalies.of_payee(a_payee(used=("089999", "87654321")), now=NOW)[0].words
    assert "12345678" not in words
    assert words == "The account ends in 5678; last time it was the one that ends in 4321."
