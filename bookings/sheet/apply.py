"""Writes what a plan says, in bulk: a few statements a table."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Model
from django.utils import timezone

from bookings.households.models import Household, Member
from bookings.sheet.diff import Work
from bookings.sheet.records import DEPARTURE, HOUSEHOLD_FIELDS, MEMBER_FIELDS, PROVIDER_FIELDS, UNIT_FIELDS
from bookings.sheet.sheets import Status
from bookings.stays.models import Booking, BookingRate, Void
from bookings.units.models import Provider, Unit, UnitRate
from contacts.models import Party
from lewisham_ta.dates import Period
from lewisham_ta.imports.cells import ref_key
from lewisham_ta.imports.compare import Update
from lewisham_ta.imports.writing import BATCH, analyse, check_keys_at_once, create, only, update
from lewisham_ta.models import User

UNIT_COLUMNS = (*UNIT_FIELDS, "brma", "address_key", "provider_id")
BOOKING_COLUMNS = ("household_id", "unit_id", "starts_on", "ends_on", "status", "service", "academy_ref", *DEPARTURE)

Progress = Callable[[int, int, str], None]


def apply(work: Work, *, by: User, now: datetime, progress: Progress) -> None:
    """Write the work. The caller holds the transaction, and says in the history who does it."""
    _Writer(work, by=by, now=now, progress=progress).write()


class _Writer:
    def __init__(self, work: Work, *, by: User, now: datetime, progress: Progress) -> None:
        self.work, self.progress = work, progress
        self.mark = {"set_by_id": by.pk, "set_at": now}
        self.booked = {"booked_by_id": by.pk, "booked_at": now}
        self.today = timezone.localdate(now)
        self.steps: Sequence[tuple[str, Callable[[], None]]] = (
            ("providers", self._providers),
            ("units", self._units),
            ("agreed rates", self._unit_rates),
            ("households", self._households),
            ("ends of voids", self._voids),
            ("bookings", self._bookings),
            ("rates of bookings", self._rates),
            ("approvals", self._approvals),
        )
        self.ids: dict[type[Model], dict[str, int]] = {}

    def write(self) -> None:
        check_keys_at_once()
        for done, (words, step) in enumerate(self.steps):
            self.progress(done, len(self.steps), f"Writing {words}")
            step()
        if sum(map(len, self.work.new.values())) > BATCH:
            analyse((Party, Provider, Unit, UnitRate, Household, Member, Booking, BookingRate))
        self.progress(len(self.steps), len(self.steps), "Written")

    def _providers(self) -> None:
        fresh = self.work.new.get("Provider", [])
        kind = Party.Kind.PROVIDER
        strangers = [row for row in fresh if row["party"] is None]
        parties = create(Party, (Party(kind=kind, **only(row, ("ref", "name", "vat_number"))) for row in strangers))
        made = {row["ref"]: party.pk for row, party in zip(strangers, parties, strict=True)}
        numbers = [Update(row["party"], row) for row in fresh if row["party"] and row["vat_number"]]
        update(Party, numbers, ("vat_number",))
        changed = self.work.changed.get("Provider", [])
        update(Party, [Update(row.values["party"], row.values) for row in changed], ("name", "vat_number"))
        update(Provider, changed, PROVIDER_FIELDS)
        create(
            Provider,
            (Provider(party_id=row["party"] or made[row["ref"]], **only(row, PROVIDER_FIELDS)) for row in fresh),
        )
        refs = Provider.objects.values_list("party__ref", "pk")
        self.ids[Provider] = {ref_key(ref): pk for ref, pk in refs}

    def _units(self) -> None:
        ids = self.ids[Provider]
        fresh = [row | {"provider_id": ids[row["provider"]]} for row in self.work.new.get("Unit", [])]
        changed = [
            Update(pk, row | {"provider_id": ids[row["provider"]]}) for pk, row in self.work.changed.get("Unit", [])
        ]
        update(Unit, changed, UNIT_COLUMNS)
        create(Unit, (Unit(**only(row, ("ref", *UNIT_COLUMNS))) for row in fresh))
        self._remember(Unit)

    def _unit_rates(self) -> None:
        """A rate of today that is there already is corrected; any other stays, and a new one follows it."""
        wanted = {(self.ids[Unit][rate.unit], rate.from_on or self.today): rate.amount for rate in self.work.unit_rates}
        there = {
            (row.unit_id, row.from_on): row
            for row in UnitRate.objects.filter(unit__in={unit for unit, _ in wanted}, from_on=self.today)
        }
        corrected = [Update(row.pk, self.mark | {"amount": wanted[key]}) for key, row in there.items() if key in wanted]
        update(UnitRate, corrected, ("amount", *self.mark))
        create(
            UnitRate,
            (
                UnitRate(unit_id=unit, from_on=from_on, amount=amount, **self.mark)
                for (unit, from_on), amount in wanted.items()
                if (unit, from_on) not in there
            ),
        )

    def _households(self) -> None:
        fresh = self.work.new.get("Household", [])
        made = create(Household, (Household(**only(row, ("ref", *HOUSEHOLD_FIELDS))) for row in fresh))
        changed = self.work.changed.get("Household", [])
        update(Household, changed, HOUSEHOLD_FIELDS)
        update(Member, [Update(row["member"], row) for _, row in changed if row["member"]], MEMBER_FIELDS)
        mains = [(household.pk, row) for household, row in zip(made, fresh, strict=True)]
        mains += [(pk, row) for pk, row in changed if not row["member"]]
        create(Member, (Member(household_id=pk, is_main=True, **only(row, MEMBER_FIELDS)) for pk, row in mains))
        self._remember(Household)

    def _voids(self) -> None:
        update(Void, self.work.changed.get("Void", []), ("ends_on",))

    def _bookings(self) -> None:
        for wave in _waves(self.work.changed.get("Booking", []), self.work.before):
            rows = [Update(pk, self._placed(row) | {"version": row["version"] + 1}) for pk, row in wave]
            update(Booking, rows, (*BOOKING_COLUMNS, "version"))
        fresh = [self._placed(row) for row in self.work.new.get("Booking", [])]
        create(Booking, (Booking(**only(row, ("ref", *BOOKING_COLUMNS)), **self.booked) for row in fresh))
        self._remember(Booking)

    def _placed(self, row: dict[str, Any]) -> dict[str, Any]:
        household, unit = self.ids[Household][row["household"]], self.ids[Unit][row["unit"]]
        return row | {"household_id": household, "unit_id": unit} | self._departure(row)

    def _departure(self, row: dict[str, Any]) -> dict[str, Any]:
        """Who recorded the departure: as it was, else whoever loads the sheet that says so."""
        if row["has_left"] and row.get("departed_at"):
            return {}
        left = row["has_left"]
        by, at = (self.booked["booked_by_id"], self.booked["booked_at"]) if left else (None, None)
        return {"departed_by_id": by, "departed_at": at, "departed_by_sheet": left}

    def _rates(self) -> None:
        firsts = [Update(pk, row | self.mark) for pk, row in self.work.first_rates]
        update(BookingRate, firsts, ("from_on", "amount", *self.mark))
        changed = [Update(pk, row | self.mark) for pk, row in self.work.changed.get("Rate change", [])]
        update(BookingRate, changed, ("amount", *self.mark))
        fresh = [
            {"booking": ref_key(row["ref"]), "from_on": row["starts_on"], "amount": row["rate"]}
            for row in self.work.new.get("Booking", [])
        ]
        fresh += self.work.new.get("Rate change", [])
        ids = self.ids[Booking]
        create(
            BookingRate,
            (
                BookingRate(booking_id=ids[row["booking"]], **only(row, ("from_on", "amount")), **self.mark)
                for row in fresh
            ),
        )

    def _approvals(self) -> None:
        """Whoever approved a lower rate over the cap did not approve this one."""
        if self.work.lapsed:
            lapsed = Booking.objects.filter(pk__in=self.work.lapsed)
            lapsed.update(cap_approved_by=None, cap_reason="", version=F("version") + 1)

    def _remember(self, model: type[Model]) -> None:
        rows = model._default_manager.values_list("ref", "pk")
        self.ids[model] = {ref_key(ref): pk for ref, pk in rows}


def _waves(changed: Sequence[Update], before: dict[int, dict[str, Any]]) -> Iterator[list[Update]]:
    """The changed bookings in an order in which none takes nights that another still holds.

    The database refuses such a night at once, even when the same load frees it. Two that change places are first taken
    out, as cancelled, and then both written.
    """
    left = list(changed)
    while left:
        holders = _holders([(row.pk, before[row.pk]) for row in left])
        free = [row for row in left if not _is_held(row, holders)]
        if not free:
            yield [Update(pk, before[pk] | {"status": Status.CANCELLED}) for pk, _ in left]
            yield left
            return
        yield free
        done = {row.pk for row in free}
        left = [row for row in left if row.pk not in done]


def _holders(rows: Sequence[tuple[int, dict[str, Any]]]) -> dict[tuple[str, str], list[tuple[int, Period]]]:
    found: dict[tuple[str, str], list[tuple[int, Period]]] = {}
    for pk, row in rows:
        if row["status"] == Status.BOOKED:
            for what in ("unit", "household"):
                nights = Period(row["starts_on"], row["ends_on"])
                found.setdefault((what, row[what]), []).append((pk, nights))
    return found


def _is_held(row: Update, holders: dict[tuple[str, str], list[tuple[int, Period]]]) -> bool:
    if row.values["status"] != Status.BOOKED:
        return False
    nights = Period(row.values["starts_on"], row.values["ends_on"])
    return any(
        pk != row.pk and nights.overlap(other)
        for what in ("unit", "household")
        for pk, other in holders.get((what, row.values[what]), [])
    )
