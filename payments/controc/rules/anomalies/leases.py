"""What is odd about a lease: one small function a code."""

from collections.abc import Callable
from datetime import date

from lewisham_ta.dates import ONE_DAY, Period, next_month, say
from lewisham_ta.money import total
from payments.controc.rules.anomalies.values import SEVERITY, Finding, LeaseInMonth, Words
from payments.controc.rules.anomalies.words import pounds, spell_words
from payments.controc.rules.entitlement import MONTH, in_force

CERTIFICATES = {"gas": "gas safety record", "eicr": "EICR", "epc": "EPC"}

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
    first = missing[0].starts_on
    words = f"{days} days from {say(first)} have no {what}." if days > 1 else f"{say(first)} has no {what}."
    return words, {"days": days, "first": str(first), "missing": what}


def rent_suspended(lease: LeaseInMonth) -> Words | None:
    if not lease.terms.suspensions:
        return None
    month = Period(lease.scale.month, next_month(lease.scale.month))
    touching = sorted(
        (spell for spell in lease.terms.suspensions if spell.overlap(month)), key=lambda spell: spell.starts_on
    )
    if not touching:
        return None
    return f"Rent is suspended {' and '.join(spell_words(spell.starts_on, spell.ends_on) for spell in touching)}.", {
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
    now = total([run.amount for run in lease.runs])
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
    return f"On hold {spell_words(lease.hold.starts_on, lease.hold.ends_on)}: {lease.hold.reason}"[:400], {
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


def of_lease(lease: LeaseInMonth) -> list[Finding]:
    rules = OF_LEASES if lease.stretches else OF_LEASES_WITH_LINES
    found = []
    for code, rule in rules.items():
        if said := rule(lease):
            found.append(Finding(code, SEVERITY[code], *said, lease=lease.terms.lease))
    return found


def _in_month(lease: LeaseInMonth, day: date) -> bool:
    return lease.scale.month <= day <= lease.scale.last_day
