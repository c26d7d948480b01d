"""Whether what was held by a decision stays held."""

import pytest

from payments.controc.rules import anomalies


@pytest.mark.parametrize(
    ("held_for", "stands", "stays"),
    [
        (set(), {"NO_BANK_DETAILS": "STOP"}, False),  # it was a hold of the lease
        ({("NO_BANK_DETAILS", "STOP")}, {"NO_BANK_DETAILS": "STOP"}, True),
        ({("NO_BANK_DETAILS", "STOP")}, {"NRL_STATUS_UNKNOWN": "STOP"}, False),
        ({("BANK_DETAILS_CHANGED", "STOP")}, {"BANK_DETAILS_CHANGED": "CHECK"}, False),  # it cooled off
        ({("BANK_DETAILS_CHANGED", "CHECK")}, {"BANK_DETAILS_CHANGED": "CHECK"}, True),
    ],
)
def test_what_was_held_stays_held_for_as_long_as_its_anomaly_stands(held_for, stands, stays):
    assert anomalies.keeps_held(frozenset(held_for), {}, stands) == stays
