"""What is done to providers, units, rates and caps: refusals first."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bookings.models import NightlyCap, Provider, UnitRate
from bookings.units import rules, selectors, services
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import TEAM_LEADER
from lewisham_ta.versions import Stale
from tests.factories import LONG_AGO, ProviderFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
TODAY = date(2026, 3, 10)
PROVIDER = {"name": "Invented Rooms Ltd", "vat": "standard", "vat_number": "GB000000000", "supplier_number": "790001"}
UNIT = {
    "ref": "U00001",
    "address": "Flat 1, 5 Invented Walk",
    "postcode": "SE6 2RS",
    "size": "1",
    "is_self_contained": True,
    "is_bed_and_breakfast": False,
    "rate": Decimal("65.00"),
    "from_on": date(2026, 4, 1),
}


def who(role=None):
    return {"by": UserFactory(groups=[role] if role else None), "now": NOW}


def test_a_reference_is_one_providers():
    ProviderFactory(party__ref="PR001")
    with pytest.raises(Refused, match="Another party has this reference"):
        services.add_provider(ref="PR001", **PROVIDER, **who())


def test_a_supplier_number_is_one_providers():
    ProviderFactory(supplier_number="790001")
    with pytest.raises(Refused, match="Another provider has this supplier number"):
        services.add_provider(ref="PR002", **PROVIDER, **who())
    assert Provider.objects.count() == 1


def test_a_provider_is_changed_with_its_contacts_and_not_from_an_older_page():
    services.add_provider(ref="PR001", **PROVIDER, **who())
    provider = Provider.objects.select_related("party").get()
    fields = PROVIDER | {"email": "", "telephone": "020 7946 0001", "address": "", "terms": "Seven days' notice"}
    seen = services.provider_version(provider, provider.party)
    services.change_provider(provider_id=provider.pk, **fields, seen=seen, **who())
    provider = Provider.objects.select_related("party").get()
    assert (provider.terms, provider.party.telephone) == ("Seven days' notice", "020 7946 0001")
    with pytest.raises(Stale):
        services.change_provider(provider_id=provider.pk, **fields, seen=seen, **who())


def test_a_unit_comes_with_its_rate_and_the_area_of_its_postcode():
    unit = services.add_unit(provider_id=ProviderFactory().pk, **UNIT, **who())
    assert unit.brma == rules.OUTER
    assert unit.rates.get().amount == Decimal("65.00")
    named = services.add_unit(provider_id=unit.provider_id, **UNIT | {"ref": "U2", "brma": "Elsewhere"}, **who())
    assert named.brma == "Elsewhere"


def test_a_rate_changes_from_a_day_and_one_that_was_in_force_stays():
    unit = UnitFactory()
    rate = {"amount": Decimal("70.00"), "reason": "Agreed by letter"}
    coming = services.set_unit_rate(unit_id=unit.pk, from_on=TODAY, **rate, **who())
    with pytest.raises(Refused, match="already changes on that day"):
        services.set_unit_rate(unit_id=unit.pk, from_on=TODAY, **rate, **who())
    with pytest.raises(Refused, match="has been in force"):
        services.withdraw_unit_rate(rate_id=unit.rates.order_by("from_on")[0].pk, why="Wrong", **who())
    services.withdraw_unit_rate(rate_id=coming.pk, why="Not agreed", **who())
    assert UnitRate.objects.count() == 1


def test_caps_are_the_leaders():
    cap = {"size": "1", "area": "", "from_on": TODAY, "amount": Decimal("80.00")}
    with pytest.raises(Refused, match="does not allow this"):
        services.set_nightly_cap(**cap, **who())
    row = services.set_nightly_cap(**cap, **who(TEAM_LEADER))
    with pytest.raises(Refused, match="already changes on that day"):
        services.set_nightly_cap(**cap, **who(TEAM_LEADER))
    services.withdraw_nightly_cap(cap_id=row.pk, why="Wrong size", **who(TEAM_LEADER))
    assert not NightlyCap.objects.exists()


def test_a_unit_is_shown_with_the_rate_and_the_cap_of_a_day():
    unit = UnitFactory(brma=rules.INNER)
    UnitRate.objects.create(unit=unit, from_on=TODAY, amount=Decimal("75.00"), set_by=UserFactory(), set_at=LONG_AGO)
    NightlyCap.objects.create(size="1", area="", from_on=date(2026, 1, 1), amount=Decimal("90.00"))
    NightlyCap.objects.create(size="1", area=rules.INNER, from_on=TODAY, amount=Decimal("70.00"))
    before, then = selectors.units_on(date(2026, 3, 9)).get(), selectors.units_on(TODAY).get()
    assert (before.rate_now, before.cap_now) == (Decimal("60.00"), Decimal("90.00"))
    assert (then.rate_now, then.cap_now) == (Decimal("75.00"), Decimal("70.00"))
