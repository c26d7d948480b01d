"""How an overpayment moves, and why a person may not move it: each answer is the reason, or "" for yes."""

FOUND, AGREED, RECOVERED, WRITTEN_OFF, DROPPED = "found", "agreed", "recovered", "written_off", "dropped"
MOVES: dict[str, set[str]] = {
    FOUND: {AGREED, WRITTEN_OFF, DROPPED},
    AGREED: {RECOVERED, WRITTEN_OFF, DROPPED},
    RECOVERED: set(),
    WRITTEN_OFF: set(),
    DROPPED: set(),
}
WORDS = {
    FOUND: "found",
    AGREED: "agreed",
    RECOVERED: "recovered",
    WRITTEN_OFF: "written off",
    DROPPED: "seen not to be overpaid",
}
ASK_FIRST = "Two people write off: somebody else must ask for it first, and say why."
OWN_ASKING = "You asked for this write-off, so someone else must decide it."
OWN_CASE = "You agreed this overpayment with the payee, so someone else must settle it."


def move_refusal(*, status: str, to: str) -> str:
    """Why an overpayment cannot become `to`, or ""."""
    if to in MOVES[status]:
        return ""
    if status == FOUND:
        return "Agree it with the payee first."
    return f"It is {WORDS[status]} already."


def settle_refusal(*, status: str, to: str, agreed_by: int | None, by: int) -> str:
    """Why this person may not record an overpayment as recovered, or write it off, or "". Either ends the claim on the
    payee, so one person cannot do all of it."""
    return move_refusal(status=status, to=to) or (OWN_CASE if agreed_by == by else "")


def ask_refusal(*, status: str, asked_by: int | None) -> str:
    """Why nobody can ask for a write-off of an overpayment, or "". What is agreed has its first person already."""
    if refusal := move_refusal(status=status, to=WRITTEN_OFF):
        return refusal
    if status == AGREED:
        return "It is agreed with the payee: whoever did not agree it can write it off."
    return "It is asked for already." if asked_by is not None else ""


def write_off_refusal(*, status: str, agreed_by: int | None, asked_by: int | None, by: int) -> str:
    """Why this person may not write an overpayment off, or "". One person alone never gives up what a payee owes: one
    agreed it with the payee or asked for the write-off, and another decides."""
    if refusal := settle_refusal(status=status, to=WRITTEN_OFF, agreed_by=agreed_by, by=by):
        return refusal
    if asked_by == by:
        return OWN_ASKING
    return ASK_FIRST if agreed_by is None and asked_by is None else ""
