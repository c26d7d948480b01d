"""Which booking a billed line means: by its reference, else by the resident's name and the unit or address."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from lewisham_ta.addresses import address_key
from payments.invoices.rules.words import say_span

_POSTCODE = re.compile(r"^(.*?)[\s,]*\b([A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2})\s*$", re.IGNORECASE)
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MX", "DR"})


class Given(NamedTuple):
    """What a line says about the booking that it means."""

    ref: str
    name: str
    unit: str
    address: str
    starts_on: date
    ends_on: date


class Candidate(NamedTuple):
    """A booking that a line could mean. `names` are the keys of the household's members."""

    pk: int
    ref: str
    starts_on: date
    ends_on: date | None
    is_booked: bool
    unit: str
    address: str
    names: frozenset[str]


class Match(NamedTuple):
    pk: int
    how: str


def ref_key(ref: str) -> str:
    """A reference as it is compared: upper case, letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", ref.upper())


def name_key(name: str) -> str:
    """A person's name as it is compared: accents, case, punctuation, titles and the order of its words do not count."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    words = re.findall(r"[A-Z0-9]+", plain.replace("'", "").replace("-", " "))
    return " ".join(sorted(word for word in words if word not in _TITLES))


def given_address_key(address: str) -> str:
    """An address written in one cell as it is compared; without a postcode it has only its words."""
    parts = _POSTCODE.match(address)
    return address_key(parts[1], parts[2]) if parts else address_key(address, "")


class Candidates:
    """The bookings of one provider, found by reference, unit and address."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.by_ref: dict[str, Candidate] = {}
        self.by_unit: dict[str, list[Candidate]] = {}
        self.by_address: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            self.by_ref[ref_key(candidate.ref)] = candidate
            self.by_unit.setdefault(ref_key(candidate.unit), []).append(candidate)
            self.by_address.setdefault(candidate.address, []).append(candidate)
            without_postcode = candidate.address.rpartition(" ")[0]
            if without_postcode:
                self.by_address.setdefault(without_postcode, []).append(candidate)

    def match(self, given: Given) -> Match | None:
        if given.ref and (candidate := self.by_ref.get(ref_key(given.ref))):
            return Match(candidate.pk, "ref")
        key = name_key(given.name)
        if not key:
            return None
        places: tuple[tuple[str, Sequence[Candidate]], ...] = (
            ("name_unit", self.by_unit.get(ref_key(given.unit), ()) if given.unit else ()),
            ("name_address", self._at(given.unit)),
            ("name_address", self._at(given.address)),
        )
        for how, there in places:
            if best := _nearest([candidate for candidate in there if key in candidate.names], given):
                return Match(best.pk, how)
        return None

    def _at(self, address: str) -> Sequence[Candidate]:
        return self.by_address.get(given_address_key(address), ()) if address else ()


def _nearest(candidates: Sequence[Candidate], given: Given) -> Candidate | None:
    """Of several stays of one person at one place that with most of the billed nights, a live one first."""

    def place(candidate: Candidate) -> tuple[bool, int, bool, int]:
        end = candidate.ends_on or date.max
        shared = (min(end, given.ends_on) - max(candidate.starts_on, given.starts_on)).days
        return (candidate.is_booked and shared > 0, max(shared, 0), candidate.is_booked, min(shared, 0))

    return max(candidates, key=place, default=None)


class Void(NamedTuple):
    """Nights on which a unit stood empty, and who pays for them."""

    unit: str
    keys: frozenset[str]
    starts_on: date
    ends_on: date | None
    reason: str
    payer: str


def void_words(given: Given, voids: Iterable[Void]) -> str:
    """That the unit which a line names stood empty on nights that it bills, and who pays for them."""
    places = {ref_key(given.unit)} if given.unit else set()
    places |= {given_address_key(place) for place in (given.unit, given.address) if place}
    words = []
    for void in voids:
        first, end = max(void.starts_on, given.starts_on), min(void.ends_on or given.ends_on, given.ends_on)
        if first < end and void.keys & places:
            payer = f"{void.payer[:1].lower()}{void.payer[1:]}"
            words.append(f"{void.unit} stood empty {say_span(first, end)} ({void.reason}), and {payer} pays for that.")
    return " ".join(words)


def unmatched_words(given: Given, elsewhere: Mapping[str, str], voids: Iterable[Void] = ()) -> str:
    """What was looked for in vain. `elsewhere` names the provider of a reference that is of another one."""
    return f"{_looked_for(given, elsewhere)} {void_words(given, voids)}".rstrip()


def _looked_for(given: Given, elsewhere: Mapping[str, str]) -> str:
    if other := elsewhere.get(ref_key(given.ref)):
        return f"{given.ref} is a booking with {other}."
    where = given.unit or given.address
    looked = [f"no booking {given.ref}"] if given.ref else []
    if given.name:
        looked.append(f"no {given.name}" + (f" at {where}" if where else " (no unit or address is given)"))
    words = ", and ".join(looked) or "the line gives no reference, name or place"
    return words[:1].upper() + words[1:] + "."
