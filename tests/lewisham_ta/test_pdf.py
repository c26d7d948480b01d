"""PDFs: what a document may fetch, how many are made at once, and what is said where Pango is missing."""

import io
import os
import subprocess
import sys
from itertools import islice

import pytest
from pypdf import PdfReader

from lewisham_ta import pdf

PAGE = """<!doctype html><html lang="en"><head><title>Page {n}</title></head><body>
<div class="head-left">Left</div><div class="foot-left">SHA-256 abc</div><h1>Page {n}</h1>{body}</body></html>"""


def text_of(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


@pytest.mark.parametrize(
    "address", ["http://example.org/x.png", "file:///etc/passwd", "data:image/png;base64,AA", "asset:../secret.ttf"]
)
def test_a_document_fetches_nothing(address):
    with pytest.raises(ValueError, match="may not fetch"):
        pdf.from_html(PAGE.format(n=1, body=f'<img alt="x" src="{address}">'))


def test_without_pango_the_words_say_what_to_install():
    code = (
        "import sys; sys.modules['weasyprint'] = None\n"
        "import builtins; real = builtins.__import__\n"
        "def no_pango(name, *args, **kwargs):\n"
        "    if name == 'weasyprint': raise OSError('cannot load library libpango-1.0-0')\n"
        "    return real(name, *args, **kwargs)\n"
        "builtins.__import__ = no_pango\n"
        "from lewisham_ta import pdf; print(pdf.unavailable())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=pdf.BASE_DIR)
    assert said.stdout.strip() == (
        "PDFs cannot be made: install Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."
    )


def test_a_long_table_repeats_its_head_and_pages_are_numbered():
    rows = "".join(f"<tr><td>{n}</td></tr>" for n in range(120))
    text = text_of(
        pdf.from_html(PAGE.format(n=1, body=f"<table><thead><tr><th>Heading</th></tr></thead>{rows}</table>"))
    )
    pages = text.count("Heading")
    assert pages > 1
    assert f"Page {pages} of {pages}" in text
    assert text.count("SHA-256 abc") == pages


def test_a_document_is_accessible():
    root = PdfReader(io.BytesIO(pdf.from_html(PAGE.format(n=1, body="")))).trailer["/Root"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_many_documents_come_in_the_order_asked_for():
    documents = pdf.render_many(PAGE.format(n=n, body="<p>x</p>" * (n % 3 * 60)) for n in range(9))
    assert [text_of(document).split("\n")[0] for document in documents] == [f"Page {n}" for n in range(9)]


def test_pages_are_taken_as_they_are_needed():
    taken = []

    def pages():
        for n in range(1000):
            taken.append(n)
            yield PAGE.format(n=n, body="")

    documents = pdf.render_many(pages())
    list(islice(documents, 2))
    documents.close()
    assert len(taken) <= 6


def test_a_page_that_fails_says_why_and_no_process_is_left():
    before = children()
    with pytest.raises(RuntimeError, match="may not fetch"):
        list(pdf.render_many([PAGE.format(n=1, body='<img alt="" src="http://example.org/">')]))
    assert children() == before


def test_a_process_that_dies_is_an_error_and_not_a_wait(monkeypatch):
    monkeypatch.setattr(pdf.sys, "executable", "/bin/true")
    with pytest.raises(RuntimeError, match="stopped"):
        list(pdf.render_many(["<p>"]))


def test_joined_documents_keep_every_page_in_order_and_can_be_read_by_others():
    long = "".join(f"<p>{n}</p>" for n in range(120))
    documents = [pdf.from_html(PAGE.format(n=n, body=long if n == 2 else "<p>(12 0 R) é</p>")) for n in range(1, 4)]
    joined = pdf.join(iter(documents), title="All (é)")
    reader = PdfReader(io.BytesIO(joined), strict=True)
    assert reader.metadata.title == "All (é)"
    apart = [page for document in documents for page in PdfReader(io.BytesIO(document)).pages]
    assert [page.extract_text() for page in reader.pages] == [page.extract_text() for page in apart]
    assert [page.mediabox for page in reader.pages] == [page.mediabox for page in apart]


def test_nothing_joined_is_a_file_without_pages():
    assert len(PdfReader(io.BytesIO(pdf.join([], title="None"))).pages) == 0


def children() -> set[str]:
    with open(f"/proc/self/task/{os.getpid()}/children") as listed:
        return set(listed.read().split())
