"""The team's PSL register: a workbook of landlords, properties, leases and what happened to them."""
