"""Whether an account number can belong to a sort code, who is paid with tax withheld, and why a request is refused."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# --- Modulus check ("Validating account numbers", the published specification) ---------------------------------------
# The specification names the 14 digits of sort code and account number u v w x y z a b c d e f g h.
A, B, C, G, H = 6, 7, 8, 12, 13

MODULUS = {"MOD10": 10, "MOD11": 11, "DBLAL": 10}
LAST_EXCEPTION = 14
# Exception 2: Lloyds euro accounts, whose first digit is not 0, have weights of their own.
EURO_WEIGHTS = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
EURO_WEIGHTS_G_IS_9 = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)
EXCEPTION_8_SORT_CODE = "090126"
EXCEPTION_9_SORT_CODE = "309634"
# Where the two checks of a sort code carry one of these pairs, passing either is enough.
EITHER_IS_ENOUGH = ((2, 9), (10, 11), (12, 13))


class Outcome(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    NOT_CHECKABLE = "not checkable"
    NO_TABLE = "no table loaded"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the modulus check says, and why. A valid pair could exist; that it does, only the bank can say."""

    outcome: Outcome
    reason: str

    @property
    def is_invalid(self) -> bool:
        return self.outcome is Outcome.INVALID

    def __str__(self) -> str:
        return f"{self.outcome.capitalize()}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Weighting:
    """A row of the weight table: how accounts at a range of sort codes are checked."""

    sort_code_from: str
    sort_code_to: str
    algorithm: str
    weights: tuple[int, ...]
    exception: int | None = None


@dataclass(frozen=True, slots=True)
class ModulusTable:
    """The weight table in its published order, and the sort codes that exception 5 replaces."""

    rows: Sequence[Weighting]
    substitutes: Mapping[str, str]

    def rows_for(self, sort_code: str) -> list[Weighting]:
        return [row for row in self.rows if row.sort_code_from <= sort_code <= row.sort_code_to]


def check_account(sort_code: str, account_number: str, table: ModulusTable | None) -> Verdict:
    """The verdict on six and eight digits. `table` is None where no installation has loaded one."""
    if table is None:
        return Verdict(Outcome.NO_TABLE, "the modulus weight table has not been loaded, so the number was not checked.")
    rows = table.rows_for(sort_code)
    if not rows:
        return Verdict(
            Outcome.NOT_CHECKABLE,
            f"sort code {dashed(sort_code)} is not in the published table, so its account numbers cannot be checked.",
        )
    if any(row.exception == 6 for row in rows) and _is_foreign_currency(account_number):
        return Verdict(Outcome.VALID, "a foreign currency account, to which the check does not apply.")
    results = [(row.algorithm, _passes(row, sort_code, account_number, table.substitutes)) for row in rows]
    passed = [algorithm for algorithm, result in results if result]
    failed = [algorithm for algorithm, result in results if not result]
    if not failed:
        return Verdict(Outcome.VALID, f"passes {' and '.join(passed)}.")
    if passed and tuple(row.exception for row in rows) in EITHER_IS_ENOUGH:
        return Verdict(Outcome.VALID, f"passes {passed[0]}; either of its sort code's two checks is enough.")
    return Verdict(
        Outcome.INVALID,
        f"this account number cannot belong to sort code {dashed(sort_code)} (fails {' and '.join(failed)}).",
    )


def clean_sort_code(text: str) -> str:
    """Six digits from what was typed: 08-99-99, 08 99 99 or 089999. Raises ValueError with the words to show."""
    return _clean_digits(text, 6, "A sort code has six digits, such as 08-99-99.")


def clean_account_number(text: str) -> str:
    """Eight digits from what was typed. A short number is not filled up: it may be another number cut off."""
    return _clean_digits(text, 8, "An account number has eight digits; put the zeros in front if they are missing.")


def _clean_digits(text: str, count: int, words: str) -> str:
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(rf"[0-9]{{{count}}}", digits):
        raise ValueError(words)
    return digits


def dashed(sort_code: str) -> str:
    """A sort code as people write it: 08-99-99."""
    return "-".join((sort_code[:2], sort_code[2:4], sort_code[4:]))


def _is_foreign_currency(account_number: str) -> bool:
    return account_number[0] in "45678" and account_number[6] == account_number[7]


def _passes(row: Weighting, sort_code: str, account_number: str, substitutes: Mapping[str, str]) -> bool:
    """Whether one check passes, its exception minded."""
    match row.exception:
        case 5:
            sort_code = substitutes.get(sort_code, sort_code)
        case 8:
            sort_code = EXCEPTION_8_SORT_CODE
        case 9:
            sort_code = EXCEPTION_9_SORT_CODE
    digits = [int(digit) for digit in sort_code + account_number]
    if row.exception == 3 and digits[C] in (6, 9):
        return True
    total = _total(row.algorithm, digits, _weights(row, digits))
    if row.exception == 1:
        total += 27
    remainder = total % MODULUS[row.algorithm]
    match row.exception:
        case 4:
            return remainder == 10 * digits[G] + digits[H]
        case 5:
            return _is_check_digit(row.algorithm, remainder, digits)
        case 14 if remainder != 0 and digits[H] in (0, 1, 9):
            shifted = "0" + account_number[:-1]
            return _passes(replace(row, exception=None), sort_code, shifted, substitutes)
    return remainder == 0


def _weights(row: Weighting, digits: Sequence[int]) -> Sequence[int]:
    ignores_sort_code = (0,) * 8 + tuple(row.weights[8:])  # u to b count for nothing
    match row.exception:
        case 2 if digits[A] != 0:
            return EURO_WEIGHTS_G_IS_9 if digits[G] == 9 else EURO_WEIGHTS
        case 7 if digits[G] == 9:
            return ignores_sort_code
        case 10 if digits[A] in (0, 9) and digits[B] == 9 and digits[G] == 9:
            return ignores_sort_code
    return row.weights


def _total(algorithm: str, digits: Sequence[int], weights: Sequence[int]) -> int:
    products = [digit * weight for digit, weight in zip(digits, weights, strict=True)]
    if algorithm == "DBLAL":  # the digits of each product are added, not the products
        return sum(int(digit) for product in products for digit in str(product))
    return sum(products)


def _is_check_digit(algorithm: str, remainder: int, digits: Sequence[int]) -> bool:
    """Exception 5: the account carries its own check digits, g for MOD11 and h for DBLAL."""
    if algorithm == "MOD11":
        return remainder != 1 and digits[G] == (11 - remainder) % 11
    return digits[H] == (10 - remainder) % 10


# --- Non-resident landlords ------------------------------------------------------------------------------------------


class TaxStatus(StrEnum):
    PAY_GROSS = "gross"
    WITHHOLD = "withhold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TaxVerdict:
    status: TaxStatus
    reason: str


def tax_verdict(is_overseas: bool | None, approval_ref: str, kind: str) -> TaxVerdict:
    """Whether basic-rate tax is withheld under the non-resident landlords scheme, and why.

    A UK agent accounts to HMRC for the tax of the landlords behind it. An agent abroad is no UK agent: it is treated
    like any payee abroad.
    """
    if is_overseas is None:
        return TaxVerdict(TaxStatus.UNKNOWN, "Nobody has recorded whether the payee lives overseas.")
    if not is_overseas and kind == "agent":
        return TaxVerdict(TaxStatus.PAY_GROSS, "Paid gross: a UK agent, who accounts for the landlord's tax.")
    if not is_overseas:
        return TaxVerdict(TaxStatus.PAY_GROSS, "Paid gross: in the UK.")
    if approval_ref:
        return TaxVerdict(TaxStatus.PAY_GROSS, f"Paid gross: overseas, with HMRC approval {approval_ref}.")
    return TaxVerdict(TaxStatus.WITHHOLD, "Tax withheld: overseas, without HMRC approval to pay gross.")


def tax_status(is_overseas: bool | None, approval_ref: str, kind: str) -> TaxStatus:
    return tax_verdict(is_overseas, approval_ref, kind).status


# --- What an officer types about a payee -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PayeeFacts:
    """Everything about a payee that is typed and may change without a second person. Bank details are not in it."""

    name: str
    kind: str
    email: str = ""
    telephone: str = ""
    address: str = ""
    vat_number: str = ""
    supplier_number: str = ""
    is_overseas: bool | None = None
    nrl_approval_ref: str = ""
    remittance_by: str = "print"

    @property
    def fingerprint(self) -> str:
        """What a form carries to tell whether the payee changed since it was shown."""
        return hashlib.sha256("\n".join(str(fact) for fact in astuple(self)).encode()).hexdigest()[:16]


def facts_refusal(facts: PayeeFacts) -> str:
    """Why these facts cannot be saved, or "" if they can."""
    if facts.remittance_by == "email" and not facts.email:
        return "Give an e-mail address, or send the remittance advice by print."
    return ""


# --- Bank details: asked for, called back, approved by another person ------------------------------------------------


def needs_call_back(*, is_first: bool, from_register: bool) -> bool:
    """The first account of a payee in the team's own register needs none: there is nothing that it changes."""
    return not (is_first and from_register)


def request_refusal(*, is_waiting: bool, is_same: bool, verdict: Verdict) -> str:
    """Why a change cannot be asked for, or "" if it can."""
    if is_waiting:
        return "A change of this payee's bank details is already waiting."
    if is_same:
        return "These are the payee's bank details already."
    if verdict.is_invalid:
        return f"{verdict} Check what was typed against the payee's letter."
    return ""


@dataclass(frozen=True, slots=True)
class ContactChange:
    """The latest change of a telephone number or e-mail address on file."""

    at: datetime
    who: str
    was: str
    now: str


def is_too_new(number_changed_at: datetime | None, requested_at: datetime, cooling_off: timedelta) -> bool:
    """Whether a number is newer than the cooling-off time before the request that it is to confirm."""
    return number_changed_at is not None and number_changed_at > requested_at - cooling_off


OWN_CALL_BACK = "You asked for this account or loaded it, so someone else must ring the payee."


def call_back_refusal(
    *,
    is_waiting: bool,
    asked_by_same_person: bool,
    is_called_back: bool,
    telephone: str,
    seen_number: str,
    requested_at: datetime,
    number_changed_at: datetime | None,
    cooling_off: timedelta,
) -> str:
    """Why a call to the number on file does not count, or "" if it does.

    Whoever wants the rent paid to another account first has the telephone number changed: a number that is newer than
    the cooling-off time before the request proves nothing. Nor does the word of whoever asked for the account: an
    approver who trusts the call-back would be the only other person. Who approves may be who rang.
    """
    if not is_waiting:
        return "This request has been decided already."
    if asked_by_same_person:
        return OWN_CALL_BACK
    if is_called_back:
        return "A call-back is recorded already."
    if not telephone:
        return "There is no telephone number on file to ring, so this request cannot be confirmed."
    if seen_number != telephone:
        return "The telephone number on file changed while you were reading. Check it again."
    if is_too_new(number_changed_at, requested_at, cooling_off):
        return (
            "The telephone number on file was changed too shortly before this request, or after it, to confirm it:"
            f" refuse it, and ask again {_hours(cooling_off)} after the number was changed."
        )
    return ""


def approval_refusal(*, is_waiting: bool, asked_by_same_person: bool, lacks_call_back: bool, verdict: Verdict) -> str:
    """Why this person may not approve this request, or "" if they may."""
    if not is_waiting:
        return "This request has been decided already."
    if asked_by_same_person:
        return "You asked for this change or loaded it, so someone else must approve it."
    if verdict.is_invalid:
        return f"{verdict} Refuse it and ask the payee."
    if lacks_call_back:
        return "Record the call-back before this change is approved."
    return ""


def _hours(time: timedelta) -> str:
    return f"{int(time.total_seconds() // 3600)} hours"
