"""What every test stands on: services and a database of the session's own, quick hashing, no network."""

import logging
import os
from collections.abc import Iterator

import pytest

from lewisham_ta import embedded
from tests import database

database.choose_services()
os.environ["DJANGO_SETTINGS_MODULE"] = "lewisham_ta.settings"
# Playwright keeps an event loop running in the test's thread, where Django would refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from lewisham_ta.celery import app  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
# Nothing is collected for tests: static files come from where they lie.
settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
# Under xdist a process inherits the name of the settings and reads them before it comes here.
settings.DATABASES["default"] |= {"NAME": database.CLONE, "CONN_MAX_AGE": 0}
if "REDIS_URL" not in os.environ:
    settings.REDIS_URL = settings.CELERY_BROKER_URL = embedded.redis_url()


def pytest_unconfigure() -> None:
    database.end_services()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """pytest-django's own would run the migrations for each process of the session."""
    from django.contrib.contenttypes.models import ContentType

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        database.ensure_template()
        database.fresh_clone()
        database.forget_replaced_connections()  # now, and not before the second test: a module's fixture may keep one
        # Asked for once a process: the first test that counts its queries would count this one too.
        ContentType.objects.get_for_models(*apps.get_models())
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: database.fresh_clone())
        yield
        database.drop_clone()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Drop a connection to a database that has since been replaced.

    While a browser's event loop runs Django keeps the connections apart from all others, so that the browser test that
    replaced the database could not close those that tests outside of it left open.
    """
    database.forget_replaced_connections()


def _logging() -> dict[str, tuple[int, bool, bool]]:
    """The loggers that do not simply pass everything on, and how much comes through."""
    root = logging.getLogger()
    known = [logger for logger in root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    found = {logger.name: (logger.level, logger.disabled, logger.propagate) for logger in [root, *known]}
    found["all"] = (root.manager.disable, False, True)
    return {name: state for name, state in found.items() if state != (logging.NOTSET, False, True)}


@pytest.fixture(autouse=True)
def logging_is_left_as_it_was() -> Iterator[None]:
    """A test that changes what is logged breaks one that reads the log, wherever that one comes in the order."""
    before = _logging()
    yield
    assert _logging() == before


@pytest.fixture
def services(django_db_setup) -> None:
    """The session's PostgreSQL and Valkey for a test that starts processes of its own, with nothing in the queue."""
    app.control.purge()
