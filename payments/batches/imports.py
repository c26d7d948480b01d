"""Central Payments' answer to a batch: which payments were paid, which came back, and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from lewisham_ta.imports import cells
from lewisham_ta.imports.preview import Change, Importer, Item, Plan, State
from lewisham_ta.imports.table import Column, Found, Row, Table, Wrong, read_tables
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.templatetags.ta import day, pounds
from payments.batches import selectors, services
from payments.batches.models import Batch, BatchItem
from payments.batches.rules import Outcome, bank_reference, payment_number

OUTCOMES = {
    "Paid": "paid",
    "Cleared": "paid",
    "Successful": "paid",
    "Returned": "returned",
    "Rejected": "returned",
    "Unpaid": "returned",
    "Failed": "returned",
    "Recalled": "returned",
}
ANSWER = Table(
    "Answer",
    [
        Column("Payment number", cells.ref(20), optional=True, synonyms=["Payment", "Payment no", "Payment ID"]),
        Column(
            "Reference",
            cells.text(40),
            optional=True,
            synonyms=["Bank reference", "Payment reference", "Payment ref", "BACS reference", "Ref"],
        ),
        Column("Supplier number", cells.ref(30), optional=True, synonyms=["Supplier", "Supplier no", "Vendor number"]),
        Column("Batch", cells.ref(12), optional=True, synonyms=["Batch number", "Batch no"]),
        Column("Amount", cells.money("1000000000"), needed=True, synonyms=["Gross", "Payment amount", "Value"]),
        Column("Outcome", cells.choice(OUTCOMES), needed=True, synonyms=["Status", "Result", "State"]),
        Column("Date", cells.day, needed=True, synonyms=["Outcome date", "Payment date", "Paid on", "Value date"]),
        Column(
            "Reason", cells.text(200), optional=True, synonyms=["Return reason", "Reason for return", "Why", "Comment"]
        ),
    ],
    synonyms=["Payments", "Results"],
)


class BatchAnswer(Importer):
    name = "batch-answer"
    label = "Answer of Central Payments"
    noun = "the answer"
    hint = (
        "One row a payment of one batch: payment number or bank reference, supplier number, amount, outcome (paid or "
        "returned), date, and for a returned one the reason (.xlsx, .xls, .ods or .csv)."
    )
    permission = "payments.load_answer"

    def plan(self, sheets: Sequence[Sheet]) -> Plan:
        found = read_tables(sheets[:1], [ANSWER])[ANSWER.name]
        notes = [*found.notes, *(f"Not read: sheet {sheet.name}." for sheet in sheets[1:])]
        if not found.wrong and not found.rows:
            found.wrong.append(Wrong(found.sheet, 0, "", "", "there are no payments in it"))
        if found.wrong:
            return Plan(wrong=sorted(found.wrong), notes=notes)
        return _plan(found, notes, timezone.now())

    def apply(self, plan: Plan, **context: Any) -> None:
        batch, outcomes = plan.work
        services.record_answer(batch_id=batch.pk, outcomes=outcomes, by=context["by"], now=context["now"])


BATCH_ANSWER = BatchAnswer()


def _plan(found: Found, notes: list[str], now: datetime) -> Plan:
    candidates = _Candidates(found.rows)
    batch = _batch_of(found, candidates)
    plan, outcomes, answered = Plan(notes=notes), {}, {}
    for row in found.rows:
        item = _item_of(found, row, candidates, batch)
        if item is None:
            continue
        if item.pk in answered:
            found.complain(row, "Outcome", f"this payment is answered in row {answered[item.pk]} already")
            continue
        answered[item.pk] = row.number
        outcome = Outcome(row["Outcome"], row["Date"], (row.get("Reason") or "") * (row["Outcome"] == "returned"))
        recorded = Outcome(item.outcome, item.outcome_on, item.outcome_reason)
        if outcome == recorded:
            plan.unchanged["Payment"] += 1
        elif refusal := services.outcome_refusal(item, outcome, now):
            found.complain(row, _column_of(refusal), refusal)
        else:
            outcomes[item.pk] = outcome
            plan.items.append(_shown(item, recorded, outcome))
    plan.wrong = sorted(found.wrong)
    plan.work = batch, outcomes
    if batch:
        left = batch.count - len(answered)
        said = f"; the file says nothing about {left} of its {batch.count} payments" if left else ""
        plan.notes.append(f"It answers batch {batch.number}{said}.")
    return plan


def _column_of(refusal: str) -> str:
    """The column in which what is refused stands."""
    return "Date" if " day " in refusal else "Reason" if refusal.startswith("Say why") else "Outcome"


class _Candidates:
    """The items of sent batches that the rows may mean, by payment number and by bank reference."""

    def __init__(self, rows: Iterable[Row]) -> None:
        numbers = {number for row in rows if (number := _number(row)) is not None}
        references = {reference for row in rows if (reference := _reference(row))}
        self.by_number: dict[int, list[BatchItem]] = defaultdict(list)
        self.by_reference: dict[str, list[BatchItem]] = defaultdict(list)
        for item in selectors.sent_items(numbers, references):
            self.by_number[item.payment_id].append(item)
            self.by_reference[item.payment.reference].append(item)

    def of(self, row: Row) -> list[BatchItem]:
        number, reference = _number(row), _reference(row)
        if number is None:
            found = self.by_reference.get(reference, [])
        else:
            found = self.by_number.get(number, [])
            if reference:
                found = [item for item in found if item.payment.reference == reference]
        supplier = row.get("Supplier number")
        if supplier and number is None:
            found = [item for item in found if _is_supplier(item, supplier)]
        return found


def _number(row: Row) -> int | None:
    """The payment's key out of "P0000123" or 123; -1, which is nobody's, out of anything else."""
    written = row.get("Payment number")
    if not written:
        return None
    digits = written.removeprefix("P")
    return int(digits) if digits.isdecimal() and len(digits) < 19 else -1


def _reference(row: Row) -> str:
    written = row.get("Reference")
    try:
        return bank_reference(written) if written else ""
    except ValueError:
        return "?"  # nothing of the BACS set, so nobody's reference


def _is_supplier(item: BatchItem, supplier: str) -> bool:
    return cells.ref_key(item.payment.payee.supplier_number) == cells.ref_key(supplier)


def _batch_of(found: Found, candidates: _Candidates) -> Batch | None:
    """The batch that a file answers: the one it names, else the one that most of its payments are in."""
    named = Counter(row.get("Batch") for row in found.rows if row.get("Batch"))
    meant: Counter[Batch] = Counter()
    for row in found.rows:
        meant.update({item.batch for item in candidates.of(row)})
    if named:
        return next((batch for batch in meant if batch.number == named.most_common(1)[0][0]), None)
    return max(meant, key=lambda batch: (meant[batch], batch.number), default=None)


def _item_of(found: Found, row: Row, candidates: _Candidates, batch: Batch | None) -> BatchItem | None:
    """The item that a row answers, or None with a complaint about the row."""
    column = "Payment number" if row.get("Payment number") else "Reference"
    if not row.get("Payment number") and not row.get("Reference"):
        found.complain(row, column, "needed: the payment number or the bank reference")
        return None
    meant = candidates.of(row)
    own = [item for item in meant if item.batch == batch]
    named = row.get("Batch")
    if not meant:
        found.complain(row, column, "no payment of a sent batch has this number, reference and supplier")
    elif batch is None or (named and named != batch.number):
        found.complain(row, "Batch", "not the batch that this payment, or the rest of the file, is in")
    elif not own:
        found.complain(row, column, f"not in {batch.number}, which this file answers")
    elif len(own) > 1:
        found.complain(row, column, "two payments have this reference: give the payment number")
    elif row.get("Supplier number") and not _is_supplier(own[0], row["Supplier number"]):
        found.complain(row, "Supplier number", "another supplier's")
    elif row["Amount"] != _gross(own[0]):
        found.complain(row, "Amount", f"the payment is {pounds(_gross(own[0]))}")
    else:
        return own[0]
    return None


def _gross(item: BatchItem) -> Decimal:
    return item.net + item.vat


def _shown(item: BatchItem, recorded: Outcome, outcome: Outcome) -> Item:
    return Item(
        what="Payment",
        ref=payment_number(item.payment_id),
        state=State.CHANGED,
        words=f"{item.payment.payee.party.name}, {pounds(_gross(item))}",
        changes=[Change("Outcome", _words(recorded), _words(outcome))],
    )


def _words(outcome: Outcome) -> str:
    if not outcome.kind:
        return "not answered"
    return f"{outcome.kind} on {day(outcome.on)}" + (f": {outcome.reason}" if outcome.reason else "")
