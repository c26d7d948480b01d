"""The lists: what a filter leaves, and that a long list costs what a short one does."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from time import process_time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from lewisham_ta.dates import first_of_month
from payments.leases import selectors
from payments.models import Certificate, Hold, Lease, LeasePayee, LeaseRent, Property, Suspension
from tests.factories import (
    LONG_AGO,
    CertificateFactory,
    LeaseFactory,
    PayeeFactory,
    PropertyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
DAYS = [60, 30, 7]


@pytest.fixture
def officer(client):
    client.force_login(UserFactory())
    return client


def refs(**asked):
    return [lease.ref for lease in selectors.leases_found(day=asked.pop("day", TODAY), **asked)]


def homes(**asked):
    return [row.ref for row in selectors.properties_found(day=TODAY, **asked)]


@pytest.fixture
def four_leases():
    """One live, one holding over, one that ended yesterday, and one that starts tomorrow."""
    LeaseFactory(ref="LIVE", ends_on=date(2026, 12, 24), property__address="1 High Street")
    LeaseFactory(ref="OVER", ends_on=TODAY, property__postcode="SE13 9ZZ", basis="52/12")
    LeaseFactory(ref="ENDED", keys_returned_on=date(2026, 11, 22))
    LeaseFactory(ref="SOON", starts_on=date(2026, 11, 24))


def test_certificates_are_found_by_reference_and_address(officer):
    LeaseFactory(ref="LS7", property__ref="P7", property__address="7 Kettle Walk", property__postcode="SE4 9ZZ")
    LeaseFactory(ref="LS8", property__ref="P8", property__address="8 Paper Road")
    for words, found in (("kettle", {"P7"}), ("LS8", {"P8"}), ("se4 walk", {"P7"}), ("", {"P7", "P8"}), ("no", set())):
        rows = officer.get(reverse("leases:certificate_list"), {"words": words}).context["table"].rows
        assert {row.record.property_ref for row in rows} == found, words


def test_a_lease_is_what_it_is_on_the_day(four_leases):
    assert refs(state="live") == ["LIVE"]
    assert refs(state="holding_over") == ["OVER"]
    assert refs(state="ended") == ["ENDED"]
    assert refs(state="not_started") == ["SOON"]
    assert refs(state="in_force") == ["LIVE", "OVER"]
    assert refs(state="in_force", day=date(2026, 11, 22)) == ["ENDED", "LIVE", "OVER"]
    assert refs(state="live", day=date(2026, 11, 22)) == ["ENDED", "LIVE", "OVER"]
    assert refs(state="live", day=date(2026, 11, 24)) == ["LIVE", "SOON"]


@pytest.mark.parametrize(("paid", "state"), [(True, "live"), (False, "ended")])
def test_on_the_day_of_the_keys_a_lease_is_live_if_that_day_is_paid(paid, state):
    LeaseFactory(ref="L", keys_returned_on=TODAY, keys_day_paid=paid)
    assert refs(state=state) == ["L"]
    assert refs(state="in_force") == (["L"] if paid else [])


def test_leases_that_end_soon_are_found(four_leases):
    assert refs(ends_before=date(2026, 12, 23)) == ["OVER"]
    assert refs(ends_before=date(2026, 12, 24)) == ["LIVE", "OVER"]


def test_leases_are_found_by_words_payee_and_basis(four_leases):
    party = LeaseFactory(ref="PAID", payee=PayeeFactory(party__ref="L777", party__name="Ada Owner")).payees.get()
    assert refs(words="live") == ["LIVE"]
    assert refs(words="1 high") == ["LIVE"]
    assert refs(words="se13 9zz") == ["OVER"]
    assert refs(words="SE139ZZ") == ["OVER"]
    assert refs(payee="owner") == ["PAID"] == refs(payee="l777")
    assert refs(basis="52/12") == ["OVER"]
    assert party.payee.party.ref == "L777"


def test_held_and_suspended_leases_are_found(four_leases):
    live, over = (selectors.leases_found(day=TODAY, words=ref).get() for ref in ("LIVE", "OVER"))
    Hold.objects.create(lease=live, starts_on=TODAY, reason="r")
    Hold.objects.create(lease=over, starts_on=date(2026, 11, 1), ends_on=TODAY, reason="r")
    Suspension.objects.create(lease=over, starts_on=TODAY, ends_on=date(2026, 11, 24), reason="r")
    assert refs(only="held") == ["LIVE"]
    assert refs(only="suspended") == ["OVER"]


def test_the_rent_and_the_payee_of_the_day_are_shown():
    lease = LeaseFactory(rent=Decimal("350.00"))
    LeaseRent.objects.create(
        lease=lease, from_on=TODAY, amount=Decimal("364.00"), set_by=UserFactory(), set_at=LONG_AGO
    )
    LeasePayee.objects.create(lease=lease, payee=PayeeFactory(party__name="Next Owner"), from_on=date(2026, 11, 24))
    today, tomorrow = (selectors.leases_on(on).get() for on in (TODAY, date(2026, 11, 24)))
    assert today.weekly_rent == Decimal("364.00")
    assert today.monthly_rent is None
    assert today.payee_name != "Next Owner" == tomorrow.payee_name


def test_rents_are_added_up_by_week_and_by_month():
    LeaseFactory(rent=Decimal("350.00"))
    LeaseFactory(rent=Decimal("400.00"))
    LeaseFactory(rent=Decimal("1500.00"), per="month", basis="month")
    LeaseFactory(rent=Decimal("999.00"), keys_returned_on=date(2026, 11, 22))
    sums = selectors.rent_totals(selectors.leases_on(TODAY))
    assert sums == {"weekly_rent": Decimal("750.00"), "monthly_rent": Decimal("1500.00")}


def test_properties_are_found():
    leased = LeaseFactory(property__ref="P1", property__bedrooms=3, property__uprn="1234567").property
    PropertyFactory(ref="P2", address="9 Long Lane", postcode="SE13 9ZZ")
    for kind in ("gas", "eicr", "epc"):
        CertificateFactory(property=leased, kind=kind, expires_on=date(2027, 1, 5))
    assert homes(words="123456") == ["P1"]
    assert homes(words="long ln SE139ZZ") == ["P2"]
    assert homes(words="long SE6") == []
    assert homes(bedrooms=3) == ["P1"]
    assert homes(lease="with") == ["P1"]
    assert homes(lease="without") == ["P2"]
    assert homes(certificate="missing") == ["P2"]
    assert homes(certificate="expiring", expiring_to=date(2027, 1, 5)) == ["P1"]
    assert homes(certificate="expiring", expiring_to=date(2027, 1, 4)) == []


def test_only_the_latest_certificate_of_a_kind_counts():
    """An older one that runs longer was replaced by one that found something wrong."""
    home = LeaseFactory(property__ref="P1").property
    CertificateFactory(property=home, kind="eicr", issued_on=date(2024, 1, 1), expires_on=date(2029, 1, 1))
    CertificateFactory(property=home, kind="eicr", issued_on=date(2025, 11, 1), expires_on=date(2026, 11, 1))
    assert homes(certificate="expired") == ["P1"]


def test_certificates_of_leased_homes_are_listed_worst_first():
    home = LeaseFactory(property__ref="P1").property
    PropertyFactory(ref="P2")
    CertificateFactory(property=home, kind="gas", expires_on=date(2026, 11, 22))
    CertificateFactory(property=home, kind="epc", expires_on=date(2026, 12, 23))
    lines = selectors.certificate_lines(TODAY, DAYS)
    found = [(line.property_ref, line.kind, line.state) for line in lines]
    assert found == [("P1", "eicr", "Missing"), ("P1", "gas", "Expired"), ("P1", "epc", "Within 30 days")]
    assert [line.kind for line in selectors.certificates_found(lines, state="expired")] == ["gas"]
    assert [line.kind for line in selectors.certificates_found(lines, state="30")] == ["epc"]
    assert [line.kind for line in selectors.certificates_found(lines, state="7")] == []
    assert selectors.certificate_counts(TODAY, DAYS) == {"missing": 1, "expired": 1, "60": 1, "30": 1, "7": 0}


def some_leases(count):
    month = first_of_month(timezone.localdate())  # which the list of adjustments shows if nothing is asked
    for lease in LeaseFactory.create_batch(count):
        CertificateFactory(property=lease.property)
        lease.adjustments.create(month=month, kind="credit", amount=Decimal("10.00"), narrative="Keys")


@pytest.mark.parametrize(
    ("page", "own"),
    [("list", 3), ("property_list", 3), ("certificate_list", 2), ("adjustment_list", 4), ("cap_list", 2)],
)
def test_a_list_costs_the_same_however_long(page, own, officer, django_assert_max_num_queries):
    """The frame of a page asks for what other rooms show in it: only this room's own queries have a number here."""
    some_leases(2)
    with CaptureQueriesContext(connection) as of_a_short_list:
        officer.get(reverse(f"leases:{page}"))
    some_leases(18)
    with django_assert_max_num_queries(len(of_a_short_list)):
        assert officer.get(reverse(f"leases:{page}")).status_code == 200
    ours = [query["sql"] for query in of_a_short_list.captured_queries if OURS.search(query["sql"])]
    assert len(ours) == own


OURS = re.compile(r'FROM "payments_(lease|property|certificate|adjustment|rentcap)"|FROM \(SELECT|_setting"')


def test_the_list_of_leases_goes_to_excel_as_it_is_filtered(officer, four_leases):
    answer = officer.get(reverse("leases:list"), {"on": "2026-11-23", "state": "live", "export": "xlsx"})
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = list(sheet.values)
    assert rows[0][0] == "Lease"
    assert [row[0] for row in rows[1:]] == ["LIVE", "Total"]
    assert rows[1][rows[0].index("State")] == "Live"
    assert rows[1][rows[0].index("Last day")].date() == date(2026, 12, 23)


def test_the_list_of_properties_goes_to_excel(officer):
    home = LeaseFactory(property__uprn="").property
    CertificateFactory(property=home, kind="gas", expires_on=date(2036, 1, 1))
    answer = officer.get(reverse("leases:property_list"), {"export": "xlsx"})
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert rows[1][rows[0].index("Gas safety to")].date() == date(2036, 1, 1)
    assert rows[1][rows[0].index("EICR to")] == "Missing"


@pytest.mark.parametrize("wrong", [{"on": "31/02/2026"}, {"ending": "-1"}, {"state": "asleep"}])
def test_a_wrong_filter_is_said_and_filters_nothing(officer, four_leases, wrong):
    answer = officer.get(reverse("leases:list"), wrong)
    assert "There is a problem" in answer.content.decode()
    assert answer.context["table"].row_count == 4


def eight_hundred_leases():
    payees, by = PayeeFactory.create_batch(4), UserFactory()
    homes = Property.objects.bulk_create(PropertyFactory.build_batch(800))
    rows = Lease.objects.bulk_create(
        Lease(ref=f"BIG{n:04d}", property=home, starts_on=date(2024, 4, 1), per="week", basis="days")
        for n, home in enumerate(homes)
    )
    for day in (date(2024, 4, 1), date(2025, 4, 1), date(2026, 4, 1)):
        LeaseRent.objects.bulk_create(
            LeaseRent(lease=row, from_on=day, amount=Decimal("350.00"), set_by=by, set_at=LONG_AGO) for row in rows
        )
        Certificate.objects.bulk_create(
            Certificate(property=home, kind=kind, issued_on=day, expires_on=day.replace(year=day.year + 1))
            for home in homes
            for kind in Certificate.Kind
        )
    LeasePayee.objects.bulk_create(
        LeasePayee(lease=row, payee=payees[n % 4], from_on=date(2024, 4, 1)) for n, row in enumerate(rows)
    )
    Hold.objects.bulk_create(Hold(lease=row, starts_on=date(2026, 10, 1), reason="r") for row in rows[:40])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_the_lists_of_800_leases_take_less_than_150_ms(officer):
    """In this process's own time, so that it is not a test of what else the machine is doing; the database's share
    is a dozen queries of a few milliseconds."""
    eight_hundred_leases()
    for page in ("list", "property_list", "certificate_list"):
        taken = []
        for _ in range(5):
            begun = process_time()
            officer.get(reverse(f"leases:{page}"))
            taken.append(process_time() - begun)
        assert min(taken) < 0.15, page
