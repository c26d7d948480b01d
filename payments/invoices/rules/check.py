"""The check of one billed line against the nights booked, the rates agreed, what is claimed already, VAT and Academy.

Everything is worked out on runs of nights, half-open, and not night by night: a line is a handful of comparisons.
Money is exact until a line's one rounding.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from lewisham_ta.dates import ONE_DAY
from lewisham_ta.money import ZERO, to_penny
from payments.invoices.rules import notes
from payments.invoices.rules.line import Academy, Billed, Booked, Checked, Claimed, Finding, Terms
from payments.invoices.rules.runs import Run, at_rates, without
from payments.invoices.rules.words import say_day, say_nights, say_ordinal, say_pounds, say_span

NO_BOOKING, CANCELLED, NIGHTS_DIFFER, ARITHMETIC = "NO_BOOKING", "CANCELLED", "NIGHTS_DIFFER", "ARITHMETIC"
NOT_BOOKED, ALREADY_CLAIMED = "NOT_BOOKED", "ALREADY_CLAIMED"
RATE_OVER, RATE_UNDER = "RATE_OVER", "RATE_UNDER"
VAT_NOT_DUE, VAT_OVER = "VAT_NOT_DUE", "VAT_OVER"
NOT_IN_ACADEMY, ACADEMY_SUSPENDED, ACADEMY_ENDED = "NOT_IN_ACADEMY", "ACADEMY_SUSPENDED", "ACADEMY_ENDED"
AGREED = "AGREED"
# Only money is wrong: where every night is payable, such a line can be paid as billed. VAT that an exempt supply bears
# is not VAT at all, and is never so passed.
MONEY = frozenset({ARITHMETIC, RATE_OVER, RATE_UNDER, VAT_OVER})
# Found, but it takes nothing off: whoever passes such a line says why.
UNCHANGED = frozenset({NIGHTS_DIFFER, ARITHMETIC, RATE_UNDER, NOT_IN_ACADEMY, ACADEMY_SUSPENDED, ACADEMY_ENDED})


def _is_plain(billed: Billed, booked: Booked, claimed: Sequence[Claimed], today: date | None) -> bool:
    """Whether there is nothing to find: most lines are so, and half a million are checked in half the time for it.

    Whatever is not plain to see is left to the checks one by one.
    """
    nights, rate, academy = billed.stated_nights, billed.rate, booked.academy
    return (
        len(booked.rates) == 1
        and rate is not None
        and nights is not None
        and rate == booked.rates[0][1]
        and nights == (billed.ends_on - billed.starts_on).days
        and billed.net == rate * nights
        and not billed.vat
        and billed.gross is None
        and booked.starts_on <= billed.starts_on
        and (booked.ends_on is None or billed.ends_on <= booked.ends_on)
        and not claimed
        and academy is not None
        and not (academy.is_suspended or academy.is_ended or academy.ends_on)
        and booked.confirmed is None
        and not booked.over_cap
        and (today is None or billed.ends_on <= today + ONE_DAY)
    )


class Due(NamedTuple):
    nights: int
    net: Decimal
    vat: Decimal


def check_line(
    billed: Billed,
    booked: Booked | None,
    *,
    claimed: Sequence[Claimed] = (),
    terms: Terms,
    today: date | None = None,
    unmatched: str = "",
) -> Checked:
    """Check a line. `unmatched` says in words what was looked for where no booking was found.

    Without `today` nothing is said of nights that are still to come.
    """
    if booked is None:
        return Checked((Finding(NO_BOOKING, unmatched or "No booking was found."),), (), 0, ZERO, ZERO)
    if booked.status != "booked":
        came = "was cancelled" if booked.status == "cancelled" else "did not take place: the household never arrived"
        return Checked((Finding(CANCELLED, f"{booked.ref} {came}."),), (), 0, ZERO, ZERO)
    if _is_plain(billed, booked, claimed, today):
        return Checked((), ((billed.starts_on, billed.ends_on),), billed.stated_nights or 0, billed.net, ZERO)
    findings = _billing_findings(billed)
    runs = _payable_runs(billed, booked, claimed, findings)
    nights, agreed, vat_due = _worth(runs, booked, terms)
    if runs:
        _rate_findings(billed, booked, runs, findings)
    net = min(billed.net, agreed)  # whole pence by themselves: nights times rates
    vat = billed.vat
    if vat:
        due = to_penny(vat_due)
        if terms.is_exempt:
            findings.append(Finding(VAT_NOT_DUE, f"VAT of {say_pounds(vat)} billed, and the supply is exempt."))
        elif vat > due:
            words = f"VAT of {say_pounds(vat)} billed, {say_pounds(due)} due{_why_due(runs, booked, terms)}."
            findings.append(Finding(VAT_OVER, words))
        vat = min(vat, due)
    if runs:
        _academy_findings(booked.academy, runs, findings)
        notes.say_held(booked, runs, today, findings)
        if booked.confirmed is not None:
            notes.say_confirmed(booked.confirmed, runs, findings)
    return Checked(findings, runs, nights, net, vat)


class Line(NamedTuple):
    """A line to check with the booking that it means, if one was found."""

    number: int
    billed: Billed
    booking_id: int | None
    booked: Booked | None
    unmatched: str = ""
    claims: bool = True
    but_away: bool = False


def check_in_order(
    lines: Iterable[Line],
    *,
    claimed: dict[int, list[Claimed]],
    terms: Terms,
    today: date | None = None,
    invoice: str,
) -> Iterator[Checked]:
    """Check lines one after another: what a line is paid for, a later one is not. `claimed` takes up their claims.

    A line that `claims` nothing, because it is rejected, stands in no other line's way, nor do the nights away of one
    that is paid for all `but_away`.
    """
    for line in lines:
        before = claimed.get(line.booking_id, ()) if line.booking_id is not None else ()
        checked = check_line(
            line.billed, line.booked, claimed=before, terms=terms, today=today, unmatched=line.unmatched
        )
        if line.claims and line.booking_id is not None and checked.runs:
            words = f"line {line.number} of invoice {invoice}"
            runs = checked.runs_there if line.but_away else checked.runs
            claimed.setdefault(line.booking_id, []).extend(Claimed(*run, words) for run in runs)
        yield checked


def still_due(runs: Iterable[Run], *, net: Decimal, vat: Decimal, booked: Booked, terms: Terms) -> Due:
    """What is due, by the booking of today, for nights that were paid at `net` and `vat`."""
    kept = []
    if booked.status == "booked":
        for starts_on, ends_on in runs:
            first = max(starts_on, booked.starts_on)
            end = ends_on if booked.ends_on is None else min(ends_on, booked.ends_on)
            if first < end:
                kept.append((first, end))
    nights, agreed, vat_due = _worth(kept, booked, terms)
    return Due(nights, min(net, to_penny(agreed)), min(vat, to_penny(vat_due)))


def sentence(findings: Iterable[Finding], *, over_by: Decimal) -> str:
    """What the check says of a line in one go, with what is not payable of it."""
    words = [finding.words.removesuffix(".") for finding in findings]
    if over_by > 0:
        words.append(f"over by {say_pounds(over_by)}")
    return "; ".join(words)


def _billing_findings(billed: Billed) -> list[Finding]:
    """What does not add up on the invoice itself."""
    findings = []
    stated = billed.stated_nights
    days = (billed.ends_on - billed.starts_on).days
    if stated is not None and stated != days:
        words = f"{say_nights(stated)} stated, and {say_span(billed.starts_on, billed.ends_on)} is {say_nights(days)}."
        findings.append(Finding(NIGHTS_DIFFER, words))
    if billed.rate is not None:
        multiplied = billed.rate * (days if stated is None else stated)
        if multiplied != billed.net:
            words = (
                f"{say_nights(days if stated is None else stated)} at {say_pounds(billed.rate)} is "
                f"{say_pounds(multiplied)}, and {say_pounds(billed.net)} is billed."
            )
            findings.append(Finding(ARITHMETIC, words))
    if billed.gross is not None and billed.gross != billed.net + billed.vat:
        together = say_pounds(billed.net + billed.vat)
        words = f"Net and VAT are {together} together, and {say_pounds(billed.gross)} gross is billed."
        findings.append(Finding("", words, is_held=True))
    return findings


def _payable_runs(billed: Billed, booked: Booked, claimed: Sequence[Claimed], findings: list[Finding]) -> list[Run]:
    """The billed nights that were booked and that no earlier line claims."""
    first, end = billed.starts_on, billed.ends_on
    starts_on = first if booked.starts_on <= first else min(booked.starts_on, end)
    ends_on = end if booked.ends_on is None or end <= booked.ends_on else max(booked.ends_on, first)
    if starts_on != first or ends_on != end:
        findings.append(_not_booked(billed, booked, starts_on, ends_on))
    if starts_on >= ends_on:
        return []
    runs = [(starts_on, ends_on)]
    for claim in claimed:
        if claim.starts_on < ends_on and starts_on < claim.ends_on:
            taken = (max(claim.starts_on, starts_on), min(claim.ends_on, ends_on))
            words = f"{say_nights((taken[1] - taken[0]).days)}, {say_span(*taken)}, claimed already by {claim.words}."
            findings.append(Finding(ALREADY_CLAIMED, words, (taken,)))
            runs = without(runs, taken)
    return runs


def _not_booked(billed: Billed, booked: Booked, starts_on: date, ends_on: date) -> Finding:
    days = (billed.ends_on - billed.starts_on).days
    kept = max((ends_on - starts_on).days, 0)
    words = f"Billed {say_nights(days)}, {kept or 'none'} booked"
    outside: list[Run] = []
    if starts_on > billed.starts_on:
        outside.append((billed.starts_on, starts_on))
        words += f", arrived {say_day(booked.starts_on)}"
    if ends_on < billed.ends_on:
        outside.append((ends_on, billed.ends_on))
        if booked.ends_on is not None:
            words += f", left {say_day(booked.ends_on)}"
    return Finding(NOT_BOOKED, words + ".", outside)


def _worth(runs: Sequence[Run], booked: Booked, terms: Terms) -> tuple[int, Decimal, Decimal]:
    """How many nights there are, their agreed price, and the VAT on it, all unrounded."""
    nights, agreed, vat = 0, ZERO, ZERO
    if terms.is_exempt and len(runs) == 1 and len(booked.rates) == 1:  # the most of a month's lines
        nights = (runs[0][1] - runs[0][0]).days
        return nights, booked.rates[0][1] * nights, ZERO
    long_from = booked.stay_since + timedelta(days=terms.long_stay_after)
    for run in runs:
        for starts_on, ends_on, rate in at_rates(run, booked.rates):
            days = (ends_on - starts_on).days
            nights += days
            agreed += rate * days
            if not terms.is_exempt:
                short = min(max((long_from - starts_on).days, 0), days)
                vat += rate * (short * terms.vat_percent + (days - short) * terms.long_stay_percent) / 100
    return nights, agreed, vat


def _rate_findings(billed: Billed, booked: Booked, runs: Sequence[Run], findings: list[Finding]) -> None:
    """Where the billed rate is above or below the agreed one. Without a rate it is the net, spread over the nights."""
    rate = billed.rate
    if rate is None:
        rate = to_penny(billed.net / (billed.stated_nights or (billed.ends_on - billed.starts_on).days))
    if len(booked.rates) == 1 and rate == booked.rates[0][1]:
        return
    for code, is_so in ((RATE_OVER, rate.__gt__), (RATE_UNDER, rate.__lt__)):
        differing = [part for run in runs for part in at_rates(run, booked.rates) if is_so(part[2])]
        if differing:
            at = " and ".join(dict.fromkeys(say_pounds(part[2]) for part in differing))
            words = f"{say_pounds(rate)} a night billed, {at} agreed."
            findings.append(Finding(code, words, [(part[0], part[1]) for part in differing]))
            if code == RATE_UNDER:
                notes.say_under(billed, rate, runs, findings)


def _why_due(runs: Sequence[Run], booked: Booked, terms: Terms) -> str:
    """Which nights of the stay make the VAT less, where some do."""
    long_from = booked.stay_since + timedelta(days=terms.long_stay_after)
    if not runs or runs[-1][1] <= long_from:
        return ""
    night = say_ordinal(terms.long_stay_after + 1)
    return f": from {say_day(long_from)}, the {night} night, it is {terms.long_stay_percent:f}%"


def _academy_findings(academy: Academy | None, runs: Sequence[Run], findings: list[Finding]) -> None:
    if academy is None:
        findings.append(Finding(NOT_IN_ACADEMY, "The household has no Academy account."))
        return
    if academy.is_suspended:
        findings.append(Finding(ACADEMY_SUSPENDED, f"Academy account {academy.ref} is suspended."))
    if academy.ends_on is not None and academy.ends_on < runs[-1][1]:
        findings.append(Finding(ACADEMY_ENDED, f"Academy account {academy.ref} ended on {say_day(academy.ends_on)}."))
    elif academy.ends_on is None and academy.is_ended:
        findings.append(Finding(ACADEMY_ENDED, f"Academy account {academy.ref} has ended."))
