"""What every page's frame needs: the navigation, the period that is being worked on, and in which role."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from lewisham_ta import navigation


def shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    session_minutes = settings.SESSION_COOKIE_AGE // 60
    if user is None or not user.is_authenticated:
        return {"navigation": [], "period_words": "", "role_words": "", "session_minutes": session_minutes}
    roles = sorted(user.groups.values_list("name", flat=True))
    return {
        "session_minutes": session_minutes,
        "navigation": navigation.shown(request),
        "period_words": period_words(timezone.localdate()),
        "role_words": ", ".join(roles) or "No role yet",
    }


def period_words(today: date) -> str:
    """The month as the accounts call it: November 2026 (P8). The financial year begins in April."""
    return f"{today:%B %Y} (P{(today.month - 4) % 12 + 1})"
