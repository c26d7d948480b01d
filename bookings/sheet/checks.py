"""What is wrong or doubtful in the sheet once its parts are held against each other and against the records."""

from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, NamedTuple

from bookings.sheet.records import Records
from bookings.sheet.sheets import NO_NIGHT, Nightly, Status
from contacts.models import Party
from lewisham_ta.addresses import address_key
from lewisham_ta.dates import Period
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import Comparison, Stored, key_of
from lewisham_ta.imports.overlaps import Taken, complain_of_overlaps
from lewisham_ta.imports.table import Found, Row
from lewisham_ta.templatetags import ta


class Terms(NamedTuple):
    """When a booking would be, and whether at all, once what the record keeps is taken into account."""

    starts_on: date
    ends_on: date | None
    status: str

    @property
    def nights(self) -> Period | None:
        """The nights that nobody else may have."""
        is_stay = self.status == Status.BOOKED and (self.ends_on is None or self.ends_on > self.starts_on)
        return Period(self.starts_on, self.ends_on) if is_stay else None


def check(nightly: Nightly, records: Records) -> None:
    """Complain about every cell that the other sheets or the records contradict."""
    _check_refs(nightly, records)
    _check_same_twice(nightly)
    _check_parties(nightly, records)
    _check_people(nightly)
    _check_nights(nightly, records)
    _check_starts(nightly, records)


def doubt(nightly: Nightly, records: Records, comparison: Comparison) -> None:
    """Name what can be loaded but what a person should look at first."""
    _doubt_providers(nightly, records, comparison)
    _doubt_same_dwelling(nightly, records, comparison)
    _doubt_households(nightly, records, comparison)
    for row in nightly.bookings.rows:
        if row["Nightly rate"] == 0:
            comparison.doubt(nightly.bookings, row, "Nightly rate", "nothing a night")


def kept(row: Row, stored: Stored) -> dict[str, Any]:
    """What the record has and the sheet may not change: a person recorded it on the booking's page."""
    found = {}
    facts = stored.values
    is_on_the_page = facts["departed_at"] and not facts["departed_by_sheet"]
    if is_on_the_page and row.get("Check out") != facts["ends_on"]:
        found["ends_on"] = facts["ends_on"]
    status = row.get("Status")
    if facts["status"] != Status.BOOKED and status != facts["status"]:
        is_by_a_person = facts["ended_reason"] or facts["status"] == Status.NO_SHOW
        if is_by_a_person:
            found["status"] = facts["status"]
    return found


def terms_of(row: Row, stored: Stored | None) -> Terms | None:
    """The terms of a row, or None while one of its cells is wrong."""
    if not {"Check in", "Check out", "Status"} <= row.values.keys():
        return None
    keeps = kept(row, stored) if stored else {}
    return Terms(row["Check in"], keeps.get("ends_on", row["Check out"]), keeps.get("status", row["Status"]))


def stays_of(nightly: Nightly, records: Records) -> dict[str, Terms]:
    """The terms that every booking would have, in the sheet or not, by its key."""
    stays = {
        key: Terms(stored.values["starts_on"], stored.values["ends_on"], stored.values["status"])
        for key, stored in records.bookings.items()
    }
    for row in nightly.bookings.rows:
        key = key_of(row, "Booking Ref")
        if key and (terms := terms_of(row, records.bookings.get(key))):
            stays[key] = terms
    return stays


def _check_refs(nightly: Nightly, records: Records) -> None:
    for found, column, defined, recorded, what in (
        (nightly.units, "Provider Ref", nightly.providers, records.providers, "provider"),
        (nightly.bookings, "Unit Ref", nightly.units, records.units, "unit"),
        (nightly.rate_changes, "Booking Ref", nightly.bookings, records.bookings, "booking"),
    ):
        known = {key_of(row, column) for row in defined.rows} | recorded.keys()
        for row in found.rows:
            if (key := key_of(row, column)) and key not in known:
                found.complain(row, column, f"no such {what}")


def _check_same_twice(nightly: Nightly) -> None:
    once: list[tuple[Found, str, str, Callable[[Row], Hashable]]] = [
        (nightly.providers, "Provider Ref", "ref", lambda row: key_of(row, "Provider Ref")),
        (nightly.units, "Unit Ref", "ref", lambda row: key_of(row, "Unit Ref")),
        (nightly.bookings, "Booking Ref", "ref", lambda row: key_of(row, "Booking Ref")),
        (
            nightly.rate_changes,
            "From",
            "rate change",
            lambda row: row.get("From") and (key_of(row, "Booking Ref"), row["From"]),
        ),
    ]
    for found, column, what, key_of_row in once:
        first: dict[Hashable, int] = {}
        for row in found.rows:
            key = key_of_row(row)
            if key and first.setdefault(key, row.number) != row.number:
                found.complain(row, column, f"the same {what} twice, first in row {first[key]}")


def _check_parties(nightly: Nightly, records: Records) -> None:
    """A reference is a landlord's too only where both are plainly the same; a supplier number is one provider's."""
    found = nightly.providers
    refs = {key_of(row, "Provider Ref") for row in found.rows}
    holder = {
        ref_key(stored.values["supplier_number"]): stored.ref
        for key, stored in records.providers.items()
        if stored.values["supplier_number"] and key not in refs
    }
    for row in found.rows:
        key = key_of(row, "Provider Ref")
        party = records.parties.get(key)
        if party and key not in records.providers and not _may_be_both(row, party):
            kind = Party.Kind(party.values["kind"]).label.lower()
            reason = f"{party.ref} is {party.values['name']} ({kind}) already: give the provider another reference"
            found.complain(row, "Provider Ref", reason)
        if number := key_of(row, "Supplier No"):
            if number in holder:
                found.complain(row, "Supplier No", f"{holder[number]} has this supplier number")
            else:
                holder[number] = f"the provider in row {row.number}"


def _may_be_both(row: Row, party: Stored) -> bool:
    """Whether a known party may become a provider too: it has the provider's very name."""
    return party.values["kind"] == Party.Kind.PROVIDER or _same(row.get("Name"), party.values["name"])


def _check_people(nightly: Nightly) -> None:
    """One household reference is one household: another name and another date of birth are another one."""
    first: dict[str, Row] = {}
    for row in nightly.bookings.rows:
        if not (key := key_of(row, "Household Ref")):
            continue
        other = first.setdefault(key, row)
        born = {row.get("DOB"), other.get("DOB")}
        if not _same(row.get("Surname"), other.get("Surname")) and (None in born or len(born) == 2):
            name = f"{other.get('Forename') or ''} {other.get('Surname') or ''}".strip()
            found = nightly.bookings
            found.complain(row, "Household Ref", f"another person, {name}, has this reference in row {other.number}")


def _check_nights(nightly: Nightly, records: Records) -> None:
    """A unit is let once a night, and a household is in one place, unless its record says that it is split."""
    found = nightly.bookings
    units: dict[str, list[Taken]] = {}
    households: dict[str, list[Taken]] = {}
    listed = set()
    for row in found.rows:
        key = key_of(row, "Booking Ref")
        listed.add(key)
        stored = records.bookings.get(key)
        terms = terms_of(row, stored)
        if terms is None:
            continue
        if "ends_on" in (kept(row, stored) if stored else {}) and terms.ends_on and terms.ends_on <= terms.starts_on:
            found.complain(row, "Check in", f"{NO_NIGHT}: the departure on {ta.day(terms.ends_on)} is recorded")
        if terms.nights:
            taken = Taken(terms.nights, row, f"{row.get('Booking Ref') or 'the booking'} in row {row.number}")
            if unit := key_of(row, "Unit Ref"):
                units.setdefault(unit, []).append(taken)
            if (household := key_of(row, "Household Ref")) and not (stored and stored.values["is_split"]):
                households.setdefault(household, []).append(taken)
    for key, stored in records.bookings.items():
        values = stored.values
        nights = Terms(values["starts_on"], values["ends_on"], values["status"]).nights
        if nights and key not in listed:
            taken = Taken(nights, None, f"{stored.ref}, which is recorded and not in this workbook")
            units.setdefault(values["unit"], []).append(taken)
            if not values["is_split"]:
                households.setdefault(values["household"], []).append(taken)
    complain_of_overlaps(found, "Unit Ref", units.values())
    complain_of_overlaps(found, "Household Ref", households.values())


def _check_starts(nightly: Nightly, records: Records) -> None:
    """A first night may not be moved to or past a change of rate that is recorded."""
    for row in nightly.bookings.rows:
        key, starts_on = key_of(row, "Booking Ref"), row.get("Check in")
        stored = records.bookings.get(key)
        if not stored or not starts_on or starts_on <= stored.values["starts_on"]:
            continue
        first = records.first_rate(key)
        passed = [rate for rate in records.rates.get(key, []) if rate != first and rate.from_on <= starts_on]
        if passed:
            reason = f"the record has another rate from {ta.day(passed[0].from_on)}, which would be before the check-in"
            nightly.bookings.complain(row, "Check in", reason)


def _doubt_providers(nightly: Nightly, records: Records, comparison: Comparison) -> None:
    for row in nightly.providers.rows:
        key = key_of(row, "Provider Ref")
        party = records.parties.get(key)
        if party and key not in records.providers and party.values["kind"] != Party.Kind.PROVIDER:
            kind = Party.Kind(party.values["kind"]).label.lower()
            words = f"known as {kind} of the same name: it will be both"
            comparison.doubt(nightly.providers, row, "Provider Ref", words)
        on_file = party.values["vat_number"] if party else ""
        if row["VAT"] == "standard" and not (row.get("VAT No") or on_file):
            comparison.doubt(nightly.providers, row, "VAT", "charges VAT, but has no VAT number")


def _doubt_same_dwelling(nightly: Nightly, records: Records, comparison: Comparison) -> None:
    """Rooms of one hotel share an address; two self-contained homes do not."""
    refs = {key_of(row, "Unit Ref") for row in nightly.units.rows}
    first: dict[str, str] = {}
    for key, stored in records.units.items():
        if key not in refs and stored.values["is_self_contained"]:
            first.setdefault(address_key(stored.values["address"], stored.values["postcode"]), stored.ref)
    for row in nightly.units.rows:
        if row["Self contained"]:
            other = first.setdefault(address_key(row["Address"], row["Postcode"]), row["Unit Ref"])
            if other != row["Unit Ref"]:
                comparison.doubt(nightly.units, row, "Address", f"the same dwelling as {other}")


def _doubt_households(nightly: Nightly, records: Records, comparison: Comparison) -> None:
    """One person in two households, one claim for two, and people who cannot be the main applicant."""
    found = nightly.bookings
    listed = {key_of(row, "Household Ref") for row in found.rows}
    of_person: dict[Hashable, str] = {}
    for key, stored in records.households.items():
        if key not in listed and stored.values["born_on"]:
            of_person.setdefault(_person(stored.values), stored.ref)
    of_claim: dict[str, str] = {}
    said = set()
    for row in found.rows:
        household, born_on = row["Household Ref"], row.get("DOB")
        if born_on:
            names = {"forename": row.get("Forename") or "", "surname": row["Surname"], "born_on": born_on}
            other = of_person.setdefault(_person(names), household)
            if ref_key(other) != ref_key(household) and (other, household) not in said:
                said.add((other, household))
                comparison.doubt(found, row, "Household Ref", f"the same name and date of birth as {other}")
            if row["Check in"].year - born_on.year < 16:
                comparison.doubt(found, row, "DOB", "a main applicant younger than 16")
        if claim := row.get("Academy Ref"):
            other = of_claim.setdefault(ref_key(claim), household)
            if ref_key(other) != ref_key(household):
                comparison.doubt(found, row, "Academy Ref", f"the claim of {other} too")


def _person(values: dict[str, Any]) -> Hashable:
    return values["forename"].casefold(), values["surname"].casefold(), values["born_on"]


def _same(one: str | None, other: str | None) -> bool:
    return (one or "").casefold() == (other or "").casefold()
