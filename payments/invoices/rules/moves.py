"""How an invoice and its lines move, and why a person may not move them: each answer is the reason, or "" for yes."""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

CHECKING, READY, APPROVED, REJECTED, VOIDED = "checking", "ready", "approved", "rejected", "voided"
DROPPED = (REJECTED, VOIDED)  # nothing is paid of them, and their nights and number are free
MOVES: dict[str, set[str]] = {
    CHECKING: {READY, REJECTED},
    READY: {APPROVED, REJECTED, CHECKING},
    APPROVED: {VOIDED},  # never reopened: what was paid too much becomes an overpayment
    REJECTED: set(),
    VOIDED: set(),
}
WORDS = {
    CHECKING: "being checked",
    READY: "awaiting approval",
    APPROVED: "approved",
    REJECTED: "rejected",
    VOIDED: "voided",
}
UNDECIDED, PASS, SHORT_PAY, QUERY, REJECT = "undecided", "pass", "short_pay", "query", "reject"
AS_BILLED, BUT_AWAY = "as_billed", "but_away"
DECISIONS = (PASS, AS_BILLED, SHORT_PAY, BUT_AWAY, QUERY, REJECT)
TO_DECIDE = (UNDECIDED, QUERY)  # what keeps an invoice from being submitted
PAID = (PASS, AS_BILLED, SHORT_PAY, BUT_AWAY)

OWN_INVOICE = "You loaded, decided or submitted this invoice, so someone else must approve it."
NIGHT_CLAIMED = "Some of these nights are claimed by another invoice line already. Check the invoice again."
NOT_AS_BILLED = "Part of this line is not payable: short-pay, query or reject it."
NOT_WHAT_WAS_DECIDED = "What is to be paid of this line is not what was decided of it."
NIGHTS_STAY = "The invoice is approved: its nights stay claimed."
NIGHTS_ARE_FREE = "The invoice is rejected or voided: it claims no night any more."
STILL_PAYABLE = "An invoice is voided only after its payment was withdrawn, so that nothing of it is ever paid."
NOT_ASKED = "The invoice is not being checked: nothing is asked or answered about it any more."
ASKED_TOO_EARLY = "A query is not earlier than the receipt of its invoice."
STALE = "This invoice changed while you were reading it. Check it again."


def decide_refusal(
    *,
    status: str,
    decision: str,
    reason: str,
    needs_reason: bool,
    is_as_billed: bool,
    pays_something: bool,
    difference: Decimal,
    tolerance: Decimal,
    was_away: bool,
    may_override: bool,
    is_money_only: bool = False,
    may_pass_over: bool = False,
    others_there: bool = False,
) -> str:
    """Why a line cannot be decided so, or "".

    `needs_reason`: the check found something that does not change what is payable, such as a suspended Academy account
    or nights that are still to come.
    `was_away`: the provider itself said that the household was not there on a payable night; only who approves invoices
    may pay that, with a reason. Where it was there on `others_there`, those alone can be paid. A difference
    within the tolerance may be short-paid without one, and where money is the only fault (`is_money_only`) be paid as
    billed. Above it, who `may_pass_over` it does that, with a reason.
    """
    if status != CHECKING:
        return f"An invoice that is {WORDS[status]} is not decided any more."
    has_reason = bool(reason.strip())
    if decision == PASS and not is_as_billed:
        return NOT_AS_BILLED
    if decision == SHORT_PAY and is_as_billed:
        return "Nothing is taken off this line: pass, query or reject it."
    if decision == SHORT_PAY and not pays_something:
        return "Nothing of this line is payable: query or reject it."
    if decision == AS_BILLED and (
        refusal := _as_billed_refusal(
            has_reason=has_reason,
            is_as_billed=is_as_billed,
            is_money_only=is_money_only and pays_something,
            difference=difference,
            tolerance=tolerance,
            may_pass_over=may_pass_over,
        )
    ):
        return refusal
    if decision == BUT_AWAY:
        if not was_away:
            return "The provider said of no payable night that nobody was there."
        if not others_there:
            return "Nobody was there on any payable night: query or reject the line."
        if not has_reason:
            return "Say why the nights away are left out."
    if decision in (PASS, SHORT_PAY) and was_away:
        if not may_override:
            return (
                "The provider said that the household was not there on some of these nights: only who approves "
                "invoices may pay them."
            )
        if not has_reason:
            return "Say why nights are paid on which the provider said that the household was not there."
    if decision in (PASS, AS_BILLED, SHORT_PAY) and needs_reason and not has_reason:
        return "Say why the line is passed although the check found something."
    if decision == SHORT_PAY and not has_reason and difference > tolerance:
        return f"Say why £{difference:,.2f} of the line is not paid."
    if decision in (QUERY, REJECT) and not has_reason:
        return "Say why the line is queried or rejected."
    return ""


def _as_billed_refusal(
    *,
    has_reason: bool,
    is_as_billed: bool,
    is_money_only: bool,
    difference: Decimal,
    tolerance: Decimal,
    may_pass_over: bool,
) -> str:
    if is_as_billed:
        return "The line is payable as billed: pass it."
    if not is_money_only:
        return (
            "A line is passed as billed only where all its nights are payable and nothing but the rate, the sum or the "
            "amount of VAT is wrong."
        )
    if difference > tolerance and not may_pass_over:
        return (
            f"£{difference:,.2f} over what is payable is above the tolerance of £{tolerance:,.2f}: only a team leader "
            "or service manager passes the line as billed."
        )
    if difference > tolerance and not has_reason:
        return f"Say why £{difference:,.2f} more than is payable is paid."
    return ""


def submit_refusal(
    *, status: str, undecided: int, queried: int, open_findings: Sequence[str], open_query: bool, payable: Decimal
) -> str:
    """Why an invoice cannot be handed on for approval, or ""."""
    if READY not in MOVES[status]:
        return f"An invoice that is {WORDS[status]} cannot be submitted."
    if undecided:
        return f"{_lines(undecided)} not decided yet."
    if queried:
        return f"{_lines(queried)} in query: decide what is paid of it, or reject it."
    if open_query:
        return "A query about this invoice has no answer recorded yet."
    if open_findings:
        return f"Accept or mend first: {open_findings[0]}"
    if payable <= 0:
        return "Nothing of this invoice is payable: reject it."
    return ""


def return_refusal(*, status: str, note: str) -> str:
    """Why an invoice cannot be given back to the officer, or ""."""
    if status != READY:
        return f"An invoice that is {WORDS[status]} cannot be returned."
    return "" if note.strip() else "Say what has to be put right."


def approve_refusal(*, status: str, by: int, handled_by: Collection[int], own_record: str, has_account: bool) -> str:
    """Why this person may not approve an invoice, or "". Their limit is asked when the payment is raised.

    `own_record`: what they set of a booking or rate that a line is paid by, in words.
    """
    if APPROVED not in MOVES[status]:
        return f"An invoice that is {WORDS[status]} cannot be approved."
    if by in handled_by:
        return OWN_INVOICE
    if own_record:
        return f"{own_record}, so someone else must approve the invoice."
    if not has_account:
        return "The provider has no approved bank details: ask for them first."
    return ""


def reject_refusal(*, status: str, reason: str) -> str:
    """Why an invoice cannot be rejected as a whole, or ""."""
    if REJECTED not in MOVES[status]:
        return f"An invoice that is {WORDS[status]} cannot be rejected."
    return "" if reason.strip() else "Say why the invoice is rejected."


def void_refusal(*, status: str, payment: str, is_withdrawn: bool, reason: str) -> str:
    """Why an approved invoice cannot be voided, or "". `payment` says in words where its payment is."""
    if VOIDED not in MOVES[status]:
        return f"An invoice that is {WORDS[status]} cannot be voided."
    if not is_withdrawn:
        return f"Its payment is {payment}. {STILL_PAYABLE}"
    return "" if reason.strip() else "Say why the invoice is voided."


def ask_refusal(*, status: str) -> str:
    """Why a query about an invoice cannot be sent or answered, or ""."""
    return "" if status == CHECKING else f"An invoice that is {WORDS[status]} is not asked about any more."


def change_refusal(*, status: str) -> str:
    """Why an invoice's lines and findings cannot be worked on, or ""."""
    return "" if status == CHECKING else f"An invoice that is {WORDS[status]} is not changed any more."


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the 30-day clock sees it: the day it was sent, and that of its answer or end, if there is one."""

    sent_on: date
    ended_on: date | None


def due_on(*, received_on: date, days: int, queries: Collection[Asked], today: date) -> date:
    """The last day on which the invoice is paid in time: so many days from receipt, and the days it stood in query."""
    stopped: Set[date] = {
        asked.sent_on + timedelta(days=n)
        for asked in queries
        for n in range(((asked.ended_on or today) - asked.sent_on).days)
    }
    return received_on + timedelta(days=days + len(stopped))


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"
