"""A filled-in list loaded back: what is recorded, what is wrong, and that the same file again changes nothing."""

import io
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook

from bookings.models import NightsConfirmed
from bookings.occupancy import services
from bookings.occupancy.imports import OCCUPANCY_LIST
from bookings.occupancy.rules import Answer, Said
from lewisham_ta.imports import uploads, workbook
from lewisham_ta.imports.preview import State
from tests.factories import BookingFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db
MONDAY, NEXT = date(2026, 3, 2), date(2026, 3, 9)
NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
FIRST = 3  # the row of the first booking: the instructions and the headings stand above it
THERE, FROM, TO, NOTE = 7, 8, 9, 10


@pytest.fixture
def provider():
    return ProviderFactory()


def filled(provider, *answers, change=None):
    """The list of the week as the provider sends it back: the answers in the order of the units."""
    made = services.make_list(provider_id=provider.pk, week=MONDAY, by=UserFactory(), now=NOW)
    book = load_workbook(io.BytesIO(bytes(made.file.content)))
    for row, cells in enumerate(answers, FIRST):
        for column, value in cells.items():
            book.active.cell(row, column, value)
    if change:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def plan(content):
    return OCCUPANCY_LIST.plan(workbook.read(content, "list.xlsx"))


def load(content):
    made = plan(content)
    assert made.wrong == []
    OCCUPANCY_LIST.apply(made, by=UserFactory(), now=NOW, progress=lambda *_: None)
    return made


def runs(row):
    return list(row.confirmations.order_by("starts_on").values_list("starts_on", "ends_on", "was_there", "how"))


def test_a_filled_in_list_is_recorded_and_the_same_again_changes_nothing(provider):
    there, away, silent = BookingFactory.create_batch(3, unit__provider=provider)
    content = filled(
        provider, {THERE: "Y"}, {THERE: "n", FROM: date(2026, 3, 6), NOTE: "Left their keys"}, {THERE: None}
    )
    made = load(content)
    assert made.summary == "2 new, 0 changed, 0 unchanged."
    assert runs(there) == [(date(2026, 3, 3), NEXT, True, "loaded")]
    assert runs(away) == [
        (date(2026, 3, 3), date(2026, 3, 6), True, "loaded"),
        (date(2026, 3, 6), NEXT, False, "loaded"),
    ]
    assert away.confirmations.get(was_there=False).note == "Left their keys"
    assert runs(silent) == []
    assert plan(content).summary == "Nothing would change: 2 unchanged."
    before = list(NightsConfirmed.objects.values_list("pk", flat=True))
    load(content)
    assert list(NightsConfirmed.objects.values_list("pk", flat=True)) == before


def test_what_was_ticked_otherwise_is_shown_as_a_change(provider):
    row = BookingFactory(unit__provider=provider)
    said = [Said(row.pk, Answer(date(2026, 3, 3), date(2026, 3, 8), True))]
    services.confirm(provider_id=provider.pk, week=MONDAY, said=said, by=UserFactory(), now=NOW)
    made = load(filled(provider, {THERE: "N", FROM: date(2026, 3, 8)}))
    [item] = made.items
    assert (item.state, item.ref) == (State.CHANGED, row.ref)
    [change] = item.changes
    assert change.was == "there 3 Mar to 8 Mar 2026"
    assert change.now == "there 3 Mar to 7 Mar 2026, not there 8 Mar 2026"
    assert runs(row) == [
        (date(2026, 3, 3), date(2026, 3, 8), True, "ticked"),
        (date(2026, 3, 8), NEXT, False, "loaded"),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({1: "B404", THERE: "Y"}, "Booking", "there is no booking of this reference"),
        ({THERE: "maybe"}, "There? Y/N", ""),
        ({THERE: "Y", FROM: date(2026, 3, 1)}, "Not there from", "The nights away must be between"),
        ({THERE: "Y", TO: date(2026, 3, 20)}, "Not there to", "The nights away must be between"),
        ({THERE: "N", FROM: date(2026, 3, 6), TO: date(2026, 3, 5)}, "Not there to", "cannot be before the first"),
        ({THERE: "N", FROM: date(2026, 3, 1)}, "Not there from", "The nights away must be between"),
        ({THERE: "N", FROM: "when?"}, "Not there from", ""),
        ({THERE: "Y", 6: date(2026, 3, 2)}, "Last night", "before the first night"),
        ({THERE: "Y", 5: MONDAY}, "First night", "not nights of this booking, which is 3 Mar to 9 Mar 2026"),
        ({THERE: "Y", 5: NEXT, 6: date(2026, 3, 10)}, "Last night", "not nights of this booking"),
        ({THERE: "Y", 6: date(2026, 3, 20)}, "Last night", "more than a week after the first"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_loaded(provider, cells, column, reason):
    BookingFactory(unit__provider=provider)
    content = filled(provider, cells)
    [wrong] = [cell for cell in plan(content).wrong if cell.row == FIRST]
    assert wrong.column == column
    assert reason in wrong.reason


def test_y_with_nights_away_is_there_on_the_others(provider):
    row = BookingFactory(unit__provider=provider)
    made = load(filled(provider, {THERE: "Y", FROM: date(2026, 3, 4), TO: date(2026, 3, 5), NOTE: "With her sister"}))
    [item] = made.items
    words = "There 3 Mar 2026, not there 4 Mar to 5 Mar 2026, there 6 Mar to 8 Mar 2026. With her sister"
    assert (item.state, item.words) == (State.NEW, words)
    assert [run[2] for run in runs(row)] == [True, False, True]


def test_the_preview_shows_of_every_booking_what_was_answered(provider):
    BookingFactory.create_batch(2, unit__provider=provider)
    made = plan(filled(provider, {THERE: "Y"}, {THERE: "N"}))
    assert [item.words for item in made.items] == ["There 3 Mar to 8 Mar 2026", "Not there 3 Mar to 8 Mar 2026"]


def test_all_wrong_cells_come_in_one_round(provider):
    BookingFactory.create_batch(4, unit__provider=provider)
    wrong = plan(
        filled(
            provider,
            {THERE: "maybe"},
            {1: "B404", THERE: "Y", FROM: "when?"},
            {THERE: "N", FROM: date(2026, 3, 1)},
            {THERE: "Y", 5: MONDAY, TO: date(2026, 3, 20)},
        )
    ).wrong
    assert [(cell.row, cell.column) for cell in wrong] == [
        (3, "There? Y/N"),
        (4, "Booking"),
        (4, "Not there from"),
        (5, "Not there from"),
        (6, "First night"),
        (6, "Not there to"),
    ]


def test_nights_to_come_are_wrong(provider):
    row = BookingFactory(unit__provider=provider)

    def change(sheet):
        sheet.cell(FIRST, 1, BookingFactory(unit__provider=provider, starts_on=date(2126, 3, 4), ends_on=None).ref)
        sheet.cell(FIRST, 5, date(2126, 3, 4))
        sheet.cell(FIRST, 6, date(2126, 3, 5))

    [wrong] = plan(filled(provider, {THERE: "Y"}, change=change)).wrong
    assert (wrong.column, wrong.reason) == ("Last night", "still to come")
    assert runs(row) == []


def test_a_booking_of_another_provider_or_twice_is_wrong(provider):
    BookingFactory.create_batch(3, unit__provider=provider)
    stranger = BookingFactory()
    answers = [{THERE: "Y"}] * 3
    content = filled(provider, *answers, change=lambda sheet: sheet.cell(5, 1, stranger.ref))
    [wrong] = plan(content).wrong
    assert (wrong.row, wrong.reason) == (5, "another provider's booking")
    twice = filled(
        provider, {THERE: "Y"}, {THERE: "N"}, change=lambda sheet: sheet.cell(4, 1, sheet.cell(FIRST, 1).value)
    )
    [wrong] = plan(twice).wrong
    assert (wrong.row, wrong.column, wrong.reason) == (4, "Booking", "row 3 answers the same nights")


def test_an_empty_list_and_a_cancelled_booking_are_wrong(provider):
    row = BookingFactory(unit__provider=provider)
    content = filled(provider, {THERE: "Y"})
    row.status = "cancelled"
    row.save(update_fields=["status"])
    assert plan(content).wrong[0].reason == "this booking is cancelled"
    empty = b"Booking,First night,Last night,There? Y/N\n"
    assert OCCUPANCY_LIST.plan(workbook.read(empty, "list.csv")).wrong[0].reason == "there are no bookings in it"


def test_a_list_on_which_nothing_is_answered_loads_nothing(provider):
    BookingFactory(unit__provider=provider)
    made = load(filled(provider))
    assert made.notes[-1] == "1 booking is not answered: its nights stay unconfirmed."
    assert not NightsConfirmed.objects.exists()


def test_a_list_is_handed_in_shown_and_loaded(provider):
    row, officer = BookingFactory(unit__provider=provider), UserFactory()
    content = filled(provider, {THERE: "Y"})
    upload = uploads.receive(importer=OCCUPANCY_LIST, name="list.xlsx", content=content, by=officer, now=NOW)
    upload, _ = uploads.read(upload_id=upload.pk)
    assert upload.summary == "1 new, 0 changed, 0 unchanged."
    uploads.load(upload_id=upload.pk, seen=upload.fingerprint, by=officer, now=NOW)
    assert runs(row) == [(date(2026, 3, 3), NEXT, True, "loaded")]
    assert row.confirmations.get().confirmed_by == officer
    again = uploads.receive(importer=OCCUPANCY_LIST, name="list.xlsx", content=content, by=officer, now=NOW)
    again, _ = uploads.read(upload_id=again.pk)
    assert again.summary == "Nothing would change: 1 unchanged."


@pytest.mark.parametrize("rows", [2, 20])
def test_a_long_list_costs_as_many_queries_as_a_short_one(rows, provider, django_assert_num_queries):
    BookingFactory.create_batch(rows, unit__provider=provider)
    sheets = workbook.read(filled(provider, *[{THERE: "Y"}] * rows), "list.xlsx")
    with django_assert_num_queries(2):
        assert len(OCCUPANCY_LIST.plan(sheets).items) == rows
