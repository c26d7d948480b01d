"""The Academy extract: read with whatever headings it has, loaded, loaded again, and accounts that are gone."""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bookings.academy.imports import ACADEMY_EXTRACT
from bookings.models import AcademyAccount
from lewisham_ta.imports.uploads import no_progress
from lewisham_ta.imports.workbook import Sheet
from lewisham_ta.roles import AUDITOR, OFFICER
from tests.factories import LONG_AGO, AcademyAccountFactory, UserFactory

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).resolve().parents[2] / "samples/nightly/academy_extract_2026-10.csv"
HEADINGS = [
    "Claim Ref",
    "Surname",
    "Forename",
    "DOB",
    "Address",
    "Postcode",
    "Tenancy Start",
    "Tenancy End",
    "Weekly Rent",
    "Weekly HB",
    "Status",
]
ROW = [
    "A1",
    "Invented",
    "Ada",
    "01/01/1980",
    "1 Invented Walk",
    "SE6 9ZZ",
    "03/10/2026",
    "",
    "298.15",
    "£271.40",
    "Live",
]


def plan(*rows, headings=HEADINGS):
    return ACADEMY_EXTRACT.plan([Sheet("academy_extract", [list(headings), *map(list, rows)])])


def load(*rows, **kwargs):
    made = plan(*rows, **kwargs)
    assert not made.wrong, made.wrong
    ACADEMY_EXTRACT.apply(made, by=UserFactory(), now=LONG_AGO, progress=no_progress)
    return made


def but(**cells):
    """The usual row with other cells, named without spaces."""
    row = dict(zip(HEADINGS, ROW, strict=True)) | {name.replace("_", " "): value for name, value in cells.items()}
    return [row[heading] for heading in HEADINGS]


def run(path, *options, by="officer"):
    out = StringIO()
    call_command("import_academy", str(path), "--by", by, *options, stdout=out)
    return out.getvalue().splitlines()


def test_the_sample_is_loaded_whole_and_again_changes_nothing():
    UserFactory(username="officer", groups=[OFFICER])
    lines = run(SAMPLE, "--confirm")
    assert "Academy account: 383 new" in lines
    assert lines[-1] == "Loaded."
    account = AcademyAccount.objects.get(claim_ref="A7498145")
    assert (account.surname, account.forename, account.born_on) == ("Edwards", "Quang", date(1961, 11, 17))
    assert (account.starts_on, account.ends_on) == (date(2026, 9, 26), date(2026, 10, 24))
    assert (account.weekly_rent, account.weekly_benefit) == (Decimal("298.15"), Decimal("271.40"))
    assert (account.status, account.is_gone) == ("ended", False)
    assert run(SAMPLE, "--confirm")[-1] == "Nothing would change: 383 unchanged, 3 doubtful."


def test_other_headings_and_a_ni_number_are_understood():
    headings = ["Claim Reference", "LAST NAME", "NINO", "Date of Birth", "Rent start", "HB suspended", "Is cancelled"]
    load(["A1", "Invented", "ab 12 34 56 c", "1 Jan 1980", "2026-10-03", "N", "N"], headings=headings)
    load(["A1", "Invented", "AB123456C", "1 Jan 1980", "2026-10-03", "Y", "N"], headings=headings)
    account = AcademyAccount.objects.get()
    assert (account.ni_number, account.starts_on, account.status) == ("AB123456C", date(2026, 10, 3), "suspended")


def test_a_column_that_is_missing_says_nothing_and_keeps_the_record():
    load(ROW)
    made = load([*ROW[:4], "Live"], headings=[*HEADINGS[:4], "Status"])
    assert made.writes == 0
    assert AcademyAccount.objects.get().weekly_rent == Decimal("298.15")


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ([but(DOB="1/1/80")], (2, "DOB", "write the year with four digits")),
        ([but(Status="")], (2, "Status", "needed")),
        ([but(Status="Paused")], (2, "Status", "Live, Suspended, Ended or Cancelled")),
        ([but(Surname="")], (2, "Surname", "needed")),
        ([but(Postcode="nowhere")], (2, "Postcode", "not a postcode")),
        ([but(Weekly_HB="-1")], (2, "Weekly HB", "below zero")),
        ([ROW, but(Claim_Ref="a1 ")], (3, "Claim Ref", "the same claim twice, first in row 2")),
    ],
)
def test_a_wrong_cell_is_named_with_its_reason(rows, cell):
    made = plan(*rows)
    assert [(wrong.row, wrong.column, wrong.reason) for wrong in made.wrong] == [cell]


def test_an_extract_that_says_nothing_of_the_status_is_wrong():
    made = plan(ROW[:4], headings=HEADINGS[:4])
    assert [(wrong.column, wrong.reason) for wrong in made.wrong] == [("Status", "this column is missing")]


def test_a_ni_number_that_is_none_is_wrong():
    made = plan([*ROW, "12"], headings=[*HEADINGS, "NI No"])
    assert made.wrong[0].reason == "a National Insurance number is two letters, six digits and a letter"


def test_a_tenancy_that_ends_before_it_starts_is_doubtful_and_kept_as_given():
    made = load(but(Tenancy_End="01/10/2026"))
    assert [(doubt.column, doubt.reason) for doubt in made.doubtful] == [("Tenancy End", "before the tenancy starts")]
    assert AcademyAccount.objects.get().ends_on == date(2026, 10, 1)


def test_a_change_says_from_what_to_what():
    load(ROW)
    made = load(but(Status="Suspended", Tenancy_End="20/10/2026"))
    assert str(made.items[0]) == (
        "changed  Academy account A1  Tenancy End: blank → 20 Oct 2026; Status: Live → Suspended"
    )
    assert AcademyAccount.objects.get().ends_on == date(2026, 10, 20)


def test_an_account_that_is_not_in_the_extract_is_named_and_marked_and_may_come_back():
    AcademyAccountFactory(claim_ref="A2", surname="Second")
    made = load(ROW)
    assert "gone  Academy account A2  Second's account is marked as gone" in map(str, made.items)
    assert made.notes[-1] == "1 of 1 accounts on record are not in this extract: they are marked as gone."
    assert made.writes == 2
    assert [cell.reason for cell in made.doubtful] == [
        "1 of 1 accounts on record are not in this extract: is it the whole extract?"
    ]
    assert AcademyAccount.objects.get(claim_ref="A2").is_gone
    assert plan(ROW).writes == 0
    made = load(ROW, but(Claim_Ref="A2", Surname="Second"))
    assert "In the extract: no → yes" in str(made.items[0])
    assert not AcademyAccount.objects.filter(is_gone=True).exists()


@pytest.mark.parametrize("count", [1, 30])
def test_a_load_costs_the_same_number_of_queries_however_long(count, django_assert_num_queries):
    rows = [but(Claim_Ref=f"A{number}") for number in range(count)]
    with django_assert_num_queries(1):
        plan(*rows)


def test_wrong_cells_are_printed_and_nothing_is_written(tmp_path):
    UserFactory(username="officer", groups=[OFFICER])
    path = tmp_path / "academy.csv"
    path.write_text("Claim Ref,Surname,DOB,Status\nA1,Invented,31/02/1980,Live\n")
    with pytest.raises(CommandError, match="1 cell is wrong"):
        run(path, "--confirm")
    assert not AcademyAccount.objects.exists()


def test_a_role_that_may_not_load_is_refused():
    UserFactory(username="auditor", groups=[AUDITOR])
    with pytest.raises(CommandError, match="role of auditor"):
        run(SAMPLE, by="auditor")
