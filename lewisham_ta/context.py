"""What every page's frame needs: the navigation, the period that is being worked on, and in which role."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from lewisham_ta import navigation
from lewisham_ta.http import Request


def shell(request: Request) -> dict[str, Any]:
    frame: dict[str, Any] = {"session_minutes": settings.SESSION_COOKIE_AGE // 60}
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return frame | {"navigation": [], "period_words": "", "role_words": ""}
    roles = sorted(request.user.groups.values_list("name", flat=True))
    return frame | {
        "navigation": navigation.shown(request),
        "period_words": period_words(timezone.localdate()),
        "role_words": ", ".join(roles) or "No role yet",
    }


def period_words(today: date) -> str:
    """The month as the accounts call it: November 2026 (P8). The financial year begins in April."""
    return f"{today:%B %Y} (P{(today.month - 4) % 12 + 1})"
