"""Voids beside the sheet's bookings, as on the pages: a household ends the void before it, a later one is a clash."""

from datetime import date

from bookings.sheet.checks import Terms, terms_of
from bookings.sheet.records import Records, Vacancy
from bookings.sheet.sheets import Nightly
from lewisham_ta.dates import Period
from lewisham_ta.imports.compare import key_of
from lewisham_ta.templatetags import ta


def check(nightly: Nightly, records: Records) -> None:
    """Complain about bookings of a unit that is recorded as void from one of their nights on."""
    for row in nightly.bookings.rows:
        terms = terms_of(row, records.bookings.get(key_of(row, "Booking Ref")))
        for void in _touching(terms, records.voids.get(key_of(row, "Unit Ref"), [])):
            if terms and void.starts_on >= terms.starts_on:
                reason = f"recorded as void from {ta.day(void.starts_on)}: withdraw that first"
                nightly.bookings.complain(row, "Unit Ref", reason)


def ending(nightly: Nightly, records: Records) -> dict[Vacancy, tuple[str, date]]:
    """The voids that a household ends by coming, each with its unit and the first night that is not empty."""
    found: dict[Vacancy, tuple[str, date]] = {}
    for row in nightly.bookings.rows:
        unit = key_of(row, "Unit Ref")
        terms = terms_of(row, records.bookings.get(key_of(row, "Booking Ref")))
        for void in _touching(terms, records.voids.get(unit, [])):
            if terms:
                _, earliest = found.get(void, (unit, terms.starts_on))
                found[void] = unit, min(earliest, terms.starts_on)
    return found


def _touching(terms: Terms | None, voids: list[Vacancy]) -> list[Vacancy]:
    nights = terms.nights if terms else None
    return [void for void in voids if nights and nights.overlap(Period(void.starts_on, void.ends_on))]
