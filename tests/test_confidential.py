"""Where a household flagged confidential sleeps stands on no page, and in no file, that also says which booking it is.

Who it is and where it is: a page may say one of the two. The address is opened on the booking's page, which is kept.
"""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from bookings.models import Household
from bookings.occupancy import services as occupancy
from lewisham_ta.models import AuditEvent
from lewisham_ta.roles import AUDITOR, CENTRAL_FINANCE, OFFICER, TEAM_LEADER
from payments.batches.rules import Advice
from payments.models import Payment
from tests.factories import HouseholdFactory, UnitFactory, UserFactory
from tests.payments.invoices.factories import approved, billed, booking, load, provider

pytestmark = pytest.mark.django_db
MONDAY, WHERE, ROOM = date(2026, 3, 2), "Secret Walk", "U-HIDDEN-7"
PLACES = (WHERE, ROOM)


@pytest.fixture
def stay():
    """A confidential household that was billed for half of its stay and paid for; it is still there."""
    unit = UnitFactory(provider=provider(), ref=ROOM, address=f"Flat 7, 5 {WHERE}")
    return booking(unit=unit, household=HouseholdFactory(is_confidential=True, ref="HH-HIDDEN-1"), ends_on=None)


@pytest.fixture
def invoice(stay, officer, leader):
    line = billed(stay, name="Ann Invented", unit=ROOM, address=f"Flat 7, 5 {WHERE}")
    return approved(load(stay.unit.provider, line, by=officer), officer=officer, leader=leader)


@pytest.fixture
def officer(db):
    return UserFactory(groups=[OFFICER])


@pytest.fixture
def leader(db):
    return UserFactory(groups=[TEAM_LEADER])


def pages_of(stay, invoice):
    """Every page and file that says something of the booking."""
    week, today = [stay.unit.provider_id, MONDAY], timezone.localdate()
    lists = ("bookings:list", "bookings:void_list", "households:list", "units:list", "occupancy:tonight")
    for name in (*lists, "occupancy:absence_list", "academy:list", "academy:match_list", "clocks:list", "audit_log"):
        yield reverse(name)
        yield f"{reverse(name)}?export=xlsx"
    for words in (stay.ref, ROOM, WHERE, stay.household.ref, stay.household.members.get().surname):
        yield f"{reverse('search')}?q={words}"
        yield f"{reverse('bookings:list')}?words={words}"
    yield reverse("home")
    yield reverse("bookings:detail", args=[stay.ref])
    for verb in ("extend", "depart", "cancel", "no_show", "reinstate", "rate_change", "acknowledge"):
        yield reverse(f"bookings:{verb}", args=[stay.ref])
    yield reverse("households:detail", args=[stay.household.ref])
    yield reverse("units:detail", args=[ROOM])
    yield reverse("units:provider_detail", args=[stay.unit.provider.party.ref])
    yield f"{reverse('occupancy:movements')}?on={stay.starts_on}"
    yield f"{reverse('occupancy:movements')}?on={stay.starts_on}&export=xlsx"
    yield reverse("occupancy:unit_month", args=[stay.unit_id])
    yield reverse("occupancy:household_month", args=[stay.household_id])
    yield reverse("occupancy:provider_week", args=week)
    yield reverse("invoices:detail", args=[invoice.pk])
    yield f"{reverse('invoices:detail', args=[invoice.pk])}?export=xlsx"
    yield reverse("invoices:line", args=[invoice.lines.get().pk])
    yield reverse("invoices:expected")
    yield reverse("invoices:chase", args=[stay.unit.provider_id])
    yield f"{reverse('invoices:accrual')}?month={today:%Y-%m}"
    yield reverse("batches:payment_detail", args=[invoice.payment_id])
    yield reverse("payees:detail", args=[stay.unit.provider.party.ref])


def words_of(answer):
    """What an answer says, a workbook cell by cell."""
    if "spreadsheet" not in answer.headers["Content-Type"]:
        return answer.content.decode()
    sheets = openpyxl.load_workbook(BytesIO(answer.content))
    return "\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row)


@pytest.mark.parametrize("role", [OFFICER, AUDITOR, CENTRAL_FINANCE])
def test_no_page_says_which_booking_it_is_and_where(client, stay, invoice, role):
    client.force_login(UserFactory(groups=[role]))
    people = (stay.ref, stay.household.ref, stay.household.members.get().surname)
    opened, leaks = 0, []
    for url in pages_of(stay, invoice):
        answer = client.get(url)
        assert answer.status_code in (200, 302, 403), url  # a search with one hit leads to it
        opened += answer.status_code == 200
        words = words_of(answer) + answer.headers.get("Location", "")
        asked = answer.wsgi_request.GET.get("words", "") + answer.wsgi_request.GET.get("q", "")  # a page repeats it
        where = asked in PLACES or any(said in words for said in PLACES)
        who = asked in people or any(said in words for said in people)
        leaks += [url] * (where and who)
    assert leaks == []
    assert opened > 3


def test_the_board_of_movements_is_read_on_the_day_that_it_came(client, stay, invoice, officer):
    client.force_login(officer)
    boards = [url for url in pages_of(stay, invoice) if url.startswith(reverse("occupancy:movements"))]
    assert len(boards) == 2
    assert all(stay.ref in words_of(client.get(url)) for url in boards)


def test_an_advice_names_the_booking_only(stay, invoice):
    frozen = Advice.from_json(Payment.objects.get(pk=invoice.payment_id).advice)
    assert [(line.property, line.address, line.lease) for line in frozen.lines] == [
        ("Confidential", "Confidential", stay.ref)
    ]


def test_a_payment_of_a_household_that_is_confidential_since_does_not_say_where_it_was(client, stay, officer, leader):
    Household.objects.update(is_confidential=False)
    invoice = approved(load(stay.unit.provider, billed(stay), by=officer), officer=officer, leader=leader)
    Household.objects.update(is_confidential=True)
    client.force_login(UserFactory(groups=[CENTRAL_FINANCE]))
    words = words_of(client.get(reverse("batches:payment_detail", args=[invoice.payment_id])))
    assert stay.ref in words
    assert WHERE not in words


def test_whoever_takes_a_list_with_a_confidential_household_is_in_the_audit_log(client, stay, officer):
    made = occupancy.make_list(provider_id=stay.unit.provider_id, week=MONDAY, by=officer, now=timezone.now())
    client.force_login(UserFactory(groups=[AUDITOR]))
    url = reverse("occupancy:list_file", args=[made.pk])
    assert client.get(url).status_code == 403
    week = reverse("occupancy:provider_week", args=[stay.unit.provider_id, MONDAY])
    assert url not in words_of(client.get(week))
    client.force_login(officer)
    assert client.get(url).status_code == 200
    opened = AuditEvent.objects.get(action="household.address_opened")
    assert (opened.by, opened.subject_id) == (officer, stay.household_id)
