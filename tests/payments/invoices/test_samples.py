"""The month's sheet, Academy and every invoice by the commands, against answers that were worked out separately."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from payments.models import Invoice, InvoiceLayout, NightClaim

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "nightly"


def run(*arguments: object) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def check(row, *options):
    return run(
        *("check_invoice", SAMPLES / "invoices" / row["file"], "--provider", row["provider"]),
        *("--number", row["invoice"], "--received", row["received"], "--by", "officer", *options),
    )


@pytest.fixture
def month(officer):
    run("import_nightly_paid", SAMPLES / "nightly_paid_2026-10.xlsx", "--by", "officer", "--confirm")
    run("import_academy", SAMPLES / "academy_extract_2026-10.csv", "--by", "officer", "--confirm")
    return list(csv.DictReader(StringIO((SAMPLES / "invoices.csv").read_text())))


def test_every_line_of_the_month_is_checked_as_expected(month, tmp_path):
    for row in month:
        check(row, "--confirm")
    run("export_checks", "2026-10", "--to", tmp_path / "checks.csv")
    with (SAMPLES / "expected_check_2026-10.csv").open() as file:
        expected = [{name: row[name] for name in row if name != "planted"} for row in csv.DictReader(file)]
    with (tmp_path / "checks.csv").open() as file:
        ours = list(csv.DictReader(file))
    assert len(expected) == 400
    assert [(theirs, our) for theirs, our in zip(expected, ours, strict=True) if theirs != our] == []


def test_without_confirm_nothing_is_written_and_again_changes_nothing(month):
    row = month[0]
    said = check(row)
    assert "Booking reference: Booking Ref" in said
    assert "The end is: the morning of departure, not charged" in said
    assert said.endswith("Nothing was written. Load it with --confirm.\n")
    assert not any(model.objects.exists() for model in (Invoice, InvoiceLayout, NightClaim))
    check(row, "--confirm")
    assert "This file is loaded already under this number: nothing changes." in check(row, "--confirm")
    assert Invoice.objects.count() == 1
