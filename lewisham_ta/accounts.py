"""Who may have an account, and from where they log in. People are added by the service manager; nobody signs up."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from axes.attempts import get_cool_off_threshold
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from lewisham_ta.models import User

WRONG_FROM_ONE_ADDRESS, WRONG_FROM_ANYWHERE = 5, 20


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The user name or the password is wrong.",
        "enter_current_password": "That is not your present password.",
        "too_many_login_attempts": "Too many wrong passwords from your network. Wait a minute, then try again.",
        "incorrect_code": "That code is wrong or too old. Type the one that the app shows now.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def set_password(self, user: User, password: str) -> None:
        """The person chose this password, so nobody else knows it any more."""
        user.password_is_temporary = False
        super().set_password(user, password)


class LoginMiddleware(LoginRequiredMiddleware):
    """Sends strangers to the log-in page and back: after a form to the page it stood on, which can be sent again.

    Most addresses of forms take nothing but a form: going back to one shows a blank page, and not what was lost.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        messages.warning(request, "You had been logged out, so what you sent was not done. Look, and send it again.")
        return redirect_to_login(_page_before(request), self.get_login_url(view_func))


def _page_before(request: HttpRequest) -> str:
    """The page of ours that a form was sent from, or the first page."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return reverse("home")
    parts = urlsplit(before)
    return parts.path + (f"?{parts.query}" if parts.query else "")


class OwnPasswordMiddleware:
    """Leads people to the page where they choose a password, for as long as somebody else knows theirs."""

    OPEN = ("account_change_password", "account_logout")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known_to_others = request.user.is_authenticated and request.user.password_is_temporary
        if known_to_others and request.path not in [reverse(name) for name in self.OPEN]:
            return redirect("account_change_password")
        return self.get_response(request)


def client_ip(request: HttpRequest) -> str | None:
    """The address that log-ins are counted by: X-Forwarded-For is believed only as far as our own proxies wrote it.

    Both allauth's rate limits and axes ask this. Left to itself, axes would take whatever the browser sends, and a new
    address for every guess would never be locked out.
    """
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:  # there is none: a request made inside the server, or one from a Unix socket
        return None
    return address


def failure_limit(request: HttpRequest, credentials: Mapping[str, str] | None) -> int:
    """How many wrong passwords lock a user name: some from one address lock it there, more from anywhere everywhere.

    A stranger who guesses from one address locks himself out and not the person, and guesses from many end too.
    """
    here = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials),
        ip_address=client_ip(request),
        attempt_time__gte=get_cool_off_threshold(request),
    ).aggregate(wrong=Sum("failures_since_start", default=0))
    return WRONG_FROM_ONE_ADDRESS if here["wrong"] >= WRONG_FROM_ONE_ADDRESS else WRONG_FROM_ANYWHERE
