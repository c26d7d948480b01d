"""The team's own workbook, two months running by the commands, against answers that were worked out separately."""

import csv
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from payments.controc import selectors
from payments.models import Anomaly, Payment, Schedule
from tests.factories import UserFactory

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "psl"


def rows(text: str) -> Counter:
    """The rows of a CSV file in any order, numbers by their value."""

    def value(cell: str) -> str | Decimal:
        is_number = cell.replace(".", "").removeprefix("-").isdigit()
        return Decimal(cell).normalize() if is_number else cell

    lines = csv.reader(StringIO(text))
    headings = tuple(next(lines))
    return Counter([headings, *(tuple(map(value, line)) for line in lines)])


def run(*arguments: object) -> None:
    call_command(*map(str, arguments), stdout=StringIO())


def check(month: str, folder: Path) -> None:
    """Load the month's register, approve, generate, and compare every row of the three files."""
    run("import_psl_register", SAMPLES / f"psl_register_{month}.xlsx", "--by", "officer", "--confirm")
    run("approve_bank_details", "--by", "officer2")
    run("generate_controc", month, "--by", "officer")
    run("export_controc", month, "--to", folder)
    for name in ("lines", "payees", "anomalies"):
        ours = rows((folder / f"{name}.csv").read_text())
        theirs = rows((SAMPLES / f"expected_{name}_{month}.csv").read_text())
        assert (name, ours - theirs, theirs - ours) == (name, Counter(), Counter())


@pytest.fixture
def two_months(officer, leader, tmp_path):
    UserFactory(username="officer2")
    check("2026-09", tmp_path)
    run("submit_controc", "2026-09", "--by", "officer")
    run("sign_off_controc", "2026-09", "--by", "leader", "--accept", "Seen with the officer", "--hold", "Waits")
    check("2026-10", tmp_path)


def test_both_months_of_the_register_are_paid_to_the_penny(two_months):
    september, october = Schedule.objects.order_by("month")
    unpaid = {"L0044", "L0102", "L0124", "L0008", "L0171", "L0156"}  # three stopped, two on hold, one below zero
    payments = Payment.objects.filter(source="CONTROC 2026-09")
    assert not payments.filter(payee__party__ref__in=unpaid).exists()
    assert payments.count() == selectors.control_totals(september).payees - len(unpaid)
    assert sum(payments.values_list("net", flat=True)) == selectors.control_totals(september).net
    decided = Anomaly.objects.filter(schedule=september).exclude(decision="")
    assert set(decided.values_list("severity", "decision")) == {("STOP", "held"), ("CHECK", "accepted")}
    assert september.pack_pdf.content[:5] == b"%PDF-"
    assert september.pack_xlsx.content[:2] == b"PK"
    assert october.status == "draft"

    run("submit_controc", "2026-10", "--by", "officer")
    run("sign_off_controc", "2026-10", "--by", "leader", "--accept", "Seen with the officer", "--hold", "Waits")
    october.refresh_from_db()
    assert october.status == "signed_off"
