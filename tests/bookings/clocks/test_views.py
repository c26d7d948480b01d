"""The page of clocks, and a notice recorded on it."""

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from bookings.clocks import services
from bookings.models import Section208Notice
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR
from tests.factories import BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = UserFactory()
    client.force_login(user)
    return user


def placed(days_ago, **about):
    unit = UnitFactory(hotel=True, district=about.pop("district", ""), rate=False)
    household = HouseholdFactory(**about)
    starts_on = timezone.localdate() - timedelta(days=days_ago)
    return BookingFactory(household=household, unit=unit, starts_on=starts_on, ends_on=None, rate=False)


def words_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_page_shows_what_is_to_be_acted_on_with_its_figures(client, officer):
    over, early = placed(43, children=1), placed(3, children=1)
    words = words_of(client.get(reverse("clocks:list")))
    assert over.ref in words
    assert early.ref not in words
    assert "Over the limit" in words
    assert f"{timezone.localdate() - timedelta(days=1):%d/%m/%y}" in words  # breach since
    assert early.ref in words_of(client.get(reverse("clocks:list") + "?state=all&kind=six_weeks"))
    assert over.ref not in words_of(client.get(reverse("clocks:list") + "?kind=ending"))


def test_a_wrong_filter_is_said_and_filters_nothing(client, officer):
    over = placed(43, children=1)
    words = words_of(client.get(reverse("clocks:list") + "?state=never"))
    assert "There is a problem" in words
    assert over.ref in words


def test_the_clocks_are_a_workbook(client, officer):
    placed(43, children=1)
    answer = client.get(reverse("clocks:list") + "?export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0][7:12] == ("Nights so far", "Limit", "Last lawful night", "Over since", "State")
    assert rows[1][7:9] == (44, 42)
    assert rows[1][11] == "Over the limit"


def test_the_page_costs_the_same_however_long(client, officer):
    def cost(rows):
        for _ in range(rows):
            placed(20, children=1, district="Croydon")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("clocks:list"))
        return len(queries)

    cost(1)
    assert cost(2) == cost(20)


def test_a_notice_is_recorded_and_taken_back(client, officer):
    booking = placed(20, district="Croydon")
    url = reverse("clocks:notice", args=[booking.pk])
    assert 'value="Croydon"' in words_of(client.get(url))
    typed = {"council": "Croydon", "sent_on": timezone.localdate().isoformat()}
    answer = client.post(url, typed)
    assert answer.url == reverse("clocks:list") + "?kind=section_208"
    notice = Section208Notice.objects.get()
    assert (notice.booking, notice.council, notice.recorded_by) == (booking, "Croydon", officer)
    assert "It is recorded already that Croydon was told" in words_of(client.post(url, typed))
    page = words_of(client.get(reverse("clocks:list") + "?state=done"))
    assert "Croydon was told." in page
    client.post(reverse("clocks:notice_withdraw", args=[booking.pk]), {"why": "Other booking"})
    assert not Section208Notice.objects.exists()
    assert [event.action for event in AuditEvent.objects.order_by("pk")] == [
        "booking.council_told",
        "booking.council_told_withdrawn",
    ]
    assert "No notice is recorded" in words_of(
        client.post(reverse("clocks:notice_withdraw", args=[booking.pk]), {"why": "Again"})
    )


def test_a_notice_to_nobody_is_refused_at_the_field(client, officer):
    booking = placed(20)
    typed = {"council": "Croydon", "sent_on": timezone.localdate().isoformat()}
    answer = client.post(reverse("clocks:notice", args=[booking.pk]), typed)
    assert answer.context["form"].errors["sent_on"] == [
        "The unit is not known to be in another council's area, so there is nobody to tell."
    ]


@pytest.mark.parametrize("service", [services.record_notice, services.withdraw_notice])
def test_an_auditor_records_nothing(service):
    arguments = {"booking_id": 1, "by": UserFactory(groups=[AUDITOR]), "now": timezone.now()}
    more = {"council": "Croydon", "sent_on": date(2026, 1, 1)} if service is services.record_notice else {"why": "No"}
    with pytest.raises(Refused, match="does not allow this"):
        service(**arguments, **more)


def test_units_whose_borough_nobody_recorded_are_counted_and_listed(client, officer):
    known, unknown = placed(3, district="Bexley"), placed(3)
    UnitFactory(rate=False, closed_on=timezone.localdate())
    page = client.get(reverse("clocks:list"))
    fact = page.context["facts"][-1]
    assert (fact["label"], fact["value"], fact["tone"]) == ("Borough unknown", 1, "warning")
    words = words_of(client.get(fact["url"]))
    assert unknown.unit.ref in words
    assert known.unit.ref not in words
    assert "Not known: no section 208 clock can run here" in words_of(
        client.get(reverse("units:detail", args=[unknown.unit.ref]))
    )
