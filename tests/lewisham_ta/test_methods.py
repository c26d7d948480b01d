"""The address of a button, opened as if it were a page, is answered in words."""

import pytest
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_address_of_a_button_says_that_it_is_not_a_page(client):
    client.force_login(UserFactory())
    answer = client.get(reverse("controc:generate"))
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "This address is not a page" in answer.content.decode()


def test_a_page_that_only_shows_refuses_a_form_in_the_same_words(client):
    client.force_login(UserFactory())
    answer = client.post(reverse("controc:schedule_list"))
    assert answer.status_code == 405
    assert "Nothing was changed" in answer.content.decode()


def test_a_stranger_is_told_too(client):
    answer = client.post(reverse("health_live"))
    assert answer.status_code == 405
    assert "This address is not a page" in answer.content.decode()
