"""PDF from templates: one look, one set of fonts, nothing fetched, and a pool of processes for many documents.

`render` makes one document here. `render_many` makes hundreds in separate processes. They are plain subprocesses
(`python -m lewisham_ta.pdf`) and not multiprocessing's: a Celery worker is daemonic and may not have such children,
and a fork would copy a database connection and half-used locks.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject, TextStringObject

from lewisham_ta.refusals import Refused

BASE_DIR = Path(__file__).resolve().parent.parent
STYLESHEET = BASE_DIR / "templates" / "pdf" / "pdf.css"
ASSETS = "asset:"
FONTS = ["Roboto-Regular.ttf", "Roboto-Medium.ttf", "Roboto-Bold.ttf"]
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

DONE, FAILED = b"+", b"-"


class PdfUnavailable(Refused):
    """This machine cannot make PDFs. The message says what to install."""


@cache
def _engine() -> Any:
    """WeasyPrint, imported at the first document: it takes half a second and needs Pango."""
    try:
        import weasyprint
    except OSError as error:
        raise PdfUnavailable(f"PDFs cannot be made: install Pango (apt-get install {PANGO_PACKAGES}).") from error
    return weasyprint


def unavailable() -> str:
    """Why this machine cannot make PDFs, in a sentence, or ""."""
    try:
        _engine()
    except PdfUnavailable as refusal:
        return str(refusal)
    return ""


@cache
def _fetcher() -> Any:
    """A fetcher that knows the fonts of the product and refuses everything else, files and data: addresses too."""
    import font_roboto
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    files = Path(font_roboto.__file__).parent / "files"
    assets = {f"{ASSETS}{name}": files / name for name in FONTS}

    class OwnAssets(URLFetcher):
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url not in assets:
                raise FatalURLFetchingError(f"A document may not fetch {url[:80]}.")
            return URLFetcherResponse(url, assets[url].read_bytes(), {"Content-Type": "font/ttf"})

    return OwnAssets()


@cache
def _look() -> tuple[Any, Any]:
    """The font configuration and the parsed stylesheet, made once a process and shared by its documents."""
    _engine()
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    css = _engine().CSS(string=STYLESHEET.read_text(), font_config=fonts, url_fetcher=_fetcher())
    return fonts, css


def from_html(html: str) -> bytes:
    """The PDF/UA document of a whole HTML page."""
    fonts, css = _look()
    from weasyprint.urls import FatalURLFetchingError

    try:
        page = _engine().HTML(string=html, url_fetcher=_fetcher())
        document: bytes = page.write_pdf(stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as error:  # not an Exception: WeasyPrint would swallow one and leave a hole
        raise ValueError(str(error)) from None
    return document


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a template that extends pdf/base.html."""
    from django.template.loader import render_to_string

    return from_html(render_to_string(template, dict(context)))


def render_many(pages: Iterable[str], *, processes: int = 2) -> Iterator[bytes]:
    """The PDFs of many HTML pages, in their order, made in `processes` processes.

    Pages are taken from the iterable as they are needed and at most two a process are under way, so memory stays flat
    however many there are. The processes end with the iterator.
    """
    if reason := unavailable():
        raise PdfUnavailable(reason)
    idle: SimpleQueue[_Press] = SimpleQueue()
    threads = ThreadPoolExecutor(processes)

    def print_one(html: str) -> bytes:
        try:
            press = idle.get_nowait()
        except Empty:  # no more than `processes` threads come here at a time
            press = presses.enter_context(_Press())
        try:
            return press.print(html)
        finally:
            idle.put(press)

    with ExitStack() as presses:
        try:
            under_way: deque[Future[bytes]] = deque()
            for html in pages:
                under_way.append(threads.submit(print_one, html))
                if len(under_way) >= 2 * processes:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)


def join(documents: Iterable[bytes], *, title: str) -> bytes:
    """One file of all the pages, in their order, for the printer: tags and bookmarks of the documents are left out.

    Each document is read and written before the next one comes. pypdf's own writer would keep every object of all of
    them: 200 MB for a month of advices.
    """
    joined = _Joined()
    for content in documents:
        joined.add(PdfReader(BytesIO(content)))
    return joined.finished(title)


class _Joined:
    """A PDF under way: objects are written as they come, and only where each begins is remembered."""

    LEFT_OUT = frozenset({"/Parent", "/StructParents", "/StructParent", "/Tabs", "/Annots", "/Length"})

    def __init__(self) -> None:
        self.out = BytesIO()
        self.out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self.begins: dict[int, int] = {}
        self.last = 2  # 1 is the catalogue, 2 the list of pages
        self.pages: list[int] = []

    def add(self, reader: PdfReader) -> None:
        numbers: dict[int, int] = {}
        waiting: deque[tuple[int, Any]] = deque()

        def number(reference: IndirectObject) -> int:
            if reference.idnum not in numbers:
                self.last += 1
                numbers[reference.idnum] = self.last
                waiting.append((self.last, reference.get_object()))
            return numbers[reference.idnum]

        for page in reader.pages:
            assert page.indirect_reference is not None  # it was read from a file, so it has one
            self.pages.append(number(page.indirect_reference))
        while waiting:
            self._begin(waiting[0][0])
            self._write(waiting.popleft()[1], number)
            self.out.write(b"\nendobj\n")

    def _begin(self, number: int) -> None:
        self.begins[number] = self.out.tell()
        self.out.write(b"%d 0 obj\n" % number)

    def _write(self, value: Any, number: Callable[[IndirectObject], int]) -> None:
        if isinstance(value, IndirectObject):
            self.out.write(b"%d 0 R" % number(value))
        elif isinstance(value, DictionaryObject):
            content = value._data if isinstance(value, StreamObject) else None
            self.out.write(b"<<")
            for name, part in value.items():
                if name not in self.LEFT_OUT:
                    self.out.write(f"{name} ".encode())
                    self._write(part, number)
            if value.get("/Type") == "/Page":
                self.out.write(b"/Parent 2 0 R")
            if content is None:
                self.out.write(b">>")
            else:
                self.out.write(b"/Length %d>>\nstream\n%b\nendstream" % (len(content), content))
        elif isinstance(value, ArrayObject):
            self.out.write(b"[")
            for part in value:
                self._write(part, number)
                self.out.write(b" ")
            self.out.write(b"]")
        else:
            value.write_to_stream(self.out)

    def finished(self, title: str) -> bytes:
        self._begin(1)
        self.out.write(b"<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
        self._begin(2)
        kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        self.out.write(b"<</Type/Pages/Count %d/Kids[%s]>>\nendobj\n" % (len(self.pages), kids))
        info = self.last + 1
        self._begin(info)
        self.out.write(b"<</Title ")
        TextStringObject(title).write_to_stream(self.out)
        self.out.write(b">>\nendobj\n")
        start = self.out.tell()
        self.out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (info + 1))
        for place in range(1, info + 1):
            self.out.write(b"%010d 00000 n \n" % self.begins[place])
        trailer = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        self.out.write(trailer % (info + 1, info, start))
        return self.out.getvalue()


class _Press:
    """One process that turns pages into PDFs, one after the other."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lewisham_ta.pdf"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=BASE_DIR,
        )

    def __enter__(self) -> "_Press":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.kill()
        self.process.communicate()

    def print(self, html: str) -> bytes:
        assert self.process.stdin
        assert self.process.stdout
        try:
            _write(self.process.stdin, DONE, html.encode())
            mark, content = _read(self.process.stdout)
        except (BrokenPipeError, EOFError):
            raise RuntimeError("A process that makes PDFs stopped.") from None
        if mark == FAILED:
            raise RuntimeError(content.decode())
        return content


def _write(pipe: IO[bytes], mark: bytes, content: bytes) -> None:
    pipe.write(mark + len(content).to_bytes(8, "big") + content)
    pipe.flush()


def _read(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    head = pipe.read(9)
    if len(head) < 9:
        raise EOFError
    return head[:1], pipe.read(int.from_bytes(head[1:], "big"))


def serve(pages: IO[bytes], documents: IO[bytes]) -> None:
    """Answer each page with its PDF, or with what went wrong, until there are no more."""
    while True:
        try:
            _, html = _read(pages)
        except EOFError:
            return
        try:
            answer = DONE, from_html(html.decode())
        except Exception as error:  # told to the process that asked, which raises it
            answer = FAILED, f"{type(error).__name__}: {error}".encode()
        _write(documents, *answer)


if __name__ == "__main__":
    # What a library prints must not get between the documents.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)
