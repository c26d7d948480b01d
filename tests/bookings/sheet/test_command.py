"""The command, with the team's sample: what it prints, what it writes, and that a second time changes nothing."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bookings.models import Booking, BookingRate, Household, Member, Provider, Unit, UnitRate
from lewisham_ta.models import Upload
from lewisham_ta.roles import AUDITOR, OFFICER
from tests.bookings.sheet.nightly import SAMPLE, workbook_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(username="officer", groups=[OFFICER])


def run(path, *options, by="officer"):
    out = StringIO()
    call_command("import_nightly_paid", str(path), "--by", by, *options, stdout=out)
    return out.getvalue().splitlines()


def test_the_sample_is_loaded_whole(officer):
    lines = run(SAMPLE, "--confirm")
    assert "Provider: 5 new" in lines
    assert "Unit: 270 new" in lines
    assert "Booking: 390 new" in lines
    assert "Rate change: 11 new" in lines
    assert lines[-1] == "Loaded."
    assert (Provider.objects.count(), Unit.objects.count(), Booking.objects.count()) == (5, 270, 390)
    assert UnitRate.objects.count() == 270
    assert BookingRate.objects.count() == 390 + 11  # four came before the household did, and are its first rate
    assert Household.objects.count() == Member.objects.filter(is_main=True).count()
    booking = Booking.objects.get(ref="B000002")
    assert (booking.unit.ref, booking.starts_on, booking.ends_on) == ("U00001", date(2026, 10, 25), date(2026, 11, 29))
    assert booking.rates.get().amount == Decimal("87.50")
    assert booking.household.members.get().surname == "St-Clair"
    assert Booking.objects.get(ref="B000240").rates.get().amount == Decimal("73.95")
    assert booking.booked_by == officer
    assert Booking.objects.filter(status="cancelled").count() == 10


def test_the_sample_again_changes_nothing_and_says_so(officer):
    run(SAMPLE, "--confirm")
    lines = run(SAMPLE, "--confirm")
    assert lines[-1].startswith("Nothing would change: ")
    assert "not in the workbook" not in lines[-1]
    assert Upload.objects.count() == 1


def test_without_confirm_nothing_is_written(officer, tmp_path):
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(workbook_of(rate_changes=[{}]))
    lines = run(path)
    assert "new  Booking B1  H1 in U1, 3 Oct 2026 to 10 Oct 2026 (7 nights), £60.00 a night" in lines
    assert "new  Rate change B1 from 5 Oct 2026  £55.00 a night" in lines
    assert lines[-1] == "Nothing was written. Load it with --confirm."
    assert not Booking.objects.exists()


def test_wrong_cells_are_printed_one_a_line_and_nothing_is_written(officer, tmp_path):
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(workbook_of(bookings=[{"Unit Ref": "U9"}]))
    out = StringIO()
    with pytest.raises(CommandError, match="1 cell is wrong"):
        call_command("import_nightly_paid", str(path), "--by", "officer", "--confirm", stdout=out)
    assert out.getvalue().splitlines() == ["Bookings\t2\tUnit Ref\tU9\tno such unit"]
    assert not Booking.objects.exists()


def test_a_role_that_may_not_load_is_refused(tmp_path):
    UserFactory(username="auditor", groups=[AUDITOR])
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(workbook_of())
    with pytest.raises(CommandError, match="role of auditor"):
        run(path, by="auditor")
