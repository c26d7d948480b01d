"""The batch sheet and its CSV, read back as Central Payments would."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from payments.batches import services
from payments.batches.rules import payment_number
from tests.factories import BankDetailsFactory, PartyFactory, UserFactory
from tests.payments.batches.factories import NOW, PaymentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    """Two payments: one with everything that a spreadsheet likes to spoil, one on two expenditure codes."""
    risky = BankDetailsFactory(
        sort_code="010203",
        account_number="00000042",
        account_name="=HYPERLINK(1)",
        payee__supplier_number="000123",
        payee__party=PartyFactory(ref="L0001", name="@SUM Lettings"),
    )
    plain = BankDetailsFactory(payee__supplier_number="000124", payee__party=PartyFactory(ref="L0002", name="Café Ltd"))
    PaymentFactory(bank_details=risky, description="+44 rent", reference="LBL PSL 1026 L0001", net=Decimal("0.10"))
    PaymentFactory(
        bank_details=plain,
        reference="LBL PSL 1026 L0002",
        net=Decimal("30.00"),
        vat=Decimal("6.00"),
        coding={"H1": "10.00", "H2": "20.00"},
    )
    officer = UserFactory(first_name="Ada", last_name="Invented")
    made = services.make_batch(payment_ids=None, by=officer, now=NOW)
    return services.send_batch(batch_id=made.pk, seen_version=made.version, by=officer, now=NOW)


def test_the_csv_keeps_text_and_writes_no_formula(batch):
    content = bytes(batch.csv.content)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    first, second = rows
    payment = batch.items.get(payment__payee__supplier_number="000123").payment
    assert first == {
        "Payment number": payment_number(payment.pk),
        "Supplier number": "000123",
        "Payee": "'@SUM Lettings",
        "Sort code": "010203",
        "Account number": "00000042",
        "Account name": "'=HYPERLINK(1)",
        "Net": "0.10",
        "VAT": "0.00",
        "Gross": "0.10",
        "Reference": "LBL PSL 1026 L0001",
        "Description": "'+44 rent",
        "Due date": "31/10/2026",
        "Expenditure code": "H4410-5520",
    }
    assert second["Payee"] == "Café Ltd"
    assert second["Gross"] == "36.00"
    assert second["Expenditure code"] == "H1 10.00; H2 20.00"


def test_the_sheet_keeps_text_amounts_and_dates(batch):
    book = load_workbook(io.BytesIO(bytes(batch.sheet.content)))
    assert book.sheetnames == ["Payments", "Coding", "Coding by payment", "Control"]
    heading, first, second, total = book["Payments"].iter_rows()
    names = [cell.value for cell in heading]
    cells = dict(zip(names, first, strict=True))
    assert cells["Sort code"].value == "010203"
    assert cells["Account number"].value == "00000042"
    assert cells["Account name"].data_type == "s"
    assert cells["Account name"].value == "=HYPERLINK(1)"
    assert cells["Account name"].quotePrefix
    assert (cells["Net"].value, cells["Net"].number_format) == (0.1, "#,##0.00")
    assert cells["Due date"].value.date() == date(2026, 10, 31)
    assert dict(zip(names, second, strict=True))["Gross"].value == 36
    assert [cell.value for cell in total][6:9] == [30.1, 6, 36.1]


def test_the_coding_and_control_sheets_add_up_to_the_batch(batch):
    book = CalamineWorkbook.from_filelike(io.BytesIO(bytes(batch.sheet.content)))
    coding = book.get_sheet_by_name("Coding").to_python()
    assert coding[1:] == [["H1", 1, 10], ["H2", 1, 20], ["H4410-5520", 1, 0.1], ["Total", "", 30.1]]
    by_payment = book.get_sheet_by_name("Coding by payment").to_python()
    assert [row[2:] for row in by_payment[1:-1]] == [
        ["000123", "H4410-5520", 0.1],
        ["000124", "H1", 10],
        ["000124", "H2", 20],
    ]
    control = dict(book.get_sheet_by_name("Control").to_python()[1:])
    assert control["Batch"] == "B000001"
    assert (control["Control count"], control["Control total"]) == (2, 36.1)
    assert control["Sent by"] == "Ada Invented"
    assert control["SHA-256 of the CSV"] == batch.csv.sha256
