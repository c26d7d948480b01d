"""The lists of bookings, and what of them waits on the home page."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Acknowledgement, NightlyCap, Void
from bookings.stays import hooks, services
from lewisham_ta.roles import AUDITOR, CENTRAL_FINANCE, TEAM_LEADER
from tests.factories import LONG_AGO, BookingFactory, HouseholdFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def at(name, *args):
    return reverse(f"bookings:{name}", args=[getattr(arg, "ref", None) or getattr(arg, "pk", arg) for arg in args])


def stays_now(**fields):
    today = timezone.localdate()
    return BookingFactory(starts_on=today - timedelta(days=3), ends_on=None, **fields)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 6),
        ("state=in", 2),
        ("state=coming", 1),
        ("state=due", 1),
        ("state=cancelled", 1),
        ("state=no_show", 1),
        ("service=nrtpf", 1),
        ("only=split", 1),
        ("only=untold", 2),
        ("words=acacia+rd", 1),
        ("provider=acacia", 1),
        ("on=2020-01-01&state=coming", 4),
    ],
)
def test_the_list_is_filtered(officer, query, found):
    today = timezone.localdate()
    stays_now(is_split=True, split_reason="Too few beds")
    stays_now(household__service="nrtpf")
    BookingFactory(starts_on=today + timedelta(days=3), ends_on=None)
    BookingFactory(
        unit__address="59 Acacia Road",
        unit__address_key="59 ACACIA ROAD SE69ZY",
        unit__provider__party__name="Acacia Rooms",
    )
    BookingFactory(status="cancelled")
    BookingFactory(status="no_show")
    assert officer.get(f"{at('list')}?{query}").context["table"].row_count == found


@pytest.mark.parametrize("rows", [2, 20])
@pytest.mark.parametrize("name", ["list", "find", "void_list"])
def test_lists_cost_the_same_however_long(rows, name, officer, django_assert_max_num_queries):
    for _ in range(rows):
        unit = stays_now().unit if name == "list" else UnitFactory()
        if name == "void_list":
            since = {"starts_on": date(2026, 3, 1), "reason": "Kept", "paid_by": "council"}
            Void.objects.create(unit=unit, **since, recorded_by=UserFactory(), recorded_at=LONG_AGO)
    with django_assert_max_num_queries(26):
        assert officer.get(at(name)).context["table"].row_count == rows


@pytest.mark.parametrize("rows", [1, 12])
@pytest.mark.parametrize("page", ["household", "unit", "provider"])
def test_pages_with_bookings_cost_the_same_however_many(rows, page, officer, django_assert_max_num_queries):
    household, unit = HouseholdFactory(), UnitFactory()
    for number in range(rows):
        dates = {"starts_on": date(2026, 1, 1 + number), "ends_on": date(2026, 1, 2 + number)}
        BookingFactory(household=household, unit=unit, **dates)
        stays_now(unit=UnitFactory(provider=unit.provider))
    url = {
        "household": reverse("households:detail", args=[household.ref]),
        "unit": reverse("units:detail", args=[unit.ref]),
        "provider": reverse("units:provider_detail", args=[unit.provider.party.ref]),
    }[page]
    with django_assert_max_num_queries(36):
        officer.get(url)


def test_a_booking_is_found_by_name_reference_and_address_by_those_who_may():
    booking = BookingFactory(ref="B000077", household__main__surname="Zebedee", academy_ref="A777")
    for text in ("Zebedee", "B000077", "A777", booking.unit.address):
        assert [hit.title for hit in hooks.found(text, UserFactory())] == ["B000077"]
    assert not list(hooks.found("Zebedee", UserFactory(groups=[CENTRAL_FINANCE])))


def test_who_is_named_as_an_approver_sees_it():
    leader = UserFactory(groups=[TEAM_LEADER])
    NightlyCap.objects.create(size="1", from_on=date(2025, 1, 1), amount=Decimal("50.00"))
    now = timezone.now()
    today = timezone.localdate(now)
    services.book_in(
        household_id=HouseholdFactory().pk,
        unit_id=UnitFactory().pk,
        starts_on=today,
        ends_on=None,
        authorised_by="Duty manager",
        cap_approver_id=leader.pk,
        cap_reason="Nothing else",
        by=UserFactory(),
        now=now,
    )
    title = "Rates over the cap approved in your name this week"
    assert title in {item.title for item in hooks.work_items(leader, today)}
    assert title not in {item.title for item in hooks.work_items(UserFactory(groups=[TEAM_LEADER]), today)}
    assert title not in {item.title for item in hooks.work_items(leader, today + timedelta(days=8))}


def test_what_waits_is_on_the_work_list_of_those_who_can_do_it():
    today = date(2026, 3, 12)
    BookingFactory()
    told = BookingFactory(ends_on=None)
    sheet = services.make_sheet(booking_id=told.pk, by=UserFactory(), now=LONG_AGO)
    Acknowledgement.objects.create(
        booking=told,
        on=today,
        how="post",
        language="English",
        sheet=sheet.file,
        recorded_by=UserFactory(),
        recorded_at=LONG_AGO,
    )
    BookingFactory(ends_on=None)
    NightlyCap.objects.create(size="1", from_on=date(2025, 1, 1), amount=Decimal("50.00"))
    counts = {item.title: item.count for item in hooks.work_items(UserFactory(groups=[TEAM_LEADER]), today)}
    assert counts == {
        "Households due to have left": 1,
        "Licences not acknowledged": 1,
        "Bookings over the cap that nobody approved": 3,
    }
    assert not list(hooks.work_items(UserFactory(groups=[AUDITOR]), today))
