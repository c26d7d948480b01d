"""The pages of units, providers and caps."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from bookings.models import NightlyCap, Provider, Unit
from bookings.units import hooks, rules
from lewisham_ta.roles import CENTRAL_FINANCE, TEAM_LEADER
from tests.factories import ProviderFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def words_of(answer):
    return " ".join(answer.content.decode().split())


def test_a_provider_and_its_unit_are_added_and_changed(officer):
    officer.post(reverse("units:provider_add"), {"ref": "PR001", "name": "Invented Rooms Ltd", "vat": "exempt"})
    provider = Provider.objects.get()
    typed = {"ref": "U00001", "provider": "pr001", "address": "Flat 1, 5 Invented Walk", "postcode": "se49zz"}
    typed |= {"size": "studio", "rate": "£65", "from_on": "1/4/2026", "is_self_contained": "on"}
    answer = officer.post(reverse("units:add"), typed)
    unit = Unit.objects.get()
    assert answer.url == reverse("units:detail", args=["U00001"])
    assert (unit.provider, unit.postcode, unit.brma) == (provider, "SE4 9ZZ", rules.INNER)
    page = words_of(officer.get(answer.url))
    assert "It has no inspection grade" in page
    change = reverse("units:change", args=["U00001"])
    form = officer.get(change).context["form"]
    typed |= {"seen": form["seen"].value(), "brma": form["brma"].value(), "grade": "A", "closed_on": "1/5/2026"}
    officer.post(change, typed)
    unit.refresh_from_db()
    assert (unit.grade, unit.closed_on) == ("A", date(2026, 5, 1))


def test_a_providers_page_has_its_contacts_units_and_history(officer):
    unit = UnitFactory(provider__party__telephone="020 7946 0099", provider__terms="Clean sheets weekly")
    url = reverse("units:provider_detail", args=[unit.provider.party.ref])
    page = words_of(officer.get(url))
    assert all(words in page for words in ["020 7946 0099", "Clean sheets weekly", unit.ref])
    change = reverse("units:provider_change", args=[unit.provider.party.ref])
    seen = officer.get(change).context["form"]["seen"].value()
    officer.post(change, {"name": "Renamed Ltd", "vat": "standard", "seen": seen})
    assert "Renamed Ltd" in words_of(officer.get(url))


def test_agreed_rates_are_set_and_taken_back(officer):
    unit = UnitFactory()
    officer.post(
        reverse("units:rate_set", args=[unit.ref]), {"from_on": "2040-01-01", "amount": "70", "reason": "Letter"}
    )
    coming = unit.rates.get(from_on=date(2040, 1, 1))
    officer.post(reverse("units:rate_withdraw", args=[coming.pk]), {"why": "Not agreed"})
    assert unit.rates.count() == 1


def test_a_leader_sets_and_withdraws_caps(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    client.post(reverse("units:cap_set"), {"size": "1", "from_on": "2026-04-01", "amount": "80"})
    cap = NightlyCap.objects.get()
    assert "Withdraw" in words_of(client.get(reverse("units:cap_list")))
    client.post(reverse("units:cap_withdraw", args=[cap.pk]), {"why": "Wrong"})
    assert not NightlyCap.objects.exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4),
        ("size=family", 1),
        ("kind=bed_and_breakfast", 1),
        ("kind=self_contained", 3),
        ("kind=shared", 1),
        ("only=closed", 1),
        ("only=open", 3),
        ("only=ungraded", 1),
        ("area=bromley", 1),
        ("words=59+acacia", 1),
        ("words=BR19ZY", 1),
    ],
)
def test_the_list_of_units_is_filtered(officer, query, found):
    UnitFactory()
    UnitFactory(hotel=True)
    UnitFactory(closed_on=date(2026, 1, 1))
    UnitFactory(address="59 Acacia Road", postcode="BR1 9ZY", address_key="59 ACACIA ROAD BR19ZY", district="Bromley")
    assert officer.get(f"{reverse('units:list')}?{query}").context["table"].row_count == found


def test_a_unit_over_the_cap_says_so(officer):
    UnitFactory()
    NightlyCap.objects.create(size="1", from_on=date(2024, 1, 1), amount=Decimal("59.99"))
    assert "Over the cap" in words_of(officer.get(reverse("units:list")))


def test_units_and_providers_are_found_by_those_who_may():
    unit = UnitFactory(address="59 Acacia Road", address_key="59 ACACIA ROAD SE69ZY")
    assert [hit.title for hit in hooks.found("acacia rd", UserFactory())] == [unit.ref]
    assert [hit.title for hit in hooks.found(unit.provider.party.name, UserFactory())][-1] == unit.provider.party.ref
    assert not list(hooks.found("acacia", UserFactory(groups=[CENTRAL_FINANCE])))


@pytest.mark.parametrize("rows", [2, 20])
@pytest.mark.parametrize("name", ["list", "provider_list", "cap_list"])
def test_lists_cost_the_same_however_long(rows, name, officer, django_assert_max_num_queries):
    UnitFactory.create_batch(rows)
    for number in range(rows):
        NightlyCap.objects.create(size="1", from_on=date(2026, 1, 1 + number), amount=Decimal(90))
    with django_assert_max_num_queries(26):
        assert officer.get(reverse(f"units:{name}")).context["table"].row_count == rows


@pytest.mark.parametrize("rows", [2, 20])
def test_a_providers_page_costs_the_same_however_many_units(rows, officer, django_assert_max_num_queries):
    provider = ProviderFactory()
    UnitFactory.create_batch(rows, provider=provider)
    with django_assert_max_num_queries(30):
        officer.get(reverse("units:provider_detail", args=[provider.party.ref]))
