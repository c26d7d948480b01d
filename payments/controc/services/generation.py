"""A month's schedule made and made again, in one transaction; and the same worked out without writing it."""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from psycopg.adapt import Dumper

from lewisham_ta import audit, locks
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit
from payments.controc import selectors
from payments.controc.models import Anomaly, PayeeTotal, Schedule, ScheduleLine
from payments.controc.rules import signing
from payments.controc.rules.anomalies import Finding
from payments.controc.rules.lines import Line
from payments.controc.rules.signing import Place
from payments.controc.rules.totals import ControlTotals, Total, control_totals
from payments.controc.services import deciding
from payments.controc.services.working_out import Part, drawn, work_out
from payments.leases.models import Lease

LOCK = "controc"
# The log-in that the monthly run prepares by: nobody can use it, and it holds no role.
MONTHLY_RUN = "monthly-run"
PREPARE, SIGN, APPOINT = "payments.prepare_schedule", "payments.sign_off_schedule", "payments.appoint_deputy"
Progress = Callable[[int, int, str], None]


@transaction.atomic
def generate(*, month: date, number: int = 0, by: User, now: datetime, progress: Progress | None = None) -> Schedule:
    """Write a draft from what is known now, in place of the draft that is there.

    Decisions made on anomalies that are still the same are kept. Doing it twice gives the same schedule.
    """
    if by.username != MONTHLY_RUN:
        permit(by, PREPARE)
    place = Place(month, number)
    locks.take(LOCK)
    schedule = Schedule.objects.select_for_update().filter(month=month, number=number).first()
    if reason := refusal(place):
        raise Refused(reason)
    with audit.acting(by):
        if schedule is None:
            schedule = Schedule.objects.create(
                month=month, number=number, prepared_by=by, generated_by=by, generated_at=now
            )
        else:
            schedule.generated_by, schedule.generated_at = by, now
            schedule.version += 1
            schedule.save(update_fields=["generated_by", "generated_at", "version"])
        decided = deciding.decisions(schedule)
        _clear(schedule)
        with _no_collecting():
            lines, packed = _write(schedule, work_out(place, now=now), progress)
        if number and not lines:
            raise Refused(f"There is nothing to pay with a supplementary schedule of {month:%B %Y}.")
        deciding.decide_again(schedule, decided)
        Schedule.objects.filter(pk=schedule.pk).update(terms=packed)
        audit.record("schedule.generated", schedule, by=by, at=now, lines=lines)
    return schedule


@dataclass(frozen=True, slots=True)
class Preview:
    """What generating would write."""

    place: Place
    lines: list[Line]
    totals: list[Total]
    findings: list[Finding]

    @property
    def control_totals(self) -> ControlTotals:
        return control_totals(self.totals, lines=len(self.lines))


def preview(*, month: date, number: int = 0, now: datetime) -> Preview:
    """The schedule as it would be generated now. Nothing is written; decisions are not in it.

    Any month after the latest signed-off one, however far ahead and whether or not another schedule is open.
    """
    place = Place(month, number)
    last = selectors.latest_signed_off()
    if reason := signing.preview_refusal(place, last_signed=last and Place(last.month, last.number)):
        raise Refused(reason)
    result = Preview(place, [], [], [])
    for part in work_out(place, now=now):
        result.lines.extend(drawn(part.lines, result.findings))
        result.totals.extend(drawn(part.totals, result.findings))
    return result


@transaction.atomic
def discard(*, schedule_id: int, seen_version: int, by: User, now: datetime) -> None:
    """Throw a draft away: one of a wrong month would stand in the way of the right one."""
    permit(by, PREPARE)
    locks.take(LOCK)
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id)
    reason = signing.stale_refusal(version=schedule.version, seen_version=seen_version) or signing.discard_refusal(
        status=schedule.status
    )
    if reason:
        raise Refused(reason)
    with audit.acting(by):
        audit.record("schedule.discarded", schedule, by=by, at=now, schedule=str(schedule))
        _clear(schedule)
        schedule.delete()


def refusal(place: Place) -> str:
    """Why this schedule cannot be generated now, or ""."""
    status = Schedule.objects.filter(month=place.month, number=place.number).values_list("status", flat=True).first()
    open_, last = selectors.open_schedule(), selectors.latest_signed_off()
    return signing.generate_refusal(
        place,
        status=status,
        open=open_ and Place(open_.month, open_.number),
        last_signed=last and Place(last.month, last.number),
    )


def _clear(schedule: Schedule) -> None:
    # In SQL, because Django would fetch every line to see what points to it; the foreign keys see to that.
    with connection.cursor() as cursor:
        for model in (Anomaly, PayeeTotal, ScheduleLine):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE schedule_id = %s", [schedule.pk])


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the cyclic collector, which would look through every lease's values again and again and find nothing:
    none of them refers to itself, and each chunk is freed as soon as it is written."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _write(schedule: Schedule, parts: Iterable[Part], progress: Progress | None) -> tuple[int, bytes]:
    """Copy the parts into the tables as they are worked out. Returns how many lines there are, and the digests."""
    leases, done, lines, packed = Lease.objects.count(), 0, 0, bytearray()
    for part in parts:
        findings: list[Finding] = []
        lines += _copy(ScheduleLine, schedule, Line._fields, drawn(part.lines, findings))
        _copy(PayeeTotal, schedule, Total._fields, drawn(part.totals, findings))
        _copy(Anomaly, schedule, Finding._fields, findings)
        done += part.leases
        packed += part.terms
        if progress is not None:
            progress(min(done, leases), leases, f"{done:,} of {leases:,} leases")
    return lines, bytes(packed)


# A key's column is the value's field with "_id".
_KEYS = {"lease", "payee", "lease_rent", "adjustment", "releases"}
# What the database has no default for, because Django's are not known to it.
_CONSTANTS = {Anomaly: {"decision": "", "reason": "", "must_act": ""}}


class _AsJson(Dumper):
    """A dict on its way into a column of JSON."""

    def dump(self, obj: Any) -> bytes:
        return json.dumps(obj).encode()


class _AsDay(Dumper):
    """A date: a month has few, each written by the ten thousand."""

    dump = staticmethod(cache(lambda day: day.isoformat().encode()))


def _copy(model: type[Model], schedule: Schedule, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Write the rows, whose values are those of the named fields, with COPY as they are drawn. Returns how many."""
    constants = _CONSTANTS.get(model, {})
    columns = ["schedule_id", *constants, *(f"{name}_id" if name in _KEYS else name for name in names)]
    lead = (schedule.pk, *constants.values())
    with connection.cursor() as cursor:
        cursor.adapters.register_dumper(dict, _AsJson)
        cursor.adapters.register_dumper(date, _AsDay)
        with cursor.copy(f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((*lead, *row))
        return cursor.rowcount
