"""Who set the rent of a line, when and why: as it is now, and frozen into the line when its schedule is signed off."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, JSONObject, NullIf, Trim

from payments.controc.models import Schedule, ScheduleLine
from payments.leases.models import LeaseRent

FROZEN = "rent"  # the key in the working of a line


@dataclass(frozen=True, slots=True)
class RentSet:
    from_on: date
    reason: str
    set_by: str
    set_at: datetime

    @classmethod
    def from_json(cls, frozen: dict[str, Any]) -> "RentSet":
        from_on, set_at = date.fromisoformat(frozen["from_on"]), datetime.fromisoformat(frozen["set_at"])
        return cls(from_on, frozen["reason"], frozen["set_by"], set_at)


def rent_set(line: ScheduleLine) -> RentSet | None:
    """As it was signed off, or as it is where the line has not been; None for a line without a rent of its own."""
    if line.working and FROZEN in line.working:
        return RentSet.from_json(line.working[FROZEN])
    rent = line.lease_rent
    return rent and RentSet(rent.from_on, rent.reason, str(rent.set_by), rent.set_at)


def rent_lines(schedule: Schedule) -> QuerySet[ScheduleLine]:
    return ScheduleLine.objects.filter(schedule=schedule, kind=ScheduleLine.Kind.RENT, lease_rent__isnull=False)


def working_with_rent() -> Subquery:
    """What the working of a rent line is to hold, as one expression: a month has them by the ten thousand."""
    full_name = Trim(Concat("set_by__first_name", Value(" "), "set_by__last_name"))
    person = Coalesce(NullIf(full_name, Value("")), "set_by__username")  # as a person is written everywhere
    rent = JSONObject(from_on=F("from_on"), reason=F("reason"), set_by=person, set_at=F("set_at"))
    return Subquery(LeaseRent.objects.filter(pk=OuterRef("lease_rent")).values(frozen=JSONObject(**{FROZEN: rent})))
