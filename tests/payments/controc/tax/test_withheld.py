"""The quarter's tax of non-resident landlords: what the return to HMRC is filled in from."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from lewisham_ta import roles
from payments.controc import services
from payments.controc.tax import rules
from payments.models import Adjustment
from tests.factories import PayeeFactory, UserFactory
from tests.payments.controc import helpers
from tests.payments.controc.helpers import NOVEMBER, NOW, OCTOBER, SEPTEMBER, lease


@pytest.mark.parametrize(
    ("month", "quarter", "due"),
    [
        (date(2026, 4, 1), date(2026, 4, 1), date(2026, 7, 30)),
        (date(2026, 9, 1), date(2026, 7, 1), date(2026, 10, 30)),
        (date(2026, 12, 1), date(2026, 10, 1), date(2027, 1, 30)),
        (date(2027, 2, 1), date(2027, 1, 1), date(2027, 4, 30)),
    ],
)
def test_a_quarter_ends_in_june_september_december_or_march_and_is_paid_within_30_days(month, quarter, due):
    assert rules.quarter_of(month) == quarter
    assert rules.due_on(quarter) == due


@pytest.fixture
def taxed(db):
    """A landlord overseas, paid for September (£1,500 less £100 recharged) and October, and one who lives here."""
    home = lease(ref="LS1")
    payee = home.payees.get().payee
    payee.is_overseas = True
    payee.save()
    lease(ref="LS2")
    Adjustment.objects.create(lease=home, month=SEPTEMBER, kind="recharge", amount="100.00", narrative="Glass")
    officer, leader = UserFactory(), UserFactory(groups=[roles.TEAM_LEADER])
    for month in (SEPTEMBER, OCTOBER):
        schedule = helpers.submitted(month, by=officer)
        helpers.decide_all(schedule, by=leader)
        helpers.sign_off(schedule, by=leader)
    return payee


def shown(client, **asked):
    client.force_login(UserFactory(groups=[roles.AUDITOR]))
    return client.get(reverse("controc:withheld"), asked)


def test_the_latest_quarter_is_shown_with_what_is_signed_off_and_nothing_else(client, taxed):
    services.generate(month=NOVEMBER, by=UserFactory(), now=NOW)
    page = " ".join(shown(client).content.decode().split())
    assert "October to December 2026" in page
    assert "£1,550.00" in page  # October; November is a draft
    assert "£310.00" in page
    assert "30 Jan 2027" in page
    assert taxed.party.ref in page
    assert "Total of 1 payee" in page


def test_recharges_are_taken_off_before_the_tax_and_a_figure_leads_to_the_statement(client, taxed):
    page = shown(client, quarter="2026-07").content.decode()
    statement = reverse("controc:statement", args=[taxed.party.ref])
    assert f'<a href="{statement}?from=2026-07&amp;to=2026-09">280.00</a>' in page
    assert client.get(statement, {"from": "2026-07", "to": "2026-09"}).status_code == 200


def test_the_quarter_is_an_excel_file_with_numbers(client, taxed):
    sheet = load_workbook(BytesIO(shown(client, quarter="2026-07", export="xlsx").content)).active
    headings, row, total = sheet.values
    assert headings == ("Payee", "Name", "Address", "Schedules", "Rent taxed £", "Tax £")
    assert (row[0], *row[3:]) == (taxed.party.ref, 1, 1400, 280)
    assert total[4:] == (1400, 280)


def test_a_quarter_that_is_none_and_no_schedule_at_all_are_no_errors(client, db):
    assert "No tax was withheld in this quarter." in shown(client).content.decode()
    assert shown(client, quarter="soon").status_code == 200


def test_it_costs_the_same_however_many_payees(client, taxed):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("controc:withheld")).status_code == 200
        return len(asked)

    shown(client)
    few = queries()
    for number in range(3):
        lease(ref=f"LS1{number}", payee=PayeeFactory(is_overseas=True))
    supplementary = services.generate(month=OCTOBER, number=1, by=UserFactory(), now=NOW)
    helpers.stamp(supplementary, by=UserFactory(groups=[roles.TEAM_LEADER]))
    assert "Total of 4 payees" in client.get(reverse("controc:withheld")).content.decode()
    assert queries() == few
