"""What would change: the sheet held against the records, without writing. Nothing here asks the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from bookings.households.models import Service
from bookings.sheet import voids
from bookings.sheet.caps import Caps, area_after
from bookings.sheet.checks import Terms, doubt, kept, stays_of
from bookings.sheet.departures import has_left, known_until
from bookings.sheet.records import NOBODY, Rate, Records
from bookings.sheet.sheets import Nightly, Status
from bookings.stays.models import Booking
from bookings.units.models import Provider, Size
from lewisham_ta.addresses import address_key
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import (
    Comparison,
    Field,
    Stored,
    Update,
    key_of,
    say_day,
    say_label,
    say_yes_no,
)
from lewisham_ta.imports.preview import Change, Plan
from lewisham_ta.imports.table import Found, Row
from lewisham_ta.templatetags import ta

PROVIDER = [
    Field("name", "Name"),
    Field("supplier_number", "Supplier No", keeps=True, is_ref=True),
    Field("vat", "VAT", say_label(Provider.Vat)),
    Field("vat_number", "VAT No", keeps=True),
]
UNIT = [
    Field("provider", "Provider Ref"),
    Field("address", "Address"),
    Field("postcode", "Postcode"),
    Field("size", "Size", say_label(Size)),
    Field("is_self_contained", "Self contained", say_yes_no),
    Field("is_bed_and_breakfast", "B&B (2003 Order)", say_yes_no),
    Field("brma", "Rental market area"),  # no column of the sheet: the postcode's
]
HOUSEHOLD = [
    Field("forename", "Forename", keeps=True),
    Field("surname", "Surname"),
    Field("born_on", "DOB", say_day, keeps=True, blank=None),
    Field("adults", "Adults"),
    Field("children", "Children"),
    Field("service", "Service", say_label(Service)),
]
BOOKING = [
    Field("household", "Household Ref"),
    Field("unit", "Unit Ref"),
    Field("starts_on", "Check in", say_day),
    Field("ends_on", "Check out", say_day),
    Field("status", "Status", say_label(Booking.Status)),
    Field("service", "Service", say_label(Service)),
    Field("academy_ref", "Academy Ref", keeps=True, is_ref=True),
    Field("rate", "Nightly rate", ta.pounds),
]
RATE_CHANGE = [Field("amount", "New nightly rate", ta.pounds)]
REFS = {"Household Ref": "households", "Unit Ref": "units", "Provider Ref": "providers"}


class UnitRateFrom(NamedTuple):
    """What a night in a unit is to cost from a day on; no day is that of loading."""

    unit: str
    from_on: date | None
    amount: Decimal


@dataclass(slots=True)
class Work:
    """What `apply` writes, in the words of the records: references are keys. `before` is how the bookings that change
    stand now, by their row, and `lapsed` are bookings whose approval over the cap covers no rate as high as the new."""

    new: dict[str, list[dict[str, Any]]]
    changed: dict[str, list[Update]]
    unit_rates: list[UnitRateFrom] = field(default_factory=list)
    first_rates: list[Update] = field(default_factory=list)
    before: dict[int, dict[str, Any]] = field(default_factory=dict)
    lapsed: set[int] = field(default_factory=set)


def compare(nightly: Nightly, records: Records, *, today: date) -> Plan:
    """The plan of a sheet in which no cell is wrong."""
    return _Comparison(nightly, records, today).plan


class _Comparison:
    """Goes through the sheets once, filling the plan that is shown and the work that is done."""

    def __init__(self, nightly: Nightly, records: Records, today: date) -> None:
        self.nightly, self.records = nightly, records
        self.plan = Plan(notes=nightly.notes)
        self.found = Comparison(self.plan)
        self.plan.work = self.work = Work(self.found.new, self.found.changed)
        self.stays = stays_of(nightly, records)
        self.caps = Caps(nightly, records)
        self.units = {key: stored.values["unit"] for key, stored in records.bookings.items()}
        self.units |= {key_of(row, "Booking Ref"): key_of(row, "Unit Ref") for row in nightly.bookings.rows}
        self.refs = {
            column: {ref_key(row[column]): row[column] for row in rows}
            for rows, column in (
                (nightly.providers.rows, "Provider Ref"),
                (nightly.units.rows, "Unit Ref"),
                (nightly.bookings.rows, "Household Ref"),
                (nightly.bookings.rows, "Booking Ref"),
            )
        }
        self.known_until = known_until(nightly, today)
        doubt(nightly, records, self.found)
        self._providers()
        self._units()
        self._households()
        self._voids()
        self._bookings()
        self._rate_changes()

    def _ref(self, column: str, key: str) -> str:
        """A reference as the record has it, else as the sheet writes it."""
        stored: Mapping[str, Stored] = getattr(self.records, REFS[column])
        return stored[key].ref if key in stored else self.refs[column].get(key, key)

    def _with_refs(self, changes: list[Change]) -> list[Change]:
        return [
            Change(one.field, self._ref(one.field, one.was), self._ref(one.field, one.now))
            if one.field in REFS
            else one
            for one in changes
        ]

    def _providers(self) -> None:
        sheet = self.nightly.providers
        for row in sheet.rows:
            key = key_of(row, "Provider Ref")
            values = {one.name: one.of(row) for one in PROVIDER}
            if stored := self.records.providers.get(key):
                merged, changes = self.found.differences(sheet, row, PROVIDER, values, stored.values)
                self.found.add_known("Provider", stored.ref, stored.pk, merged, changes)
            else:
                party = self.records.parties.get(key)
                values |= {"ref": row["Provider Ref"], "party": party and party.pk}
                self.found.add_new("Provider", party.ref if party else row["Provider Ref"], values, values["name"])
        self._gone("Provider", "Provider Ref", "name")

    def _units(self) -> None:
        sheet = self.nightly.units
        first_nights = self._first_nights()
        for row in sheet.rows:
            key = key_of(row, "Unit Ref")
            values = {one.name: one.of(row) for one in UNIT} | {"provider": key_of(row, "Provider Ref")}
            rate = row.get("Nightly rate")
            if stored := self.records.units.get(key):
                values["brma"] = area_after(row, stored)
                merged, changes = self.found.differences(sheet, row, UNIT, values, stored.values)
                others = self._unit_rate(row, key, rate) if rate is not None else []
                self.found.add_known("Unit", stored.ref, stored.pk, _with_key(merged), self._with_refs(changes), others)
            else:
                words = f"{values['address']}, {values['postcode']}"
                if rate is not None:
                    from_on = first_nights.get(key) or min(first_nights.values(), default=None)
                    self.work.unit_rates.append(UnitRateFrom(key, from_on, rate))
                    words += f", {ta.pounds(rate)} a night from {say_day(from_on) or 'the day of loading'}"
                values |= {"brma": area_after(row), "ref": row["Unit Ref"]}
                self.found.add_new("Unit", row["Unit Ref"], _with_key(values), words)
        self._gone("Unit", "Unit Ref", "address")

    def _first_nights(self) -> dict[str, date]:
        """Unit → the first night that the sheet has in it, from which on its rate is agreed."""
        found: dict[str, date] = {}
        for row in self.nightly.bookings.rows:
            unit = key_of(row, "Unit Ref")
            found[unit] = min(found.get(unit, row["Check in"]), row["Check in"])
        return found

    def _unit_rate(self, row: Row, key: str, rate: Decimal) -> list[Change]:
        """A rate that was never recorded applies from the day of loading; one that the record had before is older."""
        series = self.records.unit_rates.get(key, [])
        if series and series[-1].amount == rate:
            return []
        if any(earlier.amount == rate for earlier in series):
            words = (
                f"the rate before {ta.pounds(series[-1].amount)} from {ta.day(series[-1].from_on)}: "
                "the record is kept; change it on the unit's page if the sheet is right"
            )
            self.found.doubt(self.nightly.units, row, "Nightly rate", words)
            return []
        self.work.unit_rates.append(UnitRateFrom(key, None, rate))
        was = ta.pounds(series[-1].amount) if series else ""
        return [Change("Nightly rate", was, f"{ta.pounds(rate)} from the day of loading")]

    def _households(self) -> None:
        sheet = self.nightly.bookings
        latest: dict[str, Row] = {}
        for row in sorted(sheet.rows, key=lambda row: (row["Check in"], row.number)):
            latest[key_of(row, "Household Ref")] = row
        for row in sheet.rows:
            taken = latest[key_of(row, "Household Ref")]
            for one in HOUSEHOLD:
                if one.name != "service" and row.get(one.column) != taken.get(one.column):
                    reason = f"differs from row {taken.number}, which is the later stay and is taken"
                    self.found.doubt(sheet, row, one.column, reason)
        for key, row in latest.items():
            values = {one.name: one.of(row) for one in HOUSEHOLD}
            if stored := self.records.households.get(key):
                merged, changes = self.found.differences(sheet, row, HOUSEHOLD, values, stored.values)
                self.found.add_known("Household", stored.ref, stored.pk, merged, changes)
            else:
                words = f"{values['forename']} {values['surname']}".strip()
                self.found.add_new(
                    "Household", row["Household Ref"], NOBODY | values | {"ref": row["Household Ref"]}, words
                )

    def _bookings(self) -> None:
        sheet, instead = self.nightly.bookings, self._changes_of_first_nights()
        for row in sheet.rows:
            key = key_of(row, "Booking Ref")
            values = {one.name: one.of(row) for one in BOOKING}
            values |= {"household": key_of(row, "Household Ref"), "unit": key_of(row, "Unit Ref")}
            if change := instead.get(key):
                values["rate"] = change["New nightly rate"]
            else:
                self._doubt_cap(sheet, row, "Nightly rate", key, self.stays[key].starts_on)
            if stored := self.records.bookings.get(key):
                self._known_booking(row, key, stored, values)
            else:
                words = (
                    f"{self._ref('Household Ref', values['household'])} in {self._ref('Unit Ref', values['unit'])}, "
                    f"{_stay(self.stays[key])}, {ta.pounds(values['rate'])} a night"
                )
                if values["status"] != Status.BOOKED:
                    words += f", {Status(values['status']).label.lower()}"
                values["has_left"] = has_left(self.stays[key], None, known_until=self.known_until)
                words += ", left" if values["has_left"] else ""
                self.found.add_new("Booking", row["Booking Ref"], values | {"ref": row["Booking Ref"]}, words)
        self._gone_bookings()

    def _voids(self) -> None:
        for void, (unit, ends_on) in voids.ending(self.nightly, self.records).items():
            ref = f"{self._ref('Unit Ref', unit)} from {ta.day(void.starts_on)}"
            change = Change("Empty until the morning of", say_day(void.ends_on), say_day(ends_on))
            self.found.add_known("Void", ref, void.pk, {"ends_on": ends_on}, [change])

    def _changes_of_first_nights(self) -> dict[str, Row]:
        """Booking → the rate change that says its first rate: the latest one on or before the first night.

        The rate of Bookings is what was agreed before any change, so a change that came before the household did is
        what its first night costs.
        """
        latest: dict[str, Row] = {}
        for row in sorted(self.nightly.rate_changes.rows, key=lambda row: row["From"]):
            if row["From"] <= self.stays[key_of(row, "Booking Ref")].starts_on:
                latest[key_of(row, "Booking Ref")] = row
        for key, row in latest.items():
            starts_on = ta.day(self.stays[key].starts_on)
            reason = f"not after the check-in on {starts_on}: it is the rate from the first night"
            self.found.doubt(self.nightly.rate_changes, row, "From", reason)
            self._doubt_cap(self.nightly.rate_changes, row, "New nightly rate", key, self.stays[key].starts_on)
        return latest

    def _doubt_cap(self, sheet: Found, row: Row, column: str, booking: str, from_on: date) -> None:
        """Name a rate over the cap that nobody approved, and let an approval of a lower one lapse."""
        terms, unit = self.stays[booking], self.units[booking]
        words, lapses = self.caps.doubt(booking=booking, unit=unit, terms=terms, from_on=from_on, rate=row[column])
        if words:
            self.found.doubt(sheet, row, column, words)
        if lapses:
            self.work.lapsed.add(self.records.bookings[booking].pk)

    def _known_booking(self, row: Row, key: str, stored: Stored, values: dict[str, Any]) -> None:
        sheet = self.nightly.bookings
        first = self.records.first_rate(key)
        old = stored.values | {"rate": first and first.amount}
        for name, value in kept(row, stored).items():
            column, words = ("Check out", f"the departure on {say_day(value)}") if name == "ends_on" else ("Status", "")
            words = words or f"«{Status(value).label.lower()}»"
            reason = f"{words} was recorded on the booking's page: the record is kept; change it there if it is wrong"
            self.found.doubt(sheet, row, column, reason)
            values[name] = value
        merged, changes = self.found.differences(sheet, row, BOOKING, values, old)
        had_left = stored.values["departed_at"] is not None
        merged["has_left"] = has_left(self.stays[key], stored, known_until=self.known_until)
        if merged["has_left"] != had_left:
            changes.append(Change("Departure", *(["recorded", ""] if had_left else ["", "recorded"])))
        others = [change for change in changes if change.field == "Nightly rate"]
        changes = self._with_refs([change for change in changes if change.field != "Nightly rate"])
        if first is None:
            fresh = {"booking": key, "from_on": merged["starts_on"], "amount": merged["rate"]}
            self.work.new.setdefault("Rate change", []).append(fresh)
        elif (first.from_on, first.amount) != (merged["starts_on"], merged["rate"]) and (others or changes):
            self.work.first_rates.append(Update(first.pk, {"from_on": merged["starts_on"], "amount": merged["rate"]}))
        if changes:
            self.work.before[stored.pk] = stored.values | {"has_left": had_left}
        self.found.add_known("Booking", stored.ref, stored.pk, merged, changes, others)

    def _gone_bookings(self) -> None:
        """Name the stays that the sheet leaves out. Those that were over before any of its own ended are not missed."""
        ends = [row["Check out"] for row in self.nightly.bookings.rows if row["Check out"]]
        starts = [row["Check in"] for row in self.nightly.bookings.rows]
        since = min(ends or starts, default=None)
        for key, stored in self.records.bookings.items():
            terms = self.stays[key]
            is_over = since is not None and terms.ends_on is not None and terms.ends_on < since
            if key not in self.refs["Booking Ref"] and terms.status == Status.BOOKED and not is_over:
                household = self._ref("Household Ref", stored.values["household"])
                self.found.add_gone("Booking", stored.ref, f"{household}, {_stay(terms)}")

    def _rate_changes(self) -> None:
        sheet, listed = self.nightly.rate_changes, set()
        known: dict[tuple[str, date], Rate] = {
            (booking, rate.from_on): rate
            for booking, rates in self.records.rates.items()
            for rate in rates
            if rate != self.records.first_rate(booking)
        }
        for row in sheet.rows:
            booking, from_on = key_of(row, "Booking Ref"), row["From"]
            listed.add((booking, from_on))
            terms = self.stays[booking]
            if from_on <= terms.starts_on:
                continue
            if terms.ends_on and from_on >= terms.ends_on and (booking, from_on) not in known:
                reason = f"not before the check-out on {ta.day(terms.ends_on)}: no night is left, so it is not taken"
                self.found.doubt(sheet, row, "From", reason)
                continue
            self._doubt_cap(sheet, row, "New nightly rate", booking, from_on)
            ref = f"{self._booking_ref(booking)} from {ta.day(from_on)}"
            values = {"amount": row["New nightly rate"]}
            if rate := known.get((booking, from_on)):
                stored = Stored(rate.pk, ref, {"amount": rate.amount})
                merged, changes = self.found.differences(sheet, row, RATE_CHANGE, values, stored.values)
                self.found.add_known("Rate change", stored.ref, stored.pk, merged, changes)
            else:
                values |= {"booking": booking, "from_on": from_on}
                self.found.add_new("Rate change", ref, values, f"{ta.pounds(values['amount'])} a night")
        if not sheet.is_missing:
            for booking, from_on in known:
                if booking in self.refs["Booking Ref"] and (booking, from_on) not in listed:
                    self.found.add_gone("Rate change", f"{self._booking_ref(booking)} from {ta.day(from_on)}")

    def _booking_ref(self, key: str) -> str:
        stored = self.records.bookings.get(key)
        return stored.ref if stored else self.refs["Booking Ref"][key]

    def _gone(self, what: str, column: str, words: str) -> None:
        stored: Mapping[str, Stored] = getattr(self.records, REFS[column])
        for key, one in stored.items():
            if key not in self.refs[column]:
                self.found.add_gone(what, one.ref, one.values[words])


def _stay(terms: Terms) -> str:
    if terms.ends_on is None:
        return f"from {ta.day(terms.starts_on)}"
    nights = (terms.ends_on - terms.starts_on).days
    return f"{ta.day(terms.starts_on)} to {ta.day(terms.ends_on)} ({nights} night{'' if nights == 1 else 's'})"


def _with_key(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"address_key": address_key(values["address"], values["postcode"])}
