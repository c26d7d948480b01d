"""Which moves a schedule may make, and the words with which the others are refused."""

from datetime import date
from decimal import Decimal

import pytest

from payments.controc.rules import signing
from payments.controc.rules.signing import Place
from payments.models import Schedule

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


def test_the_legal_moves():
    legal = {"draft": {"ready"}, "ready": {"signed_off", "draft"}, "signed_off": set()}
    assert legal == signing.MOVES
    assert set(signing.MOVES) == set(Schedule.Status.values)


@pytest.mark.parametrize(
    ("wanted", "status", "open_", "last", "words"),
    [
        (Place(SEPTEMBER), "signed_off", None, Place(SEPTEMBER), "September 2026 is signed off"),
        (Place(SEPTEMBER), "ready", Place(SEPTEMBER), None, "must be returned before it is generated again"),
        (Place(OCTOBER), None, Place(SEPTEMBER), None, "September 2026 is not signed off yet"),
        (Place(OCTOBER), None, None, Place(AUGUST), "September 2026 comes first"),
        (Place(AUGUST), None, None, Place(SEPTEMBER, 1), "before October 2026, the next month"),
        (Place(SEPTEMBER, 1), None, None, None, "Only the latest month"),
        (Place(AUGUST, 1), None, None, Place(SEPTEMBER), "Only the latest month"),
        (Place(SEPTEMBER, 2), None, None, Place(SEPTEMBER), "is number 1"),
        (Place(SEPTEMBER, 1), None, Place(OCTOBER), Place(SEPTEMBER), "October 2026 is not signed off yet"),
    ],
)
def test_what_cannot_be_generated(wanted, status, open_, last, words):
    assert words in signing.generate_refusal(wanted, status=status, open=open_, last_signed=last)


@pytest.mark.parametrize(
    ("wanted", "status", "open_", "last"),
    [
        (Place(SEPTEMBER), None, None, None),
        (Place(SEPTEMBER), "draft", Place(SEPTEMBER), Place(AUGUST)),
        (Place(SEPTEMBER), None, None, Place(AUGUST, 2)),
        (Place(SEPTEMBER, 1), None, None, Place(SEPTEMBER)),
        (Place(SEPTEMBER, 2), "draft", Place(SEPTEMBER, 2), Place(SEPTEMBER, 1)),
    ],
)
def test_what_can(wanted, status, open_, last):
    assert signing.generate_refusal(wanted, status=status, open=open_, last_signed=last) == ""


@pytest.mark.parametrize(("status", "may"), [("draft", True), ("ready", False), ("signed_off", False)])
def test_only_a_draft_is_submitted_or_discarded(status, may):
    assert (signing.submit_refusal(status=status) == "") == may
    assert (signing.discard_refusal(status=status) == "") == may


@pytest.mark.parametrize(
    ("status", "note", "may"), [("ready", "Rent of 9", True), ("ready", " ", False), ("draft", "x", False)]
)
def test_a_schedule_is_returned_with_a_note(status, note, may):
    assert (signing.return_refusal(status=status, note=note) == "") == may


def test_the_payees_above_a_limit_are_named_the_first_few_of_many():
    def said(*nets):
        above = [(f"L{number}", Decimal(net)) for number, net in enumerate(nets)]
        return signing.limit_refusal(limit="£5,000.00 since 1 Nov 2026", above=above)

    assert said() == ""
    words = "Your approval limit is £5,000.00 since 1 Nov 2026, and these payees get more: "
    assert said("18402.50") == f"{words}L0 £18,402.50."
    assert said("18402.50", "5000.01") == f"{words}L0 £18,402.50 and L1 £5,000.01."
    assert (
        said("9", "8", "7", "6", "5", "4", "3")
        == f"{words}L0 £9.00, L1 £8.00, L2 £7.00, L3 £6.00, L4 £5.00 and 2 more."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "signed_off"}, "signed off"),
        ({"severity": "NOTE"}, "for reading"),
        ({"severity": "STOP"}, "cannot be accepted"),
        ({"reason": "  "}, "needs a reason"),
        ({"decision": "held", "reason": ""}, "needs a reason"),
    ],
)
def test_what_cannot_be_decided(changes, words):
    plain = {"status": "draft", "severity": "CHECK", "decision": "accepted", "reason": "Seen"}
    assert words in signing.decide_refusal(**plain | changes)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "ready", "severity": "STOP", "decision": "held", "reason": "Wait"},
        {"status": "draft", "severity": "CHECK", "decision": "accepted", "reason": "Seen"},
        {"status": "draft", "severity": "STOP", "decision": "", "reason": ""},
    ],
)
def test_what_can_be_decided(values):
    assert signing.decide_refusal(**values) == ""


SIGNABLE = {
    "status": "ready",
    "by": 1,
    "may_sign": True,
    "handled_by": {2},
    "open_stops": 0,
    "open_checks": 0,
}


def test_who_did_not_prepare_it_signs_a_finished_schedule():
    assert signing.sign_off_refusal(**SIGNABLE) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "draft"}, "awaits sign-off"),
        ({"status": "signed_off"}, "awaits sign-off"),
        ({"by": 2}, "someone else must sign it off"),
        ({"may_sign": False}, "appointed deputy"),
        ({"open_stops": 2}, "2 STOPs must be mended or held"),
        ({"open_checks": 1}, "1 CHECK must be"),
    ],
)
def test_why_a_schedule_cannot_be_signed(changes, words):
    assert words in signing.sign_off_refusal(**SIGNABLE | changes)


def test_the_bridge_must_close():
    assert "£0.01 unexplained" in signing.bridge_refusal(closes=False, unexplained=Decimal("0.01"))
    assert signing.bridge_refusal(closes=True, unexplained=Decimal(0)) == ""
