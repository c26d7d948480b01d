"""Many rows in few statements, with the history written by the database as always."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from lewisham_ta.imports.compare import Update

BATCH = 1_000


def check_keys_at_once() -> None:
    """Have foreign keys checked as rows are written: each row costs more the more of them wait for the end."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def analyse(models: Iterable[type[Model]]) -> None:
    """Tell PostgreSQL how large the tables are now: who works with them right after a first load cannot wait."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in models))


def only(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def create(model: type[Model], rows: Iterable[Model]) -> list[Any]:
    return model._default_manager.bulk_create(rows, batch_size=BATCH)


def update(model: type[Model], updates: Sequence[Update], fields: Sequence[str]) -> None:
    """Set the fields of each row, one statement a batch."""
    rows = [model(pk=update.pk, **only(update.values, fields)) for update in updates]
    names = [name.removesuffix("_id") for name in fields]
    model._default_manager.bulk_update(rows, names, batch_size=BATCH)
