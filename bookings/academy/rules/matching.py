"""Whose account is whose, where no reference says it. Nobody is matched on a name alone."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bookings.academy.rules.sides import BOOKED, Account, Stay


class Ground(StrEnum):
    """Why an account is proposed for a booking, the strongest first."""

    NI_AND_BIRTH = "ni_and_birth"
    NAME_AND_BIRTH = "name_and_birth"
    NAME_AND_POSTCODE = "name_and_postcode"


GROUND_WORDS = {
    Ground.NI_AND_BIRTH: "NI number and date of birth",
    Ground.NAME_AND_BIRTH: "Name and date of birth",
    Ground.NAME_AND_POSTCODE: "Name and postcode",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An account that may be a booking's. `is_only`: no other account fits the booking, and no other household it."""

    stay: Stay
    account: Account
    ground: Ground
    is_only: bool


def name_key(name: str) -> str:
    """A name as it is compared: letters only, without accents and case."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    return re.sub(r"[\W_]", "", plain.casefold())


def proposals(stays: Iterable[Stay], accounts: Iterable[Account], *, today: date) -> list[Proposal]:
    """Accounts proposed for live bookings that have none by reference, each on its strongest ground.

    An account that another household's booking names is not proposed. Nobody is matched on a name alone.
    """
    stays, accounts = list(stays), [account for account in accounts if not account.is_gone]
    known = {account.claim for account in accounts}
    owners: dict[str, set[int]] = defaultdict(set)
    for stay in stays:
        if stay.claim and stay.status == BOOKED:
            owners[stay.claim].add(stay.household)
    found: list[tuple[Stay, Account, Ground, int]] = []
    indexes = {ground: _index(accounts, key) for ground, key in _KEYS.items()}
    for stay in stays:
        if not stay.is_live(today) or stay.claim in known:
            continue
        for ground, key in _KEYS.items():
            of_key = key(stay)
            fitting = [
                account
                for account in (indexes[ground].get(of_key, []) if of_key else [])
                if owners[account.claim] <= {stay.household} and _agree(stay, account, ground)
            ]
            if fitting:
                found += [(stay, account, ground, len(fitting)) for account in fitting]
                break
    wanted: dict[int, set[int]] = defaultdict(set)
    for stay, account, _, _ in found:
        wanted[account.pk].add(stay.household)
    made = [
        Proposal(stay, account, ground, is_only=count == 1 and len(wanted[account.pk]) == 1)
        for stay, account, ground, count in found
    ]
    grounds = list(Ground)
    return sorted(made, key=lambda one: (grounds.index(one.ground), one.stay.starts_on, one.stay.pk, one.account.pk))


def confirm_refusal(chosen: Collection[Proposal]) -> str:
    """Why these matches may not be confirmed together, or ""."""
    if len(chosen) > 1 and any(one.ground != Ground.NI_AND_BIRTH or not one.is_only for one in chosen):
        return (
            "Several matches at once are confirmed only where NI number and date of birth agree and nobody else fits. "
            "Look at the others one by one."
        )
    return ""


def _by_ni(one: Stay | Account) -> Hashable:
    return one.ni_number and one.born_on and (one.ni_number[:8], one.born_on)


def _by_birth(one: Stay | Account) -> Hashable:
    surname = name_key(one.surname)
    return surname and one.born_on and (surname, one.born_on)


def _by_postcode(one: Stay | Account) -> Hashable:
    surname = name_key(one.surname)
    return surname and one.postcode and (surname, one.postcode.replace(" ", "").upper())


_KEYS: dict[Ground, Callable[[Stay | Account], Hashable]] = {
    Ground.NI_AND_BIRTH: _by_ni,
    Ground.NAME_AND_BIRTH: _by_birth,
    Ground.NAME_AND_POSTCODE: _by_postcode,
}


def _index(accounts: Iterable[Account], key: Callable[[Stay | Account], Hashable]) -> dict[Hashable, list[Account]]:
    found: dict[Hashable, list[Account]] = defaultdict(list)
    for account in accounts:
        if of_key := key(account):
            found[of_key].append(account)
    return found


def _agree(stay: Stay, account: Account, ground: Ground) -> bool:
    """Whether nothing that both sides know speaks against it: twins share a name and a birthday, not a forename."""
    if ground == Ground.NI_AND_BIRTH:
        return True
    born = {stay.born_on, account.born_on} - {None}
    numbers = {stay.ni_number[:8], account.ni_number[:8]} - {""}
    initials = {name_key(stay.forename)[:1], name_key(account.forename)[:1]} - {""}
    return len(born) < 2 and len(numbers) < 2 and len(initials) < 2
