"""The pages of bookings, a file a subject."""
