from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from lewisham_ta import dated
from lewisham_ta.models import AuditEvent, Setting
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR, TEAM_LEADER
from tests.factories import UserFactory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)


def set_value(**changes):
    values = {"name": "moved_percent", "value": "7.5", "from_on": TOMORROW, "reason": "Agreed with audit", "now": NOW}
    return dated.set_value(**values | {"by": changes.pop("by", None) or UserFactory()} | changes)


@pytest.mark.parametrize("name", dated.KINDS)
def test_every_default_is_a_value_that_could_be_typed(name):
    kind = dated.KINDS[name]
    assert kind.read(kind.default) == kind.default


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("backdating_months", "two", "Type a whole number from 0 to 120."),
        ("backdating_months", "24.5", "Type a whole number from 0 to 120."),
        ("backdating_months", "-1", "Type a whole number from 0 to 120."),
        ("backdating_months", "٣", "Type a whole number from 0 to 120."),
        ("run_day", "29", "Type a whole number from 1 to 28."),
        ("run_day", "0", "Type a whole number from 1 to 28."),
        ("nrl_percent", "NaN", "Type a number from 0 to 100, with at most two decimal places."),
        ("nrl_percent", "101", "Type a number from 0 to 100, with at most two decimal places."),
        ("moved_amount", "50.001", "Type a number from 0 to 100000, with at most two decimal places."),
        ("moved_amount", "", "Type a number from 0 to 100000, with at most two decimal places."),
        ("certificate_reminder_days", "60; 30", "Type days from 1 to 365 with commas between them: 60, 30, 7."),
        ("certificate_reminder_days", "60, , 7", "Type days from 1 to 365 with commas between them: 60, 30, 7."),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_words(db, name, value, words):
    with pytest.raises(Refused) as refusal:
        set_value(name=name, value=value)
    assert str(refusal.value) == words
    assert not Setting.objects.exists()


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("moved_amount", " £1,250.50 ", "1250.50"),
        ("run_day", "07", "7"),
        ("certificate_reminder_days", "7,30 , 60,7", "60, 30, 7"),
    ],
)
def test_a_value_is_stored_as_it_is_read_later(db, name, typed, stored):
    assert set_value(name=name, value=typed).value == stored


def test_nothing_is_set_in_the_past(db):
    with pytest.raises(Refused, match="from today or a later day"):
        set_value(from_on=date(2026, 11, 22))


def test_today_is_by_the_clock_in_london(db):
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight on the second
    with pytest.raises(Refused, match="from today or a later day"):
        set_value(from_on=date(2026, 7, 1), now=late)
    assert set_value(from_on=date(2026, 7, 2), now=late)


def test_a_setting_needs_a_reason(db):
    with pytest.raises(Refused, match="Say why"):
        set_value(reason="  ")


def test_a_day_has_one_value(db):
    set_value()
    with pytest.raises(Refused, match=r"^This setting already changes on that day\.$"):
        set_value(value="8")


def test_the_value_on_a_day_is_the_latest_set_by_then_and_before_the_default(db):
    by = UserFactory()
    set_value(by=by, from_on=TODAY, value="6")
    set_value(by=by, from_on=TOMORROW, value="7.5")
    days = [date(2026, 11, 22), TODAY, TOMORROW, date(2027, 1, 1)]
    assert [dated.number("moved_percent", day) for day in days] == [5, 6, Decimal("7.5"), Decimal("7.5")]
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.by, event.why) == ("setting.set", by, "Agreed with audit")


def test_a_value_in_force_is_not_taken_back_and_a_coming_one_is_with_a_reason(db):
    in_force, coming = set_value(from_on=TODAY), set_value(from_on=TOMORROW)
    by = UserFactory()
    with pytest.raises(Refused, match="in force already"):
        dated.withdraw_value(setting=in_force, reason="Oops", by=by, now=NOW)
    with pytest.raises(Refused, match="Say why"):
        dated.withdraw_value(setting=coming, reason=" ", by=by, now=NOW)
    dated.withdraw_value(setting=coming, reason="Not agreed after all", by=by, now=NOW)
    assert list(Setting.objects.all()) == [in_force]


@pytest.fixture
def leader_client(client, db):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    return client


def test_the_leader_sets_a_value_and_sees_it_coming_with_its_history(leader_client):
    typed = {"value": "6", "from_on": "2099-01-01", "reason": "Agreed with audit"}
    answer = leader_client.post(reverse("setting_change", args=["moved_percent"]), typed, follow=True)
    page = answer.content.decode()
    assert "Movement tolerance, share is set." in page
    assert "6 % from 1 Jan 2099" in page
    assert "Agreed with audit" in page
    assert "6 from 1 Jan 2099" in leader_client.get(reverse("settings_list")).content.decode()
    leader_client.post(reverse("setting_withdraw", args=[Setting.objects.get().pk]), {"reason": "No"})
    page = leader_client.get(reverse("setting_detail", args=["moved_percent"])).content.decode()
    assert "Setting taken away" in page
    assert "Coming" not in page


def test_a_wrong_value_is_said_at_the_field_and_what_was_typed_stays(leader_client):
    typed = {"value": "lots", "from_on": "2099-01-01", "reason": "Agreed with audit"}
    page = leader_client.post(reverse("setting_change", args=["run_day"]), typed).content.decode()
    assert "Type a whole number from 1 to 28." in page
    assert 'value="lots"' in page
    typed |= {"value": "7", "from_on": "2020-01-01"}
    page = leader_client.post(reverse("setting_change", args=["run_day"]), typed).content.decode()
    assert "from today or a later day" in page


def test_the_auditor_reads_and_is_offered_no_form(client, db):
    client.force_login(UserFactory(groups=[AUDITOR]))
    page = client.get(reverse("setting_detail", args=["run_day"])).content.decode()
    assert "Set the new value" not in page


def test_a_setting_that_does_not_exist_is_not_there(leader_client):
    assert leader_client.get(reverse("setting_detail", args=["nonsense"])).status_code == 404
    assert leader_client.post(reverse("setting_change", args=["nonsense"])).status_code == 404
