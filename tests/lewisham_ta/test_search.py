import pytest
from django.urls import reverse

from lewisham_ta import search
from lewisham_ta.search import Hit
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    monkeypatch.setattr(search, "_sources", {})


@pytest.fixture
def officer(client):
    officer = UserFactory()
    client.force_login(officer)
    return officer


def leases(text, user):
    return [Hit(f"LS{number} {text}", f"/leases/{number}/", "Leases", "12 Invented Street") for number in (1, 2)]


def payees(text, user):
    return [Hit("L0001 Ada", "/payees/L0001/", "Payees")]


@pytest.mark.parametrize("text", ["", " ", "a", "a ", "--"])
def test_less_than_two_letters_find_nothing(officer, text):
    search.register(leases)
    assert search.find(text, officer) == []


def test_every_room_is_asked_in_order_with_the_text_tidied_and_the_person(officer):
    asked = []
    search.register(lambda text, user: asked.append((text, user)) or payees(text, user), order=2)
    search.register(leases, order=1)
    assert [hit.kind for hit in search.find("  12  invented ", officer)] == ["Leases", "Leases", "Payees"]
    assert asked == [("12 invented", officer)]


def test_what_is_found_is_shown_by_kind_and_escaped(officer, client):
    search.register(leases)
    search.register(payees)
    page = client.get(reverse("search"), {"q": "<b>x"}).content.decode()
    assert "3 results for “&lt;b&gt;x”" in page
    assert page.count("<h2>Leases</h2>") == 1
    assert 'href="/leases/1/"' in page
    assert "12 Invented Street" in page


def test_a_single_find_is_opened_at_once(officer, client):
    search.register(payees)
    assert client.get(reverse("search"), {"q": "L0001"}).url == "/payees/L0001/"


def test_nothing_found_says_so(officer, client):
    assert "Nothing found." in client.get(reverse("search"), {"q": "zz"}).content.decode()
