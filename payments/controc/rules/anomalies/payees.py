"""What is odd about a payee: one small function a code."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from payments.controc.rules.anomalies.values import NOTE, SEVERITY, STOP, Finding, PayeeInMonth, Words
from payments.controc.rules.anomalies.words import pounds


def no_bank_details(payee: PayeeInMonth) -> Words | None:
    if payee.account is not None:
        return None
    return "Something is payable and there are no approved bank details.", {}


def bank_details_changed(payee: PayeeInMonth) -> Words | None:
    if payee.account is None or payee.used is None or payee.account == payee.used:
        return None
    return (
        f"The account ends in {payee.account[1][-4:]}; last time it was the one that ends in {payee.used[1][-4:]}.",
        # The words show four digits; the decision is on the whole account.
        {"account": sha256("".join(payee.account).encode()).hexdigest()[:16]},
    )


def bank_change_pending(payee: PayeeInMonth) -> Words | None:
    if payee.account is None or not payee.is_change_waiting:
        return None
    return "A change of bank details is waiting for approval.", {}


def shared_bank_account(payee: PayeeInMonth) -> Words | None:
    if not payee.sharers:
        return None
    return f"Paid into the same account as {', '.join(payee.sharers[:5])}.", {"payees": list(payee.sharers)}


def nrl_status_unknown(payee: PayeeInMonth) -> Words | None:
    return ("Nobody has recorded whether the landlord lives overseas.", {}) if payee.is_tax_unknown else None


def negative_net(carried_forward: Decimal) -> Words | None:
    if carried_forward >= 0:
        return None
    return f"{pounds(carried_forward)} is carried forward; nothing is paid.", {"carried_forward": str(carried_forward)}


OF_PAYING_PAYEES: dict[str, Callable[[PayeeInMonth], Words | None]] = {
    "NO_BANK_DETAILS": no_bank_details,
    "BANK_DETAILS_CHANGED": bank_details_changed,
    "BANK_CHANGE_PENDING": bank_change_pending,
    "SHARED_BANK_ACCOUNT": shared_bank_account,
    "NRL_STATUS_UNKNOWN": nrl_status_unknown,
}


def of_payee(payee: PayeeInMonth, *, now: datetime) -> list[Finding]:
    found = []
    if payee.pays:
        for code, rule in OF_PAYING_PAYEES.items():
            if said := rule(payee):
                found.append(Finding(code, _severity(code, payee, now), *said, payee=payee.payee))
    if said := negative_net(payee.carried_forward):
        found.append(Finding("NEGATIVE_NET", NOTE, *said, payee=payee.payee))
    return found


def _severity(code: str, payee: PayeeInMonth, now: datetime) -> str:
    is_cooling = code == "BANK_DETAILS_CHANGED" and payee.usable_from is not None and payee.usable_from > now
    return STOP if is_cooling else SEVERITY[code]
