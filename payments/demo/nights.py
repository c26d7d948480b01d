"""The invented borough's nightly-paid side: providers, units, households, who slept where, and what was billed for it.

Nobody and nothing in it is real and nothing should look it. The faults are those that real invoices have: a departure
night billed, an old rate, a line sent twice, VAT that is not due, a stranger.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from lewisham_ta.dates import add_months
from payments.demo.borough import FORENAMES, STREETS, SURNAMES

UNITS, PROVIDERS, MONTHS_BILLED = 1_000, 40, 4
# Size → a usual nightly rate, self-contained, bed and breakfast under the 2003 Order.
SIZES = {
    "Single room": (42, False, True),
    "Double room": (55, False, True),
    "Family room": (76, False, True),
    "Studio": (64, True, False),
    "1 bed": (72, True, False),
    "2 bed": (88, True, False),
    "3 bed": (106, True, False),
}
# Size → how many children its household may have.
CHILDREN = {
    "Single room": (0,),
    "Double room": (0,),
    "Family room": (1, 2, 3),
    "Studio": (0,),
    "1 bed": (0, 0, 1),
    "2 bed": (1, 2, 3),
    "3 bed": (2, 3, 4),
}
TRADES = ("Rooms", "Lodge", "Apartments", "Stays", "House")
SERVICES = ("Homeless", "NRTPF", "Children's services", "Adults")
LAYOUTS = ("departure", "last_night", "vat", "plain", "statement")
FAULTS = (
    "departure night",
    "before arrival",
    "rate over",
    "rate under",
    "arithmetic",
    "nights",
    "stranger",
    "billed twice",
    "VAT",
)
# What Academy has otherwise than the bookings, and of how many in a thousand live bookings.
CLAIM_FAULTS = {"address": 12, "dates": 15, "charge": 9, "no benefit": 8, "no reference": 6}
STILL_LIVE = 9  # claims that nobody ended after the household left
PENNY = Decimal("0.01")
# Nights of a stay: the team moves families out of bed and breakfast before six weeks are over, but for a few.
LENGTHS = (14, 30, 60, 90, 150, 240, 300, 400, 500)
FAMILY_IN_HOTEL, OVER_SIX_WEEKS = (16, 24, 31, 38, 41), (60, 75, 100)


@dataclass(frozen=True, slots=True)
class InventedProvider:
    ref: str
    name: str
    supplier_number: int
    vat_number: str  # none where its supply is exempt
    layout: str


@dataclass(frozen=True, slots=True)
class InventedUnit:
    ref: str
    provider: InventedProvider
    address: str
    postcode: str
    size: str
    rate: Decimal


@dataclass(slots=True)
class InventedStay:
    """Nights of a household in a unit, with the rates from their first nights on."""

    ref: str
    household: str
    forename: str
    surname: str
    born_on: date
    adults: int
    children: int
    service: str
    unit: InventedUnit
    starts_on: date
    ends_on: date | None
    rates: list[tuple[date, Decimal]]
    claim_ref: str
    claim: str = "Live"  # "" where Academy has none
    claim_ends_on: date | None = None
    claim_fault: str = ""  # in what Academy differs, one of CLAIM_FAULTS
    is_cancelled: bool = False

    @property
    def name(self) -> str:
        return f"{self.forename} {self.surname}"


@dataclass(slots=True)
class BilledLine:
    """A line as the provider writes it. `ends_on` is the morning after the last night billed."""

    ref: str
    name: str
    unit: InventedUnit
    starts_on: date
    ends_on: date
    nights: int
    rate: Decimal
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class BilledMonth:
    provider: InventedProvider
    number: str
    dated_on: date
    received_on: date
    lines: list[BilledLine]


@dataclass(slots=True)
class Nights:
    """Everything of the nightly side up to `today`, and what was billed for the months that are over."""

    today: date
    providers: list[InventedProvider] = field(default_factory=list)
    units: list[InventedUnit] = field(default_factory=list)
    stays: list[InventedStay] = field(default_factory=list)
    billed: list[BilledMonth] = field(default_factory=list)


def invent_nights(
    month: date, today: date, *, units: int = UNITS, providers: int = PROVIDERS, seed: int = 2026
) -> Nights:
    """The nightly side whose current month is `month`; the four months before it are billed."""
    chance = Random(seed + 1)  # the same every time
    nights = Nights(today)
    _invent_providers(nights, providers, chance)
    _invent_units(nights, units, chance)
    _invent_stays(nights, add_months(month, -MONTHS_BILLED), chance)
    _invent_claims(nights, chance)
    for ahead in range(-MONTHS_BILLED, 0):
        _bill(nights, add_months(month, ahead), chance)
    return nights


def _invent_providers(nights: Nights, count: int, chance: Random) -> None:
    for number in range(1, count + 1):
        layout = LAYOUTS[number % len(LAYOUTS)]
        nights.providers.append(
            InventedProvider(
                ref=f"PR{number:03d}",
                name=f"{SURNAMES[number % len(SURNAMES)]} {TRADES[number % len(TRADES)]} Ltd",
                supplier_number=710_000 + number,
                vat_number=f"GB{chance.randrange(100_000_000, 999_999_999)}" if layout == "vat" else "",
                layout=layout,
            )
        )


def _invent_units(nights: Nights, count: int, chance: Random) -> None:
    for number in range(1, count + 1):
        provider = nights.providers[number % len(nights.providers)]
        size = chance.choices(tuple(SIZES), (9, 14, 6, 18, 27, 16, 10))[0]
        # Hotels let rooms, and those who let dwellings do not charge VAT.
        if provider.vat_number:
            size = chance.choices(("Single room", "Double room", "Family room"), (4, 4, 1))[0]
        house = 300 + number % 280
        address = f"{'Room' if 'room' in size else 'Flat'} {1 + number // 40}, {house} {STREETS[number % 20]} Lane"
        away = number % 11 == 0
        postcode = f"{'DA1' if away else chance.choice(('SE4', 'SE6', 'SE13', 'SE23', 'SE26'))} {number % 9 + 1}CK"
        rate = Decimal(SIZES[size][0] + chance.randrange(-6, 12)) + chance.choice((Decimal(0), Decimal("0.50")))
        nights.units.append(InventedUnit(f"U{number:05d}", provider, address, postcode, size, rate))


def _invent_stays(nights: Nights, first: date, chance: Random) -> None:
    number = 0
    for unit in nights.units:
        starts_on = first - timedelta(days=chance.randrange(0, 230))
        is_family_room = unit.size == "Family room"
        while starts_on <= nights.today:
            number += 1
            lengths = chance.choices((FAMILY_IN_HOTEL, OVER_SIX_WEEKS), (4, 1))[0] if is_family_room else LENGTHS
            length = chance.choice(lengths)
            ends_on: date | None = starts_on + timedelta(days=length)
            assert ends_on is not None
            if ends_on > first:
                stay = _a_stay(number, unit, starts_on, ends_on, chance)
                if ends_on > nights.today and chance.random() < 0.6:
                    stay.ends_on = None  # nobody knows yet
                nights.stays.append(stay)
            starts_on = ends_on + timedelta(days=chance.choice((0, 0, 1, 2, 5)))


def _a_stay(number: int, unit: InventedUnit, starts_on: date, ends_on: date, chance: Random) -> InventedStay:
    rates = [(starts_on, unit.rate)]
    changed_on = starts_on + timedelta(days=chance.randrange(20, 90))
    if chance.random() < 0.03 and changed_on < ends_on:
        rates.append((changed_on, unit.rate + chance.choice((-4, -2, 3))))
    claim = chance.choices(("Live", "", "Suspended", "Ended"), (92, 4, 1, 3))[0]
    children = chance.choice(CHILDREN[unit.size])
    return InventedStay(
        ref=f"B{number:06d}",
        household=f"HH{number:06d}",
        forename=chance.choice(FORENAMES),
        surname=chance.choice(SURNAMES),
        born_on=date(chance.randrange(1958, 2006), chance.randrange(1, 13), chance.randrange(1, 28)),
        adults=chance.choice((1, 1, 2)),
        children=children,
        service=chance.choices(SERVICES, (80, 11, 6, 3))[0],
        unit=unit,
        starts_on=starts_on,
        ends_on=ends_on,
        rates=rates,
        claim_ref=f"A{7_000_000 + number}",
        claim=claim,
        claim_ends_on=starts_on + timedelta(days=6) if claim == "Ended" else None,
        is_cancelled=chance.random() < 0.012,
    )


def _invent_claims(nights: Nights, chance: Random) -> None:
    """What Academy has otherwise than the bookings: of those that go on, and of those that ended lately."""
    claimed = [stay for stay in nights.stays if stay.claim == "Live" and not stay.is_cancelled]
    live = [stay for stay in claimed if stay.ends_on is None or stay.ends_on > nights.today]
    kinds = [
        fault for fault, of_thousand in CLAIM_FAULTS.items() for _ in range(max(1, len(live) * of_thousand // 1000))
    ]
    for fault, stay in zip(kinds, chance.sample(live, len(live)), strict=False):
        stay.claim_fault = fault
    ended = [stay for stay in claimed if stay.ends_on and stay.ends_on <= nights.today]
    for stay in sorted(ended, key=lambda stay: (stay.ends_on, stay.ref), reverse=True)[:STILL_LIVE]:
        stay.claim_fault = "still live"


def _bill(nights: Nights, month: date, chance: Random) -> None:
    """One invoice a provider for the month, with a fault in about one line of twelve."""
    after = add_months(month, 1)
    lines: dict[str, list[BilledLine]] = {provider.ref: [] for provider in nights.providers}
    for stay in nights.stays:
        for line in _lines_of(stay, month, after):
            of_provider = lines[stay.unit.provider.ref]
            if stay.is_cancelled and chance.random() < 0.5:
                continue
            if chance.random() < 0.08:
                of_provider.extend(_with_a_fault(line, stay, chance))
            else:
                of_provider.append(line)
    for number, provider in enumerate(nights.providers, 1):
        received_on = after + timedelta(days=chance.randrange(1, 12))
        if not lines[provider.ref] or received_on > nights.today or chance.random() < 0.02:
            continue  # not here yet, or never sent
        billed = BilledMonth(
            provider=provider,
            number=f"{provider.name[:3].upper()}-{month:%Y%m}-{number:03d}",
            dated_on=after,
            received_on=received_on,
            lines=lines[provider.ref],
        )
        nights.billed.append(billed)


def _lines_of(stay: InventedStay, month: date, after: date) -> Iterator[BilledLine]:
    """A line for each run of nights at one rate, clipped to the month."""
    changes = [on for on, _ in stay.rates[1:]]
    for place, (from_on, rate) in enumerate(stay.rates):
        until = changes[place] if place < len(changes) else stay.ends_on or after
        starts_on, ends_on = max(from_on, month), min(until, after)
        if starts_on < ends_on:
            count = (ends_on - starts_on).days
            vat = _vat(stay, starts_on, count, rate) if stay.unit.provider.vat_number else Decimal("0.00")
            yield BilledLine(stay.ref, stay.name, stay.unit, starts_on, ends_on, count, rate, rate * count, vat)


def _vat(stay: InventedStay, starts_on: date, count: int, rate: Decimal) -> Decimal:
    """20% to the 28th night of the stay and 4% of the price after it."""
    before = (starts_on - stay.starts_on).days
    full = max(0, min(count, 28 - before))
    return (rate * full * Decimal("0.20") + rate * (count - full) * Decimal("0.04")).quantize(PENNY)


def _with_a_fault(line: BilledLine, stay: InventedStay, chance: Random) -> Iterator[BilledLine]:
    fault = chance.choice(FAULTS)
    if fault == "departure night":
        line.ends_on += timedelta(days=1)
        line.nights, line.net = line.nights + 1, line.net + line.rate
    elif fault == "before arrival" and line.starts_on == stay.starts_on:
        line.starts_on -= timedelta(days=1)
        line.nights, line.net = line.nights + 1, line.net + line.rate
    elif fault == "rate over":
        line.rate += Decimal("4.50")
        line.net = line.rate * line.nights
    elif fault == "rate under":
        line.rate -= 3
        line.net = line.rate * line.nights
    elif fault == "arithmetic":
        line.net += 90
    elif fault == "nights":
        line.nights += 1
        line.net += line.rate
    elif fault == "stranger":
        yield line
        yield BilledLine(
            f"B9{chance.randrange(10_000, 99_999)}",
            "Nobody Known",
            line.unit,
            line.starts_on,
            line.ends_on,
            line.nights,
            line.rate,
            line.net,
            line.vat,
        )
        return
    elif fault == "billed twice":
        yield line
    elif fault == "VAT":
        line.vat = (line.net * Decimal("0.20")).quantize(PENNY)
    yield line
