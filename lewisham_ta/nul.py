"""Requests with a NUL character in them: PostgreSQL keeps none in text, so asking it about one is an error."""

from collections.abc import Callable, Iterable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError

NUL = "\0"


class NulMiddleware:
    """Answers 404 to an address with a NUL in it, as nothing is ever there, and 400 to such a cookie or form.

    No browser sends one. Files are not looked at: they may hold what they like.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path or _has_nul(request.GET):
            raise Http404
        if any(NUL in value for value in request.COOKIES.values()):
            raise BadRequest("A cookie has a NUL character in it.")
        if request.method == "POST" and _has_nul(_typed(request)):
            raise BadRequest("The form has a NUL character in it.")
        return self.get_response(request)


def _typed(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except UnreadablePostError:  # the browser went away; the check for forgery, which reads it next, minds that
        return QueryDict()


def _has_nul(fields: QueryDict) -> bool:
    return any(NUL in text for name, values in fields.lists() for text in _texts(name, values))


def _texts(name: str, values: Iterable[str]) -> Iterable[str]:
    return name, *values
