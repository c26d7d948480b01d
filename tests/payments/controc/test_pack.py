"""The sign-off pack reads without a list of codes, and is the same bytes however often it is made."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from payments.controc import exports, services
from tests.payments.controc.helpers import SEPTEMBER, lease

pytestmark = pytest.mark.django_db


def test_each_code_stands_beside_its_words_and_each_subject_beside_its_name(close):
    made = lease(ends_on=date(2026, 8, 31))
    signed = close(SEPTEMBER)
    pages = PdfReader(BytesIO(bytes(signed.pack_pdf.content))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for words in ("Lease expired", "LEASE_EXPIRED", made.ref, made.property.address, "Accepted"):
        assert words in text, words
    headings, row = list(load_workbook(BytesIO(bytes(signed.pack_xlsx.content)))["Anomalies"].values)[:2]
    found = dict(zip(headings, row, strict=True))
    assert (found["Code"], found["Check"]) == ("LEASE_EXPIRED", "Lease expired")
    assert (found["Subject"], found["Address or name"]) == (made.ref, made.property.address)


def test_the_pdf_of_one_sign_off_is_the_same_to_the_byte(close):
    lease()
    signed = close(SEPTEMBER)
    again = exports.pack(signed, services.bridge_of(signed))[0]
    assert again == bytes(signed.pack_pdf.content)
