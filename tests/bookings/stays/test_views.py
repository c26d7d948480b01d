"""The pages of bookings: what is typed reaches the service, and where a confidential household lives is not shown."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from bookings.households.rules import CONFIDENTIAL
from bookings.models import Acknowledgement, Booking, Circumstance, LicenceSheet, NightlyCap, Void
from bookings.stays import hooks, services
from lewisham_ta.models import AuditEvent, Download
from lewisham_ta.roles import TEAM_LEADER
from tests.factories import LONG_AGO, BookingFactory, HouseholdFactory, ProviderFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def at(name, *args):
    return reverse(f"bookings:{name}", args=[getattr(arg, "ref", None) or getattr(arg, "pk", arg) for arg in args])


def words_of(answer):
    return " ".join(answer.content.decode().split())


def errors(answer, name):
    return answer.context["form"].errors.get(name, [])


def seen_on(client, url):
    return client.get(url).context["form"]["seen"].value()


def typed_for(household, **fields):
    usual = {"starts_on": "3/3/2026", "authorised_by": "Duty manager", "late_reason": "Found on the weekend's list"}
    return {"household": household.ref} | usual | fields


def test_a_first_night_long_ago_is_asked_about(officer):
    household, unit = HouseholdFactory(), UnitFactory()
    typed = typed_for(household, starts_on="1/1/2020", ends_on="9/1/2020", rate="60", late_reason="")
    refused = officer.post(at("book_in", unit), typed)
    assert "days ago. Check the date; if it is right, say why" in errors(refused, "late_reason")[0]
    assert not Booking.objects.exists()
    officer.post(at("book_in", unit), typed | {"late_reason": "An old card turned up"})
    assert AuditEvent.objects.get(action="booking.booked_in").why == "An old card turned up"


def stays_now(**fields):
    today = timezone.localdate()
    return BookingFactory(starts_on=today - timedelta(days=3), ends_on=None, **fields)


def test_a_free_unit_is_found_and_booked_into(officer):
    household, unit = HouseholdFactory(family=True), UnitFactory(sleeps=4)
    let = BookingFactory().unit
    found = officer.get(at("find"), {"household": household.ref, "starts_on": "2026-03-03", "sleeps": "3"})
    assert unit.ref in words_of(found)
    assert let.ref not in words_of(found)
    assert f'For <a href="{reverse("households:detail", args=[household.ref])}"' in words_of(found)
    form = officer.get(at("book_in", unit), {"household": household.ref, "starts_on": "2026-03-03"})
    assert form.context["form"]["household"].value() == household.ref
    assert "£60.00 a night agreed, no cap set" in words_of(form)
    answer = officer.post(at("book_in", unit), typed_for(household))
    booking = Booking.objects.get(household=household)
    assert answer.url == at("detail", booking)
    assert (booking.unit, booking.authorised_by, booking.ends_on) == (unit, "Duty manager", None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"flat", "hotel", "kept"}),
        ({"size": "1"}, {"flat", "kept"}),
        ({"kind": "self_contained"}, {"flat", "kept"}),
        ({"kind": "shared"}, {"hotel"}),
        ({"sleeps": "3"}, {"hotel", "kept"}),
        ({"features": "cot lift"}, {"hotel"}),
        ({"highest": "59.99"}, {"hotel"}),
        ({"area": "BR1"}, {"hotel"}),
    ],
)
def test_units_are_found_by_what_a_placement_needs(officer, query, found):
    UnitFactory(ref="flat", sleeps=2)
    UnitFactory(ref="hotel", hotel=True, postcode="BR1 1ZZ", features="Lift, cot", rate=Decimal("40.00"))
    kept = UnitFactory(ref="kept", sleeps=4)
    UnitFactory(ref="closed", closed_on=date(2026, 3, 9))
    since = {"starts_on": date(2026, 3, 1), "reason": "Kept", "paid_by": "council"}
    Void.objects.create(unit=kept, **since, recorded_by=UserFactory(), recorded_at=LONG_AGO)
    dates = {"starts_on": "2026-03-03", "ends_on": "2026-03-10"}
    table = officer.get(at("find"), dates | query).context["table"]
    assert {row.record.ref for row in table.rows} == found
    assert officer.get(at("find"), dates).context["table"].rows[0].record.ref == "kept"


def test_a_clash_is_said_at_the_field_and_the_other_booking_is_linked(officer):
    other = BookingFactory(ref="B000007")
    answer = officer.post(at("book_in", other.unit), typed_for(HouseholdFactory()))
    assert "booking B000007" in errors(answer, "starts_on")[0]
    assert f'<a href="{at("detail", other)}">booking B000007</a>' in words_of(answer)
    assert 'value="Duty manager"' in words_of(answer)


def test_a_unit_without_a_grade_shows_the_warning_and_asks_for_a_tick(officer):
    household, unit = HouseholdFactory(family=True), UnitFactory(hotel=True)
    page = officer.get(at("book_in", unit), {"household": household.ref})
    assert "It has no inspection grade" in words_of(page)
    assert "not suitable for a family for more than six weeks" in words_of(page)
    refused = officer.post(at("book_in", unit), typed_for(household))
    assert "Tick that you have read this" in errors(refused, "warned")[0]
    officer.post(at("book_in", unit), typed_for(household, warned="on"))
    assert Booking.objects.get().unit == unit


def test_an_approver_is_named_from_those_who_may_and_never_oneself(client):
    me, leader = UserFactory(groups=[TEAM_LEADER]), UserFactory(groups=[TEAM_LEADER])
    UserFactory()
    client.force_login(me)
    unit, household = UnitFactory(), HouseholdFactory()
    NightlyCap.objects.create(size="1", from_on=date(2025, 1, 1), amount=Decimal("50.00"))
    page = client.get(at("book_in", unit))
    assert list(page.context["form"].fields["cap_approver"].queryset) == [leader]
    refused = client.post(at("book_in", unit), typed_for(household))
    assert "over the cap of £50.00" in errors(refused, "cap_approver")[0]
    refused = client.post(at("book_in", unit), typed_for(household, cap_approver=leader.pk))
    assert "Say why the rate may be over the cap." in errors(refused, "cap_reason")
    client.post(at("book_in", unit), typed_for(household, cap_approver=leader.pk, cap_reason="Nothing else"))
    assert Booking.objects.get().cap_approved_by == leader


def test_a_split_household_is_shown_on_both_bookings(officer):
    first = stays_now()
    second = BookingFactory(
        household=first.household, starts_on=first.starts_on, ends_on=None, is_split=True, split_reason="Too few beds"
    )
    assert f"booking {second.ref}" in words_of(officer.get(at("detail", first)))
    page = words_of(officer.get(at("detail", second)))
    assert f"booking {first.ref}" in page
    assert "Why: Too few beds" in page
    services.cancel(booking_id=second.pk, why="Room for all", by=UserFactory(), now=timezone.now())
    assert "The household is in two places" not in words_of(officer.get(at("detail", first)))
    assert "The household is in two places" not in words_of(officer.get(at("detail", second)))


def test_a_booking_is_extended_ended_and_that_is_undone(officer):
    booking = stays_now()
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    seen = seen_on(officer, at("extend", booking))
    officer.post(at("extend", booking), {"ends_on": f"{tomorrow}", "seen": seen})
    booking.refresh_from_db()
    assert booking.ends_on == tomorrow
    stale = officer.post(at("extend", booking), {"ends_on": "", "seen": seen})
    assert "Somebody changed this booking" in words_of(stale)
    seen = seen_on(officer, at("depart", booking))
    officer.post(at("depart", booking), {"departed_on": f"{today}", "benefit_told_on": f"{today}", "seen": seen})
    assert Circumstance.objects.get().passed_on == today
    assert "Left" in words_of(officer.get(at("detail", booking)))
    officer.post(
        at("undo_departure", booking), {"why": "Wrong one", "seen": seen_on(officer, at("undo_departure", booking))}
    )
    booking.refresh_from_db()
    assert booking.departed_at is None


def test_a_household_moves_from_its_bookings_page(officer):
    booking, unit = stays_now(), UnitFactory()
    today = timezone.localdate()
    people = f"?moving={booking.ref}&amp;household={booking.household.ref}&amp;sleeps=1"
    assert at("find") + people in words_of(officer.get(at("detail", booking)))
    found = officer.get(at("find"), {"moving": booking.ref})
    assert at("move", booking, unit) in words_of(found)
    url = at("move", booking, unit)
    typed = {"moved_on": f"{today}", "authorised_by": "Duty manager", "seen": seen_on(officer, url)}
    answer = officer.post(url, typed)
    new = Booking.objects.get(unit=unit)
    assert answer.url == at("detail", new)
    assert f'<a href="{at("detail", booking)}">{booking.ref}</a>' in words_of(officer.get(answer.url))
    assert f'<a href="{at("detail", new)}">{new.ref}</a>' in words_of(officer.get(at("detail", booking)))


@pytest.mark.parametrize(("name", "status"), [("cancel", "cancelled"), ("no_show", "no_show")])
def test_a_booking_is_cancelled_or_nobody_came(officer, name, status):
    booking = stays_now()
    url = at(name, booking)
    officer.post(url, {"why": "Went to family", "seen": seen_on(officer, url)})
    booking.refresh_from_db()
    assert booking.status == status
    assert "Went to family" in words_of(officer.get(at("detail", booking)))


def test_rates_are_changed_corrected_and_taken_back(officer):
    booking = BookingFactory()
    officer.post(at("rate_change", booking), {"from_on": "5/3/2026", "amount": "64", "reason": "Letter"})
    row = booking.rates.get(from_on=date(2026, 3, 5))
    url = at("rate_correct", row)
    officer.post(url, {"amount": "63", "reason": "Misread", "seen": seen_on(officer, url)})
    row.refresh_from_db()
    assert row.amount == Decimal("63.00")
    officer.post(at("rate_withdraw", row), {"why": "Not agreed"})
    assert booking.rates.count() == 1


def test_a_leader_approves_a_rate_over_the_cap(client):
    client.force_login(UserFactory(groups=[TEAM_LEADER]))
    booking = stays_now()
    NightlyCap.objects.create(size="1", from_on=date(2025, 1, 1), amount=Decimal("50.00"))
    assert "nobody has approved it" in words_of(client.get(at("detail", booking)))
    assert client.get(at("list"), {"only": "unapproved"}).context["table"].row_count == 1
    url = at("approve_over_cap", booking)
    client.post(url, {"reason": "Nothing else", "seen": seen_on(client, url)})
    assert client.get(at("list"), {"only": "unapproved"}).context["table"].row_count == 0


def test_the_licence_sheet_is_made_downloaded_and_acknowledged(officer):
    booking = stays_now()
    refused = officer.post(at("acknowledge", booking), {"on": "2026-03-05", "how": "in_person", "language": "English"})
    assert "Make the licence sheet first" in errors(refused, "on")[0]
    officer.post(at("sheet_make", booking))
    sheet = LicenceSheet.objects.get()
    answer = officer.get(reverse("bookings:sheet_file", args=[sheet.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert Download.objects.get().file == sheet.file
    today = timezone.localdate()
    officer.post(at("acknowledge", booking), {"on": f"{today}", "how": "in_person", "language": "Tamil"})
    assert Acknowledgement.objects.get().sheet == sheet.file
    page = words_of(officer.get(at("detail", booking)))
    assert sheet.file.sha256 in page
    assert "in Tamil" in page


def test_a_void_is_recorded_listed_ended_and_withdrawn(officer):
    unit = UnitFactory()
    officer.post(at("void_record", unit), {"starts_on": "1/3/2026", "paid_by": "council", "reason": "Kept"})
    void = Void.objects.get()
    assert unit.ref in words_of(officer.get(at("void_list")))
    assert "Kept" in words_of(officer.get(reverse("units:detail", args=[unit.ref])))
    officer.post(at("void_end", void), {"last_night": "5/3/2026"})
    void.refresh_from_db()
    assert void.ends_on == date(2026, 3, 6)
    assert officer.get(at("void_list")).context["table"].row_count == 0
    assert officer.get(at("void_list"), {"state": "ended", "paid_by": "council"}).context["table"].row_count == 1
    officer.post(at("void_withdraw", void), {"why": "Wrong unit"})
    assert not Void.objects.exists()


# Confidential -------------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden():
    address = {"address": "59 Acacia Road", "postcode": "SE9 9ZZ", "address_key": "59 ACACIA ROAD SE99ZZ"}
    unit = UnitFactory(ref="UHIDDEN", **address, provider=ProviderFactory(party__name="Secret Rooms Ltd"))
    household = HouseholdFactory(is_confidential=True, main__surname="Secretive")
    return stays_now(unit=unit, household=household)


def test_no_page_or_list_shows_where_a_confidential_household_lives(officer, hidden):
    pages = [at("list"), at("detail", hidden), reverse("households:detail", args=[hidden.household.ref])]
    pages += [at("list") + "?words=Secretive", at("extend", hidden)]
    for url in pages:
        page = words_of(officer.get(url))
        assert not any(words in page for words in ("UHIDDEN", "Acacia", "SE9 9ZZ", "Secret Rooms"))
    book = load_workbook(BytesIO(officer.get(at("list") + "?export=xlsx").content))
    row = [cell.value for cell in book.active[2]]
    assert row.count(CONFIDENTIAL) == 3
    assert "UHIDDEN" not in row


def test_nor_is_the_household_found_or_named_where_it_lives(officer, hidden):
    assert officer.get(at("list"), {"words": "Acacia"}).context["table"].row_count == 0
    assert officer.get(at("list"), {"provider": "Secret Rooms"}).context["table"].row_count == 0
    assert not list(hooks.found("Acacia", UserFactory()))
    for url in ("units:detail", "units:provider_detail"):
        ref = hidden.unit.ref if url == "units:detail" else hidden.unit.provider.party.ref
        page = words_of(officer.get(reverse(url, args=[ref])))
        assert CONFIDENTIAL in page
        assert not any(words in page for words in ("Secretive", hidden.ref, hidden.household.ref))


def test_opening_the_address_is_in_the_audit_log(officer, hidden):
    page = words_of(officer.post(at("open_address", hidden)))
    assert "59 Acacia Road" in page
    event = AuditEvent.objects.get()
    assert (event.action, event.subject_id) == ("household.address_opened", hidden.household_id)


def test_taking_the_sheet_of_a_confidential_household_is_in_the_audit_log_too(officer, hidden):
    officer.post(at("sheet_make", hidden))
    officer.get(reverse("bookings:sheet_file", args=[LicenceSheet.objects.get().pk]))
    assert AuditEvent.objects.filter(action="household.address_opened").count() == 1
