"""The pages of properties, leases, certificates, adjustments and caps. urls.py says which view is where."""
