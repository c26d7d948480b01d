"""Columns of unknown headings: what is proposed by words and cells, and that nothing is read by it alone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lewisham_ta.refusals import Refused
from payments.invoices.imports import proposing
from payments.invoices.imports.layout import Layout
from payments.invoices.imports.reading import layout_refusal
from payments.models import Invoice
from tests.payments.invoices.factories import booking
from tests.payments.invoices.test_imports import NOV, OCT, only, read

SHORT = ["Ref No", "Occupier(s)", "Arr.", "Dep.", "Nts", "Per nt", "Amt (£)"]
ROW = ["B000001", "Ada Invented", "01/10/2026", "01/11/2026", 31, 50, 1550]


def named(heading, *rows):
    """Heading → field."""
    return {heading[index]: field for index, field in proposing.proposed(heading, rows).items()}


def test_abbreviations_with_dots_brackets_and_plurals_are_proposed():
    fields = ["ref", "name", "starts", "ends", "nights", "rate", "net"]
    assert named(SHORT) == dict(zip(SHORT, fields, strict=True))


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Arival", "starts"),
        ("Departue", "ends"),
        ("Nigths", "nights"),
        ("Occup.", "name"),
        ("Chk in", "starts"),
        ("C/O date", "ends"),
        ("Addr.", "address"),
        ("P.code", "postcode"),
        ("Rm", "unit"),
        ("Price p.n.", "rate"),
        ("VAT %", None),
        ("Our ref", None),
        ("Zzz", None),
    ],
)
def test_slips_of_the_pen_are_proposed_and_nonsense_is_not(heading, field):
    assert proposing.proposed([heading], []) == ({0: field} if field else {})


def test_what_stands_under_headings_that_say_nothing_is_proposed_by_its_kind():
    heading = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "Comments"]
    rows = [
        ["B000001", "Ada Invented", OCT, NOV, 31.0, 50.0, 1550.0, 3],
        ["B000002", "Bob Invented", OCT, NOV, 31.0, 60.0, 1860.0, 4],
    ]
    kinds = {"A1": "ref", "A3": "starts", "A4": "ends", "A5": "nights", "A6": "rate", "A7": "net"}
    assert named(heading, *rows) == kinds


def test_whole_pounds_are_not_nights_where_the_dates_say_otherwise():
    heading = ["X", "From", "To", "Y", "Z"]
    assert named(heading, ["B000001", OCT, NOV, 50, 1550]) == {
        "X": "ref",
        "From": "starts",
        "To": "ends",
        "Y": "rate",
        "Z": "net",
    }


def test_nothing_is_read_by_a_proposal():
    with pytest.raises(Refused, match="No row of headings was found"):
        read(SHORT, ROW)


def test_by_a_chosen_layout_the_end_is_still_worked_out_from_the_nights():
    fields = ["ref", "name", "starts", "ends", "nights", "rate", "net"]
    chosen = Layout(dict(zip(fields, SHORT, strict=True)), "")
    reading = read(SHORT, ROW, chosen=chosen)
    assert (reading.layout.end, layout_refusal(reading), only(reading).ends_on) == ("departure", "", NOV)
    reading = read(SHORT, [*ROW[:3], "31/10/2026", *ROW[4:]], chosen=chosen)
    assert (reading.layout.end, only(reading).ends_on) == ("last_night", NOV)
    told = read(SHORT, ROW, chosen=Layout(chosen.columns, "last_night"))
    assert told.layout.end == "last_night"


@pytest.mark.django_db
def test_a_proposal_is_shown_chosen_and_loaded_only_after_it_was_read_so(client, officer):
    client.force_login(officer)
    stay = booking()
    text = f"Ref No,Occupier(s),Arr.,Dep.,Nts,Per nt,Amt\n{stay.ref},Ann,03/03/2026,10/03/2026,7,60,420\n"
    sent = {"provider": stay.unit.provider.party.ref, "received_on": "2026-04-03", "number": "NP-1"}
    file = SimpleUploadedFile("march.csv", text.encode())
    answer = client.post(reverse("invoices:load"), sent | {"file": file})
    page = " ".join(client.get(answer.url).content.decode().split())
    assert "What is chosen below is only proposed" in page
    assert '<option value="starts" selected>' in page
    assert "Confirm, load" not in page
    fields = {f"column-{index}": field for index, field in enumerate(["ref", "name", "starts", "ends", "nights"])}
    chosen = fields | {"column-5": "rate", "column-6": "", "end": ""}
    page = " ".join(client.post(answer.url, chosen | {"again": "1"}).content.decode().split())
    assert "Say which columns are the nights" in page
    assert '<option value="net" selected>' not in page
    page = " ".join(client.post(answer.url, chosen | {"column-6": "net", "again": "1"}).content.decode().split())
    assert "Confirm, load and check 1 line" in page
    assert '<option value="departure" selected>' in page
    assert not Invoice.objects.exists()
