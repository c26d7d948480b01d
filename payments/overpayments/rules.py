"""How an overpayment moves, and why a person may not move it: each answer is the reason, or "" for yes."""

FOUND, AGREED, RECOVERED, WRITTEN_OFF = "found", "agreed", "recovered", "written_off"
MOVES: dict[str, set[str]] = {
    FOUND: {AGREED, WRITTEN_OFF},
    AGREED: {RECOVERED, WRITTEN_OFF},
    RECOVERED: set(),
    WRITTEN_OFF: set(),
}
WORDS = {FOUND: "found", AGREED: "agreed", RECOVERED: "recovered", WRITTEN_OFF: "written off"}
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
