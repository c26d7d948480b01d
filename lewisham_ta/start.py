"""What must stand before a command, the worker or the web server can work on the embedded services."""

import os

from lewisham_ta import embedded

# Commands that touch neither database nor broker.
ALONE = {
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "compilemessages",
    "startapp",
    "startproject",
    "stop_embedded",
    "version",
}
# Commands that need the database and are there to look at or change its migrations: nothing is migrated before them.
MIGRATING = {"dbshell", "flush", "makemigrations", "migrate", "optimizemigration", "showmigrations", "sqlmigrate"}


def before_command(arguments: list[str]) -> None:
    """Start what the command of `manage.py` needs; `arguments` are the words after `manage.py`."""
    command = arguments[0] if arguments else "help"
    if command in ALONE or command.startswith("-") or {"-h", "--help"} & set(arguments):
        return
    if command in MIGRATING:
        embedded.ensure_running()
    else:
        prepare()


def prepare() -> None:
    """Start the embedded services and bring their database up to date. An installation migrates when told to."""
    embedded.ensure_running()
    if "DATABASE_URL" in os.environ:
        return
    import django

    django.setup()
    from django.db import connection

    if not _unapplied():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('migrate'))")
    try:
        if _unapplied():  # still, now that nobody else is at it
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            call_command("sync_roles", verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('migrate'))")


def _unapplied() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
