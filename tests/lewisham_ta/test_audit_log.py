from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from lewisham_ta import audit
from lewisham_ta.roles import AUDITOR
from tests.factories import PartyFactory, PayeeFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def auditor_client(client):
    client.force_login(UserFactory(groups=[AUDITOR]))
    return client


def shown(client, **chosen):
    return client.get(reverse("audit_log"), chosen).content.decode()


def test_the_log_says_when_who_did_what_to_what_and_why_newest_first(auditor_client):
    by, party = UserFactory(first_name="Jo"), PartyFactory(ref="L0001", name="Ada")
    audit.record("party.added", party, by=by, at=NOON)
    audit.record("party.bank_change_asked", party, by=None, at=NOON, why="They wrote.", was_called="Old")
    page = shown(auditor_client)
    assert page.index("Party bank change asked") < page.rindex("Party added")
    for words in ("Jo Invented", "the system", "L0001 Ada", "They wrote.", "was called: Old", "23 Nov 2026, 12:00"):
        assert words in page


def test_a_payee_is_named_and_not_numbered(auditor_client):
    payee = PayeeFactory(party__ref="L0007", party__name="Invented Homes")
    audit.record("payee.added", payee, by=None, at=NOON)
    assert "L0007 Invented Homes" in shown(auditor_client)


def test_the_log_is_filtered_by_person_action_and_days(auditor_client):
    jo, party = UserFactory(), PartyFactory()
    audit.record("party.added", party, by=jo, at=NOON, why="by Jo at noon")
    audit.record("party.renamed", party, by=UserFactory(), at=NOON + timedelta(days=1), why="by Sam the day after")
    for chosen in ({"person": jo.pk}, {"action": "party.added"}, {"to_on": "2026-11-23"}):
        page = shown(auditor_client, **chosen)
        assert "by Jo at noon" in page
        assert "by Sam the day after" not in page
    page = shown(auditor_client, from_on="2026-11-24")
    assert "by Sam the day after" in page
    assert "by Jo at noon" not in page


def test_a_day_is_a_day_in_london(auditor_client):
    audit.record(
        "party.added", PartyFactory(), by=None, at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC), why="after midnight"
    )
    assert "after midnight" in shown(auditor_client, from_on="2026-07-02")


def test_what_happened_to_a_row_that_is_gone_is_still_told(auditor_client):
    party = PartyFactory()
    audit.record("party.removed", party, by=None, at=NOON)
    pk = party.pk
    party.delete()
    assert f"party {pk}" in shown(auditor_client)


def test_the_log_goes_to_excel_as_it_is_filtered(auditor_client):
    party = PartyFactory(ref="L0001", name="=Ada")
    audit.record("party.added", party, by=None, at=NOON)
    audit.record("party.renamed", party, by=None, at=NOON)
    answer = auditor_client.get(reverse("audit_log"), {"action": "party.added", "export": "xlsx"})
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert len(rows) == 2
    assert "L0001 =Ada" in rows[1]
    assert "Party added" in rows[1]


@pytest.mark.parametrize("sql", ["UPDATE lewisham_ta_auditevent SET why = ''", "DELETE FROM lewisham_ta_auditevent"])
def test_the_log_cannot_be_rewritten(sql):
    audit.record("party.added", PartyFactory(), by=None, at=NOON)
    with pytest.raises(DatabaseError, match="pgtrigger_audit_event_kept"):
        connection.cursor().execute(sql)


def test_the_log_costs_the_same_however_long(auditor_client):
    def queries(rows):
        for _ in range(rows):
            audit.record("party.added", PartyFactory(), by=UserFactory(), at=NOON)
        with CaptureQueriesContext(connection) as captured:
            shown(auditor_client)
        return len(captured)

    assert queries(2) == queries(20)


def test_details_are_told_in_words_and_not_as_they_are_stored(auditor_client):
    party = PartyFactory()
    counts = [{"what": "Lease", "new": 4, "gone": 0, "unchanged": 1780}, {"what": "Hold", "new": 0}]
    audit.record("upload.loaded", party, by=None, at=NOON, counts=counts)
    audit.record("anomalies.held", party, by=None, at=NOON, anomalies=[177, 178, 180], from_on="2026-10-01")
    page = shown(auditor_client)
    assert "counts: Lease 4 new, 1,780 unchanged<" in page
    assert "from on: 1 Oct 2026; anomalies: 3<" in page
