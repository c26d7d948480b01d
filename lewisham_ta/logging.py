"""Logs as events, one a line, with the request's and the job's id and without anybody's name.

A path holds ids only, but a query string may hold what was searched for, and what an exception says may quote a row.
So neither is written: an exception is logged as its type, the constraint that it names, and where it happened.
"""

import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# Fields that libraries add and that may hold what a person typed or who they are.
NOT_WRITTEN = ("user_agent", "ip", "error", "exception", "reason", "stack", "stack_info")


def without_query_string(_: Any, __: str, event: EventDict) -> EventDict:
    """`GET /payees/?q=Smith` is logged as `GET /payees/`."""
    if "request" in event:
        event["request"] = str(event["request"]).partition("?")[0]
    return event


def without_personal_data(_: Any, __: str, event: EventDict) -> EventDict:
    """Drop what may name a person, and write an exception without its message."""
    exc_info = event.pop("exc_info", None)
    for name in NOT_WRITTEN:
        event.pop(name, None)
    if exc_info is True:
        exc_info = sys.exc_info()
    elif isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    if exc_info and exc_info[0]:
        kind, error, where = exc_info
        event["exception"] = f"{kind.__module__}.{kind.__qualname__}"
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if constraint:
            event["constraint"] = constraint
        event["where"] = "".join(traceback.format_tb(where))
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_query_string,
    without_personal_data,
]


def logging_config(*, json: bool) -> dict[str, Any]:
    """The value of Django's LOGGING: JSON for an installation, key=value for a person at a terminal."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    renderer = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], sort_keys=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # These write user names, addresses or exceptions into their messages. The database keeps failed log-ins,
            # and django-structlog writes an event for every task and every failed request.
            "axes": {"handlers": [], "propagate": False},
            "celery.app.trace": {"level": "CRITICAL"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "CRITICAL"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "gunicorn.access": {"level": "CRITICAL"},
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "fontTools": {"level": "ERROR"},
            "weasyprint": {"level": "ERROR"},
        },
    }
