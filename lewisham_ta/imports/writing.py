"""Many rows in few statements, with the history written by the database as always."""

from collections.abc import Iterable, Sequence
from enum import Enum
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
    """Set the fields of each row, one statement a batch.

    It joins the rows with what they are to be; `bulk_update` would write a CASE of a thousand branches for each field.
    """
    if not updates:
        return
    chosen: list[Any] = [model._meta.get_field(name.removesuffix("_id")) for name in fields]
    table, key = connection.ops.quote_name(model._meta.db_table), model._meta.get_field("id")
    columns = [connection.ops.quote_name(field.column) for field in chosen]
    sets = ", ".join(f"{column} = wanted.{column}" for column in columns)
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in (key, *chosen))
    sql = (
        f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS wanted (key, {', '.join(columns)}) "
        f"WHERE {table}.{connection.ops.quote_name('id')} = wanted.key"
    )
    with connection.cursor() as cursor:
        for start in range(0, len(updates), BATCH):
            batch = updates[start : start + BATCH]
            values = [
                [_plain(field.get_db_prep_save(row.values[name], connection)) for row in batch]
                for name, field in zip(fields, chosen, strict=True)
            ]
            cursor.execute(sql, [[row.pk for row in batch], *values])


def _plain(value: Any) -> Any:
    """A choice as its value: in an array the driver would write its name."""
    return value.value if isinstance(value, Enum) else value
