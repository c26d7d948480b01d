"""Money out without a database: bank references, what an advice says, when a payment may go, and how it moves."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lewisham_ta.money import ZERO

LONDON = ZoneInfo("Europe/London")
REFERENCE_LENGTH = 18
NOT_BACS = re.compile(r"[^A-Z0-9 &./-]")


def bank_reference(text: str) -> str:
    """What the payee's bank statement shows: 18 characters of the BACS set (A to Z, 0 to 9, space and & - . /).

    Accents go, other characters become spaces, runs of spaces one. Raises ValueError when nothing is left.
    """
    plain = unicodedata.normalize("NFKD", text.upper())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    reference = " ".join(NOT_BACS.sub(" ", plain).split())[:REFERENCE_LENGTH].rstrip()
    if not reference:
        raise ValueError("A bank reference needs a letter or a digit.")
    return reference


def payment_number(pk: int) -> str:
    """The number by which Central Payments names a payment back to us."""
    return f"P{pk:07d}"


@dataclass(frozen=True, slots=True)
class AdvicePayee:
    ref: str
    name: str
    address: str = ""
    supplier_number: str = ""


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One amount of an advice. `to_on` is the last day. A held line is shown with `why` and is not in the net; of the
    kind "not_paid" it was billed and never will be."""

    property: str
    address: str
    lease: str
    kind: str
    amount: Decimal
    for_month: date
    from_on: date | None = None
    to_on: date | None = None
    days: int | None = None
    rent: Decimal | None = None
    per: str = ""
    basis: str = ""
    held: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class AdviceTotals:
    """How the net came about. `net` is what is paid; `held` and `carried_forward` are not in it."""

    rent: Decimal = ZERO
    backdated: Decimal = ZERO
    released: Decimal = ZERO
    adjustments: Decimal = ZERO
    nrl_tax: Decimal = ZERO
    brought_forward: Decimal = ZERO
    net: Decimal = ZERO
    held: Decimal = ZERO
    carried_forward: Decimal = ZERO
    nights: Decimal = ZERO
    vat: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Advice:
    """What a payee is told about one payment, as its source froze it at approval."""

    title: str
    payee: AdvicePayee
    totals: AdviceTotals
    lines: tuple[AdviceLine, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column: amounts as text, days as YYYY-MM-DD, `from_on` and `to_on` as from and to."""
        return {
            "title": self.title,
            "payee": asdict(self.payee),
            "lines": [_line_to_json(line) for line in self.lines],
            "totals": {name: str(amount) for name, amount in asdict(self.totals).items()},
        }

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> "Advice":
        return cls(
            title=frozen["title"],
            payee=AdvicePayee(**frozen["payee"]),
            lines=tuple(_line_from_json(line) for line in frozen["lines"]),
            totals=AdviceTotals(**{name: Decimal(amount) for name, amount in frozen["totals"].items()}),
        )


def _line_to_json(line: AdviceLine) -> dict[str, Any]:
    return {
        "property": line.property,
        "address": line.address,
        "lease": line.lease,
        "kind": line.kind,
        "from": line.from_on and line.from_on.isoformat(),
        "to": line.to_on and line.to_on.isoformat(),
        "days": line.days,
        "rent": None if line.rent is None else str(line.rent),
        "per": line.per,
        "basis": line.basis,
        "amount": str(line.amount),
        "for_month": line.for_month.isoformat(),
        "held": line.held,
        "why": line.why,
    }


def _line_from_json(line: Mapping[str, Any]) -> AdviceLine:
    return AdviceLine(
        property=line["property"],
        address=line["address"],
        lease=line["lease"],
        kind=line["kind"],
        from_on=line["from"] and date.fromisoformat(line["from"]),
        to_on=line["to"] and date.fromisoformat(line["to"]),
        days=line["days"],
        rent=None if line["rent"] is None else Decimal(line["rent"]),
        per=line["per"],
        basis=line["basis"],
        amount=Decimal(line["amount"]),
        for_month=date.fromisoformat(line["for_month"]),
        held=line["held"],
        why=line["why"],
    )


# Where a payment's money is, and where it may go from there. The database keeps to the same table (payment_moves).
MOVES: dict[str, set[str]] = {
    "payable": {"batched", "withdrawn"},
    "batched": {"payable", "sent"},
    "sent": {"paid", "returned"},
    "paid": {"returned"},  # a bank may send money back days after it was reported paid
    "returned": {"payable", "paid", "withdrawn"},
    "withdrawn": set(),
}


def next_batch_number(last: str | None) -> str:
    """The number after the latest one, from B000001 on."""
    return f"B{int(last[1:]) + 1 if last else 1:06d}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a payment in a batch: "paid" or "returned" on a day, or "" while nobody has said."""

    kind: str
    on: date | None = None
    reason: str = ""


def outcome_refusal(
    outcome: Outcome,
    *,
    batch_status: str,
    sent_at: datetime | None,
    recorded: Outcome,
    payment_state: str,
    now: datetime,
) -> str:
    """Why this outcome cannot be recorded, or "" if it can.

    Paid money can come back later. What was returned can still turn out paid, until it was put right to go again.
    """
    if batch_status != "sent" or sent_at is None:
        return "The batch has not been sent."
    if outcome.on is None:
        return "Say on which day."
    if outcome.on < sent_at.astimezone(LONDON).date():
        return f"The batch was sent on {_day(sent_at.astimezone(LONDON).date())}: the day cannot be earlier."
    if outcome.on > now.astimezone(LONDON).date():
        return "The day is in the future."
    if outcome.kind == "returned" and not outcome.reason.strip():
        return "Say why the payment was returned."
    if recorded.kind == outcome.kind:
        return f"It is recorded as {recorded.kind} already, on {_day(recorded.on)}."
    if recorded.kind == "returned" and payment_state != "returned":
        return f"It was returned on {_day(recorded.on)} and has gone on since."
    return ""


OWN_RETURN = "You recorded the return, so someone else must put it right."


def put_right_refusal(*, state: str, returned_by: int | None, by: int) -> str:
    """Why this person may not let a payment go out again, or "" if they may.

    A return that was made up would pay twice, and nothing but putting it right leads from a return to another batch.
    So whoever recorded the return, or loaded the answer with it, is not who puts it right. Anybody may then correct
    "paid" to "returned": alone it moves no money.
    """
    if state != "returned":
        return "Only a payment that was returned can be put right."
    if returned_by == by:
        return OWN_RETURN
    return ""


def _day(on: date | None) -> str:
    return f"{on.day} {on:%b %Y}" if on else ""


def coding_refusal(*, coding: Mapping[str, Decimal], net: Decimal) -> str:
    """Why this coding cannot stand, or "". Central Payments post by it, so it adds up to the net to the penny."""
    coded = sum(coding.values(), ZERO)
    if coded != net:
        return f"The expenditure codes add up to £{coded:,.2f} and the payment is £{net:,.2f}."
    return ""


OWN_PAYMENT = "You prepared this payment, so someone else must approve it."


def approval_refusal(*, prepared_by: int, approved_by: int, over_limit: str) -> str:
    """Why this person may not approve a payment, or "" if they may. Every path that raises payments asks this.

    `over_limit` is what `lewisham_ta.limits` says of the payment's amount with VAT for the day of the approval.
    """
    return OWN_PAYMENT if approved_by == prepared_by else over_limit


@dataclass(frozen=True, slots=True)
class Account:
    """Bank details as the payable rule sees them."""

    pk: int
    usable_from: datetime | None


def payable_refusal(
    *,
    state: str,
    amount: Decimal,
    prepared_by: int,
    approved_by: int | None,
    held_because: str,
    account: Account | None,
    change_waits: bool,
    batch: str,
    now: datetime,
) -> str:
    """Why a payment may not go out now, or "" if it may. Every path that pays asks this and nothing else.

    `account` is the payee's current approved account, `change_waits` whether another one waits for approval, `batch`
    the number of the live batch that the payment is in.
    """
    if batch:
        return f"It is in batch {batch}."
    if state == "withdrawn":
        return "It was withdrawn."
    if state == "returned":
        return "It was returned: say what was put right before it is sent again."
    if state != "payable":
        return "It has left already."
    if amount <= 0:
        return "It is not above zero."
    if approved_by is None or approved_by == prepared_by:
        return "It was not approved by another person."
    if held_because:
        return f"Payments to this payee are stopped: {held_because}"
    if change_waits:
        return "A change of the payee's bank details is waiting for approval."
    if account is None or account.usable_from is None:
        return "The payee has no approved bank details."
    if account.usable_from > now:
        usable = account.usable_from.astimezone(LONDON)
        return f"The payee's new bank details cool off until {_day(usable)}, {usable:%H:%M}."
    return ""
