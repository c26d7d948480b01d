"""A provider's filled-in list: who was there, night by night, shown before it is recorded."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils import timezone

from bookings.occupancy import rules, services
from bookings.occupancy.rules import Answer, Nights, Said
from bookings.occupancy.selectors.nights import nights_said
from bookings.stays.models import Booking
from lewisham_ta.dates import ONE_DAY, Period
from lewisham_ta.imports import cells
from lewisham_ta.imports.preview import Change, Importer, Item, Plan, State
from lewisham_ta.imports.table import Column, Found, Row, Table, Wrong, read_tables
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.templatetags.ta import period_words

LIST = Table(
    "Occupancy",
    [
        Column("Booking", cells.ref(20), needed=True, synonyms=["Booking ref", "Booking reference", "Ref"]),
        Column("First night", cells.day, needed=True, synonyms=["From", "First"]),
        Column("Last night", cells.day, needed=True, synonyms=["To", "Last"]),
        Column("There? Y/N", cells.yes_no, synonyms=["There", "There?", "There Y/N", "Present", "Occupied"]),
        Column("Not there from", cells.day, optional=True, synonyms=["Away from", "Left"]),
        Column("Not there to", cells.day, optional=True, synonyms=["Away to"]),
        Column("Note", cells.text(200), optional=True, synonyms=["Notes", "Comment", "Comments"]),
        Column("Name", cells.text(200), optional=True),
        Column("Unit", cells.text(200), optional=True),
        Column("Address", cells.text(400), optional=True),
    ],
    synonyms=["Week"],
)

ANSWERS = ("There? Y/N", "Not there from", "Not there to")


class OccupancyLists(Importer):
    name = "occupancy-list"
    label = "Occupancy list"
    noun = "the occupancy list"
    hint = (
        "The list of one provider as it was sent out, with Y or N for each booking and, for who was away on some "
        "nights only, also the first and last night away (.xlsx, .xls, .ods or .csv)."
    )
    permission = services.MANAGE
    locks = [services.LOCK]

    def plan(self, sheets: Sequence[Sheet]) -> Plan:
        found = read_tables(sheets[:1], [LIST])[LIST.name]
        if not found.wrong and not found.rows:
            found.wrong.append(Wrong(found.sheet, 0, "", "", "there are no bookings in it"))
        return _plan(found, timezone.localdate())

    def apply(self, plan: Plan, **context: Any) -> None:
        provider_id, said = plan.work
        if said:
            services.load(provider_id=provider_id, said=said, by=context["by"], now=context["now"])


OCCUPANCY_LIST = OccupancyLists()


@dataclass(frozen=True, slots=True)
class _Answered:
    """A row that says something about a booking."""

    row: Row
    booking: Booking
    said: Said


def _plan(found: Found, today: date) -> Plan:
    """What the rows say, and every wrong cell of them at once: a row with one is not compared."""
    refs = {row.get("Booking") for row in found.rows}
    bookings = {row.ref: row for row in Booking.objects.filter(ref__in=refs - {None}).select_related("unit")}
    plan, answered, silent = Plan(notes=list(found.notes)), [], 0
    unreadable = {cell.row for cell in found.wrong}
    for row in found.rows:
        booking = bookings.get(row.get("Booking") or "")
        if row.number not in unreadable and not any(map(row.get, ANSWERS)) and row["There? Y/N"] is None:
            silent += 1
        elif booking is None:
            if row.get("Booking"):
                found.complain(row, "Booking", "there is no booking of this reference")
        elif row.number not in unreadable and (answer := _answer(found, row, booking, today)):
            answered.append(_Answered(row, booking, Said(booking.pk, answer, row.get("Note") or "")))
    _refuse_strangers(found, answered)
    _refuse_twice(found, answered)
    if silent:
        words = "booking is not answered: its" if silent == 1 else "bookings are not answered: their"
        plan.notes.append(f"{silent} {words} nights stay unconfirmed.")
    plan.wrong = sorted(found.wrong)
    _compare(plan, answered)
    provider_id = answered[0].booking.unit.provider_id if answered else None
    plan.work = provider_id, [each.said for each in answered]
    return plan


def _answer(found: Found, row: Row, booking: Booking, today: date) -> Answer | None:
    """What a row says, or None with a complaint about its cell."""
    away_from, away_to = row.get("Not there from"), row.get("Not there to")
    was_there = bool(row["There? Y/N"]) and not away_from and not away_to  # there, but for the nights away
    answer = Answer(row["First night"], row["Last night"], was_there, away_from, away_to)
    wrong = []
    if booking.status != Booking.Status.BOOKED:
        wrong.append(("Booking", f"this booking is {booking.get_status_display().lower()}"))
    if answer.last_on < answer.first_on:
        wrong.append(("Last night", "before the first night"))
    elif answer.last_on - answer.first_on >= rules.WEEK:
        wrong.append(("Last night", "more than a week after the first"))
    else:
        wrong += filter(None, [_nights_wrong(answer, booking, today), _away_wrong(answer)])
    for column, reason in wrong:
        found.complain(row, column, reason)
    return None if wrong else answer


def _nights_wrong(answer: Answer, booking: Booking, today: date) -> tuple[str, str] | None:
    """The column and what is wrong with the nights, or None."""
    reason = rules.nights_refusal(answer, stay=Period(booking.starts_on, booking.ends_on), today=today)
    if not reason:
        return None
    if "to come" in reason:
        return "Last night", "still to come"
    booked = period_words(booking.starts_on, booking.ends_on)
    column = "First night" if answer.first_on < booking.starts_on else "Last night"
    return column, f"not nights of this booking, which is {booked}"


def _away_wrong(answer: Answer) -> tuple[str, str] | None:
    """The column and what is wrong with the nights away, or None."""
    reason = rules.answer_refusal(answer)
    is_first_right = answer.away_from is None or answer.first_on <= answer.away_from <= answer.last_on
    return ("Not there to" if is_first_right else "Not there from", reason) if reason else None


def _refuse_strangers(found: Found, answered: list[_Answered]) -> None:
    """A list is one provider's: a booking of another than most of its bookings is wrong."""
    providers = Counter(each.booking.unit.provider_id for each in answered)
    for each in answered:
        if each.booking.unit.provider_id != providers.most_common(1)[0][0]:
            found.complain(each.row, "Booking", "another provider's booking")


def _refuse_twice(found: Found, answered: list[_Answered]) -> None:
    """Two rows may be about one booking, but not about the same night of it."""
    ordered = sorted(answered, key=lambda each: (each.said.booking_id, each.said.answer.first_on, each.row.number))
    for one, two in pairwise(ordered):
        if one.said.booking_id == two.said.booking_id and two.said.answer.first_on <= one.said.answer.last_on:
            found.complain(two.row, "Booking", f"row {one.row.number} answers the same nights")


def _compare(plan: Plan, answered: list[_Answered]) -> None:
    """Each answer beside what is recorded: new, otherwise than before, or the same."""
    if not answered:
        return
    starts_on = min(each.said.answer.first_on for each in answered)
    ends_on = max(each.said.answer.last_on for each in answered) + ONE_DAY
    recorded = nights_said({each.booking.pk for each in answered}, Period(starts_on, ends_on))
    for each in answered:
        booking, said = each.booking, each.said
        nights = Period(said.answer.first_on, said.answer.last_on + ONE_DAY)
        before = [run for run in recorded.get(booking.pk, []) if Period(run.starts_on, run.ends_on).overlap(nights)]
        if not rules.differing(said.answer.nights, before):
            plan.unchanged["Booking"] += 1
            continue
        state, words = (State.CHANGED if before else State.NEW), _words(said.answer.nights)
        shown = ". ".join(filter(None, [words[:1].upper() + words[1:], said.note]))
        change = Change("Nights", _words(before), words)
        plan.items.append(Item("Booking", booking.ref, state, words=shown, changes=[change] if before else []))


def _words(runs: Sequence[Nights]) -> str:
    said = (f"{'there' if run.was_there else 'not there'} {period_words(run.starts_on, run.ends_on)}" for run in runs)
    return ", ".join(said)
