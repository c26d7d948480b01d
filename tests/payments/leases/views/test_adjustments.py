"""Adjustments, one typed or many pasted."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from payments.leases import locks
from payments.models import Adjustment
from tests.factories import LeaseFactory
from tests.payments.leases.views.helpers import at, field_errors, words_of

pytestmark = pytest.mark.django_db


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
