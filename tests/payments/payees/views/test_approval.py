"""The page on which many are approved."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from payments.models import BankDetails
from tests.factories import BankDetailsFactory
from tests.payments.payees.views.helpers import queries, text

pytestmark = pytest.mark.django_db


def test_first_accounts_are_approved_in_bulk(pages):
    ids = [row.pk for row in BankDetailsFactory.create_batch(3, waiting=True)]
    answer = pages.post(reverse("payees:approve_first"), {"selected": ids}, follow=True)
    assert "3 first accounts approved." in text(answer)
    assert BankDetails.objects.filter(is_current=True).count() == 3


def test_approving_nothing_is_refused_in_words(pages):
    assert "Tick the accounts to approve." in text(pages.post(reverse("payees:approve_first"), {"selected": ["x"]}))


def test_what_one_loaded_has_no_box_and_says_why(pages, officer):
    mine, other = BankDetailsFactory(waiting=True, requested_by=officer), BankDetailsFactory(waiting=True)
    page = text(pages.get(reverse("payees:approvals")))
    assert f'name="selected" value="{other.pk}"' in page
    assert f'name="selected" value="{mine.pk}"' not in page
    assert "someone else must approve it" in page


def test_ticks_stay_when_the_approval_is_refused(pages, officer):
    mine, other = BankDetailsFactory(waiting=True, requested_by=officer), BankDetailsFactory(waiting=True)
    page = text(pages.post(reverse("payees:approve_first"), {"selected": [mine.pk, other.pk]}))
    assert "Nothing was approved" in page
    assert f'<input checked type="checkbox" class="form-check-input" name="selected" value="{other.pk}"' in page


def test_a_change_shows_the_account_in_use_beside_it(pages):
    old = BankDetailsFactory(account_number="66374958")
    BankDetailsFactory(waiting=True, is_first=False, payee=old.payee, account_number="12345678")
    page = text(pages.get(reverse("payees:approvals")))
    assert page.index("66374958") < page.index("12345678")
    assert "To be made" in page


def test_the_approval_page_costs_the_same_however_long(pages):
    def wait(rows):
        BankDetailsFactory.create_batch(rows, waiting=True)
        BankDetailsFactory.create_batch(rows, waiting=True, is_first=False)

    wait(2)
    few = queries(pages, reverse("payees:approvals"))
    wait(10)
    assert queries(pages, reverse("payees:approvals")) == few


def test_what_waits_is_an_excel_file_too_and_masked_for_an_auditor(auditor_pages):
    BankDetailsFactory(waiting=True, account_number="66374958")
    BankDetailsFactory(waiting=True, is_first=False, account_number="12345678")
    answer = auditor_pages.get(reverse("payees:approvals"), {"export": "xlsx"})
    book = load_workbook(BytesIO(answer.content))
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"••••99 ••••4958", "••••99 ••••5678"} <= cells
