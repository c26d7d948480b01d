"""What a load balancer or a container's health check is told, without a log-in."""

import pytest
from django.db import connection, connections
from django.urls import reverse

from lewisham_ta import health


@pytest.mark.django_db(transaction=True)
def test_ready_when_database_migrations_and_broker_are(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_not_ready_while_a_migration_waits(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'lewisham_ta'")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"not ready\nMigrations are waiting.\n")


@pytest.fixture
def no_database(monkeypatch, tmp_path):
    """For connections that are opened from now on: each check has one of its own."""
    monkeypatch.setitem(connections.settings["default"], "HOST", str(tmp_path))


@pytest.fixture
def no_broker(monkeypatch, tmp_path):
    nowhere = f"redis+socket://{tmp_path}/nobody.sock"
    monkeypatch.setattr(health.app, "connection_for_write", lambda: health.app.connection(nowhere))


def test_not_ready_without_a_database_and_no_stranger_learns_how_it_failed(client, no_database):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"not ready\nThe database does not answer.\n")


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_broker(client, no_broker):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"not ready\nThe broker does not answer.\n")


def test_everything_that_is_away_is_named(client, no_database, no_broker):
    answer = client.get("/health/ready")
    assert answer.content == b"not ready\nThe database does not answer.\nThe broker does not answer.\n"


def test_live_asks_nothing_of_the_database(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get(reverse("health_live"))
    assert (answer.status_code, answer.content) == (200, b"live\n")


def test_health_is_asked_and_not_told(client, db):
    assert client.post(reverse("health_live")).status_code == 405


def test_health_is_not_sent_to_https(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(reverse("health_live")).status_code == 200
    assert client.get(reverse("home")).status_code == 301
