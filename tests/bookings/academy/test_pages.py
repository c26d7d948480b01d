"""The pages of Academy, and what is decided on them."""

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from bookings.academy import selectors, services
from bookings.academy.imports import ACADEMY_EXTRACT
from bookings.models import AcademyAccount, AcademyFinding, Booking
from bookings.sheet.imports import NIGHTLY_PAID
from lewisham_ta import dated, search, work
from lewisham_ta.imports import workbook
from lewisham_ta.imports.uploads import no_progress
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR
from tests.bookings.academy.test_imports import SAMPLE
from tests.bookings.sheet.nightly import SAMPLE as SHEET
from tests.factories import LONG_AGO, AcademyAccountFactory, BookingFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = UserFactory()
    client.force_login(user)
    return user


def pair(**fields):
    """A live booking and the account that its reference names, which agree in everything but `fields`."""
    booking = BookingFactory(starts_on=timezone.localdate() - timedelta(days=3), ends_on=None)
    main = booking.household.members.get()
    usual = {
        "claim_ref": booking.academy_ref,
        "surname": main.surname,
        "forename": main.forename,
        "born_on": main.born_on,
        "address": booking.unit.address,
        "postcode": booking.unit.postcode,
        "starts_on": booking.starts_on,
        "weekly_benefit": 271,
    }
    return booking, AcademyAccountFactory(**usual | fields)


def unmatched(**fields):
    """A live booking without a reference, and an account of the same name and date of birth."""
    booking = BookingFactory(starts_on=timezone.localdate() - timedelta(days=3), ends_on=None, academy_ref="")
    main = booking.household.members.get()
    main.ni_number = fields.pop("our_ni", "")
    main.save()
    usual = {"surname": main.surname, "forename": main.forename, "born_on": main.born_on, "claim_ref": f"C{main.pk}"}
    return booking, AcademyAccountFactory(**usual | fields)


def words_of(answer):
    return " ".join(answer.content.decode().split())


def keys():
    return [line.key for line in selectors.lines(timezone.localdate())]


def test_the_page_shows_each_exception_with_both_sides_and_counts_them(client, officer):
    booking, account = pair(status="suspended")
    agreeing, _ = pair()
    words = words_of(client.get(reverse("academy:list")))
    assert f"{booking.ref} booked from" in words
    assert "Suspended" in words
    assert reverse("academy:account_detail", args=[account.claim_ref]) in words
    assert "Academy stopped, still booked" in words
    assert agreeing.ref not in words
    assert "not loaded for 1 bed" in words


def test_filters_leave_what_was_asked_for(client, officer):
    booking, _ = pair(status="suspended")
    other, _ = pair(address="2 Elsewhere Road")
    for query, shown, left_out in (
        ("?kind=stopped", booking, other),
        ("?kind=address", other, booking),
        (f"?find={booking.ref.lower()}", booking, other),
    ):
        words = words_of(client.get(reverse("academy:list") + query))
        assert shown.ref in words
        assert left_out.ref not in words
    assert booking.ref not in words_of(client.get(reverse("academy:list") + "?service=nrtpf"))
    assert "There is a problem" in words_of(client.get(reverse("academy:list") + "?kind=never"))


def test_before_the_first_extract_nothing_differs(client, officer):
    booking = BookingFactory(starts_on=timezone.localdate(), ends_on=None)
    words = words_of(client.get(reverse("academy:list")))
    assert "No extract has been loaded yet" in words
    assert booking.ref not in words


def test_the_exceptions_are_a_workbook_with_their_words(client, officer):
    booking, account = pair(status="suspended")
    answer = client.get(reverse("academy:list") + "?export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["Exception"], row["Booking"], row["Academy account"]) == (
        "Academy stopped, still booked",
        booking.ref,
        account.claim_ref,
    )
    assert row["Academy says"] == "Suspended"
    assert row["What it is"].startswith("Academy says suspended")


@pytest.mark.parametrize("count", [2, 12])
def test_the_page_costs_the_same_however_many_there_are(client, officer, count):
    for _ in range(count):
        pair(status="suspended")
    services.settle(keys=keys()[:1], note="Asked", by=officer, now=timezone.now())
    client.get(reverse("academy:list"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(reverse("academy:list") + "?state=all")
    own = [query["sql"] for query in asked if "bookings_" in query["sql"] or "setting" in query["sql"]]
    assert len(own) == 8


def test_what_is_settled_says_by_whom_and_opens_again_when_its_figures_change(client, officer):
    booking, account = pair(status="suspended")
    pair(status="suspended")
    chosen = [key for key in keys() if key.startswith(f"stopped.{booking.pk}.")]
    answer = client.post(reverse("academy:list"), {"selected": chosen, "reason": "Asked Housing Benefit"}, follow=True)
    assert "1 exception is settled." in words_of(answer)
    finding = AcademyFinding.objects.get()
    assert (finding.booking, finding.account, finding.settled_by) == (booking, account, officer)
    assert AuditEvent.objects.filter(action="academy.settled").exists()
    assert booking.ref not in words_of(client.get(reverse("academy:list")))
    assert "Asked Housing Benefit" in words_of(client.get(reverse("academy:list") + "?state=settled"))
    AcademyAccount.objects.filter(pk=account.pk).update(status="cancelled")
    assert booking.ref in words_of(client.get(reverse("academy:list")))


def test_what_is_settled_is_opened_again_by_hand_with_a_reason(client, officer):
    booking, _ = pair(status="suspended")
    for _ in range(2):  # settled, opened again, and settled once more
        services.settle(keys=keys(), note="Asked Housing Benefit", by=officer, now=timezone.now())
        url = reverse("academy:reopen", args=[AcademyFinding.objects.get().pk])
        assert url in words_of(client.get(reverse("academy:list") + "?state=settled"))
        assert "Asked Housing Benefit" in words_of(client.get(url))
        assert client.post(url, {"why": ""}).status_code == 200
        answer = client.post(url, {"why": "They never answered"}, follow=True)
        assert "The exception is open again." in words_of(answer)
        assert booking.ref in words_of(client.get(reverse("academy:list")))
    assert client.get(url).status_code == 404
    assert AuditEvent.objects.filter(action="academy.reopened", by=officer, why="They never answered").count() == 2
    with pytest.raises(Refused, match="open again already"):
        services.reopen(finding_id=0, why="x", by=officer, now=timezone.now())


def test_whoever_only_reads_opens_nothing_again(client, officer):
    pair(status="suspended")
    services.settle(keys=keys(), note="Asked", by=officer, now=timezone.now())
    auditor = UserFactory(groups=[AUDITOR])
    client.force_login(auditor)
    assert "Open it again" not in words_of(client.get(reverse("academy:list") + "?state=settled"))
    with pytest.raises(Refused, match="role"):
        services.reopen(finding_id=AcademyFinding.objects.get().pk, why="x", by=auditor, now=timezone.now())


def test_many_are_settled_at_once_and_a_settled_one_is_not_settled_twice(officer):
    for _ in range(3):
        pair(status="suspended")
    assert services.settle(keys=keys(), note="Asked", by=officer, now=timezone.now()) == 3
    assert services.settle(keys=keys(), note="Again", by=officer, now=timezone.now()) == 0


def test_settling_needs_a_note_a_tick_and_what_was_seen(client, officer):
    _, account = pair(status="suspended")
    seen = keys()
    assert "Say what was done about it" in words_of(client.post(reverse("academy:list"), {"selected": seen}))
    assert "Tick at least one exception" in words_of(client.post(reverse("academy:list"), {"reason": "x"}))
    AcademyAccount.objects.filter(pk=account.pk).update(status="cancelled")
    answer = client.post(reverse("academy:list"), {"selected": seen, "reason": "Asked"})
    assert "not there any more" in words_of(answer)
    with pytest.raises(Refused, match="changed while you were reading"):
        services.settle(keys=seen, note="Asked", by=officer, now=timezone.now())
    with pytest.raises(Refused, match="Say what was done"):
        services.settle(keys=keys(), note=" ", by=officer, now=timezone.now())
    assert not AcademyFinding.objects.exists()


def test_an_auditor_sees_but_neither_settles_nor_confirms(client):
    auditor = UserFactory(groups=[AUDITOR])
    client.force_login(auditor)
    pair(status="suspended")
    booking, account = unmatched()
    words = words_of(client.get(reverse("academy:list")))
    assert 'name="selected"' not in words
    assert client.post(reverse("academy:list"), {"selected": keys(), "reason": "x"}).status_code == 403
    assert client.post(reverse("academy:match_list"), {"selected": "1-1"}).status_code == 403
    with pytest.raises(Refused, match="role"):
        services.settle(keys=keys(), note="x", by=auditor, now=timezone.now())
    with pytest.raises(Refused, match="role"):
        services.confirm_matches(pairs=[(booking.pk, account.pk)], by=auditor, now=timezone.now())


def test_a_confidential_address_is_seen_on_the_households_own_page_only(client, officer):
    booking, account = pair(address="2 Elsewhere Road")
    unmarked, proposed = unmatched(address="3 Elsewhere Road")
    for one in (booking, unmarked):
        one.household.is_confidential = True
        one.household.save()
    for url in (
        reverse("academy:list"),
        reverse("academy:account_detail", args=[account.claim_ref]),
        reverse("academy:match_list"),
        reverse("academy:match", args=[unmarked.pk, proposed.pk]),
    ):
        words = words_of(client.get(url))
        assert "onfidential" in words
        assert "Elsewhere Road" not in words
        assert booking.unit.address not in words
        assert unmarked.unit.address not in words


def test_a_match_by_name_is_compared_and_confirmed_by_itself(client, officer):
    booking, account = unmatched()
    words = words_of(client.get(reverse("academy:match_list")))
    assert "Name and date of birth" in words
    url = reverse("academy:match", args=[booking.pk, account.pk])
    assert url in words
    assert f"Is {account.claim_ref} the account of {booking.ref}?" in words_of(client.get(url))
    answer = client.post(url, follow=True)
    assert f"{booking.ref} has Academy account {account.claim_ref}." in words_of(answer)
    booking.refresh_from_db()
    assert (booking.academy_ref, booking.version) == (account.claim_ref, 2)
    event = Booking.pgh_event_model.objects.order_by("pgh_id").last()
    assert (event.academy_ref, event.pgh_context.metadata["why"]) == (account.claim_ref, "Academy match confirmed")
    assert AuditEvent.objects.filter(action="booking.academy_matched").exists()
    assert client.get(url).status_code == 404


def test_several_at_once_only_by_ni_number_and_birth_date(client, officer):
    by_ni = [unmatched(our_ni=f"AB12345{n}C", ni_number=f"AB12345{n}C") for n in range(2)]
    by_name = unmatched()
    ticked = [f"{booking.pk}-{account.pk}" for booking, account in [*by_ni, by_name]]
    answer = client.post(reverse("academy:match_list"), {"selected": ticked})
    assert "one by one" in words_of(answer)
    assert not Booking.objects.exclude(academy_ref="").exists()
    answer = client.post(reverse("academy:match_list"), {"selected": ticked[:2]}, follow=True)
    assert "2 matches are confirmed." in words_of(answer)
    assert Booking.objects.exclude(academy_ref="").count() == 2
    assert "not proposed any more" in words_of(client.post(reverse("academy:match_list"), {"selected": ticked[:1]}))


def test_a_booking_gets_one_account_and_only_one_that_is_proposed(officer):
    booking, account = unmatched()
    stranger = AcademyAccountFactory(surname="Else")
    with pytest.raises(Refused, match="changed while you were reading"):
        services.confirm_matches(pairs=[(booking.pk, stranger.pk)], by=officer, now=timezone.now())
    with pytest.raises(Refused, match="one Academy account"):
        services.confirm_matches(
            pairs=[(booking.pk, account.pk), (booking.pk, stranger.pk)], by=officer, now=timezone.now()
        )


def test_the_page_of_an_account_shows_its_bookings_and_exceptions(client, officer):
    booking, account = pair(status="suspended", ni_number="AB123456C")
    words = words_of(client.get(reverse("academy:account_detail", args=[account.claim_ref])))
    assert booking.ref in words
    assert "AB123456C" in words
    assert "Academy says suspended" in words


def test_the_pages_of_booking_and_household_say_what_academy_says(client, officer):
    booking, account = pair(status="suspended")
    lonely, _ = unmatched()
    for url in (
        reverse("bookings:detail", args=[booking.ref]),
        reverse("households:detail", args=[booking.household.ref]),
    ):
        words = words_of(client.get(url))
        assert reverse("academy:account_detail", args=[account.claim_ref]) in words
        assert "Academy says suspended" in words
    assert "No account by reference" in words_of(client.get(reverse("bookings:detail", args=[lonely.ref])))


def test_open_exceptions_and_matches_are_work(officer):
    pair(status="suspended")
    unmatched()
    items = {item.title: item for item in work.items(officer, timezone.localdate())}
    assert items["Academy: Academy stopped, still booked"].count == 1
    assert items["Academy accounts that may be a booking's"].count == 1
    auditor = UserFactory(groups=[AUDITOR])
    assert not [item for item in work.items(auditor, timezone.localdate()) if "Academy" in item.title]


def test_the_home_page_does_not_work_the_exceptions_out_each_time(officer, django_assert_num_queries):
    today = timezone.localdate()
    pair(status="suspended")
    assert selectors.tally(today).counts.total() == 1
    with django_assert_num_queries(2):
        assert selectors.tally(today).counts.total() == 1
    services.settle(keys=keys(), note="Asked", by=officer, now=timezone.now())
    assert selectors.tally(today).counts.total() == 0
    pair(status="suspended")
    assert selectors.tally(today).counts.total() == 1


def test_accounts_are_found_by_claim_and_surname(officer):
    account = AcademyAccountFactory(surname="Findable")
    assert [hit.title for hit in search.find("findab", officer)] == [account.claim_ref]
    assert [hit.title for hit in search.find(account.claim_ref, officer)] == [account.claim_ref]


def test_an_expected_charge_is_a_dated_setting_that_may_be_unknown_again(officer):
    today = timezone.localdate()
    assert selectors.terms(today).charges == {}
    pair(weekly_rent=298)
    assert selectors.not_loaded(today) == ["1 bed"]
    dated.set_value(
        name="weekly_charge_1", value="£300.00", from_on=today, reason="LHA", by=officer, now=timezone.now()
    )
    assert selectors.not_loaded(today) == []
    assert [line.difference.ours for line in selectors.lines(today)] == ["£300.00 a week expected"]
    assert dated.KINDS["weekly_charge_1"].read("Not loaded") == "not loaded"


def test_the_sample_pair_of_sheet_and_extract_is_worked_out(officer):
    for importer, path in ((NIGHTLY_PAID, SHEET), (ACADEMY_EXTRACT, SAMPLE)):
        plan = importer.plan(workbook.read(path.read_bytes(), path.name))
        importer.apply(plan, by=officer, now=LONG_AGO, progress=no_progress)
    found = selectors.differences(date(2026, 10, 31))
    counts = {kind: sum(one.kind == kind for one in found) for kind in {one.kind for one in found}}
    assert counts == {"no_account": 5, "no_booking": 7, "dates": 3, "stopped": 9, "not_claimed": 5}
    suspended = [one for one in found if one.kind == "stopped" and one.theirs == "Suspended"]
    assert [one.stay.ref for one in suspended] == ["B000072"]
