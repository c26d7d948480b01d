"""What is written to the log, and what is not."""

import io
import json
import logging

import pytest
import structlog
from django.db import IntegrityError

from lewisham_ta.logging import logging_config
from lewisham_ta.models import User


@pytest.fixture
def written():
    """The log's events as an installation writes them. Afterwards the log is as it was."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    config = logging_config(json=True)
    stream = io.StringIO()
    formatter = config["formatters"]["event"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter["()"](**{key: formatter[key] for key in ("foreign_pre_chain", "processors")}))
    root.handlers, level = [handler], root.level
    root.setLevel(logging.INFO)
    structlog.contextvars.clear_contextvars()
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = before
    root.setLevel(level)


def test_a_request_is_logged_with_its_id_and_without_what_was_searched_for(client, db, written):
    client.get("/health/live?q=Smith", headers={"user-agent": "Smith's browser"})
    (event,) = written()
    assert event["event"] == "request_finished"
    assert event["request"] == "GET /health/live"
    assert event["code"] == 200
    assert len(event["request_id"]) == 36
    assert "Smith" not in json.dumps(event)


def test_an_exception_is_logged_by_type_constraint_and_place_without_the_row(db, written):
    User.objects.create(username="ann.smith")
    try:
        User.objects.create(username="ann.smith")
    except IntegrityError:
        structlog.get_logger("x").exception("job.failed", error="ann.smith")
        logging.getLogger("y").exception("It failed")
    ours, theirs = written()
    for event in (ours, theirs):
        assert event["exception"] == "django.db.utils.IntegrityError"
        assert event["constraint"] == "lewisham_ta_user_username_key"
        assert "test_logging.py" in event["where"]
        assert "ann.smith" not in json.dumps({**event, "where": ""})
        assert "already exists" not in json.dumps(event)


def test_a_jobs_id_is_on_every_line_of_it(written):
    with structlog.contextvars.bound_contextvars(job=7):
        structlog.get_logger("x").info("one")
        logging.getLogger("y").warning("two %s", 2)
    assert [(event["event"], event["job"]) for event in written()] == [("one", 7), ("two 2", 7)]


def test_a_failed_log_in_leaves_no_name_in_the_log(client, db, written):
    client.post("/account/login/", {"login": "ann.smith", "password": "wrong"})
    assert "ann.smith" not in json.dumps(written())
