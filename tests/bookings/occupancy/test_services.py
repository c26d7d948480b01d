"""Lists made and sent, weeks answered, answers corrected."""

import io
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from django.core import mail
from openpyxl import load_workbook

from bookings.models import NightsConfirmed, OccupancyList
from bookings.occupancy import hooks, mailing, services
from bookings.occupancy.exports import INSTRUCTIONS
from bookings.occupancy.rules import Answer, Said
from bookings.occupancy.selectors import weeks
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR
from tests.at_once import at_once
from tests.factories import BookingFactory, HouseholdFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db
MONDAY, NEXT = date(2026, 3, 2), date(2026, 3, 9)
NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)


def booking(provider=None, **about):
    provider = provider or ProviderFactory(party__email="rooms@example.org")
    return BookingFactory(unit__provider=provider, **about)


def confirm(row, was_there=True, away_from=None, away_to=None, *, first=3, last=8, now=NOW, week=MONDAY, **but):
    answer = Answer(date(2026, 3, first), date(2026, 3, last), was_there, away_from, away_to)
    said = [Said(row.pk, answer, but.pop("note", ""))]
    provider = row.unit.provider_id
    return services.confirm(provider_id=provider, week=week, said=said, by=but.pop("by", UserFactory()), now=now)


def runs(row):
    return list(row.confirmations.order_by("starts_on").values_list("starts_on", "ends_on", "was_there"))


# Lists


def test_a_list_names_the_bookings_of_the_week_and_no_more_about_the_people():
    first = booking()
    provider = first.unit.provider
    hidden = booking(provider, household=HouseholdFactory(is_confidential=True), starts_on=MONDAY)
    booking(provider, status="cancelled")
    booking()  # another provider's
    made = services.make_list(provider_id=provider.pk, week=MONDAY, by=UserFactory(), now=NOW)
    sheet = load_workbook(io.BytesIO(bytes(made.file.content))).active
    above, heading, *rows = sheet.values
    assert above[0] == INSTRUCTIONS
    assert heading[:7] == ("Booking", "Name", "Unit", "Address", "First night", "Last night", "There? Y/N")
    assert [row[0] for row in rows] == [first.ref, hidden.ref]
    assert rows[0][1] == str(first.household.members.get())
    assert rows[1][1] in (None, "")
    assert (rows[0][4].date(), rows[0][5].date()) == (date(2026, 3, 3), date(2026, 3, 8))
    assert made.file.sha256 == sha256(bytes(made.file.content)).hexdigest()


def test_a_list_made_again_keeps_the_earlier_file():
    row = booking()
    made = services.make_list(provider_id=row.unit.provider_id, week=MONDAY, by=UserFactory(), now=NOW)
    earlier = made.file
    again = services.make_list(provider_id=row.unit.provider_id, week=MONDAY, by=UserFactory(), now=NOW)
    assert again.pk == made.pk
    assert again.file_id != earlier.pk
    earlier.refresh_from_db()


def test_lists_are_made_for_every_provider_with_bookings_that_has_none():
    booking()
    booking()
    ProviderFactory()
    officer = UserFactory()
    assert services.make_lists(week=MONDAY, by=officer, now=NOW) == 2
    assert services.make_lists(week=MONDAY, by=officer, now=NOW) == 0


@pytest.mark.parametrize(
    ("week", "reason"),
    [
        (date(2026, 3, 3), "begins on a Monday"),
        (date(2026, 3, 16), "has not begun"),
        (date(2026, 1, 5), "no bookings in the week"),
    ],
)
def test_there_is_no_list_of_a_week_without_nights(week, reason):
    with pytest.raises(Refused, match=reason):
        services.make_list(provider_id=booking().unit.provider_id, week=week, by=UserFactory(), now=NOW)


def test_a_list_is_e_mailed_once():
    officer, row = UserFactory(), booking()
    services.make_lists(week=MONDAY, by=officer, now=NOW)
    assert services.email_lists(week=MONDAY, by=officer, now=NOW) == 1
    assert services.email_lists(week=MONDAY, by=officer, now=NOW) == 0
    assert mailing.email_waiting(now=NOW) == 1
    assert mailing.email_waiting(now=NOW) == 0
    [message] = mail.outbox
    assert message.to == ["rooms@example.org"]
    assert message.attachments[0][0] == f"Occupancy {row.unit.provider.party.ref} 2026-03-02.xlsx"
    assert OccupancyList.objects.get().sent_at


def test_an_e_mail_that_failed_is_not_sent_again_until_somebody_says_so(monkeypatch):
    officer = UserFactory()
    booking()
    services.make_lists(week=MONDAY, by=officer, now=NOW)
    made = OccupancyList.objects.get()
    services.email_list(list_id=made.pk, by=officer, now=NOW)
    with monkeypatch.context() as broken:
        broken.setattr(mail.EmailMessage, "send", lambda message: (_ for _ in ()).throw(OSError()))
        assert mailing.email_waiting(now=NOW) == 0
    assert mailing.email_waiting(now=NOW) == 0
    assert weeks.emails_to_check().get() == made
    services.email_list(list_id=made.pk, by=officer, now=NOW)
    assert mailing.email_waiting(now=NOW) == 1


def test_a_list_goes_only_to_an_address_and_only_when_it_is_made():
    officer, row = UserFactory(), booking(ProviderFactory())
    made = services.make_list(provider_id=row.unit.provider_id, week=MONDAY, by=officer, now=NOW)
    with pytest.raises(Refused, match="has no e-mail address"):
        services.email_list(list_id=made.pk, by=officer, now=NOW)
    empty = OccupancyList.objects.create(provider=booking().unit.provider, week=MONDAY, made_by=officer, made_at=NOW)
    with pytest.raises(Refused, match="Make the list"):
        services.email_list(list_id=empty.pk, by=officer, now=NOW)


# Answers


def test_everybody_was_there_and_the_week_is_closed():
    row, officer = booking(), UserFactory()
    assert confirm(row, by=officer) == 6
    assert runs(row) == [(date(2026, 3, 3), NEXT, True)]
    made = OccupancyList.objects.get()
    assert (made.closed_by, made.file) == (officer, None)
    event = AuditEvent.objects.get()
    assert (event.action, event.detail) == (
        "occupancy.confirmed",
        {"week": "2026-03-02", "bookings": 1, "nights": 6},
    )


def test_a_booking_that_comes_late_opens_a_closed_week_again():
    row = booking()
    confirm(row)
    [line] = weeks.week_lines(MONDAY, NOW.date())
    assert line.list_words == "All answered"
    booking(row.unit.provider)
    [line] = weeks.week_lines(MONDAY, NOW.date())
    assert (line.list_words, line.unconfirmed) == ("Not made", 6)


def test_a_week_with_an_unanswered_booking_stays_open():
    row = booking()
    booking(row.unit.provider)
    confirm(row)
    assert not OccupancyList.objects.exists()


def test_who_was_away_some_nights_was_there_on_the_others():
    row = booking()
    confirm(row, False, date(2026, 3, 5), date(2026, 3, 6), note="In hospital")
    assert runs(row) == [
        (date(2026, 3, 3), date(2026, 3, 5), True),
        (date(2026, 3, 5), date(2026, 3, 7), False),
        (date(2026, 3, 7), NEXT, True),
    ]


def test_a_night_that_is_answered_is_not_answered_again_by_a_stale_page():
    row = booking()
    confirm(row)
    with pytest.raises(Refused, match="Some of these nights are confirmed already"):
        confirm(row, False)
    assert NightsConfirmed.objects.count() == 1


def test_nothing_is_recorded_of_nights_to_come_or_of_other_bookings():
    row = booking(ends_on=None)
    with pytest.raises(Refused, match="still to come"):
        confirm(row, first=9, last=11, week=NEXT)
    assert confirm(row, first=9, last=10, week=NEXT) == 2
    with pytest.raises(Refused, match="does not have these nights"):
        confirm(booking(), last=12)
    with pytest.raises(Refused, match="cancelled, or is another provider's"):
        confirm(booking(status="cancelled"))
    stranger = booking()
    with pytest.raises(Refused, match="cancelled, or is another provider's"):
        services.confirm(
            provider_id=ProviderFactory().pk,
            week=MONDAY,
            said=[Said(stranger.pk, Answer(date(2026, 3, 3), date(2026, 3, 8), True))],
            by=UserFactory(),
            now=NOW,
        )
    with pytest.raises(Refused, match="Answer at least one"):
        services.confirm(provider_id=row.unit.provider_id, week=MONDAY, said=[], by=UserFactory(), now=NOW)


def test_several_providers_answer_about_a_week_at_once_or_not_at_all():
    rows, officer = [booking() for _ in range(3)], UserFactory()
    answer = Answer(date(2026, 3, 3), date(2026, 3, 8), True)
    said = {row.unit.provider_id: [Said(row.pk, answer)] for row in rows}
    week = {"week": MONDAY, "by": officer, "now": NOW}
    wrong = said | {rows[0].unit.provider_id: [Said(rows[1].pk, answer)]}
    with pytest.raises(Refused, match="cancelled, or is another provider's"):
        services.confirm_week(said=wrong, **week)
    assert not NightsConfirmed.objects.exists()
    with pytest.raises(Refused, match="Answer at least one"):
        services.confirm_week(said=said | {ProviderFactory().pk: []}, **week)
    assert services.confirm_week(said=said, **week) == 18
    assert all(runs(row) == [(date(2026, 3, 3), NEXT, True)] for row in rows)
    assert OccupancyList.objects.filter(week=MONDAY, closed_by=officer, closed_at=NOW).count() == 3
    assert AuditEvent.objects.filter(action="occupancy.confirmed").count() == 3


def test_a_correction_changes_its_nights_and_keeps_what_was_said():
    row, first, second = booking(), UserFactory(), UserFactory()
    confirm(row, by=first)
    services.correct(
        booking_id=row.pk,
        first_on=date(2026, 3, 7),
        last_on=date(2026, 3, 8),
        was_there=False,
        why="The manager rang",
        by=second,
        now=NOW,
    )
    assert runs(row) == [(date(2026, 3, 3), date(2026, 3, 7), True), (date(2026, 3, 7), NEXT, False)]
    assert list(row.confirmations.order_by("starts_on").values_list("confirmed_by", flat=True)) == [
        first.pk,
        second.pk,
    ]
    events = NightsConfirmed.pgh_event_models
    model = next(iter(events.values()))
    gone = model.objects.get(pgh_label="delete")
    assert (gone.ends_on, gone.was_there, gone.confirmed_by_id) == (NEXT, True, first.pk)
    assert gone.pgh_context.metadata["why"] == "The manager rang"


def test_a_correction_that_corrects_nothing_is_refused():
    row = booking()
    confirm(row)
    nights = {"first_on": date(2026, 3, 3), "last_on": date(2026, 3, 4), "why": "Checked"}
    with pytest.raises(Refused, match="recorded so already"):
        services.correct(booking_id=row.pk, **nights, was_there=True, by=UserFactory(), now=NOW)
    with pytest.raises(Refused, match="before the first"):
        services.correct(
            booking_id=row.pk,
            first_on=date(2026, 3, 4),
            last_on=date(2026, 3, 3),
            was_there=True,
            why="Checked",
            by=UserFactory(),
            now=NOW,
        )


# What follows from an answer


def work():
    return {item.title: item for item in hooks.work_items(UserFactory(), NOW.date())}


def test_a_household_that_was_not_there_is_work_until_its_booking_ends():
    row = booking(ends_on=None)
    confirm(row, False, date(2026, 3, 6))
    item = work()["Households that were not there"]
    assert (item.count, item.due_on, item.tone) == (1, date(2026, 3, 6), "error")
    row.ends_on = date(2026, 3, 6)
    row.save(update_fields=["ends_on"])
    assert "Households that were not there" not in work()


def test_a_household_that_came_back_is_no_work():
    row = booking(ends_on=None)
    confirm(row, False, date(2026, 3, 4), date(2026, 3, 5))
    assert "Households that were not there" not in work()


def test_a_week_in_which_nobody_confirmed_anything_is_work():
    row = booking()
    booking()
    assert work()["Nothing confirmed in the week of 2 Mar 2026"].count == 2
    confirm(row)
    assert work()["Nothing confirmed in the week of 2 Mar 2026"].count == 1
    assert list(hooks.work_items(UserFactory(groups=[AUDITOR]), NOW.date())) == []


@pytest.mark.parametrize(
    ("service", "arguments"),
    [
        (services.make_list, {"provider_id": 1, "week": MONDAY}),
        (services.make_lists, {"week": MONDAY}),
        (services.email_list, {"list_id": 1}),
        (services.email_lists, {"week": MONDAY}),
        (services.confirm, {"provider_id": 1, "week": MONDAY, "said": []}),
        (services.load, {"provider_id": 1, "said": []}),
        (
            services.correct,
            {"booking_id": 1, "first_on": MONDAY, "last_on": MONDAY, "was_there": True, "why": "No"},
        ),
    ],
)
def test_an_auditor_confirms_nothing(service, arguments):
    with pytest.raises(Refused, match="does not allow this"):
        service(**arguments, by=UserFactory(groups=[AUDITOR]), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_answer_the_same_night_at_once_record_it_once():
    row = booking()
    officers = [UserFactory(), UserFactory()]
    outcomes = at_once(*(lambda by=by: confirm(row, by=by) for by in officers))
    assert outcomes == ["Some of these nights are confirmed already.", "done"]
    assert NightsConfirmed.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_list_leaves_once_when_two_workers_look_at_once():
    officer = UserFactory()
    booking()
    services.make_lists(week=MONDAY, by=officer, now=NOW)
    services.email_lists(week=MONDAY, by=officer, now=NOW)
    at_once(*[lambda: mailing.email_waiting(now=NOW)] * 2)
    assert len(mail.outbox) == 1
