"""The team's own workbook, two months running, against the answers that were worked out separately."""

import csv
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

from lewisham_ta import roles
from payments.controc import exports, selectors, services
from payments.models import Anomaly, Payment
from tests.factories import UserFactory
from tests.payments.controc import register

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "psl"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def rows(text: str) -> Counter:
    """The rows of a CSV file in any order, numbers by their value."""

    def value(cell: str) -> str | Decimal:
        is_number = cell.replace(".", "").removeprefix("-").isdigit()
        return Decimal(cell).normalize() if is_number else cell

    lines = csv.reader(StringIO(text))
    headings = tuple(next(lines))
    return Counter([headings, *(tuple(map(value, line)) for line in lines)])


def differences(month: date) -> dict[str, tuple[Counter, Counter]]:
    """What each exported file has too much and too little."""
    found = {}
    for name, content in exports.plain_files(month).items():
        ours = rows(content.decode())
        theirs = rows((SAMPLES / f"expected_{name.removesuffix('.csv')}_{month:%Y-%m}.csv").read_text())
        found[name] = (ours - theirs, theirs - ours)
    return found


NOTHING = dict.fromkeys(("lines.csv", "payees.csv", "anomalies.csv"), (Counter(), Counter()))


def test_both_months_of_the_register_are_paid_to_the_penny(db):
    officer, second = UserFactory.create_batch(2)
    leader = UserFactory(groups=[roles.TEAM_LEADER])
    september, october = date(2026, 9, 1), date(2026, 10, 1)

    register.load("2026-09", officer, second, NOW)
    schedule = services.generate(month=september, by=officer, now=NOW)
    assert differences(september) == NOTHING

    schedule = services.submit(schedule_id=schedule.pk, seen_version=schedule.version, by=officer, now=NOW)
    open_ = selectors.open_anomalies(schedule)
    for severity, decision in (("STOP", "held"), ("CHECK", "accepted")):
        services.decide(
            anomaly_ids=list(open_.filter(severity=severity).values_list("pk", flat=True)),
            decision=decision,
            reason="Looked at with the officer.",
            by=leader,
            now=NOW,
        )
    schedule.refresh_from_db()
    services.sign_off(schedule_id=schedule.pk, seen_version=schedule.version, by=leader, now=NOW)
    unpaid = {"L0044", "L0102", "L0124", "L0008", "L0171", "L0156"}  # three stopped, two on hold, one below zero
    assert not Payment.objects.filter(payee__party__ref__in=unpaid).exists()
    assert Payment.objects.count() == selectors.control_totals(schedule).payees - len(unpaid)
    assert not Anomaly.objects.filter(schedule=schedule, decision="").exclude(severity="NOTE").exists()

    register.load("2026-10", officer, second, NOW)
    services.generate(month=october, by=officer, now=NOW)
    assert differences(october) == NOTHING
