"""E-mails to providers about their invoices: promised in a row, and sent once."""
