"""What the pages show, to whom, and what rooms above add."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.template import Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lewisham_ta import search, work
from lewisham_ta.roles import AUDITOR, TEAM_LEADER
from payments.leases import hooks, sections
from payments.models import RentCap
from tests.factories import CertificateFactory, LeaseFactory, PropertyFactory, UserFactory
from tests.payments.leases.views.helpers import at, field_errors, words_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def test_the_team_leader_sets_and_withdraws_a_cap(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    typed = {"bedrooms": "2", "from_on": "2026-04-01", "weekly_amount": "450"}
    assert client.post(reverse("leases:cap_set"), typed).status_code == 302
    again = client.post(reverse("leases:cap_set"), typed)
    assert field_errors(again, "from_on") == ["The cap for this size already changes on that day."]
    client.post(at("cap_withdraw", RentCap.objects.get()), {"why": "Wrong size"})
    assert not RentCap.objects.exists()


def test_who_only_reads_sees_no_button_that_would_refuse(client):
    client.force_login(UserFactory(groups=[AUDITOR]))
    lease = LeaseFactory()
    for page in (at("lease_detail", lease), at("property_detail", lease.property), at("list"), at("cap_list")):
        html = words_of(client.get(page))
        for verb in ("Add a", "Hand back", "Set the rent", "Set a cap", "Withdraw", "Change<"):
            assert f">{verb}" not in html


def test_a_reference_with_a_slash_has_a_page(officer):
    lease = LeaseFactory(ref="PSL/12", property__ref="P/1")
    assert officer.get(at("lease_detail", lease)).status_code == 200
    assert officer.get(at("rent_set", lease)).status_code == 200
    assert officer.get(at("property_detail", lease.property)).status_code == 200


def a_year_of(home, year):
    lease = LeaseFactory(
        property=home, starts_on=date(year, 1, 1), ends_on=None, keys_returned_on=date(year, 9, 1), keys_day_paid=True
    )
    lease.suspensions.create(starts_on=date(year, 2, 1), reason="Fire")
    lease.holds.create(starts_on=date(year, 2, 1), reason="Owner")
    lease.adjustments.create(month=date(year, 2, 1), kind="credit", amount=Decimal("1.00"), narrative="n")
    CertificateFactory(property=home, issued_on=date(year, 1, 1))


def test_a_property_page_costs_the_same_however_much_happened(officer, django_assert_num_queries):
    home = PropertyFactory()
    a_year_of(home, 2020)
    officer.get(at("property_detail", home))
    with CaptureQueriesContext(connection) as of_one_year:
        officer.get(at("property_detail", home))
    for year in range(2021, 2026):
        a_year_of(home, year)
    with django_assert_num_queries(len(of_one_year)):
        answer = officer.get(at("property_detail", home))
    assert len(answer.context["events"]) >= 6 * 7


def test_a_time_line_has_everything_about_the_property(officer):
    lease = LeaseFactory(ref="LS1", break_on=date(2026, 5, 1), notice_given_on=date(2026, 6, 1))
    lease.keys_returned_on = date(2026, 8, 20)
    lease.save()
    lease.holds.create(starts_on=date(2026, 7, 1), ends_on=date(2026, 7, 8), reason="Owner", must_act="Legal")
    lease.suspensions.create(starts_on=date(2026, 7, 9), reason="Fire")
    lease.adjustments.create(month=date(2026, 7, 1), kind="recharge", amount=Decimal("80.00"), narrative="Boiler")
    CertificateFactory(property=lease.property, kind="epc")
    html = words_of(officer.get(at("property_detail", lease.property)))
    for words in (
        "Lease LS1 starts",
        "Break date of lease LS1",
        "Notice given on lease LS1",
        "Keys of lease LS1 returned",
        "Rent £350.00 a week",
        "is paid (F",
        "Held 1 Jul to 7 Jul 2026",
        "Owner; Legal must act",
        "Rent suspended from 9 Jul 2026 until further notice",
        "Recharge £80.00 for July 2026",
        "EPC certificate issued",
    ):
        assert words in html


def test_the_history_of_a_lease_says_who_and_why(officer):
    lease = LeaseFactory()
    officer.post(at("rent_set", lease), {"from_on": "2026-07-13", "amount": "364", "reason": "Rent review 2026"})
    added = [entry for entry in officer.get(at("lease_detail", lease)).context["history"] if entry.why]
    assert [(entry.what, entry.why) for entry in added] == [("Lease rent added", "Rent review 2026")]
    assert added[0].who.startswith("Person")


def test_another_reference_of_the_same_dwelling_is_named(officer):
    first = PropertyFactory(address="Flat 2, 14 High Road")
    second = PropertyFactory(address="FLAT 2 14 HIGH RD")
    assert f'href="{at("property_detail", first)}"' in words_of(officer.get(at("property_detail", second)))


def test_rooms_above_add_panels_and_events(officer, monkeypatch):
    lease = LeaseFactory()
    for registry in ("_of_leases", "_of_properties", "_events"):
        monkeypatch.setattr(sections, registry, {})
    panel = sections.Section("Paid so far", Template("{{ section.paid|pounds }} in all"), {"paid": Decimal("1500.00")})
    sections.register_lease(lambda request, row: panel if row == lease else None)
    sections.register_property(lambda request, row: None)
    sections.register_events(lambda request, row: [sections.Event(date(2026, 10, 31), "£1,500.00 paid")])
    assert "<h2>Paid so far</h2> £1,500.00 in all" in words_of(officer.get(at("lease_detail", lease)))
    home = words_of(officer.get(at("property_detail", lease.property)))
    assert "£1,500.00 paid" in home
    assert "Paid so far" not in home


def test_search_finds_leases_and_properties_for_those_who_may_see_them():
    LeaseFactory(ref="LS777", property__ref="P777", property__address="Flat 2, 14 High Road")
    hits = search.find("14 high rd", UserFactory())
    assert {(hit.kind, hit.title) for hit in hits} >= {("Lease", "LS777"), ("Property", "P777")}
    assert list(hooks.found("LS777", UserFactory(groups=[]))) == []


def test_work_waits_on_the_home_page():
    officer, auditor = UserFactory(), UserFactory(groups=[AUDITOR])
    over = LeaseFactory(ends_on=date(2026, 11, 1))
    LeaseFactory(ends_on=date(2026, 12, 1), break_on=date(2027, 1, 15))
    over.holds.create(starts_on=date(2026, 10, 1), reason="Owner", must_act="Legal")
    over.holds.create(starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 2), reason="Owner")
    CertificateFactory(property=over.property, kind="gas", expires_on=date(2026, 11, 28))
    items = [item for item in work.items(officer, TODAY) if item.url.startswith("/leases/")]
    assert {(item.title, item.status, item.count, item.with_whom) for item in items} == {
        ("Certificates missing", "Missing", 5, ""),
        ("Certificates expiring", "Within 7 days", 1, ""),
        ("Leases past their last day", "Holding over", 1, ""),
        ("Leases ending", "Within 30 days", 1, ""),
        ("Leases to break", "Within 90 days", 1, ""),
        ("Leases held", "Since 1 Oct 2026", 1, "Legal"),
    }
    assert list(hooks.work_items(auditor, TODAY)) == []
    assert [item.title for item in work.divided(items, officer)["team"]] == [item.title for item in items]
