"""The records as they are now, keyed as the sheet keys them: one query a table, whatever the size."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from bookings.households.models import Household, Member
from bookings.stays.models import Booking, BookingRate, Void
from bookings.units.models import NightlyCap, Provider, Unit, UnitRate
from contacts.models import Party
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import Stored

PARTY_FIELDS = ("name", "vat_number")
PROVIDER_FIELDS = ("supplier_number", "vat")
UNIT_FIELDS = ("address", "postcode", "size", "is_self_contained", "is_bed_and_breakfast")
HOUSEHOLD_FIELDS = ("service", "adults", "children")
MEMBER_FIELDS = ("forename", "surname", "born_on")
BOOKING_FIELDS = ("starts_on", "ends_on", "status", "service", "academy_ref")
# What only the pages write, and what decides whether the sheet may change the rest.
DEPARTURE = ("departed_by_id", "departed_at", "departed_by_sheet")
BOOKING_FACTS = ("is_split", "ended_reason", "cap_approved_by", "version", *DEPARTURE)
NOBODY: dict[str, Any] = {"forename": "", "surname": "", "born_on": None, "member": None}


class Rate(NamedTuple):
    """What a night costs from a day on."""

    pk: int
    from_on: date
    amount: Decimal


class Vacancy(NamedTuple):
    """Nights for which a unit is recorded as void."""

    pk: int
    starts_on: date
    ends_on: date | None


@dataclass(slots=True)
class Records:
    """`parties` is everybody the council deals with; a provider is a party too."""

    parties: dict[str, Stored] = field(default_factory=dict)
    providers: dict[str, Stored] = field(default_factory=dict)
    units: dict[str, Stored] = field(default_factory=dict)
    unit_rates: dict[str, list[Rate]] = field(default_factory=dict)
    households: dict[str, Stored] = field(default_factory=dict)
    bookings: dict[str, Stored] = field(default_factory=dict)
    rates: dict[str, list[Rate]] = field(default_factory=dict)
    voids: dict[str, list[Vacancy]] = field(default_factory=dict)
    caps: list[NightlyCap] = field(default_factory=list)

    def first_rate(self, booking: str) -> Rate | None:
        """The rate that a booking began with: the one of its first night, else its earliest."""
        rates = self.rates.get(booking, [])
        starts_on = self.bookings[booking].values["starts_on"]
        return next((rate for rate in rates if rate.from_on == starts_on), rates[0] if rates else None)


def read_records() -> Records:
    """Everything that the sheet speaks of, always in the same order: a plan is compared with one made later."""
    records = Records(caps=list(NightlyCap.objects.order_by("pk")))
    providers = _read_providers(records)
    units = {}
    for pk, ref, provider, area, *values in _rows(Unit, "pk", "ref", "provider_id", "brma", *UNIT_FIELDS):
        units[pk] = ref_key(ref)
        stored = dict(zip(UNIT_FIELDS, values, strict=True)) | {"provider": providers[provider], "brma": area}
        records.units[units[pk]] = Stored(pk, ref, stored)
    for unit, *values in _rows(UnitRate, "unit_id", "pk", "from_on", "amount", by="from_on"):
        records.unit_rates.setdefault(units[unit], []).append(Rate(*values))
    for unit, *nights in _rows(Void, "unit_id", "pk", "starts_on", "ends_on", by="starts_on"):
        records.voids.setdefault(units[unit], []).append(Vacancy(*nights))
    households = _read_households(records)
    bookings = {}
    names = (*BOOKING_FIELDS, *BOOKING_FACTS)
    for pk, ref, household, unit, *values in _rows(Booking, "pk", "ref", "household_id", "unit_id", *names):
        bookings[pk] = ref_key(ref)
        stored = dict(zip(names, values, strict=True)) | {"household": households[household], "unit": units[unit]}
        records.bookings[bookings[pk]] = Stored(pk, ref, stored)
    for booking, *values in _rows(BookingRate, "booking_id", "pk", "from_on", "amount", by="from_on"):
        records.rates.setdefault(bookings[booking], []).append(Rate(*values))
    return records


def _read_providers(records: Records) -> dict[int, str]:
    """Read everybody the council deals with, and say by which key each provider is known."""
    lets = {party: values for party, *values in _rows(Provider, "party_id", "pk", *PROVIDER_FIELDS)}
    keys = {}
    for pk, ref, kind, *values in _rows(Party, "pk", "ref", "kind", *PARTY_FIELDS):
        key, stored = ref_key(ref), dict(zip(PARTY_FIELDS, values, strict=True)) | {"kind": kind}
        records.parties[key] = Stored(pk, ref, stored)
        if pk in lets:
            provider, *theirs = lets[pk]
            keys[provider] = key
            theirs_by_name = dict(zip(PROVIDER_FIELDS, theirs, strict=True))
            records.providers[key] = Stored(provider, ref, stored | theirs_by_name | {"party": pk})
    return keys


def _read_households(records: Records) -> dict[int, str]:
    """Read the households with their main applicants, and say by which key each is known."""
    mains = {
        household: dict(zip(("member", *MEMBER_FIELDS), values, strict=True))
        for household, *values in Member.objects.filter(is_main=True).values_list("household_id", "pk", *MEMBER_FIELDS)
    }
    keys = {}
    for pk, ref, *values in _rows(Household, "pk", "ref", *HOUSEHOLD_FIELDS):
        keys[pk] = ref_key(ref)
        stored = dict(zip(HOUSEHOLD_FIELDS, values, strict=True)) | mains.get(pk, NOBODY)
        records.households[keys[pk]] = Stored(pk, ref, stored)
    return keys


def _rows(model: Any, *columns: str, by: str = "pk") -> Iterable[tuple[Any, ...]]:
    found: Iterable[tuple[Any, ...]] = model.objects.order_by(by, "pk").values_list(*columns)
    return found
