"""Rents, payees, suspensions and holds, typed on a page."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from payments.models import Hold, LeaseRent
from tests.factories import LeaseFactory, PayeeFactory
from tests.payments.leases.views.helpers import at, field_errors

pytestmark = pytest.mark.django_db


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
