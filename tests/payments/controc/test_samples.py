"""The team's own workbook, two months running, against the answers worked out by others."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from payments.controc import services
from payments.models import Anomaly, PayeeTotal, ScheduleLine
from tests.factories import UserFactory
from tests.payments.controc import register

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "psl"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def expected(what, month):
    with open(SAMPLES / f"expected_{what}_{month}.csv") as file:
        return list(csv.DictReader(file))


def test_september(db):
    officer, other = UserFactory.create_batch(2)
    register.load("2026-09", officer, other, NOW)
    services.generate(month=date(2026, 9, 1), by=officer, now=NOW)
    got = sorted(
        (line.lease.ref, line.payee.party.ref, line.kind, f"{line.for_month:%Y-%m}", line.days, line.amount)
        for line in ScheduleLine.objects.select_related("lease", "payee__party")
    )
    want = sorted(
        (r["lease"], r["payee"], r["kind"], r["for_month"], int(r["days"]) if r["days"] else None, Decimal(r["amount"]))
        for r in expected("lines", "2026-09")
    )
    assert got == want
    totals = {t.payee.party.ref: t for t in PayeeTotal.objects.select_related("payee__party")}
    for r in expected("payees", "2026-09"):
        t = totals.pop(r["payee"])
        assert t.rent + t.backdated + t.released == Decimal(r["rent"]), r
        assert t.net == Decimal(r["net"]), r
        for name in ("adjustments", "nrl_tax", "brought_forward", "held", "carried_forward"):
            assert getattr(t, name) == Decimal(r[name]), (name, r)
    assert not totals
    got = {(a.lease.ref if a.lease else a.payee.party.ref, a.code) for a in Anomaly.objects.all()}
    want = {(r["subject"], r["code"]) for r in expected("anomalies", "2026-09")}
    assert (got - want, want - got) == (set(), set())
