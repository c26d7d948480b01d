"""Whether the process lives and whether it can work, for the machines that watch it.

django-health-check's own page tells anybody which part failed and how. Here it is which part and no more: how it failed
is in the log.
"""

import asyncio
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from health_check.base import HealthCheck, HealthCheckResult
from health_check.checks import Database
from health_check.exceptions import ServiceUnavailable
from kombu.exceptions import OperationalError

from lewisham_ta.celery import app


@dataclass
class Migrations(HealthCheck):
    """No migration waits: the code and the tables are of one version."""

    def run(self) -> None:
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise ServiceUnavailable("Migrations are waiting.")
        except DatabaseError:
            pass  # that the database does not answer is said by the check of it
        finally:
            connection.close()  # checks run in a thread of their own, which nobody else tidies up


@dataclass
class Broker(HealthCheck):
    """The broker takes messages."""

    def run(self) -> None:
        try:
            with app.connection_for_write() as broker:
                broker.ensure_connection(max_retries=1, timeout=2)
        except (OperationalError, OSError) as error:
            raise ServiceUnavailable("The broker does not answer.") from error


CHECKS: dict[str, HealthCheck] = {
    "The database does not answer.": Database(),
    "Migrations are waiting.": Migrations(),
    "The broker does not answer.": Broker(),
}


@async_to_sync
async def _results() -> list[HealthCheckResult]:
    return await asyncio.gather(*(check.get_result() for check in CHECKS.values()))


@login_not_required
@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nothing of database or broker, so their trouble does not get it restarted."""
    return HttpResponse("live\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Database, migrations and broker are as they should be, so requests may be sent here."""
    wrong = [words for words, result in zip(CHECKS, _results(), strict=True) if result.error]
    if wrong:
        return HttpResponse("\n".join(["not ready", *wrong, ""]), content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")
