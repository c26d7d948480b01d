"""The commands: one line and exit code 1 for a refusal, figures for everything else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lewisham_ta import audit, roles
from payments.models import Adjustment, Anomaly, Schedule
from tests.factories import LeaseFactory, UserFactory
from tests.payments.controc.helpers import SEPTEMBER, lease

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("command", ["generate_controc", "submit_controc"])
def test_an_auditor_changes_nothing(command):
    UserFactory(username="auditor", groups=[roles.AUDITOR])
    with pytest.raises(CommandError, match=r"^The role of auditor does not allow this\.$"):
        run(command, "2026-09", "--by", "auditor")
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("command", ["submit_controc", "sign_off_controc"])
def test_a_month_that_is_not_there_is_refused(command, officer):
    with pytest.raises(CommandError, match=r"^September 2026 has not been generated\.$"):
        run(command, "2026-09", "--by", "officer")


def test_a_month_that_is_not_there_is_not_exported(tmp_path):
    with pytest.raises(CommandError, match=r"^September 2026 has not been generated\.$"):
        run("export_controc", "2026-09", "--to", str(tmp_path))


def test_a_month_is_written_as_year_and_month(officer):
    with pytest.raises(CommandError, match="'09/2026' is not a month: write it as 2026-11"):
        run("generate_controc", "09/2026", "--by", "officer")


def test_who_prepared_it_signs_nothing_and_decides_nothing(officer):
    LeaseFactory()  # without certificates: a CHECK
    run("generate_controc", "2026-09", "--by", "officer")
    run("submit_controc", "2026-09", "--by", "officer")
    with pytest.raises(CommandError, match="someone else must sign it off"):
        run("sign_off_controc", "2026-09", "--by", "officer", "--accept", "Seen")
    assert Schedule.objects.get().status == "ready"
    assert Anomaly.objects.get().decision == ""


def test_an_open_check_is_in_the_way_until_it_is_accepted(officer, leader):
    LeaseFactory()
    run("generate_controc", "2026-09", "--by", "officer")
    run("submit_controc", "2026-09", "--by", "officer")
    with pytest.raises(CommandError, match=r"^1 CHECK must be mended, held or accepted before sign-off\.$"):
        run("sign_off_controc", "2026-09", "--by", "leader", "--hold", "Wait")
    assert "is signed off" in run("sign_off_controc", "2026-09", "--by", "leader", "--accept", "Seen")
    decided = Anomaly.objects.get()
    assert (decided.decision, decided.reason, decided.decided_by) == ("accepted", "Seen", leader)


def test_generating_prints_control_totals_and_counts(officer):
    lease()
    LeaseFactory()
    lines = [line.split() for line in run("generate_controc", "2026-09", "--by", "officer").splitlines()]
    assert ["Payees", "2"] in lines
    assert ["Net", "3,000.00"] in lines
    assert ["CHECK", "CERTIFICATE_EXPIRED", "1"] in lines


def test_an_export_is_three_files(officer, tmp_path):
    plain = lease()
    run("generate_controc", "2026-09", "--by", "officer")
    run("export_controc", "2026-09", "--to", str(tmp_path / "new"))
    payee = plain.payees.get().payee.party.ref
    assert (tmp_path / "new" / "lines.csv").read_text().splitlines() == [
        "lease,payee,kind,for_month,start,end,days,rate,amount",
        f"{plain.ref},{payee},rent,2026-09,2026-09-01,2026-09-30,30,350.00,1500.00",
    ]
    assert (tmp_path / "new" / "anomalies.csv").read_text() == "subject,code\n"
    assert (tmp_path / "new" / "payees.csv").read_text().splitlines()[1:] == [
        f"{payee},1500.00,0.00,0.00,0.00,0.00,0.00,1500.00,0.00"
    ]


def test_a_month_with_a_supplementary_schedule_is_one_row_a_payee(officer, close, tmp_path):
    plain = lease()
    Adjustment.objects.create(lease=plain, month=SEPTEMBER, kind="recharge", amount=1600, narrative="Works")
    close(SEPTEMBER)
    with audit.acting(officer):
        lease(payee=plain.payees.get().payee)
    close(SEPTEMBER, 1)
    run("export_controc", "2026-09", "--to", str(tmp_path))
    payee = plain.payees.get().payee.party.ref
    assert (tmp_path / "payees.csv").read_text().splitlines()[1:] == [
        f"{payee},3000.00,-1600.00,0.00,0.00,0.00,0.00,1400.00,0.00"
    ]
