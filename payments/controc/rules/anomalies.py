"""What is odd about a lease or a payee in a schedule (design 4.4): one small function a code, in plain words.

Words and figures hold what makes an anomaly the one that it is: a decision is kept for as long as they stay the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from lewisham_ta.dates import ONE_DAY, Period, next_month
from lewisham_ta.money import ZERO, total
from payments.controc.rules.backdating import Correction
from payments.controc.rules.entitlement import MONTH, LeaseTerms, Run, Stretch, in_force

STOP, CHECK, NOTE = "STOP", "CHECK", "NOTE"
SEVERITY = {
    "LEASE_EXPIRED": CHECK,
    "NEW_LEASE": CHECK,
    "HANDED_BACK": NOTE,
    "RENT_CHANGED": CHECK,
    "RENT_MISSING": STOP,
    "RENT_SUSPENDED": NOTE,
    "ON_HOLD": NOTE,
    "BACKDATED": CHECK,
    "CERTIFICATE_EXPIRED": CHECK,
    "DUPLICATE_PROPERTY": STOP,
    "RENT_OVER_CAP": CHECK,
    "MOVED": CHECK,
    "NO_BANK_DETAILS": STOP,
    "BANK_DETAILS_CHANGED": CHECK,  # STOP within the cooling-off time
    "BANK_CHANGE_PENDING": STOP,
    "SHARED_BANK_ACCOUNT": CHECK,
    "NRL_STATUS_UNKNOWN": STOP,
    "NEGATIVE_NET": NOTE,
}
CERTIFICATES = {"gas": "gas safety record", "eicr": "EICR", "epc": "EPC"}


@dataclass(frozen=True, slots=True)
class Finding:
    """An anomaly as a value. It is about a lease or about a payee."""

    code: str
    severity: str
    words: str
    figures: dict[str, Any] = field(default_factory=dict)
    lease: int | None = None
    payee: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    starts_on: date
    ends_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest weekly rent from a day on."""

    from_on: date
    weekly_amount: Decimal


@dataclass(frozen=True, slots=True)
class Twin:
    """Another lease of what looks like the same dwelling, and the days on which both are payable."""

    lease_ref: str
    same: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Scale:
    """What every lease of a month is measured by. `caps` are by bedrooms."""

    month: date
    last_day: date
    caps: Mapping[int, Sequence[Cap]]
    moved_percent: Decimal
    moved_amount: Decimal


@dataclass(frozen=True, slots=True)
class LeaseInMonth:
    """What the rules look at in a lease.

    `certificates` is None where the latest of each kind is in date on the month's last day; otherwise it has their
    expiries, None for a kind that there is none of. `last_rent` is what last month's schedules have for the lease,
    None if last month has none that is signed off. `is_late` is a lease that only a supplementary schedule pays.
    """

    scale: Scale
    terms: LeaseTerms
    ends_on: date | None
    stretches: Sequence[Stretch]
    runs: Sequence[Run]
    corrections: Sequence[Correction] = ()
    hold: Hold | None = None
    certificates: Mapping[str, date | None] | None = None
    bedrooms: int = 0
    twins: Sequence[Twin] = ()
    last_rent: Decimal | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class PayeeInMonth:
    """What the rules look at in a payee. Accounts are (sort code, account number); `used` is that of last time.

    `pays` is whether a line of the payee is above zero, held or not; `sharers` are others on the schedule with the
    same account.
    """

    payee: int
    pays: bool
    account: tuple[str, str] | None
    used: tuple[str, str] | None
    usable_from: datetime | None
    is_change_waiting: bool
    is_tax_unknown: bool
    sharers: tuple[str, ...] = ()
    carried_forward: Decimal = ZERO


Words = tuple[str, dict[str, Any]]


def say(day: date) -> str:
    """1 Oct 2026."""
    return f"{day.day} {day:%b %Y}"


def pounds(amount: Decimal) -> str:
    return f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}"


# --- Leases with a payable day in the month --------------------------------------------------------------------------


def lease_expired(lease: LeaseInMonth) -> Words | None:
    if lease.ends_on is None or lease.ends_on > lease.scale.last_day:
        return None
    back = lease.terms.keys_returned_on
    if back is not None and back <= lease.scale.last_day:
        return None
    ended_on = lease.ends_on - ONE_DAY
    return f"The lease ended on {say(ended_on)} and the keys are not back.", {"ended_on": str(ended_on)}


def new_lease(lease: LeaseInMonth) -> Words | None:
    """A first payment: the lease starts in the month, or is so late that only a supplementary schedule pays it."""
    starts_on = lease.terms.starts_on
    if not (_in_month(lease, starts_on) or lease.is_late):
        return None
    return f"First payment: the lease starts on {say(starts_on)}. Check it against the signed lease.", {
        "starts_on": str(starts_on),
        # Whoever accepts it accepts these terms: another rent or payee is another anomaly.
        "rents": [[str(rent.from_on), str(rent.amount)] for rent in lease.terms.rents],
        "payees": [[str(paid_to.from_on), paid_to.payee] for paid_to in lease.terms.payees],
        "basis": lease.terms.basis,
    }


def handed_back(lease: LeaseInMonth) -> Words | None:
    back = lease.terms.keys_returned_on
    if back is None or not _in_month(lease, back):
        return None
    paid = "paid" if lease.terms.keys_day_paid else "not paid"
    return f"The keys came back on {say(back)}; that day is {paid}.", {"keys_returned_on": str(back)}


def rent_changed(lease: LeaseInMonth) -> Words | None:
    """A rent takes effect in the month; the first rent of a lease is not a change."""
    new = in_force(lease.terms.rents, lease.scale.last_day)
    if new is None or new.from_on < lease.scale.month:
        return None
    old = in_force(lease.terms.rents, new.from_on - ONE_DAY)
    if old is None:
        return None
    return f"The rent goes from {pounds(old.amount)} to {pounds(new.amount)} on {say(new.from_on)}.", {
        "from_on": str(new.from_on),
        "old": str(old.amount),
        "new": str(new.amount),
    }


def rent_missing(lease: LeaseInMonth) -> Words | None:
    """Covers a payable day that has nobody to be paid, too: either way the day cannot be paid."""
    missing = [stretch for stretch in lease.stretches if stretch.rent is None or stretch.payee is None]
    if not missing:
        return None
    days = sum((stretch.ends_on - stretch.starts_on).days for stretch in missing)
    what = "rent" if any(stretch.rent is None for stretch in missing) else "payee"
    return f"{_days(days)} from {say(missing[0].starts_on)} have no {what}." if days > 1 else (
        f"{say(missing[0].starts_on)} has no {what}."
    ), {"days": days, "first": str(missing[0].starts_on), "missing": what}


def rent_suspended(lease: LeaseInMonth) -> Words | None:
    if not lease.terms.suspensions:
        return None
    month = Period(lease.scale.month, next_month(lease.scale.month))
    touching = sorted(
        (spell for spell in lease.terms.suspensions if spell.overlap(month)), key=lambda spell: spell.starts_on
    )
    if not touching:
        return None
    return f"Rent is suspended {' and '.join(_spell(spell.starts_on, spell.ends_on) for spell in touching)}.", {
        "spells": [[str(spell.starts_on), spell.ends_on and str(spell.ends_on)] for spell in touching]
    }


def certificate_expired(lease: LeaseInMonth) -> Words | None:
    if lease.certificates is None:
        return None
    latest = {name: lease.certificates.get(kind) for kind, name in CERTIFICATES.items()}
    missing = [name for name, expires_on in latest.items() if expires_on is None]
    expired = {name: day for name, day in latest.items() if day is not None and day < lease.scale.last_day}
    if not missing and not expired:
        return None
    parts = [f"the {name} expired on {say(day)}" for name, day in expired.items()]
    parts += [f"there is no {name}" for name in missing]
    words = "; ".join(parts)
    return f"{words[0].upper()}{words[1:]}.", {
        "expired": {name: str(day) for name, day in expired.items()},
        "missing": missing,
    }


def duplicate_property(lease: LeaseInMonth) -> Words | None:
    if not lease.twins:
        return None
    first = lease.twins[0]
    words = (
        f"Lease {first.lease_ref} has the same {first.same} and is payable too "
        f"from {say(first.starts_on)} to {say(first.ends_on - ONE_DAY)}."
    )
    if more := len(lease.twins) - 1:
        words += f" So {'is' if more == 1 else 'are'} {more} more."
    return words, {"leases": [twin.lease_ref for twin in lease.twins]}


def rent_over_cap(lease: LeaseInMonth) -> Words | None:
    caps = lease.scale.caps.get(lease.bedrooms)
    if not caps:
        return None
    for run in lease.runs:
        days = [run.starts_on, *(cap.from_on for cap in caps if run.starts_on < cap.from_on < run.ends_on)]
        for day in sorted(days):
            cap = in_force(caps, day)
            # A monthly rent is compared exactly, ×12 ÷52, without rounding it to a weekly one first.
            times, parts = (12, 52) if lease.terms.basis == MONTH else (1, 1)
            if cap is not None and run.rent.amount * times > cap.weekly_amount * parts:
                weekly = run.rent.amount * times / parts
                return (
                    f"{pounds(weekly)} a week on {say(day)} is over the cap of {pounds(cap.weekly_amount)} "
                    f"for {lease.bedrooms} bedroom{'' if lease.bedrooms == 1 else 's'}."
                ), {"weekly": f"{weekly:.2f}", "cap": str(cap.weekly_amount), "on": str(day)}
    return None


def moved(lease: LeaseInMonth) -> Words | None:
    """More than both tolerances from last month, and nothing in either month that says why.

    Last month's rent is taken at this month's length where it is paid by the day: February is no news.
    """
    if lease.last_rent is None:
        return None
    now = total(run.amount for run in lease.runs)
    before = lease.last_rent
    if now == before:
        return None
    if lease.terms.basis == "days":
        last_month = lease.scale.month - ONE_DAY
        before = before * lease.scale.last_day.day / last_month.day
    difference = abs(now - before)
    if (
        difference <= lease.scale.moved_amount
        or difference * 100 <= before * lease.scale.moved_percent
        or _explained(lease)
    ):
        return None
    return f"Rent was {pounds(lease.last_rent)} last month and is {pounds(now)}, and nothing else says why.", {
        "last": str(lease.last_rent),
        "now": str(now),
    }


def _explained(lease: LeaseInMonth) -> bool:
    """Whether an anomaly of this month or of last month says why the amount is another one."""
    last_month = (lease.scale.month - ONE_DAY).replace(day=1)
    both = Period(last_month, next_month(lease.scale.month))
    terms = lease.terms
    return (
        bool(lease.corrections)
        or both.holds(terms.starts_on)
        or (terms.keys_returned_on is not None and both.holds(terms.keys_returned_on))
        or any(both.holds(rent.from_on) for rent in terms.rents)
        or any(spell.overlap(both) for spell in terms.suspensions)
        or rent_missing(lease) is not None
    )


# --- Leases with any line --------------------------------------------------------------------------------------------


def on_hold(lease: LeaseInMonth) -> Words | None:
    if lease.hold is None:
        return None
    return f"On hold {_spell(lease.hold.starts_on, lease.hold.ends_on)}: {lease.hold.reason}"[:400], {
        "starts_on": str(lease.hold.starts_on)
    }


def backdated(lease: LeaseInMonth) -> Words | None:
    if not lease.corrections:
        return None
    amount = total(correction.amount for correction in lease.corrections)
    months = sorted({correction.month for correction in lease.corrections})
    span = f"{months[0]:%B %Y}" if len(months) == 1 else f"{months[0]:%B %Y} to {months[-1]:%B %Y}"
    verb = "taken back" if amount < 0 else "paid"
    return f"{pounds(abs(amount))} is {verb} for {span}, by the terms known now.", {
        "months": {f"{c.month:%Y-%m} {c.payee}": str(c.amount) for c in lease.corrections}
    }


# --- Payees ----------------------------------------------------------------------------------------------------------


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


# --- All of them -----------------------------------------------------------------------------------------------------

OF_PAYABLE_LEASES: dict[str, Callable[[LeaseInMonth], Words | None]] = {
    "LEASE_EXPIRED": lease_expired,
    "NEW_LEASE": new_lease,
    "HANDED_BACK": handed_back,
    "RENT_CHANGED": rent_changed,
    "RENT_MISSING": rent_missing,
    "RENT_SUSPENDED": rent_suspended,
    "CERTIFICATE_EXPIRED": certificate_expired,
    "DUPLICATE_PROPERTY": duplicate_property,
    "RENT_OVER_CAP": rent_over_cap,
    "MOVED": moved,
}
OF_LEASES_WITH_LINES: dict[str, Callable[[LeaseInMonth], Words | None]] = {
    "ON_HOLD": on_hold,
    "BACKDATED": backdated,
}
OF_LEASES = OF_LEASES_WITH_LINES | OF_PAYABLE_LEASES
OF_PAYING_PAYEES: dict[str, Callable[[PayeeInMonth], Words | None]] = {
    "NO_BANK_DETAILS": no_bank_details,
    "BANK_DETAILS_CHANGED": bank_details_changed,
    "BANK_CHANGE_PENDING": bank_change_pending,
    "SHARED_BANK_ACCOUNT": shared_bank_account,
    "NRL_STATUS_UNKNOWN": nrl_status_unknown,
}


def of_lease(lease: LeaseInMonth) -> Iterator[Finding]:
    rules = OF_LEASES if lease.stretches else OF_LEASES_WITH_LINES
    for code, rule in rules.items():
        if said := rule(lease):
            yield Finding(code, SEVERITY[code], *said, lease=lease.terms.lease)


def of_payee(payee: PayeeInMonth, *, now: datetime) -> Iterator[Finding]:
    if payee.pays:
        for code, rule in OF_PAYING_PAYEES.items():
            if said := rule(payee):
                yield Finding(code, _severity(code, payee, now), *said, payee=payee.payee)
    if said := negative_net(payee.carried_forward):
        yield Finding("NEGATIVE_NET", NOTE, *said, payee=payee.payee)


def _severity(code: str, payee: PayeeInMonth, now: datetime) -> str:
    is_cooling = code == "BANK_DETAILS_CHANGED" and payee.usable_from is not None and payee.usable_from > now
    return STOP if is_cooling else SEVERITY[code]


def _in_month(lease: LeaseInMonth, day: date) -> bool:
    return lease.scale.month <= day <= lease.scale.last_day


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def _spell(starts_on: date, ends_on: date | None) -> str:
    return f"from {say(starts_on)} " + (f"to {say(ends_on - ONE_DAY)}" if ends_on else "until further notice")


# --- Whether what was held by a decision stays held -------------------------------------------------------------------

_RANK = {NOTE: 0, CHECK: 1, STOP: 2}


def standing(lease: LeaseInMonth) -> dict[str, str]:
    """The codes that stand on a lease, whether or not it is payable this month, each with its severity."""
    return {code: SEVERITY[code] for code, rule in OF_LEASES.items() if rule(lease)}


# These pass with their month, so that their absence next month says nothing about why somebody held the money.
PASSING = {"NEW_LEASE", "RENT_CHANGED", "BACKDATED", "MOVED"}


def keeps_held(
    codes: frozenset[tuple[str, str]], lease_stands: Mapping[str, str], payee_stands: Mapping[str, str]
) -> bool:
    """Whether one of the anomalies by which an amount was held still stands, as severe as it was.

    What passes by itself is held until a person releases it. A changed account that has cooled off is only a CHECK:
    what was held while it was a STOP is released.
    """
    stands = {**lease_stands, **payee_stands}
    return any(
        code in PASSING or (code in stands and _RANK[stands[code]] >= _RANK[severity]) for code, severity in codes
    )
