"""How gunicorn runs the web server; it reads this file from the folder that it is started in."""

import os
import sys
from typing import Any

from lewisham_ta import embedded, start
from lewisham_ta.logging import logging_config

# Sync workers with a connection each were the quickest for pages like these, before threads and pools.
workers = int(os.environ.get("WEB_WORKERS", "3"))
timeout = 60
max_requests = 2000  # what a library leaks ends with its worker
max_requests_jitter = 200
accesslog = None  # the application logs each request, without its query string
logconfig_dict = logging_config(json="DATABASE_URL" in os.environ)


def on_starting(server: Any) -> None:
    """Started by hand on a machine without services, the web server brings its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lewisham_ta.settings")
    try:
        start.prepare()
    except embedded.EmbeddedError as error:
        sys.exit(str(error))
    from django.db import connections

    connections.close_all()  # a connection must not be shared by the workers that are forked next
