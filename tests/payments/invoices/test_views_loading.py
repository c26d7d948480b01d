"""An invoice loaded on the page: from a file in an unknown layout, and typed beside its PDF."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lewisham_ta.models import Download
from payments.invoices import received
from payments.models import Invoice, InvoiceLayout
from tests.factories import ProviderFactory, UserFactory
from tests.payments.invoices.factories import booking

pytestmark = pytest.mark.django_db


def words_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return client


def file_of(stay, *, end="09/03/2026", heading="Until", net="420.00"):
    text = f"Our invoice,NP-1\nPlacement,Lodger,Starting,{heading},How many,Each,Sum\n"
    text += f"{stay.ref},Ann Example,03/03/2026,{end},7,60.00,{net}\n,,,,,Total,{net}\n"
    return SimpleUploadedFile("march.csv", text.encode())


def choose(client, stay, file=None, **typed):
    typed = {"provider": stay.unit.provider.party.ref, "received_on": "2026-04-03", "number": "NP-1"} | typed
    return client.post(reverse("invoices:load"), typed | ({"file": file} if file else {}))


# What each column of `file_of` is.
COLUMNS = {
    "column-0": "ref",
    "column-1": "name",
    "column-2": "starts",
    "column-3": "ends",
    "column-4": "nights",
    "column-5": "rate",
    "column-6": "net",
    "end": "last_night",
}
HEAD = {"number": "NP-1", "dated_on": "2026-04-01", "stated_total": "420.00"}


def test_a_file_of_an_unknown_layout_is_shown_confirmed_and_remembered(signed_in):
    stay = booking()
    answer = choose(signed_in, stay, file_of(stay, heading="Last night"))
    page = words_of(signed_in.get(answer.url))
    assert "Which column is what?" in page
    assert "Placement" in page
    loaded = signed_in.post(answer.url, HEAD | COLUMNS | {"load": "1"})
    invoice = Invoice.objects.get()
    assert loaded.url == reverse("invoices:detail", args=[invoice.pk])
    assert [line.codes for line in invoice.lines.all()] == [[]]
    assert InvoiceLayout.objects.get().mapping["columns"]["ref"] == "Placement"
    later = booking(unit=stay.unit, starts_on="2026-05-03", ends_on="2026-05-10")
    again = choose(signed_in, later, file_of(later, heading="Last night"), number="NP-2")
    assert "Read as confirmed for this provider" in words_of(signed_in.get(again.url))


def test_a_total_that_was_typed_over_the_files_is_found(signed_in):
    stay = booking()
    text = f"Placement,Name,From,Last night,Nights,Rate,Amount\n{stay.ref},A,03/03/2026,09/03/2026,7,60,420\n"
    text = f"Invoice number,NP-9\n{text}Total,,,,,,520.00\n"
    answer = choose(signed_in, stay, SimpleUploadedFile("march.csv", text.encode()))
    signed_in.post(answer.url, HEAD | COLUMNS | {"load": "1"})
    found = words_of(signed_in.get(reverse("invoices:detail", args=[Invoice.objects.get().pk])))
    assert "The file says that the total is £520.00, and £420.00 was typed." in found
    assert "The file says that the invoice" in found


def test_nobody_guesses_what_the_end_is(signed_in):
    stay = booking()
    text = f"Booking,From,To,Net\n{stay.ref},03/03/2026,10/03/2026,420.00\n"
    answer = choose(signed_in, stay, SimpleUploadedFile("march.csv", text.encode()))
    chosen = {"column-0": "ref", "column-1": "starts", "column-2": "ends", "column-3": "net", "end": ""}
    page = words_of(signed_in.post(answer.url, HEAD | chosen | {"load": "1"}))
    assert "Nobody can tell from this file" in page
    signed_in.post(answer.url, HEAD | chosen | {"end": "departure", "load": "1"})
    assert Invoice.objects.get().lines.get().codes == []


def test_two_columns_are_not_one_thing(signed_in):
    stay = booking()
    answer = choose(signed_in, stay, file_of(stay, heading="Last night"))
    page = words_of(signed_in.post(answer.url, HEAD | COLUMNS | {"column-1": "ref", "load": "1"}))
    assert "Two columns are Booking reference" in page
    page = words_of(signed_in.post(answer.url, HEAD | COLUMNS | {"column-6": "", "load": "1"}))
    assert "Say which columns are the nights" in page
    assert not Invoice.objects.exists()


def test_a_wrong_cell_is_named_and_nothing_is_loaded(signed_in):
    stay = booking()
    answer = choose(signed_in, stay, file_of(stay, heading="Last night", end="31/02/2026"))
    page = words_of(signed_in.post(answer.url, HEAD | COLUMNS | {"load": "1"}))
    assert "31/02/2026" in page
    assert "No such day" in page
    assert not Invoice.objects.exists()


def test_a_number_that_is_loaded_already_with_other_contents_is_refused_at_its_field(signed_in):
    stay = booking()
    for net in ("420.00", "430.00"):
        answer = choose(signed_in, stay, file_of(stay, heading="Last night", net=net))
        answer = signed_in.post(answer.url, HEAD | COLUMNS | {"load": "1"})
    assert "with other contents" in words_of(answer)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 /OpenAction << /JavaScript", "does something by itself when it is opened"),
        (b"", "empty"),
    ],
)
def test_a_hostile_or_empty_file_is_refused(content, words, signed_in):
    page = words_of(choose(signed_in, booking(), SimpleUploadedFile("invoice.pdf", content)))
    assert words in page


def test_a_file_that_is_no_workbook_is_refused_in_a_sentence(signed_in):
    answer = choose(signed_in, booking(), SimpleUploadedFile("march.xlsx", b"\x89PNG\r\n"))
    assert "is not a workbook" in words_of(signed_in.get(answer.url))


def test_a_number_or_a_file_is_needed(signed_in):
    assert "Type the number of the invoice" in words_of(choose(signed_in, booking(), number=""))


@pytest.mark.parametrize("typed", ["Acme Rooms", "acme rooms", "Acme", "Acme Rooms Ltd"])
def test_the_name_of_a_provider_or_part_of_it_is_enough_where_it_is_one(typed, signed_in, officer):
    ProviderFactory(party__name="Borough Stays")
    one = ProviderFactory(party__name="Acme Rooms")
    if typed.endswith("Ltd"):
        one = ProviderFactory(party__name="Acme Rooms Ltd")
    answer = choose(signed_in, booking(), provider=typed)
    assert received.of(answer.url.rstrip("/").rsplit("/", 1)[-1], officer).provider == one


def test_a_name_that_several_providers_have_is_asked_about(signed_in):
    ProviderFactory(party__name="Acme Rooms")
    ProviderFactory(party__name="Acme Lodges")
    assert "More than one provider is called Acme: type its reference" in words_of(
        choose(signed_in, booking(), provider="Acme")
    )
    assert "There is no provider Nobody" in words_of(choose(signed_in, booking(), provider="Nobody"))


def test_a_pdf_is_shown_beside_the_lines_in_a_frame_of_this_site_only(signed_in):
    answer = choose(signed_in, booking(), SimpleUploadedFile("march.pdf", b"%PDF-1.7 invented"))
    token = answer.url.rstrip("/").rsplit("/", 1)[-1]
    shown = reverse("invoices:received_pdf", args=[token])
    assert shown in words_of(signed_in.get(answer.url))
    pdf = signed_in.get(shown)
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Content-Disposition"].startswith("inline")
    assert pdf["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in pdf["Content-Security-Policy"]
    assert "default-src 'none'" in pdf["Content-Security-Policy"]
    assert pdf["X-Content-Type-Options"] == "nosniff"
    assert Download.objects.count() == 1
    signed_in.force_login(UserFactory())
    assert signed_in.get(shown).status_code == 404
    assert signed_in.get(reverse("invoices:received_pdf", args=["forged"])).status_code == 404


def test_typed_lines_are_checked_like_a_file_and_kept_where_they_are_wrong(signed_in):
    stay = booking()
    answer = choose(signed_in, stay)
    row = [stay.ref, "", "", "3/3/2026", "10/3/2026", "7", "£60", "420", ""]
    typed = HEAD | {"end": "departure", "load": "1"}
    page = words_of(signed_in.post(answer.url, typed | {"cell": [*row[:3], "yesterday", *row[4:]]}))
    assert "yesterday" in page
    assert "cannot be used" in page
    page = words_of(signed_in.post(answer.url, typed))
    assert "Type or paste at least one line" in page
    signed_in.post(answer.url, typed | {"cell": row})
    invoice = Invoice.objects.get()
    assert (invoice.source, invoice.lines.get().codes) == ("typed", [])


def test_the_file_is_handed_out_as_it_came(signed_in):
    stay = booking()
    answer = choose(signed_in, stay, file_of(stay, heading="Last night"))
    signed_in.post(answer.url, HEAD | COLUMNS | {"load": "1"})
    invoice = Invoice.objects.get()
    file = signed_in.get(reverse("invoices:file", args=[invoice.pk]))
    assert file["Content-Disposition"].startswith("attachment")
    assert signed_in.get(reverse("invoices:pdf", args=[invoice.pk])).status_code == 404
