"""Academy held against the bookings: whose account is whose, and the eight ways in which the two differ."""
