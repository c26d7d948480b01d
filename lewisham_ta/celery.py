"""The Celery application. A message only wakes a worker: the `Job` row says what there is to do."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lewisham_ta.settings")

app = Celery("lewisham_ta")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Celery would put its own handlers in place of those of the settings."""


@celeryd_init.connect
@beat_init.connect
def bring_services(**_: Any) -> None:
    """Started by hand on a machine without services, worker and beat bring their own."""
    from django.db import connections

    from lewisham_ta import embedded, start

    try:
        start.prepare()
    except embedded.EmbeddedError as error:
        raise SystemExit(str(error)) from error
    connections.close_all()  # a connection must not be shared by the processes that are forked next
