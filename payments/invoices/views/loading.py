"""An invoice loaded: from a file as it was understood, or typed and pasted beside its PDF."""

from collections.abc import Sequence
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from lewisham_ta.acting import who_and_when
from lewisham_ta.refusals import Clash, Refused
from payments.invoices import forms, received, services
from payments.invoices.imports import headings, shown
from payments.invoices.imports.layout import Layout, Reading
from payments.invoices.imports.pdfs import is_pdf
from payments.invoices.imports.reading import layout_refusal
from payments.invoices.received import Received
from payments.invoices.rules.billing import InFile, LineAsBilled
from payments.invoices.views.common import CHECK

BLANK_ROWS, MORE_ROWS = 12, 20


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def load(request: HttpRequest) -> HttpResponse:
    """Say who sent an invoice and when, and choose its file, or go on to type its lines."""
    today = timezone.localdate()
    initial = {"received_on": today, "provider": request.GET.get("provider", "")}
    form = forms.Load(request.POST or None, request.FILES or None, initial=initial, today=today)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        chosen, file = typed.pop("file"), None
        try:
            if chosen:
                file = services.receive_file(name=chosen.name, content=chosen.read(), **who_and_when(request))
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            is_read = file is not None and not is_pdf(file.content)
            token = received.token(**typed, file=file, by=request.user)
            return redirect("invoices:understood" if is_read else "invoices:typed", token)
    return render(request, "payments/invoices/load.html", {"form": form})


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def understood(request: HttpRequest, token: str) -> HttpResponse:
    """What was understood of a file: confirm it, or say which column is what and have it read again."""
    came = received.of(token, request.user)
    context: dict[str, Any] = {"came": came, "fields": headings.FIELDS.items(), "ends": headings.ENDS_WORDS.items()}
    try:
        found, problem = _read(request, came)
    except Refused as refusal:
        context |= {"problems": [(str(refusal), "")], "found": None, "form": None}
        return render(request, "payments/invoices/understood.html", context)
    reading = found.reading
    initial: dict[str, Any] = {"number": came.number}
    if reading:
        initial["number"] = came.number or reading.number
        initial |= {"dated_on": reading.dated_on, "stated_total": reading.stated_total}
        problem = problem or layout_refusal(reading)
    form = forms.Head(request.POST if "load" in request.POST else None, initial=initial)
    if "load" in request.POST and form.is_valid() and reading and not problem and not reading.wrong:
        layout = None if reading.is_known else reading.layout
        if answer := _load(
            request, came, form, reading.lines, in_file=InFile(reading.number, reading.stated_total), layout=layout
        ):
            return answer
    context |= {
        "problems": [(problem, "columns")] if problem else None,
        "found": found,
        "form": form,
    }
    return render(request, "payments/invoices/understood.html", context)


def _read(request: HttpRequest, came: Received) -> tuple[shown.Understood, str]:
    """The file as it is understood, or as was chosen on the page; and why what was chosen cannot be."""
    assert came.file is not None
    content, name = bytes(came.file.content), came.file.name
    found = shown.understand(content, name, provider=came.provider)
    if not request.POST:
        return found, found.problem
    fields = forms.columns_chosen(request.POST)
    layout, problem = shown.layout_of(found.columns, fields, request.POST.get("end", ""))
    if problem or (found.reading and layout == found.reading.layout):
        return found.with_fields(fields), problem
    again = shown.understand(content, name, provider=came.provider, chosen=layout)
    return again if again.reading else again.with_fields(fields), again.problem


def _load(
    request: HttpRequest,
    came: Received,
    form: django_forms.Form,
    lines: Sequence[LineAsBilled],
    *,
    in_file: InFile | None = None,
    layout: Layout | None = None,
    is_typed: bool = False,
) -> HttpResponse | None:
    """Load it, remember how its provider's files are read, and go to the check; None where it was refused."""
    head = {name: form.cleaned_data[name] for name in ("number", "dated_on", "stated_total")}
    try:
        loaded = services.load_understood(
            layout=layout,
            provider=came.provider,
            received_on=came.received_on,
            lines=lines,
            file=(came.file.name, bytes(came.file.content)) if came.file else None,
            in_file=in_file,
            is_typed=is_typed,
            **head,
            **who_and_when(request),
        )
    except Clash as refusal:
        form.add_error("number", str(refusal))
        return None
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    if loaded.is_new:
        messages.success(request, f"Invoice {loaded.invoice.number} is loaded and checked.")
    else:
        messages.info(request, "Exactly this file was loaded under this number before: nothing changes.")
    return redirect("invoices:detail", loaded.invoice.pk)


@require_http_methods(["GET", "POST"])
@permission_required(CHECK, raise_exception=True)
def typed(request: HttpRequest, token: str) -> HttpResponse:
    """The lines of a PDF or a paper invoice, typed or pasted."""
    came = received.of(token, request.user)
    width = len(shown.TYPED)
    rows = forms.rows_typed(request.POST, width)
    form = forms.TypedHead(request.POST or None, initial={"number": came.number})
    reading, problem = _typed(rows, request.POST.get("end", "")) if request.POST else (None, "")
    is_whole = reading is not None and not reading.wrong
    is_sent = "load" in request.POST and form.is_valid() and is_whole
    if is_sent and reading and (answer := _load(request, came, form, reading.lines, is_typed=True)):
        return answer
    blank = MORE_ROWS if "more" in request.POST else max(BLANK_ROWS - len(rows), 3)
    context = {
        "came": came,
        "token": token,
        "form": form,
        "headings": list(shown.TYPED.values()),
        "rows": [list(zip(shown.TYPED.values(), row, strict=False)) for row in [*rows, *[[""] * width] * blank]],
        "reading": reading,
        "problems": [(problem, "lines")] if problem and "more" not in request.POST else None,
        "has_pdf": came.file is not None,
    }
    return render(request, "payments/invoices/typed.html", context)


def _typed(rows: list[list[str]], end: str) -> tuple[Reading | None, str]:
    if not rows:
        return None, "Type or paste at least one line."
    try:
        reading = shown.read_typed(rows, end=end)
    except Refused as refusal:
        return None, str(refusal)
    wrong = len(reading.wrong)
    return reading, f"{wrong} cell{'' if wrong == 1 else 's'} cannot be used: see below." if wrong else ""
