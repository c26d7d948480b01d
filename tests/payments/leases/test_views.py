"""The pages: what is typed reaches the service, a refusal is said at the field, and nothing typed is lost."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.template import Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lewisham_ta import search, work
from lewisham_ta.roles import AUDITOR, TEAM_LEADER
from payments.leases import hooks, locks, sections
from payments.models import Adjustment, Hold, Lease, LeaseRent, Property, RentCap
from tests.factories import CertificateFactory, LeaseFactory, PayeeFactory, PropertyFactory, UserFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def at(name, row=None, **query):
    args = [] if row is None else [row.ref if hasattr(row, "ref") else row.pk]
    return reverse(f"leases:{name}", args=args)


def field_errors(answer, name):
    return answer.context["form"].errors.get(name, [])


def words_of(answer):
    return " ".join(answer.content.decode().split())


NEW_LEASE = {
    "ref": "LS9",
    "starts_on": "2026-04-15",
    "last_day": "2029-04-14",
    "rent": "£1,350.00",
    "per": "month",
    "basis": "month",
    "keys_day_paid": "on",
}


def test_a_lease_is_added_with_its_last_day_as_people_say_it(officer):
    home, payee = PropertyFactory(), PayeeFactory()
    typed = NEW_LEASE | {"property": home.ref.lower(), "payee": payee.party.ref}
    answer = officer.post(at("lease_add"), typed)
    lease = Lease.objects.get()
    assert answer.url == at("lease_detail", lease)
    assert lease.ends_on == date(2029, 4, 15)
    assert lease.rents.get().amount == Decimal("1350.00")
    assert lease.payees.get().payee == payee


def test_an_overlapping_lease_is_refused_with_the_other_named_and_linked(officer):
    there = LeaseFactory(ref="LS0")
    typed = NEW_LEASE | {"property": there.property.ref, "payee": PayeeFactory().party.ref}
    answer = officer.post(at("lease_add"), typed)
    assert field_errors(answer, "starts_on") == ["Lease LS0 holds this property from 1 Apr 2024 to 31 Mar 2029."]
    assert f'<a href="{at("lease_detail", there)}">lease LS0</a>' in words_of(answer)
    assert 'value="£1,350.00"' in words_of(answer)
    assert Lease.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"property": "P404"}, "property", "There is no property P404."),
        ({"payee": "L404"}, "payee", "There is no payee L404."),
        ({"starts_on": "31/02/2026"}, "starts_on", "Write the date as 23/11/2026."),
        ({"starts_on": "0206-04-15"}, "starts_on", "Check the year."),
        ({"last_day": "31/12/9999"}, "last_day", "Check the year."),
        ({"last_day": "2026-04-14"}, "starts_on", "The lease must end after it starts."),
        (
            {"basis": "days"},
            "starts_on",
            "A weekly rent is paid by Days, 52/12 or 365/84, and a monthly rent by Month.",
        ),
        ({"ref": "LS/é"}, "ref", "A reference has letters, digits, spaces and / . - only."),
    ],
)
def test_what_cannot_be_is_said_at_the_field(officer, wrong, field, words):
    typed = NEW_LEASE | {"property": PropertyFactory().ref, "payee": PayeeFactory().party.ref} | wrong
    answer = officer.post(at("lease_add"), typed)
    assert field_errors(answer, field) == [words]
    assert not Lease.objects.exists()


def test_the_form_of_a_lease_knows_the_property_it_was_opened_from(officer):
    home = PropertyFactory()
    answer = officer.get(at("lease_add"), {"property": home.ref})
    assert answer.context["form"]["property"].value() == home.ref
    assert "<datalist" in words_of(answer)


def changed(lease, **typed):
    usual = {"starts_on": "2024-04-01", "last_day": "2029-03-31", "per": "week", "basis": "days", "cost_code": "H1"}
    return usual | typed


def test_a_stale_change_is_refused_says_what_is_recorded_and_keeps_what_was_typed(officer):
    lease = LeaseFactory(cost_code="OLD")
    seen = officer.get(at("lease_change", lease)).context["form"]["seen"].value()
    officer.post(at("lease_change", lease), changed(lease, cost_code="FIRST", seen=seen))
    second = officer.post(at("lease_change", lease), changed(lease, cost_code="SECOND", basis="52/12", seen=seen))
    assert "Somebody changed this lease while you were reading it" in words_of(second)
    assert 'value="SECOND"' in words_of(second)
    recorded = {item["label"]: item["value"] for item in second.context["recorded"]}
    assert recorded == {"Cost code": "FIRST", "Basis": "Days"}
    lease.refresh_from_db()
    assert lease.cost_code == "FIRST"
    again = second.context["form"]["seen"].value()
    officer.post(at("lease_change", lease), changed(lease, cost_code="SECOND", seen=again))
    lease.refresh_from_db()
    assert lease.cost_code == "SECOND"


def test_a_change_without_the_version_it_was_made_from_is_refused(officer):
    lease = LeaseFactory(cost_code="OLD")
    officer.post(at("lease_change", lease), changed(lease))
    lease.refresh_from_db()
    assert lease.cost_code == "OLD"


def test_keys_are_handed_back_and_that_is_undone(officer):
    lease = LeaseFactory()
    seen = officer.get(at("hand_back", lease)).context["form"]["seen"].value()
    officer.post(at("hand_back", lease), {"keys_returned_on": "20/08/2026", "seen": seen})
    lease.refresh_from_db()
    assert (lease.keys_returned_on, lease.keys_day_paid) == (date(2026, 8, 20), False)
    seen = officer.get(at("undo_hand_back", lease)).context["form"]["seen"].value()
    officer.post(at("undo_hand_back", lease), {"why": "Wrong lease", "seen": seen})
    lease.refresh_from_db()
    assert lease.keys_returned_on is None


def test_rents_are_set_corrected_and_withdrawn(officer):
    lease = LeaseFactory()
    officer.post(at("rent_set", lease), {"from_on": "2026-07-13", "amount": "364", "reason": "Review"})
    row = lease.rents.get(from_on=date(2026, 7, 13))
    seen = officer.get(at("rent_correct", row)).context["form"]["seen"].value()
    wrong = officer.post(
        at("rent_correct", row), {"from_on": "2024-04-01", "amount": "365", "reason": "Typed wrongly", "seen": seen}
    )
    assert field_errors(wrong, "from_on") == ["The rent of this lease already changes on that day."]
    officer.post(
        at("rent_correct", row), {"from_on": "2026-07-20", "amount": "365", "reason": "Typed wrongly", "seen": seen}
    )
    row.refresh_from_db()
    assert (row.from_on, row.amount) == (date(2026, 7, 20), Decimal("365.00"))
    officer.post(at("rent_withdraw", row), {"why": "Not agreed"})
    assert LeaseRent.objects.count() == 1


def test_the_payee_changes_from_a_day_and_back(officer):
    lease, agent = LeaseFactory(), PayeeFactory()
    officer.post(
        at("payee_change", lease), {"payee": agent.party.ref, "from_on": "2026-09-01", "reason": "Agent appointed"}
    )
    row = lease.payees.get(payee=agent)
    officer.post(at("payee_withdraw", row), {"why": "Not appointed"})
    assert lease.payees.count() == 1


def test_a_suspension_has_a_last_day_and_ends(officer):
    lease = LeaseFactory()
    officer.post(at("suspend", lease), {"starts_on": "2026-09-01", "last_day": "", "reason": "Fire"})
    row = lease.suspensions.get()
    officer.post(at("suspension_end", row), {"last_day": "2026-09-30"})
    row.refresh_from_db()
    assert row.ends_on == date(2026, 10, 1)
    officer.post(at("suspension_withdraw", row), {"why": "Next door"})
    assert not lease.suspensions.exists()


def test_a_hold_says_who_must_act_and_is_released(officer):
    lease = LeaseFactory()
    nobody = officer.post(at("hold", lease), {"starts_on": "2026-10-01", "reason": "Ownership"})
    assert field_errors(nobody, "must_act")
    officer.post(at("hold", lease), {"starts_on": "2026-10-01", "reason": "Ownership", "must_act": "Legal"})
    row = lease.holds.get()
    early = officer.post(at("hold_release", row), {"released_on": "2026-10-01"})
    assert "has at least that day" in field_errors(early, "released_on")[0]
    officer.post(at("hold_release", row), {"released_on": "2026-10-31"})
    row.refresh_from_db()
    assert row.ends_on == date(2026, 10, 31)
    officer.post(at("hold_withdraw", row), {"why": "Wrong lease"})
    assert not Hold.objects.exists()


def test_a_hold_from_the_register_is_given_somebody_who_must_act(officer):
    row = Hold.objects.create(lease=LeaseFactory(ref="LS1"), starts_on=date(2026, 10, 1), reason="Gas record")
    Hold.objects.create(lease=LeaseFactory(), starts_on=date(2026, 10, 1), reason="Deeds", must_act="Legal")
    asked = officer.get(reverse("home")).content.decode()
    assert "?only=nobody" in asked
    waiting = officer.get(reverse("leases:list"), {"only": "nobody"}).context["table"]
    assert [lease.record.ref for lease in waiting.rows] == ["LS1"]
    assert "Say who" in officer.get(at("lease_detail", row.lease)).content.decode()
    assert field_errors(officer.post(at("hold_who", row), {"must_act": " "}), "must_act")
    officer.post(at("hold_who", row), {"must_act": "Gas engineer", "why": "Booked"})
    row.refresh_from_db()
    assert row.must_act == "Gas engineer"
    assert "?only=nobody" not in officer.get(reverse("home")).content.decode()
    assert "Gas engineer" in officer.get(at("lease_detail", row.lease)).content.decode()


def test_a_property_and_its_certificates_are_added_and_changed(officer):
    typed = {"ref": "P9", "uprn": "1234", "address": "1 High Road", "postcode": "se6  9zz", "bedrooms": "0"}
    answer = officer.post(at("property_add"), typed)
    home = Property.objects.get()
    assert answer.url == at("property_detail", home)
    assert home.postcode == "SE6 9ZZ"
    again = officer.post(at("property_add"), typed)
    assert field_errors(again, "ref") == ["Another property has this reference."]
    officer.post(at("certificate_add", home), {"kind": "gas", "issued_on": "2026-01-05", "expires_on": "2027-01-04"})
    certificate = home.certificates.get()
    seen = officer.get(at("certificate_change", certificate)).context["form"]["seen"].value()
    officer.post(
        at("certificate_change", certificate),
        {"kind": "gas", "issued_on": "2026-01-05", "expires_on": "2027-01-05", "seen": seen},
    )
    certificate.refresh_from_db()
    assert certificate.expires_on == date(2027, 1, 5)
    seen = officer.get(at("property_change", home)).context["form"]["seen"].value()
    wrong = officer.post(at("property_change", home), typed | {"uprn": "12A", "seen": seen})
    assert field_errors(wrong, "uprn") == ["A UPRN has up to twelve digits."]
    officer.post(at("property_change", home), typed | {"bedrooms": "2", "seen": seen})
    home.refresh_from_db()
    assert home.bedrooms == 2


# Adjustments --------------------------------------------------------------------------------------------------------


def test_an_adjustment_is_added_and_withdrawn(officer):
    lease = LeaseFactory()
    typed = {"month": "2026-11", "kind": "recharge", "amount": "80", "narrative": "Boiler"}
    officer.post(at("adjustment_add", lease), typed)
    row = lease.adjustments.get()
    listed = officer.get(reverse("leases:adjustment_list"), {"month": f"{row.month:%Y-%m}"}).content.decode()
    assert at("adjustment_withdraw", row) in listed
    assert (row.month, row.amount) == (date(2026, 11, 1), Decimal("80.00"))
    officer.post(at("adjustment_withdraw", row), {"why": "Wrong lease"})
    row.refresh_from_db()
    assert row.withdrawn_at is not None


def test_a_signed_off_month_is_refused_at_the_month(officer, monkeypatch):
    monkeypatch.setattr(locks, "_source", lambda: date(2026, 10, 1))
    lease = LeaseFactory()
    assert officer.get(at("adjustment_add", lease)).context["form"]["month"].value() == date(2026, 11, 1)
    typed = {"month": "2026-10", "kind": "recharge", "amount": "80", "narrative": "Boiler"}
    answer = officer.post(at("adjustment_add", lease), typed)
    assert field_errors(answer, "month")[0].startswith("October 2026 is signed off.")
    assert 'value="2026-10"' in words_of(answer)


def paste(client, rows, **typed):
    return client.post(at("adjustments_paste"), {"month": "2026-11", "rows": rows, **typed})


def test_pasted_rows_are_checked_first_and_written_second(officer):
    LeaseFactory(ref="LS1")
    LeaseFactory(ref="LS2")
    rows = "Lease\tType\tAmount\tNarrative\nLS1\tRecharge\t£1,200.50\tBoiler\nLS2\tCredit\t80\tKeys"
    checked = paste(officer, rows, check="1")
    assert checked.context["may_save"]
    assert "Record 2 adjustments" in words_of(checked)
    assert not Adjustment.objects.exists()
    saved = paste(officer, rows, save="1")
    assert saved.status_code == 302
    assert set(Adjustment.objects.values_list("lease__ref", "kind", "amount")) == {
        ("LS1", "recharge", Decimal("1200.50")),
        ("LS2", "credit", Decimal("80.00")),
    }


def test_one_wrong_row_and_none_is_written(officer):
    LeaseFactory(ref="LS1")
    answer = paste(officer, "LS1\tCredit\t80\tKeys\nLS404\tCredit\teighty\tKeys", save="1")
    problems = [row.problems for row in answer.context["rows"]]
    assert problems == [(), ("'eighty' is not an amount in pounds and pence.", "There is no lease LS404.")]
    assert field_errors(answer, "rows") == ["1 of 2 cannot be recorded, so none is. The table says why."]
    assert not Adjustment.objects.exists()


def test_the_same_rows_are_not_written_twice_unless_that_is_meant(officer):
    LeaseFactory(ref="LS1")
    rows = "LS1\tCredit\t80\tKeys"
    paste(officer, rows, save="1")
    again = paste(officer, rows, save="1")
    assert again.context["rows"][0].problems == ("The same is already recorded for this month.",)
    assert paste(officer, rows, save="1", again="on").status_code == 302
    assert Adjustment.objects.count() == 2


def test_rows_of_a_signed_off_month_are_refused_and_stay_in_the_box(officer, monkeypatch):
    monkeypatch.setattr(locks, "_source", lambda: date(2026, 11, 1))
    LeaseFactory(ref="LS1")
    answer = paste(officer, "LS1\tCredit\t80\tKeys", save="1")
    assert field_errors(answer, "month")[0].startswith("November 2026 is signed off.")
    assert "LS1\tCredit\t80\tKeys" in answer.content.decode()
    assert not Adjustment.objects.exists()


def test_nothing_pasted_is_said(officer):
    answer = paste(officer, "Lease\tType\tAmount\tNarrative", save="1")
    assert field_errors(answer, "rows") == ["There is no row to record."]


# Caps, reading, what rooms above add --------------------------------------------------------------------------------


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
