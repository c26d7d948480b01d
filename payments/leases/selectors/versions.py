"""Which version of a row a page showed."""

from django.db.models import Model

from payments.leases import rules


def version_of(row: Model) -> str:
    """Changes with any of the row's columns."""
    return rules.version(getattr(row, field.attname) for field in row._meta.concrete_fields)
