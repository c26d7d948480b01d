"""Who may have an account, and from where they log in. People are added by the service manager; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse


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
