"""A NUL character in a request is answered, and never reaches the database."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lewisham_ta.models import Upload
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=ab%00cd",
        "/search/?ab%00=cd",
        "/payees/ab%00/",
        "/batches/B%00/",
        "/leases/properties/a%00/",
        "/batches/payments/?source=%00",
    ],
)
def test_there_is_nothing_at_an_address_with_a_nul(officer, address):
    answer = officer.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert officer.post(address).status_code == 404


@pytest.mark.parametrize("typed", [{"ref": "L\0"}, {"re\0f": "L0001"}])
def test_a_form_with_a_nul_could_not_be_read(officer, typed):
    answer = officer.post(reverse("payees:add"), typed)
    assert answer.status_code == 400
    assert "could not be read" in answer.content.decode()


def test_a_strangers_form_and_cookie_could_not_be_read(client):
    assert client.post(reverse("account_login"), {"login": "a\0", "password": "b"}).status_code == 400
    assert client.get(reverse("home"), headers={"cookie": 'sessionid="a\\000b"'}).status_code == 400


def test_a_file_may_hold_what_it_likes(officer):
    file = SimpleUploadedFile("register.xlsx", b"PK\0\0")
    assert officer.post(reverse("import_new", args=["psl-register"]), {"file": file}).status_code == 302
    assert Upload.objects.count() == 1
