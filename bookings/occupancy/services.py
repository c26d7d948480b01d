"""Weekly confirmation: a list for each provider, what it answered, and corrections of that."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain

from django.db import transaction
from django.utils import timezone

from bookings.occupancy import exports, rules
from bookings.occupancy.models import NightsConfirmed, OccupancyList
from bookings.occupancy.rules import Answer, Nights, Said
from bookings.occupancy.selectors import weeks
from bookings.stays.models import Booking
from bookings.units.models import Provider
from lewisham_ta import audit, files, locks
from lewisham_ta.dates import Period
from lewisham_ta.imports.uploads import no_progress
from lewisham_ta.jobs import Progress
from lewisham_ta.models import User
from lewisham_ta.refusals import Refused, permit, refuse_if, refusing
from lewisham_ta.templatetags.ta import day

MANAGE = "bookings.manage_bookings"
LOCK = "occupancy"
How = NightsConfirmed.How


@transaction.atomic
def make_list(*, provider_id: int, week: date, by: User, now: datetime) -> OccupancyList:
    """Make a provider's list of a week, in place of an earlier one; the earlier file is kept."""
    permit(by, MANAGE)
    locks.take(LOCK)
    refuse_if(rules.week_refusal(week=week, today=timezone.localdate(now)))
    provider = Provider.objects.select_related("party").get(pk=provider_id)
    rows = weeks.rows_to_ask(provider, week)
    if not rows:
        raise Refused(f"{provider.party.name} has no bookings in the week of {day(week)}.")
    made, _ = OccupancyList.objects.get_or_create(
        provider=provider, week=week, defaults={"made_by": by, "made_at": now}
    )
    name = f"Occupancy {provider.party.ref} {week:%Y-%m-%d}.xlsx"
    made.file = files.store(name, exports.occupancy_list(week, rows), files.XLSX, by, now)
    made.made_by, made.made_at = by, now
    made.sent_to, made.claimed_at, made.sent_at = "", None, None
    with audit.acting(by):
        made.save(update_fields=["file", "made_by", "made_at", "sent_to", "claimed_at", "sent_at"])
    audit.record("occupancy.list_made", made, by=by, at=now, provider=provider.party.ref, week=str(week))
    return made


@transaction.atomic
def make_lists(*, week: date, by: User, now: datetime, progress: Progress = no_progress) -> int:
    """Make the lists of a week that are not there yet, for every provider with bookings in it."""
    permit(by, MANAGE)
    today = timezone.localdate(now)
    refuse_if(rules.week_refusal(week=week, today=today))
    wanted = [line for line in weeks.week_lines(week, today) if line.bookings and not line.has_file]
    for number, line in enumerate(wanted, 1):
        progress(number, len(wanted), line.name)
        make_list(provider_id=line.provider_id, week=week, by=by, now=now)
    return len(wanted)


@transaction.atomic
def email_list(*, list_id: int, by: User, now: datetime) -> OccupancyList:
    """Promise to e-mail a list to its provider, once more where it was sent before. The worker sends it."""
    permit(by, MANAGE)
    made = OccupancyList.objects.select_for_update(of=("self",)).select_related("provider__party").get(pk=list_id)
    party = made.provider.party
    if made.file_id is None:
        raise Refused("Make the list before it is e-mailed.")
    if not party.email:
        raise Refused(f"{party.name} has no e-mail address: download the list and send it otherwise.")
    if made.sent_to and made.claimed_at is None:
        raise Refused("The list is waiting to be e-mailed already.")
    made.sent_to, made.claimed_at, made.sent_at = party.email, None, None
    with audit.acting(by):
        made.save(update_fields=["sent_to", "claimed_at", "sent_at"])
    audit.record("occupancy.list_to_email", made, by=by, at=now, provider=party.ref, week=str(made.week))
    return made


@transaction.atomic
def email_lists(*, week: date, by: User, now: datetime) -> int:
    """Promise to e-mail the lists of a week that were not sent yet, to providers with an address."""
    permit(by, MANAGE)
    waiting = OccupancyList.objects.filter(week=week, sent_to="", file__isnull=False, closed_at=None)
    ids = waiting.exclude(provider__party__email="").order_by("pk").values_list("pk", flat=True)
    for list_id in list(ids):
        email_list(list_id=list_id, by=by, now=now)
    return len(ids)


@transaction.atomic
def confirm(*, provider_id: int, week: date, said: Sequence[Said], by: User, now: datetime) -> int:
    """Record what was ticked about a provider's nights of a week that nobody had answered. Returns how many nights."""
    permit(by, MANAGE)
    return confirm_week(week=week, said={provider_id: said}, by=by, now=now)


@transaction.atomic
def confirm_week(*, week: date, said: Mapping[int, Sequence[Said]], by: User, now: datetime) -> int:
    """Record what several providers, named by their key, said about the same week; in a few statements."""
    permit(by, MANAGE)
    locks.take(LOCK)
    refuse_if(rules.week_refusal(week=week, today=timezone.localdate(now)))
    if not said or not all(said.values()):
        raise Refused("Answer at least one booking.")
    _refuse_wrong(said, now=now)
    total = 0
    with audit.acting(by), refusing():
        rows = {
            pk: [_row(each, run, How.TICKED, by, now) for each in of for run in each.answer.nights]
            for pk, of in said.items()
        }
        NightsConfirmed.objects.bulk_create(chain.from_iterable(rows.values()))
    _close_if_answered(said, week, by, now)
    for provider in Provider.objects.filter(pk__in=said).order_by("pk"):
        nights = sum((row.ends_on - row.starts_on).days for row in rows[provider.pk])
        detail = {"week": str(week), "bookings": len(said[provider.pk]), "nights": nights}
        audit.record("occupancy.confirmed", provider, by=by, at=now, **detail)
        total += nights
    return total


@transaction.atomic
def load(*, provider_id: int, said: Sequence[Said], by: User, now: datetime) -> None:
    """Record what a provider's filled-in list says, in place of what was said about the same nights before."""
    permit(by, MANAGE)
    locks.take(LOCK)
    _refuse_wrong({provider_id: said}, now=now)
    with audit.acting(by, "The provider's list says so."):
        _write(said, How.LOADED, by, now)
    for week in sorted({rules.monday_of(each.answer.first_on) for each in said}):
        _close_if_answered([provider_id], week, by, now)
    provider = Provider.objects.get(pk=provider_id)
    audit.record("occupancy.list_loaded", provider, by=by, at=now, bookings=len({each.booking_id for each in said}))


@transaction.atomic
def correct(
    *, booking_id: int, first_on: date, last_on: date, was_there: bool, why: str, by: User, now: datetime
) -> None:
    """Say otherwise about nights that were answered wrongly. What was said before stays in the history."""
    permit(by, MANAGE)
    locks.take(LOCK)
    booking = Booking.objects.select_related("unit").get(pk=booking_id)
    if last_on < first_on:
        raise Refused("The last night cannot be before the first.")
    said = [Said(booking.pk, Answer(first_on, last_on, was_there), why)]
    _refuse_wrong({booking.unit.provider_id: said}, now=now)
    with audit.acting(by, why):
        if not _write(said, How.TICKED, by, now):
            raise Refused("These nights are recorded so already.")
    said_now = "there" if was_there else "not there"
    audit.record(
        "occupancy.corrected", booking, by=by, at=now, why=why, first=str(first_on), last=str(last_on), now=said_now
    )


def _refuse_wrong(said: Mapping[int, Sequence[Said]], *, now: datetime) -> None:
    """Refuse answers about nights that are not of the provider's bookings, as they are now, or not over."""
    today = timezone.localdate(now)
    ids = {each.booking_id for of_provider in said.values() for each in of_provider}
    rows = Booking.objects.select_for_update(of=("self",)).filter(pk__in=ids, status=Booking.Status.BOOKED)
    facts = rows.order_by("pk").values_list("pk", "unit__provider", "starts_on", "ends_on")
    stays = {(provider, pk): Period(*nights) for pk, provider, *nights in facts}
    for provider_id, of_provider in said.items():
        for each in of_provider:
            refuse_if(rules.answer_refusal(each.answer))
            if (provider_id, each.booking_id) not in stays:
                raise Refused("A booking was cancelled, or is another provider's. Look at the page again.")
            refuse_if(rules.nights_refusal(each.answer, stay=stays[provider_id, each.booking_id], today=today))


def _write(said: Sequence[Said], how: str, by: User, now: datetime) -> int:
    """Record the nights that are not recorded so already; what was said about them before gives way.

    The nights of an old row that nothing new is said about stay as they were, with who said so. Returns how many rows.
    """
    old: dict[int, list[NightsConfirmed]] = defaultdict(list)
    for row in NightsConfirmed.objects.filter(booking__in={each.booking_id for each in said}):
        old[row.booking_id].append(row)
    gone, new = set(), []
    for each in said:
        recorded = {row.pk: Nights(row.starts_on, row.ends_on, row.was_there) for row in old[each.booking_id]}
        changes = rules.differing(each.answer.nights, list(recorded.values()))
        new += [_row(each, run, how, by, now) for run in changes]
        for row in old[each.booking_id]:
            left = rules.remains(recorded[row.pk], changes)
            if left != [recorded[row.pk]]:
                gone.add(row.pk)
                new += [_piece(row, run) for run in left]
    NightsConfirmed.objects.filter(pk__in=gone).delete()
    NightsConfirmed.objects.bulk_create(new)
    return len(new)


def _row(said: Said, run: Nights, how: str, by: User, now: datetime) -> NightsConfirmed:
    return NightsConfirmed(
        booking_id=said.booking_id,
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        was_there=run.was_there,
        note=said.note if run.was_there == said.answer.was_there else "",
        how=how,
        confirmed_by=by,
        confirmed_at=now,
    )


def _piece(row: NightsConfirmed, run: Nights) -> NightsConfirmed:
    """A part of a recorded run, as it was said."""
    return NightsConfirmed(
        booking_id=row.booking_id,
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        was_there=row.was_there,
        note=row.note,
        how=row.how,
        confirmed_by_id=row.confirmed_by_id,
        confirmed_at=row.confirmed_at,
    )


def _close_if_answered(provider_ids: Iterable[int], week: date, by: User, now: datetime) -> None:
    """Stamp the week's list of each provider when every night of it is over and answered."""
    today = timezone.localdate(now)
    if week + rules.WEEK > today:
        return
    lines = weeks.week_lines(week, today, provider_ids=provider_ids)
    answered = [line.provider_id for line in lines if not line.unconfirmed]
    made = OccupancyList.objects.filter(week=week, provider__in=answered)
    there, closed = set(made.values_list("provider_id", flat=True)), {"closed_by": by, "closed_at": now}
    with audit.acting(by):
        made.filter(closed_at=None).update(**closed)
        OccupancyList.objects.bulk_create(
            OccupancyList(provider_id=pk, week=week, made_by=by, made_at=now, **closed)
            for pk in answered
            if pk not in there
        )
