"""What a load balancer or a container's health check is told, without a log-in."""

import pytest
from django.db import connection
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
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_broker_and_no_stranger_learns_why(client, settings, monkeypatch, tmp_path):
    nowhere = f"redis+socket://{tmp_path}/nobody.sock"
    monkeypatch.setattr(health.app, "connection_for_write", lambda: health.app.connection(nowhere))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


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
