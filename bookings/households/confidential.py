"""Who may see where a household with a confidential address lives."""

from typing import Any

HIDDEN = "Confidential"


def may_see_confidential(user: Any) -> bool:
    """Those who place households. Everybody else sees that somebody lives somewhere, and not who lives where."""
    return bool(user.has_perm("bookings.manage_bookings"))
