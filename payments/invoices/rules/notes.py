"""What the check says that is no verdict: notes, of which some are for a person to look at before a line is paid."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from lewisham_ta.dates import ONE_DAY
from payments.invoices.rules.line import Billed, Booked, Confirmed, Finding
from payments.invoices.rules.runs import Run, at_rates, nights_in, without
from payments.invoices.rules.words import say_nights, say_pounds, say_spans


def say_under(billed: Billed, rate: Decimal, runs: Sequence[Run], findings: list[Finding]) -> None:
    """What fewer nights than billed come to at a billed rate below the agreed one: less than the check lets be paid."""
    count = nights_in(runs)
    if count < (billed.ends_on - billed.starts_on).days and rate * count < billed.net:
        nights = "The 1 payable night comes" if count == 1 else f"The {count} payable nights come"
        findings.append(
            Finding("", f"{nights} to {say_pounds(rate * count)} at the billed {say_pounds(rate)} a night.")
        )


def say_held(booked: Booked, runs: Sequence[Run], today: date | None, findings: list[Finding]) -> None:
    """What is payable by the booking as it stands, and should not be paid before a person has looked."""
    if booked.over_cap:
        parts = (part for run in runs for part in at_rates(run, booked.rates))
        for rate in dict.fromkeys(rate for _, _, rate in parts if rate in booked.over_cap):
            cap = say_pounds(booked.over_cap[rate])
            words = f"{say_pounds(rate)} a night is over the cap of {cap}, and nobody has approved it."
            findings.append(Finding("", words, is_held=True))
    if today is not None and (coming := without(runs, (date.min, today + ONE_DAY))):
        count = nights_in(coming)
        words = f"{say_nights(count)} {'is' if count == 1 else 'are'} still to come: {say_spans(coming)}."
        findings.append(Finding("", words, is_held=True, is_to_come=True))


def say_confirmed(confirmed: Sequence[Confirmed], runs: Sequence[Run], findings: list[Finding]) -> None:
    """Say which payable nights nobody confirmed, and on which nobody was there."""
    open_, away = list(runs), []
    for said in confirmed:
        open_ = without(open_, (said.starts_on, said.ends_on))
        if not said.was_there:
            away += [
                (max(run[0], said.starts_on), min(run[1], said.ends_on))
                for run in runs
                if run[0] < said.ends_on and said.starts_on < run[1]
            ]
    if away:
        findings.append(Finding("", f"The provider said that nobody was there: {say_spans(away)}.", away, is_away=True))
    if open_:
        findings.append(
            Finding("", f"{say_nights(nights_in(open_))} not confirmed by the provider: {say_spans(open_)}.", open_)
        )
