"""Reads for invoices: what the check asks of the bookings, lists and pages, what is missing, what was overpaid."""
