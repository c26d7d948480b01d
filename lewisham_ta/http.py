"""The request that a view gets."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from lewisham_ta.models import User


class Request(HttpRequest):
    """A request of a person who is logged in: `LoginRequiredMiddleware` lets nobody else reach a view."""

    user: User
    htmx: HtmxDetails
