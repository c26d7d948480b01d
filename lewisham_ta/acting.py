"""The page of one verb: a small form, one service call, and the refusal in words at the field."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from lewisham_ta.fields import Verb
from lewisham_ta.models import User
from lewisham_ta.refusals import Clash, Refused
from lewisham_ta.versions import Stale


def who_and_when(request: HttpRequest) -> dict[str, Any]:
    """What every service takes besides what was typed."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware has seen to it
    return {"by": request.user, "now": timezone.now()}


def act(
    request: HttpRequest,
    form: Verb,
    call: Callable[..., Any],
    *,
    done: str | Callable[[Any], str],
    back: str,
    then: Callable[[Any], str] | None = None,
    title: str,
    submit: str,
    version: str = "",
    confirm: str = "",
    intro: str = "",
    warnings: Sequence[str] = (),
    crumbs: list[tuple[str, str]],
    clash_link: Callable[[Any], tuple[str, str]] | None = None,
) -> HttpResponse:
    """Show the form, or call the service with what was typed and go `back`, or where `then` says for what came of it.

    `done` is what is said then, or says it of what came of it.
    `call` takes the form's fields, `by` and `now`. What was typed stays when the service refuses. After a Stale the
    form carries `version`, the present one, and the page says what is recorded now, so that saving again is a choice.
    `warnings` stand above the form.
    After a Clash the page links to the other record with the words and address that `clash_link` gives.
    """
    clash: tuple[str, str] | None = None
    recorded: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        try:
            result = call(**form.cleaned_data, **who_and_when(request))
        except Stale as refusal:
            form.add_error(None, str(refusal))
            recorded = _recorded_now(form)
            typed = request.POST.copy()
            typed["seen"] = version
            form.data = typed
        except Refused as refusal:
            form.add_error(refusal.at if refusal.at in form.fields else form.refused_at, str(refusal))
            clash = clash_link(refusal.other) if clash_link and isinstance(refusal, Clash) else None
        else:
            messages.success(request, done if isinstance(done, str) else done(result))
            return redirect(then(result) if then else back)
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "back": back,
        "confirm": confirm,
        "intro": intro,
        "warnings": warnings,
        "crumbs": crumbs,
        "clash": clash,
        "recorded": recorded,
    }
    return render(request, "verb.html", context)


def _recorded_now(form: Verb) -> list[dict[str, Any]]:
    """The fields in which what was typed differs from what is recorded now."""
    return [
        {"label": form[name].label, "value": _shown(form, name)}
        for name in form.changed_data
        if name in form.initial and name != "seen"
    ]


def _shown(form: Verb, name: str) -> Any:
    value = form.initial[name]
    return dict(getattr(form.fields[name], "choices", ())).get(value, value)
