"""What leaves for Central Payments: the batch sheet and its CSV. Text stays text, amounts and dates are real ones."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from lewisham_ta.exports import FORMULA_STARTS, Sheet, workbook_of
from lewisham_ta.money import ZERO
from payments.batches.models import Batch, BatchItem
from payments.batches.rules import payment_number

COLUMNS = [
    "Payment number",
    "Supplier number",
    "Payee",
    "Sort code",
    "Account number",
    "Account name",
    "Net",
    "VAT",
    "Gross",
    "Reference",
    "Description",
    "Due date",
    "Expenditure code",
]


@dataclass(frozen=True, slots=True)
class Control:
    """What the control sheet says about the batch itself."""

    number: str
    sent_by: str
    sent_at: datetime
    count: int
    total: Decimal


def csv_of(items: Sequence[BatchItem]) -> bytes:
    """One row a payment, UTF-8 with the mark by which Excel knows it, every text in quotes and none a formula.

    Amounts are plain figures and dates are dd/mm/yyyy, so that nothing depends on the reader's settings.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    for item in items:
        writer.writerow([_csv_cell(value) for value in _row(item)])
    return out.getvalue().encode("utf-8-sig")


def sheet_of(control: Control, items: Sequence[BatchItem], csv_sha256: str) -> bytes:
    """The workbook: payments, totals by expenditure code, the coding of each payment, and the control figures."""
    by_code: dict[str, list[Decimal]] = defaultdict(list)
    lines = []
    for item in items:
        payment = item.payment
        for code, text in sorted(payment.coding.items()):
            by_code[code].append(Decimal(text))
            supplier = payment.payee.supplier_number
            lines.append([payment_number(payment.pk), payment.reference, supplier, code, Decimal(text)])
    net, vat = _sum(item.net for item in items), _sum(item.vat for item in items)
    return workbook_of(
        [
            Sheet(
                "Payments",
                COLUMNS,
                [_row(item) for item in items],
                ["Total", *[None] * 5, net, vat, net + vat, *[None] * 4],
            ),
            Sheet(
                "Coding",
                ["Expenditure code", "Payments", "Net"],
                [[code, len(amounts), _sum(amounts)] for code, amounts in sorted(by_code.items())],
                ["Total", None, net],
            ),
            Sheet(
                "Coding by payment",
                ["Payment number", "Reference", "Supplier number", "Expenditure code", "Net"],
                lines,
                ["Total", None, None, None, net],
            ),
            Sheet(
                "Control",
                ["Control", "Figure"],
                [
                    ["Batch", control.number],
                    ["Control count", control.count],
                    ["Control total", control.total],
                    ["Net", net],
                    ["VAT", vat],
                    ["Sent by", control.sent_by],
                    ["Sent at", control.sent_at],
                    ["SHA-256 of the CSV", csv_sha256],
                ],
            ),
        ]
    )


def _row(item: BatchItem) -> list[object]:
    payment, account = item.payment, item.bank_details
    return [
        payment_number(payment.pk),
        payment.payee.supplier_number,
        payment.payee.party.name,
        account.sort_code,
        account.account_number,
        account.account_name,
        item.net,
        item.vat,
        item.net + item.vat,
        payment.reference,
        payment.description,
        payment.due_on,
        _codes(payment.coding),
    ]


def _codes(coding: dict[str, str]) -> str:
    """One code by itself; several each with its pounds, since the row has only one amount."""
    if len(coding) == 1:
        return next(iter(coding))
    return "; ".join(f"{code} {amount}" for code, amount in sorted(coding.items()))


def _csv_cell(value: object) -> object:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def file_name(batch: Batch, ending: str) -> str:
    return f"TA payments {batch.number}.{ending}"
