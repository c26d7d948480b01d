"""The eight exceptions between Academy and the bookings, worked out in one pass over both."""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bookings.academy.rules.sides import BOOKED, ENDED, LIVE, Account, Stay
from lewisham_ta.addresses import address_key
from lewisham_ta.dates import say


class Kind(StrEnum):
    NO_ACCOUNT = "no_account"
    NO_BOOKING = "no_booking"
    ADDRESS = "address"
    DATES = "dates"
    STOPPED = "stopped"
    TWICE = "twice"
    CHARGE = "charge"
    NOT_CLAIMED = "not_claimed"


KIND_WORDS = {
    Kind.NO_ACCOUNT: "Booked, no Academy account",
    Kind.NO_BOOKING: "Academy account, no booking",
    Kind.ADDRESS: "Different address",
    Kind.DATES: "Different dates",
    Kind.STOPPED: "Academy stopped, still booked",
    Kind.TWICE: "Two bookings on one night",
    Kind.CHARGE: "Charge not as expected",
    Kind.NOT_CLAIMED: "HB not claimed",
}


SHORT_WORDS = {
    Kind.NO_ACCOUNT: "No account",
    Kind.NO_BOOKING: "No booking",
    Kind.ADDRESS: "Address",
    Kind.DATES: "Dates",
    Kind.STOPPED: "Stopped",
    Kind.TWICE: "Booked twice",
    Kind.CHARGE: "Charge",
    Kind.NOT_CLAIMED: "Not claimed",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One exception: what it is in words, what each side says, and the figures that a settlement holds for."""

    kind: Kind
    words: str
    ours: str
    theirs: str
    stay: Stay | None = None
    account: Account | None = None
    figures: str = ""

    @property
    def about(self) -> tuple[str, int | None, int | None]:
        return self.kind.value, self.stay.pk if self.stay else None, self.account.pk if self.account else None

    @property
    def key(self) -> str:
        """Names the exception with its figures: other figures have another key."""
        digest = hashlib.sha256(self.figures.encode()).hexdigest()[:12]
        return f"{self.kind}.{self.stay.pk if self.stay else 0}.{self.account.pk if self.account else 0}.{digest}"


@dataclass(frozen=True, slots=True)
class Terms:
    """Dated settings: after how many days without benefit a booking is named again and again, and the weekly charge
    expected for a size of unit, where one is loaded."""

    claim_days: Sequence[int]
    charges: Mapping[str, Decimal] = field(default_factory=dict)


def differences(stays: Iterable[Stay], accounts: Iterable[Account], *, today: date, terms: Terms) -> list[Difference]:
    """Every exception of today, in the order of kinds and then of bookings and accounts."""
    stays, accounts = list(stays), list(accounts)
    of_claim: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.claim:
            of_claim[stay.claim].append(stay)
    there = {account.claim: account for account in accounts}
    found = [one for stay in stays for one in _without_account(stay, there.get(stay.claim), today, terms)]
    for account in accounts:
        if not account.is_gone:
            found += _of_account(account, of_claim.get(account.claim, []), today, terms)
    found += _twice(stays)
    kinds = list(Kind)
    return sorted(
        (_with_figures(one) for one in found),
        key=lambda one: (kinds.index(one.kind), one.stay.pk if one.stay else 0, one.account.pk if one.account else 0),
    )


def _with_figures(one: Difference) -> Difference:
    figures = one.figures or f"{one.ours} | {one.theirs}"
    if len(figures) > 300:
        figures = f"{figures[:280]} {hashlib.sha256(figures.encode()).hexdigest()[:12]}"
    return Difference(one.kind, one.words, one.ours, one.theirs, one.stay, one.account, figures)


def _without_account(stay: Stay, account: Account | None, today: date, terms: Terms) -> Iterator[Difference]:
    if not stay.is_live(today) or (account and not account.is_gone):
        return
    ours = f"{stay.household_ref} placed since {say(stay.starts_on)}"
    if account:
        words, theirs = f"Academy account {account.ref} is not in the latest extract.", "Gone from the extract"
    elif stay.claim:
        words, theirs = f"The booking names {stay.claim_ref}, and the extract has no such account.", "No such account"
    else:
        words, theirs = "The booking names no Academy account.", "No account"
    yield Difference(Kind.NO_ACCOUNT, words, ours, theirs, stay)
    if overdue := _claim_days(stay, today, terms):
        words = f"{overdue} days and more after check-in there is no Academy account."
        yield Difference(Kind.NOT_CLAIMED, words, ours, f"{theirs} after {overdue} days", stay)


def _claim_days(stay: Stay, today: date, terms: Terms) -> int:
    """The largest of the days after which a claim is asked for that have passed, 0 while none has."""
    return max((days for days in terms.claim_days if (today - stay.starts_on).days >= days), default=0)


def _of_account(account: Account, own: Sequence[Stay], today: date, terms: Terms) -> Iterator[Difference]:
    booked = sorted((stay for stay in own if stay.status == BOOKED), key=lambda stay: (stay.starts_on, stay.pk))
    live = [stay for stay in booked if stay.is_live(today)]
    is_live = account.is_live(today)
    if live:
        stay = live[-1]
        if is_live:
            yield from _address(stay, account)
            yield from _charge(stay, account, terms)
            yield from _benefit(stay, account, today, terms)
            yield from _dates(stay, account)
        else:
            yield _stopped(stay, account)
    elif is_live and not any(stay.starts_on > today for stay in booked):
        if account.starts_on is None or account.starts_on <= today:
            yield _no_booking(account, own)
    elif booked and not is_live and account.ends_on and booked[-1].starts_on <= today:
        yield from _dates(booked[-1], account)


def _no_booking(account: Account, own: Sequence[Stay]) -> Difference:
    theirs = f"Live since {_day(account.starts_on)}"
    if not own:
        return Difference(Kind.NO_BOOKING, "No booking names this account.", "No booking", theirs, account=account)
    last = max(own, key=lambda stay: (stay.starts_on, stay.pk))
    if last.status == BOOKED:
        words, ours = f"{last.ref} has ended, and the account is live.", f"{last.ref} ended {_day(last.ends_on)}"
    else:
        state = "was cancelled" if last.status == "cancelled" else "did not begin: nobody arrived"
        words, ours = f"{last.ref} {state}, and the account is live.", f"{last.ref} {state}"
    return Difference(Kind.NO_BOOKING, words, ours, theirs, last, account)


def _stopped(stay: Stay, account: Account) -> Difference:
    if account.status in (LIVE, ENDED):
        theirs = f"Ended {_day(account.ends_on)}" if account.ends_on else "Ended"
    else:
        theirs = account.status.capitalize()
    words = (
        f"Academy says {theirs[0].lower()}{theirs[1:]}, and the booking goes on: its nights are still charged to us."
    )
    until = f"to {say(stay.ends_on)}" if stay.ends_on else "with no end"
    ours = f"{stay.ref} booked from {say(stay.starts_on)} {until}"
    return Difference(Kind.STOPPED, words, ours, theirs, stay, account)


def _address(stay: Stay, account: Account) -> Iterator[Difference]:
    ours, theirs = f"{stay.address}, {stay.postcode}", ", ".join(filter(None, [account.address, account.postcode]))
    if account.address:
        is_same = address_key(stay.address, stay.postcode) == address_key(
            account.address, account.postcode or stay.postcode
        )
    else:
        is_same = not account.postcode or address_key("", stay.postcode) == address_key("", account.postcode)
    if not is_same:
        yield Difference(Kind.ADDRESS, f"{stay.ref} is at another address.", ours, theirs, stay, account)


def _dates(stay: Stay, account: Account) -> Iterator[Difference]:
    said = []
    if account.starts_on and account.starts_on != stay.starts_on:
        said.append(f"start {_apart(stay.starts_on, account.starts_on)}")
    if account.ends_on != stay.ends_on:
        said.append(f"end {_apart(stay.ends_on, account.ends_on)}")
    if said:
        ours = f"{say(stay.starts_on)} to {_day(stay.ends_on)}"
        theirs = f"{_day(account.starts_on)} to {_day(account.ends_on)}"
        words = " and ".join(said)
        words = f"{words[0].upper()}{words[1:]}."
        yield Difference(Kind.DATES, words, ours, theirs, stay, account)


def _apart(ours: date | None, theirs: date | None) -> str:
    if ours is None or theirs is None:
        return "known to one side only"
    days = (theirs - ours).days
    return f"in Academy {abs(days)} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"


def _charge(stay: Stay, account: Account, terms: Terms) -> Iterator[Difference]:
    expected = terms.charges.get(stay.size)
    if expected is not None and account.weekly_rent is not None and account.weekly_rent != expected:
        words = f"The weekly charge is £{abs(account.weekly_rent - expected):,.2f} "
        words += "over what is expected." if account.weekly_rent > expected else "under what is expected."
        ours, theirs = f"£{expected:,.2f} a week expected", f"£{account.weekly_rent:,.2f} a week"
        yield Difference(Kind.CHARGE, words, ours, theirs, stay, account)


def _benefit(stay: Stay, account: Account, today: date, terms: Terms) -> Iterator[Difference]:
    overdue = _claim_days(stay, today, terms)
    if overdue and not account.weekly_benefit:
        words = f"{overdue} days and more after check-in no Housing Benefit is paid."
        ours = f"{stay.ref} since {say(stay.starts_on)}"
        yield Difference(Kind.NOT_CLAIMED, words, ours, f"No HB after {overdue} days", stay, account)


def _twice(stays: Iterable[Stay]) -> Iterator[Difference]:
    """Bookings that share a night with an earlier one of the same household or NI number, each once."""
    groups: dict[Hashable, list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.status == BOOKED:
            groups["household", stay.household].append(stay)
            if stay.ni_number:
                groups["ni", stay.ni_number[:8]].append(stay)
    clashes: dict[int, dict[int, Stay]] = defaultdict(dict)
    later: dict[int, Stay] = {}
    for group in groups.values():
        begun: list[Stay] = []
        for stay in sorted(group, key=lambda one: (one.starts_on, one.pk)):
            begun = [one for one in begun if one.ends_on is None or one.ends_on > stay.starts_on]
            for other in begun:
                later[stay.pk] = stay
                clashes[stay.pk][other.pk] = other
            begun.append(stay)
    for pk, others in clashes.items():
        stay = later[pk]
        names = ", ".join(f"{other.ref} ({other.household_ref})" for _, other in sorted(others.items()))
        reason = f" Recorded as split: {stay.split_reason}" if stay.is_split else ""
        words = f"On some nights of {stay.ref} the same people are booked as {names} too.{reason}"
        ours = f"{stay.ref} from {say(stay.starts_on)}"
        theirs = "; ".join(f"{other.ref} from {say(other.starts_on)}" for _, other in sorted(others.items()))
        yield Difference(Kind.TWICE, words, ours, theirs, stay)


def _day(day: date | None) -> str:
    return say(day) if day else "no date"
