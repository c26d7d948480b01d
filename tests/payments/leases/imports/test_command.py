"""The command: what it prints, what it writes, and with which exit code it refuses."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lewisham_ta.models import StoredFile, Upload
from lewisham_ta.roles import AUDITOR, OFFICER
from payments.models import BankDetails, Lease
from tests.factories import UserFactory
from tests.payments.leases.imports.registers import WRONG, workbook_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(username="officer", groups=[OFFICER])


def run(path, *options, by="officer"):
    out = StringIO()
    call_command("import_psl_register", str(path), "--by", by, *options, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def register(tmp_path):
    path = tmp_path / "register.xlsx"
    path.write_bytes(workbook_of(rent_changes=[{}], adjustments=[{}]))
    return path


def test_without_confirm_it_says_what_would_change_and_writes_nothing(officer, register):
    lines = run(register)
    assert "new  Lease LS1  P1, L1 is paid, from 1 Apr 2025, £350.00 a week" in lines
    assert "new  Rent change LS1 from 1 Oct 2025  £364.00" in lines
    assert "Lease: 1 new" in lines
    assert lines[-1] == "Nothing was written. Load it with --confirm."
    assert not Lease.objects.exists()
    assert not StoredFile.objects.exists()


def test_with_confirm_it_loads_and_keeps_the_file(officer, register):
    assert run(register, "--confirm")[-1] == "Loaded."
    assert Lease.objects.get().ref == "LS1"
    assert BankDetails.objects.get().requested_by == officer
    upload = Upload.objects.get()
    assert (upload.state, upload.confirmed_by, upload.uploaded_by) == ("confirmed", officer, officer)
    assert bytes(upload.file.content) == register.read_bytes()


def test_loading_the_same_file_again_changes_nothing_and_says_so(officer, register):
    run(register, "--confirm")
    assert run(register, "--confirm")[-1] == "Nothing would change: 6 unchanged."
    assert Upload.objects.count() == 1


def test_wrong_cells_are_printed_first_one_a_line_and_nothing_is_written(officer, capsys):
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("import_psl_register", str(WRONG), "--by", "officer", "--confirm", stdout=out)
    lines = out.getvalue().splitlines()
    assert "Leases\t280\tProperty Ref\tP00221\toverlaps the lease in row 226" in lines
    assert all(line.count("\t") == 4 for line in lines)
    assert "17 cells are wrong" in str(error.value)
    assert not Lease.objects.exists()
    assert not Upload.objects.exists()


@pytest.mark.parametrize("options", [[], ["--confirm"]])
def test_a_role_that_may_not_load_is_refused(options, register):
    UserFactory(username="auditor", groups=[AUDITOR])
    with pytest.raises(CommandError, match="role of auditor"):
        run(register, *options, by="auditor")


def test_a_file_that_is_not_there_or_no_workbook_is_refused(officer, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "none.xlsx")
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(CommandError, match="is not a workbook"):
        run(tmp_path / "letter.pdf")


def test_a_first_load_of_many_counts_new_records_instead_of_listing_them(officer, tmp_path):
    path = tmp_path / "register.xlsx"
    refs = [{"Property Ref": f"P{n}", "Address": f"{n} Cedar Rise"} for n in range(1, 60)]
    path.write_bytes(workbook_of(properties=refs))
    lines = run(path)
    assert "Property: 59 new" in lines
    assert not [line for line in lines if line.startswith("new  Property")]
