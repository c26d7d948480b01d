"""The list of payees."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from contacts.models import Party
from tests.factories import BankDetailsFactory, PayeeFactory
from tests.payments.payees.views.helpers import queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "L0001"}, ["L0001"]),
        ({"q": "invented"}, ["L0001"]),
        ({"q": "700002"}, ["L0002"]),
        ({"kind": "agent"}, ["L0002"]),
        ({"lives": "overseas"}, ["L0003"]),
        ({"lives": "unknown"}, ["L0004"]),
        ({"bank": "none"}, ["L0001", "L0002", "L0004"]),
        ({"bank": "waiting"}, ["L0002"]),
        ({"q": "nobody"}, []),
        ({}, ["L0001", "L0002", "L0003", "L0004"]),
    ],
)
def test_the_list_is_searched_and_filtered(pages, asked, expected):
    PayeeFactory(party__ref="L0001", party__name="Ada Invented")
    agent = PayeeFactory(party__ref="L0002", party__kind=Party.Kind.AGENT, supplier_number="700002")
    BankDetailsFactory(payee=agent, waiting=True)
    BankDetailsFactory(payee=PayeeFactory(party__ref="L0003", is_overseas=True))
    PayeeFactory(party__ref="L0004", is_overseas=None)
    answer = pages.get(reverse("payees:list"), asked)
    assert [row.record.party.ref for row in answer.context["table"].rows] == expected


def test_the_list_is_an_excel_file_too_with_leading_zeros_and_without_account_numbers(pages):
    BankDetailsFactory(payee__supplier_number="000123", account_number="66374958")
    answer = pages.get(reverse("payees:list"), {"export": "xlsx"})
    cells = [cell for row in load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True) for cell in row]
    assert "000123" in cells
    assert "66374958" not in cells


def test_the_list_costs_the_same_however_long(pages):
    def add(rows):
        for details in BankDetailsFactory.create_batch(rows):
            BankDetailsFactory(payee=details.payee, waiting=True, is_first=False)

    add(2)
    few = queries(pages, reverse("payees:list"))
    add(18)
    assert queries(pages, reverse("payees:list")) == few
