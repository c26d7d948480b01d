"""Which moves a schedule may make, and why a person may not make one: each answer is the reason, or "" for yes."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lewisham_ta.dates import next_month

DRAFT, READY, SIGNED_OFF = "draft", "ready", "signed_off"
MOVES: dict[str, set[str]] = {
    DRAFT: {READY},
    READY: {SIGNED_OFF, DRAFT},
    SIGNED_OFF: set(),  # never reopened: a correction is a line of the next schedule
}
ACCEPTED, HELD, UNDECIDED = "accepted", "held", ""
MOST_NAMED = 5  # payees in one sentence


@dataclass(frozen=True, slots=True)
class Place:
    """Which schedule: its month, and 0 or the number of a supplementary one."""

    month: date
    number: int = 0

    def __str__(self) -> str:
        return f"{self.month:%B %Y}" + (f", supplementary {self.number}" if self.number else "")


def generate_refusal(wanted: Place, *, status: str | None, open: Place | None, last_signed: Place | None) -> str:
    """`status` is that of the wanted schedule, if it exists; `open` the one that is not signed off yet."""
    if status == SIGNED_OFF:
        return f"{wanted} is signed off, so it cannot be generated again."
    if status == READY:
        return f"{wanted} awaits sign-off: it must be returned before it is generated again."
    if open is not None and open != wanted:
        return f"{open} is not signed off yet: it comes first."
    if wanted.number:
        return _supplementary_refusal(wanted, last_signed)
    if last_signed is not None and wanted.month != (due := next_month(last_signed.month)):
        if wanted.month > due:
            return f"{Place(due)} comes first: {Place(last_signed.month)} is the latest month that is signed off."
        return f"{wanted} is before {Place(due)}, the next month to be generated."
    return ""


def _supplementary_refusal(wanted: Place, last_signed: Place | None) -> str:
    if last_signed is None or wanted.month != last_signed.month:
        return "Only the latest month that is signed off can have a supplementary schedule."
    if wanted.number != (due := last_signed.number + 1):
        return f"The next supplementary schedule of {wanted.month:%B %Y} is number {due}."
    return ""


def preview_refusal(wanted: Place, *, last_signed: Place | None) -> str:
    """A month can be looked at ahead of its turn, but not one that is signed off."""
    if wanted.number or last_signed is None or wanted.month > last_signed.month:
        return ""
    return f"{wanted} is signed off or before a month that is. Preview a month after {Place(last_signed.month)}."


def stale_refusal(*, version: int, seen_version: int) -> str:
    return "" if version == seen_version else "This schedule changed while you were reading it. Check it again."


def discard_refusal(*, status: str) -> str:
    return "" if status == DRAFT else "Only a draft can be discarded."


def submit_refusal(*, status: str) -> str:
    return "" if READY in MOVES[status] else "Only a draft can be submitted for sign-off."


def return_refusal(*, status: str, note: str) -> str:
    if DRAFT not in MOVES[status]:
        return "Only a schedule that awaits sign-off can be returned."
    return "" if note.strip() else "Say in the note what has to be put right."


def decide_refusal(*, status: str, severity: str, decision: str, reason: str) -> str:
    """`decision` is to accept, to hold, or to take an earlier decision back."""
    if status == SIGNED_OFF:
        return "The schedule is signed off, and what was decided in it stays."
    if severity == "NOTE":
        return "A NOTE is for reading: there is nothing to decide."
    if decision == ACCEPTED and severity == "STOP":
        return "A STOP cannot be accepted: mend it or hold it."
    if decision in (ACCEPTED, HELD) and not reason.strip():
        return "A decision needs a reason."
    return ""


def sign_off_refusal(
    *, status: str, by: int, may_sign: bool, handled_by: Set[int], open_stops: int, open_checks: int
) -> str:
    if SIGNED_OFF not in MOVES[status]:
        return "Only a schedule that awaits sign-off can be signed off."
    if by in handled_by:
        return "You prepared or last edited this schedule, so someone else must sign it off."
    if not may_sign:
        return "Only a team leader, a service manager or an appointed deputy within their dates can sign off."
    if open_stops:
        return f"{_count(open_stops, 'STOP')} must be mended or held before sign-off."
    if open_checks:
        return f"{_count(open_checks, 'CHECK')} must be mended, held or accepted before sign-off."
    return ""


def changed_refusal(*, changed: Sequence[str]) -> str:
    """`changed` are the references of the leases and payees with another line, total or finding now than when it was
    generated."""
    if not changed:
        return ""
    who = "lease or payee" if len(changed) == 1 else "leases or payees"
    named = f"{len(changed):,} {who} changed since this was generated: {_named(changed)}."
    return f"{named} It must be returned and generated again."


def limit_refusal(*, limit: str, above: Sequence[tuple[str, Decimal]]) -> str:
    """`limit` in words, and the reference and net of each payee whose net is above it, the largest first."""
    if not above:
        return ""
    names = _named([f"{ref} £{net:,.2f}" for ref, net in above])
    return f"Your approval limit is {limit}, and these payees get more: {names}."


def account_refusal(*, without: Sequence[str]) -> str:
    """`without` are the references of payees who are to be paid and have no approved account."""
    if not without:
        return ""
    return f"There are no approved bank details to pay {_named(without)}: approve them, or hold what is paid to them."


def _named(words: Sequence[str]) -> str:
    """The first few in one sentence, and how many more there are."""
    named = [*words[:MOST_NAMED]]
    if more := len(words) - len(named):
        named.append(f"{more:,} more")
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def release_refusal(*, status: str, decision: str, is_released: bool, reason: str) -> str:
    """What a decision holds can be released by hand once its schedule is signed off; before, it is taken back."""
    if decision != HELD:
        return "Nothing is held by this."
    if status != SIGNED_OFF:
        return "The schedule is not signed off yet: take the decision back instead."
    if is_released:
        return "This is released already: the next schedule pays it."
    return "" if reason.strip() else "A release needs a reason."


def bridge_refusal(*, closes: bool, unexplained: Decimal) -> str:
    if closes:
        return ""
    return f"The bridge from last month leaves £{unexplained:,.2f} unexplained, so the schedule cannot be signed off."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def appoint_refusal(*, person: int, by: int, from_on: date, to_on: date, today: date) -> str:
    if person == by:
        return "Nobody can appoint themselves."
    if from_on < today:
        return "A deputy is appointed beforehand: the first day cannot have gone by."
    return "" if to_on >= from_on else "The last day cannot be before the first."
