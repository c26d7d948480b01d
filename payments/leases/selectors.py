"""What the pages and reports of this room ask of properties, leases and what hangs on them."""

from django.db.models import Model

from payments.leases import rules


def version_of(row: Model) -> str:
    """Which version of a row this is: changes with any of its columns."""
    return rules.version(getattr(row, field.attname) for field in row._meta.concrete_fields)
