"""A stay is not said never to have been unasked, and what was taken back by mistake is booked again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import NightsConfirmed, Void
from bookings.stays import services
from lewisham_ta.models import AuditEvent
from lewisham_ta.refusals import Clash, Refused
from tests.factories import LONG_AGO, BookingFactory, UserFactory
from tests.payments.invoices.factories import approved, billed, load
from tests.payments.invoices.factories import booking as billable

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 6, 9, tzinfo=UTC)
STARTS = date(2026, 3, 3)
VERBS = [services.cancel, services.no_show]


def who(now=NOW):
    return {"by": UserFactory(), "now": now}


def confirm(booking, was_there=True):
    return NightsConfirmed.objects.create(
        booking=booking,
        starts_on=STARTS,
        ends_on=date(2026, 3, 6),
        was_there=was_there,
        how="ticked",
        confirmed_by=UserFactory(),
        confirmed_at=LONG_AGO,
    )


@pytest.mark.parametrize("verb", VERBS)
def test_a_stay_that_the_provider_confirmed_is_not_taken_back(verb):
    booking = BookingFactory()
    said = confirm(booking)
    words = "The provider confirmed that the household was there on 3 nights of 3 Mar to 5 Mar 2026"
    with pytest.raises(Refused, match=words):
        verb(booking_id=booking.pk, why="Mistake", sure=True, **who())
    said.delete()
    confirm(booking, was_there=False)
    assert verb(booking_id=booking.pk, why="Mistake", **who()).status != "booked"


@pytest.mark.parametrize("verb", VERBS)
def test_a_stay_that_began_long_ago_is_taken_back_by_who_is_sure(verb):
    booking = BookingFactory(ends_on=None)
    later = NOW + timedelta(days=30)
    with pytest.raises(Refused, match=r"It began on 3 Mar 2026: by our records 33 nights, £1,980.00 at the agreed"):
        verb(booking_id=booking.pk, why="Never came", **who(later))
    assert verb(booking_id=booking.pk, why="Never came", sure=True, **who(later)).status != "booked"


@pytest.mark.parametrize(
    ("is_approved", "words"),
    [
        (True, r"Invoice INV-1 \(approved\) bills 7 nights of it, £420.00 payable: it will have to come back"),
        (False, r"Invoice INV-1 \(being checked\) bills 7 nights of it, £420.00 payable: the invoice must be checked"),
    ],
)
def test_a_stay_that_is_billed_is_taken_back_by_who_is_sure(is_approved, words):
    booking = billable()
    by = UserFactory()
    invoice = load(booking.unit.provider, billed(booking), by=by)
    if is_approved:
        approved(invoice, officer=by, leader=UserFactory(groups=["Team leader"]))
    with pytest.raises(Refused, match=words):
        services.no_show(booking_id=booking.pk, why="Never came", **who())
    assert services.no_show(booking_id=booking.pk, why="Never came", sure=True, **who()).status == "no_show"


@pytest.mark.parametrize("verb", VERBS)
def test_what_was_taken_back_by_mistake_is_booked_again(verb):
    booking = BookingFactory()
    with pytest.raises(Refused, match="The booking stands"):
        services.reinstate(booking_id=booking.pk, why="Mistake", **who())
    verb(booking_id=booking.pk, why="Wrong family", **who())
    again = services.reinstate(booking_id=booking.pk, why="They came", **who())
    assert (again.status, again.ended_reason) == ("booked", "")
    assert AuditEvent.objects.order_by("-pk")[0].action == "booking.reinstated"


def test_it_is_booked_again_only_where_unit_and_household_are_free():
    unit_let, elsewhere, void = (BookingFactory(status="cancelled") for _ in range(3))
    other = BookingFactory(unit=unit_let.unit)
    with pytest.raises(Clash, match=f"booking {other.ref}"):
        services.reinstate(booking_id=unit_let.pk, why="Mistake", **who())
    other = BookingFactory(household=elsewhere.household)
    with pytest.raises(Clash, match=f"booking {other.ref}"):
        services.reinstate(booking_id=elsewhere.pk, why="Mistake", **who())
    Void.objects.create(unit=void.unit, starts_on=date(2026, 3, 4), reason="Flood", paid_by="council", **_recorded())
    with pytest.raises(Clash, match="recorded as void"):
        services.reinstate(booking_id=void.pk, why="Mistake", **who())


def test_it_is_not_booked_again_through_a_void_that_began_before_it_and_the_void_stays_whole():
    booking = BookingFactory(status="cancelled")
    void = Void.objects.create(
        unit=booking.unit, starts_on=date(2026, 3, 1), reason="Flood", paid_by="council", **_recorded()
    )
    with pytest.raises(Clash, match="recorded as void"):
        services.reinstate(booking_id=booking.pk, why="Mistake", **who())
    void.refresh_from_db()
    assert void.ends_on is None


def _recorded():
    return {"recorded_by": UserFactory(), "recorded_at": LONG_AGO}


@pytest.mark.parametrize("name", ["cancel", "no_show"])
def test_the_page_asks_with_the_figure_and_takes_it_back_again(client, name):
    client.force_login(UserFactory())
    today = timezone.localdate()
    booking = BookingFactory(starts_on=today - timedelta(days=10), ends_on=None)
    url = reverse(f"bookings:{name}", args=[booking.ref])
    page = client.get(url)
    assert f"by our records 10 nights, £{Decimal(600):,.2f}" in page.content.decode()
    typed = {"why": "Never came", "seen": page.context["form"]["seen"].value()}
    assert "Tick that you are sure" in client.post(url, typed).content.decode()
    client.post(url, typed | {"sure": "on"})
    page = client.get(reverse("bookings:detail", args=[booking.ref])).content.decode()
    back = reverse("bookings:reinstate", args=[booking.ref])
    assert back in page
    client.post(back, {"why": "Wrong family", "seen": client.get(back).context["form"]["seen"].value()})
    booking.refresh_from_db()
    assert booking.status == "booked"


def test_the_page_of_a_confirmed_stay_offers_no_tick(client):
    client.force_login(UserFactory())
    booking = BookingFactory()
    confirm(booking)
    page = client.get(reverse("bookings:no_show", args=[booking.ref]))
    assert "sure" not in page.context["form"].fields
    assert "correct what was confirmed first" in page.content.decode()
