"""What this room is asked for by others, and its pages."""

from bookings.occupancy.selectors.nights import absent_nights, unconfirmed_nights

__all__ = ["absent_nights", "unconfirmed_nights"]
