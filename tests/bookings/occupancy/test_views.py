"""The pages of a week: answered by one button or by row, without a script, and its list."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import OccupancyList
from bookings.occupancy import tasks
from bookings.occupancy.views import lists
from lewisham_ta.models import Download, Job
from lewisham_ta.roles import AUDITOR
from tests.factories import BookingFactory, HouseholdFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db
MONDAY, NEXT = date(2026, 3, 2), date(2026, 3, 9)


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


@pytest.fixture
def provider():
    return ProviderFactory(party__email="rooms@example.org")


def url_of(provider):
    return reverse("occupancy:provider_week", args=[provider.pk, MONDAY])


def words_of(answer):
    return " ".join(answer.content.decode().split())


def runs(row):
    return list(row.confirmations.order_by("starts_on").values_list("starts_on", "ends_on", "was_there"))


def test_all_were_there_by_one_button(officer, provider):
    rows = BookingFactory.create_batch(3, unit__provider=provider)
    answer = officer.post(url_of(provider), {"others": "there"})
    assert answer.url == url_of(provider)
    assert [runs(row) for row in rows] == [[(date(2026, 3, 3), NEXT, True)]] * 3
    page = words_of(officer.get(url_of(provider)))
    assert "18 nights recorded." in page
    assert "All answered" in page
    assert "Save these answers" not in page


def test_exceptions_are_said_by_row_and_all_others_were_there(officer, provider):
    there, away = BookingFactory.create_batch(2, unit__provider=provider)
    key = f"{away.pk}-2026-03-03"
    typed = {"others": "there", f"from-{key}": "2026-03-06", f"note-{key}": "Left their keys"}
    officer.post(url_of(provider), typed)
    assert runs(there) == [(date(2026, 3, 3), NEXT, True)]
    assert runs(away) == [(date(2026, 3, 3), date(2026, 3, 6), True), (date(2026, 3, 6), NEXT, False)]
    assert "Left their keys" in words_of(officer.get(url_of(provider)))
    assert away.ref in words_of(officer.get(reverse("occupancy:absence_list")))


def test_rows_left_blank_stay_unanswered(officer, provider):
    one, two = BookingFactory.create_batch(2, unit__provider=provider)
    officer.post(url_of(provider), {f"answer-{one.pk}-2026-03-03": "away"})
    assert runs(one) == [(date(2026, 3, 3), NEXT, False)]
    assert runs(two) == []
    answer = officer.post(url_of(provider), {})
    assert "Answer at least one booking." in words_of(answer)


def test_a_wrong_answer_is_said_at_its_row_and_what_was_typed_stays(officer, provider):
    row = BookingFactory(unit__provider=provider)
    key = f"{row.pk}-2026-03-03"
    typed = {f"answer-{key}": "away", f"from-{key}": "2026-03-01", f"note-{key}": "Mother's"}
    page = words_of(officer.post(url_of(provider), typed))
    assert f"{row.ref}: The nights away must be between 3 Mar 2026 and 8 Mar 2026." in page
    assert "Mother&#x27;s" in page
    assert runs(row) == []


def test_who_is_confidential_is_there_by_reference_only(officer, provider):
    row = BookingFactory(unit__provider=provider, household=HouseholdFactory(is_confidential=True))
    page = words_of(officer.get(url_of(provider)))
    assert row.ref in page
    assert row.household.members.get().surname not in page


def test_an_auditor_reads_and_answers_nothing(client, provider):
    BookingFactory(unit__provider=provider)
    client.force_login(UserFactory(groups=[AUDITOR]))
    page = words_of(client.get(url_of(provider)))
    assert "Save these answers" not in page
    assert "Make the list" not in page
    assert client.post(url_of(provider), {"others": "there"}).status_code == 403


@pytest.mark.parametrize("week", ["2026-03-03", "2126-03-04", "2026-13-01"])
def test_there_is_no_page_of_another_week(officer, provider, week):
    assert officer.get(f"/occupancy/{provider.pk}/{week}/").status_code == 404


def test_a_recorded_run_is_corrected_from_its_row(officer, provider):
    row = BookingFactory(unit__provider=provider)
    officer.post(url_of(provider), {"others": "there"})
    url = reverse("occupancy:correct", args=[row.pk, date(2026, 3, 3)])
    assert url in words_of(officer.get(url_of(provider)))
    typed = {"first_on": "2026-03-08", "last_on": "2026-03-08", "was_there": "no", "why": "They rang"}
    assert officer.post(url, typed).url == url_of(provider)
    assert runs(row)[-1] == (date(2026, 3, 8), NEXT, False)
    answer = officer.post(url, typed | {"first_on": "2026-03-08", "last_on": "2026-03-08"})
    assert answer.context["form"].errors["first_on"] == ["These nights are recorded so already."]
    assert officer.get(reverse("occupancy:correct", args=[row.pk, date(2026, 2, 3)])).status_code == 404


def test_lists_are_made_e_mailed_and_downloaded_from_the_pages(officer, provider):
    BookingFactory(unit__provider=provider)
    week = reverse("occupancy:week_list") + "?week=2026-03-04"
    assert "Make 1 list" in words_of(officer.get(week))
    officer.post(reverse("occupancy:lists_make", args=[MONDAY]))
    assert "E-mail 1 list" in words_of(officer.get(week))
    officer.post(reverse("occupancy:lists_email", args=[MONDAY]))
    made = OccupancyList.objects.get()
    assert made.sent_to == "rooms@example.org"
    assert "Will be e-mailed to rooms@example.org" in words_of(officer.get(url_of(provider)))
    answer = officer.get(reverse("occupancy:list_file", args=[made.pk]))
    assert answer.content == bytes(made.file.content)
    assert Download.objects.get().file == made.file
    officer.post(reverse("occupancy:list_make", args=[provider.pk, MONDAY]))
    officer.post(reverse("occupancy:list_email", args=[made.pk]))
    page = words_of(officer.get(url_of(provider)))
    assert "The list is made." in page
    answer = officer.post(reverse("occupancy:list_email", args=[made.pk]), follow=True)
    assert "waiting to be e-mailed already" in words_of(answer)


def test_many_lists_are_made_by_a_job_that_leads_back_to_the_week(officer, provider, monkeypatch):
    monkeypatch.setattr(lists, "AT_ONCE", 0)
    BookingFactory(unit__provider=provider)
    url = reverse("occupancy:lists_make", args=[MONDAY])
    job = Job.objects.get(pk=officer.post(url).url.rstrip("/").split("/")[-1])
    assert officer.post(url).url == reverse("job_detail", args=[job.pk])
    assert not OccupancyList.objects.exists()
    said = []
    result = tasks.make_lists(job, lambda *words: said.append(words))
    assert (result.words, result.url) == ("1 list made.", reverse("occupancy:week_list") + "?week=2026-03-02")
    assert said == [(1, 1, provider.party.name)]
    assert OccupancyList.objects.get().made_by == job.requested_by


def test_the_week_is_any_day_of_it_and_never_to_come(officer):
    assert "week of 2 Mar 2026 to 8 Mar 2026" in words_of(
        officer.get(reverse("occupancy:week_list") + "?week=2026-03-04")
    )
    for odd in ("never", "9999-12-31", "0001-01-01"):
        assert officer.get(reverse("occupancy:week_list") + f"?week={odd}").status_code == 200


def test_the_page_of_a_week_costs_the_same_however_long(officer, provider):
    def cost(rows):
        BookingFactory.create_batch(rows, unit__provider=provider)
        with CaptureQueriesContext(connection) as queries:
            officer.get(url_of(provider))
        return len(queries)

    cost(1)
    assert cost(2) == cost(20)


def test_who_was_not_there_is_a_booking_to_end_and_where_a_confidential_one_is_stays_unsaid(client, officer, provider):
    open_row = BookingFactory(unit__provider=provider)
    hidden = BookingFactory(unit__provider=provider, household=HouseholdFactory(is_confidential=True))
    for row in (open_row, hidden):
        officer.post(url_of(provider), {f"answer-{row.pk}-2026-03-03": "away"})
    page = words_of(officer.get(reverse("occupancy:absence_list")))
    for row in (open_row, hidden):
        assert reverse("bookings:depart", args=[row.ref]) in page
    assert open_row.unit.ref in page
    assert hidden.unit.ref not in page
    assert page.count(provider.party.name) == 1
    client.force_login(UserFactory(groups=[AUDITOR]))
    assert "Record the departure" not in words_of(client.get(reverse("occupancy:absence_list")))


def test_the_page_of_a_confidential_booking_does_not_lead_to_its_provider(officer, provider):
    hidden = BookingFactory(unit__provider=provider, household=HouseholdFactory(is_confidential=True))
    officer.post(url_of(provider), {"others": "there"})
    page = words_of(officer.get(reverse("bookings:detail", args=[hidden.ref])))
    assert "3 Mar to 8 Mar 2026" in page
    assert url_of(provider) not in page
    assert provider.party.name not in page
