"""Pages of invoices: the list, the load, the check, a line, queries, the way to payment, and what is missing."""
