"""An invented borough for the demo: what its register says on a day. Nobody in it is real and nobody should look it.

Every fact has the day on which the team learns of it, so that the register of one month and of the next differ as real
ones do: keys handed back last month and reported late, an uplift agreed after the month was paid, changed accounts.
Telephone numbers are from the range kept for drama, postcodes end in letters that no real one uses, the sort code is a
test one.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from random import Random

from lewisham_ta.dates import add_months

HOMES, PAYEES = 780, 450


def words(text: str) -> list[str]:
    return text.split()


FORENAMES = words(
    "Ada Bao Cleo Dara Efe Femi Gita Hana Ifan Juno Kwame Lena Milo Nadia Orla Pavel Quin Rosa Sami Tova Uma Vito "
    "Wren Xena Yusuf Zadie"
)
SURNAMES = words(
    "Larkspur Meadowcroft Thistledown Marigold Fennelly Bramblewood Copperfinch Dewhurst-Moss Elderberry Foxglove "
    "Goldcrest Hawthornby Inkwell Junipero Kestrelson Lavenderly Mossbank Nettlefold Oakapple Plumtree "
    "Quillfeather Rowanby Sorrelton Teasel Umberfield Violetta Willowherb Yarrowby"
)
STREETS = words(
    "Bobbin Button Candle Compass Feather Kettle Lantern Marble Mitten Paper Pebble Pepper Ribbon Saddle Teapot "
    "Thimble Trinket Umbrella Velvet Whistle"
)
WAYS = words("Road Street Close Gardens Terrace Walk Avenue Rise")
DISTRICTS = words("SE4 SE6 SE8 SE12 SE13 SE14 SE23 SE26 BR1")
COST_CODES = ("H4410-5520", "H4410-5521", "H4412-5520")
WEEKLY_RENT = {1: 290, 2: 350, 3: 430, 4: 520, 5: 600}
BASES = (
    ("Week", "Days"),
    ("Week", "Days"),
    ("Week", "Days"),
    ("Week", "52/12"),
    ("Week", "365/84"),
    ("Month", "Month"),
)


@dataclass(slots=True)
class InventedPayee:
    ref: str
    name: str
    kind: str
    supplier_number: int
    account: str
    address: str
    overseas: str = "N"
    approval: str = ""
    known_on: date = date.min
    new_account: str = ""
    new_account_on: date = date.max


@dataclass(slots=True)
class InventedLease:
    ref: str
    number: int
    payee: InventedPayee
    starts_on: date
    last_day: date
    rent: Decimal
    per: str
    basis: str
    cost_code: str
    keys_day_paid: bool
    known_on: date
    keys_on: date | None = None
    keys_known_on: date = date.max


@dataclass(slots=True)
class Dated:
    """A row of one of the smaller sheets, from the day on which it is known."""

    row: tuple[object, ...]
    known_on: date


@dataclass(slots=True)
class Borough:
    """Everything that is or will be true; `register` tells what is known on a day."""

    month: date
    homes: list[tuple[object, ...]] = field(default_factory=list)
    payees: list[InventedPayee] = field(default_factory=list)
    leases: list[InventedLease] = field(default_factory=list)
    rents: list[Dated] = field(default_factory=list)
    spells: list[Dated] = field(default_factory=list)
    adjustments: list[Dated] = field(default_factory=list)
    certificates: list[tuple[object, ...]] = field(default_factory=list)


def invent(month: date, *, homes: int = HOMES, payees: int = PAYEES, seed: int = 2026) -> Borough:
    """A borough whose current month is `month`. The two months before it and the one after are as full of events."""
    chance = Random(seed)  # the same borough every time
    borough = Borough(month)
    _invent_payees(borough, payees, chance)
    _invent_homes(borough, homes, chance)
    for ahead in (-2, -1, 0, 1):
        _invent_events(borough, add_months(month, ahead), chance)
    return borough


def _invent_payees(borough: Borough, count: int, chance: Random) -> None:
    for number in range(1, count + 1):
        surname, forename = chance.choice(SURNAMES), chance.choice(FORENAMES)
        kind = chance.choices(("Individual", "Company", "Agent", "Housing association"), (62, 22, 13, 3))[0]
        name = {
            "Individual": f"{forename} {surname}",
            "Company": f"{surname} Homes Ltd",
            "Agent": f"{surname} & {chance.choice(SURNAMES)} Lettings",
            "Housing association": f"{surname} Housing Association",
        }[kind]
        overseas = chance.random() < 0.04
        borough.payees.append(
            InventedPayee(
                ref=f"L{number:04d}",
                name=name,
                kind=kind,
                supplier_number=700_000 + number,
                account=f"{chance.randrange(10_000_000, 99_999_999):08d}",
                address=f"{_street_address(chance)}, {_postcode(chance)}",
                overseas="Y" if overseas else "N",
                approval=f"NRL{number:05d}" if overseas and chance.random() < 0.5 else "",
            )
        )


def _invent_homes(borough: Borough, count: int, chance: Random) -> None:
    first = add_months(borough.month, -2)
    # Agents and associations look after many homes, most landlords own one.
    weights = [6 if payee.kind in ("Agent", "Housing association") else 1 for payee in borough.payees]
    owners = borough.payees + chance.choices(borough.payees, weights, k=max(0, count - len(borough.payees)))
    for number in range(1, count + 1):
        bedrooms = chance.choices((1, 2, 3, 4, 5), (18, 38, 28, 12, 4))[0]
        flat = f"Flat {chance.randrange(1, 40)}, " if chance.random() < 0.55 else ""
        # One street name and way for each stretch of numbers keeps every address different.
        street = f"{STREETS[number % len(STREETS)]} {WAYS[number // len(STREETS) % len(WAYS)]}"
        address = f"{flat}{1 + number // (len(STREETS) * len(WAYS)) * 40 + number % 37} {street}"
        kind = "Flat" if flat else chance.choice(("House", "House", "Maisonette"))
        borough.homes.append((f"P{number:05d}", 909_800_000_000 + number, address, _postcode(chance), bedrooms, kind))
        starts_on = first - timedelta(days=chance.randrange(40, 1_500))
        # Terms are whole years from the start; about one in fifteen is over and its keys are still out.
        years = (first - starts_on).days // 365 + (0 if chance.random() < 0.07 and starts_on.year < 2025 else 2)
        weekly = Decimal(WEEKLY_RENT[bedrooms] + chance.randrange(-30, 60))
        per, basis = chance.choice(BASES)
        borough.leases.append(
            InventedLease(
                ref=f"LS{number:05d}",
                number=number,
                payee=owners[number - 1],
                starts_on=starts_on,
                last_day=_years_later(starts_on, max(years, 1)) - timedelta(days=1),
                rent=weekly if per == "Week" else (weekly * 52 / 12).quantize(Decimal("0.01")),
                per=per,
                basis=basis,
                cost_code=chance.choice(COST_CODES),
                keys_day_paid=chance.random() < 0.85,
                known_on=date.min,
            )
        )
        for certificate, life in (("Gas safety", 365), ("EICR", 5 * 365), ("EPC", 10 * 365)):
            # Known when the first month is loaded, and in date until after the current one but for a few gas records.
            issued = first - timedelta(days=chance.randrange(1, life - 110))
            if certificate == "Gas safety" and chance.random() < 0.02:
                issued = borough.month - timedelta(days=life + chance.randrange(-20, 15))
            borough.certificates.append((f"P{number:05d}", certificate, issued, issued + timedelta(days=life)))


def _invent_events(borough: Borough, month: date, chance: Random) -> None:
    """What happens in one month, and what is learnt in it of the month before."""
    before = add_months(month, -1)
    living = [lease for lease in borough.leases if lease.keys_on is None and lease.starts_on < before]
    chance.shuffle(living)
    take = iter(living)

    def some_day(of: date, low: int = 2, high: int = 20) -> date:
        return of.replace(day=chance.randrange(low, high))

    for lease in islice(take, 5):
        lease.keys_on, lease.keys_known_on = some_day(month), month
    for lease in islice(take, 5):
        borough.rents.append(
            Dated((lease.ref, some_day(month), lease.rent + chance.randrange(8, 30), "Annual review"), month)
        )
    for lease in islice(take, 4):
        starts_on = some_day(month, 2, 18)
        row = (lease.ref, "Suspension", starts_on, starts_on + timedelta(days=6), "Unfit: boiler out, owner's repair")
        borough.spells.append(Dated(row, month))
    for lease in islice(take, 3):
        starts_on = some_day(month)
        borough.spells.append(Dated((lease.ref, "Hold", starts_on, None, "Gas safety record awaited"), month))
        released = (lease.ref, "Hold", starts_on, add_months(month, 1) + timedelta(days=4), "Gas safety record awaited")
        borough.spells.append(Dated(released, add_months(month, 1)))
    for lease in islice(take, 14):
        kind, words = chance.choice((("Recharge", "Repair in default"), ("Credit", "Works agreed with the owner")))
        amount = Decimal(chance.randrange(3_000, 45_000)) / 100
        borough.adjustments.append(Dated((lease.ref, f"{month:%Y-%m}", kind, amount, words), month))
    # Learnt late: only where a month has gone before it.
    if month > add_months(borough.month, -2):
        for lease in islice(take, 3):
            lease.keys_on, lease.keys_known_on = some_day(before), month
        for lease in islice(take, 3):
            borough.rents.append(
                Dated((lease.ref, some_day(before), lease.rent + chance.randrange(5, 20), "Late uplift"), month)
            )
        for lease in islice(take, 2):
            lease.payee.new_account = f"{chance.randrange(10_000_000, 99_999_999):08d}"
            lease.payee.new_account_on = month
    _invent_newcomers(borough, month, chance, is_current=month == borough.month)


def _invent_newcomers(borough: Borough, month: date, chance: Random, *, is_current: bool) -> None:
    """New leases of the month: on homes handed back before, and, in the current month, some with something missing."""
    for turn in range(4):
        number = len(borough.homes) + 1
        payee = chance.choice(borough.payees)
        if is_current and turn < 2:
            payee = InventedPayee(
                ref=f"L{len(borough.payees) + 1:04d}",
                name=f"{chance.choice(FORENAMES)} {chance.choice(SURNAMES)}",
                kind="Individual",
                supplier_number=700_000 + len(borough.payees) + 1,
                account="" if turn == 0 else f"{chance.randrange(10_000_000, 99_999_999):08d}",
                address=f"{_street_address(chance)}, {_postcode(chance)}",
                overseas="N" if turn == 0 else "",
                known_on=month,
            )
            borough.payees.append(payee)
        starts_on = month + timedelta(days=chance.randrange(2, 24))
        street = f"{STREETS[number % len(STREETS)]} {WAYS[number % len(WAYS)]}"
        # The house numbers end below 200, so that an address of these is nobody else's.
        address, uprn = f"{200 + number % 60} {street}", 909_800_000_000 + number
        if is_current and turn == 3:
            # The same dwelling under a second reference: the rule for duplicates must find it.
            _, uprn, address, *_ = borough.homes[number // 3]
        borough.homes.append((f"P{number:05d}", uprn, address, _postcode(chance), 2, "Flat"))
        borough.leases.append(
            InventedLease(
                ref=f"LS{number:05d}",
                number=number,
                payee=payee,
                starts_on=starts_on,
                last_day=_years_later(starts_on, 3) - timedelta(days=1),
                rent=Decimal(WEEKLY_RENT[2] + chance.randrange(0, 40)),
                per="Week",
                basis="Days",
                cost_code=COST_CODES[0],
                keys_day_paid=True,
                known_on=month,
            )
        )
        for certificate, life in (("Gas safety", 365), ("EICR", 5 * 365), ("EPC", 10 * 365)):
            issued = starts_on - timedelta(days=20)
            borough.certificates.append((f"P{number:05d}", certificate, issued, issued + timedelta(days=life)))


def _street_address(chance: Random) -> str:
    return f"{chance.randrange(1, 200)} {chance.choice(STREETS)} {chance.choice(WAYS)}"


def _postcode(chance: Random) -> str:
    return f"{chance.choice(DISTRICTS)} {chance.randrange(1, 10)}{chance.choice('CIKMOV')}{chance.choice('CIKMOV')}"


def _years_later(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28))
