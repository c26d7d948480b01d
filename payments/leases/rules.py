"""What may be done to a lease and when: refusals in words an officer can act on, and how what was pasted is read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lewisham_ta.dates import ONE_DAY, Period, next_month, say, say_month
from lewisham_ta.money import PENNY, from_cell

LARGEST_ADJUSTMENT = Decimal("9999999.99")
NARRATIVE_LENGTH = 200


# The days of a lease ------------------------------------------------------------------------------------------------


def days_held(
    *, starts_on: date, ends_on: date | None, keys_returned_on: date | None, keys_day_paid: bool
) -> Period | None:
    """The days on which a lease holds its property: as the database's DaysHeld, or None where there is not one."""
    end = ends_on if keys_returned_on is None else keys_returned_on + keys_day_paid * ONE_DAY
    return None if end is not None and end <= starts_on else Period(starts_on, end)


def clash_words(*, ref: str, held: Period) -> str:
    """That another lease holds the property, and when."""
    until = f"to {say(held.ends_on - ONE_DAY)}" if held.ends_on else "with no end"
    return f"Lease {ref} holds this property from {say(held.starts_on)} {until}."


def start_refusal(*, starts_on: date, old_start: date, series: dict[str, list[date]]) -> str:
    """Why a lease's first day may not be moved, or "". `series` has the days on which rents and payees change.

    What began with the lease moves with it. What changed later must still be later.
    """
    for what, days in series.items():
        late = [day for day in days if day != old_start and day <= starts_on]
        if late:
            return (
                f"The {what} of this lease changes on {say(min(late))}, which would not be after its first day: "
                "withdraw or correct that first."
            )
    return ""


def from_day_refusal(*, what: str, from_on: date, starts_on: date) -> str:
    """Why something of a lease may not begin on that day, or ""."""
    if from_on < starts_on:
        return f"The lease starts on {say(starts_on)}: its {what} cannot begin before that."
    return ""


def hand_back_refusal(*, keys_returned_on: date | None, new_day: date, starts_on: date) -> str:
    """Why the return of the keys may not be recorded, or ""."""
    if keys_returned_on is not None:
        return f"The keys are recorded as returned on {say(keys_returned_on)}: undo that first."
    if new_day < starts_on:
        return f"The lease starts on {say(starts_on)}: the keys cannot be returned before that."
    return ""


def undo_hand_back_refusal(*, keys_returned_on: date | None) -> str:
    """Why the return of the keys may not be undone, or ""."""
    return "" if keys_returned_on is not None else "No return of the keys is recorded for this lease."


# Series, spells and adjustments -------------------------------------------------------------------------------------


def withdrawal_refusal(*, what: str, is_first: bool) -> str:
    """Why a row of a lease's rents or payees may not be withdrawn, or "": a lease always has its first one."""
    return f"This is the lease's first {what}: correct it instead of withdrawing it." if is_first else ""


def rent_refusal(*, from_on: date, starts_on: date, is_first: bool) -> str:
    """Why a rent may not be corrected to begin on that day, or ""."""
    if is_first and from_on != starts_on:
        return f"The lease's first rent begins with the lease, on {say(starts_on)}."
    return from_day_refusal(what="rent", from_on=from_on, starts_on=starts_on)


def end_refusal(*, what: str, starts_on: date, ends_on: date | None, new_end: date) -> str:
    """Why a suspension or hold may not end there, or "". `new_end` is the first day after it."""
    if ends_on is not None:
        return f"This {what} already ends on {say(ends_on - ONE_DAY)}."
    if new_end <= starts_on:
        return f"The {what} begins on {say(starts_on)} and has at least that day. Withdraw it if it was a mistake."
    return ""


def month_refusal(*, month: date, signed_off_to: date | None) -> str:
    """Why money may no longer be added to a month or taken from it, or "". Signed-off months are never changed."""
    if signed_off_to is not None and month <= signed_off_to:
        return (
            f"{say_month(month)} is signed off. Record it for {say_month(next_month(signed_off_to))}, "
            "the next month to be paid, and say in the narrative what it is for."
        )
    return ""


def withdraw_adjustment_refusal(*, month: date, signed_off_to: date | None, is_scheduled: bool) -> str:
    """Why an adjustment may not be withdrawn, or "": what was signed off is put right by an opposite adjustment.

    What came after its month was signed off is on no schedule yet, and can be taken back like any other.
    """
    if is_scheduled:
        return (
            f"{say_month(month)} is signed off with this adjustment, so it stays. Record the opposite one for "
            f"{say_month(next_month(signed_off_to or month))} instead."
        )
    return ""


# Certificates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertificateState:
    words: str
    tone: str


def reminder_days(text: str) -> list[int]:
    """The setting certificate_reminder_days, "60, 30, 7", as numbers, longest first."""
    return sorted((int(part) for part in text.replace(",", " ").split()), reverse=True)


def certificate_state(expires_on: date | None, today: date, reminders: list[int]) -> CertificateState:
    """Whether a property's latest certificate of a kind is good. `expires_on` is its last day; None is none at all."""
    if expires_on is None:
        return CertificateState("Missing", "error")
    left = (expires_on - today).days
    if left < 0:
        return CertificateState("Expired", "error")
    within = [days for days in reminders if left <= days]
    if within:
        return CertificateState(f"Within {min(within)} days", "warning")
    return CertificateState("In date", "ok")


# Rows pasted from Excel ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PastedRow:
    """One adjustment as it was pasted: its line, what could be read of it, and what is wrong with the rest."""

    line: int
    lease_ref: str
    kind: str
    amount: Decimal | None
    narrative: str
    problems: tuple[str, ...]


KIND_WORDS = {"recharge": "recharge", "credit": "credit"}


def pasted_adjustments(text: str) -> list[PastedRow]:
    """The rows of a table pasted from Excel (lease, type, amount, narrative), without its headings and blank lines.

    A wrong cell is never guessed: the row says what is wrong with it.
    """
    rows: list[PastedRow] = []
    for line, raw in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"').strip() for cell in raw.split("\t")]
        is_heading = not rows and len(cells) > 2 and cells[2].lower().startswith("amount")
        if any(cells) and not is_heading:
            rows.append(_pasted_row(line, cells))
    return rows


def _pasted_row(line: int, cells: list[str]) -> PastedRow:
    if len(cells) != 4:
        found = f"{len(cells)} column{'s' if len(cells) > 1 else ''}"
        problem = f"A row has four columns (lease, type, amount, narrative) and this one has {found}."
        return PastedRow(line, cells[0], "", None, "", (problem,))
    ref, kind_words, amount_words, narrative = cells
    problems = []
    if not ref:
        problems.append("The lease reference is missing.")
    kind = KIND_WORDS.get(kind_words.lower(), "")
    if not kind:
        problems.append(f"The type is Recharge or Credit, not {kind_words!r}.")
    amount = None
    try:
        amount = from_cell(amount_words)
    except ValueError:
        problems.append(f"{amount_words!r} is not an amount in pounds and pence.")
    if amount is not None and amount < PENNY:
        problems.append("An adjustment is above zero; its type says whether it is taken off or added.")
    if amount is not None and amount > LARGEST_ADJUSTMENT:
        problems.append("The amount is more than one adjustment can be.")
    if not narrative:
        problems.append("The narrative is missing: the landlord reads it on the remittance.")
    if len(narrative) > NARRATIVE_LENGTH:
        problems.append(f"The narrative has {len(narrative)} characters; it may have {NARRATIVE_LENGTH}.")
    return PastedRow(line, ref, kind, amount, narrative, tuple(problems))
