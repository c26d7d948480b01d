"""Advisory locks of the database, named for what is being made. They end with the transaction, or with its worker."""

from django.db import connection


def take(name: str) -> None:
    """Wait until nobody else holds the lock of that name, and hold it until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def take_if_free(name: str) -> bool:
    """Hold the lock of that name until this transaction ends, or say at once that somebody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
