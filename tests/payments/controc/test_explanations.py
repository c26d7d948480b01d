"""A signed line explains itself for ever as it did when it was signed, whatever becomes known of its rent."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from lewisham_ta import audit
from lewisham_ta.models import User
from payments.controc import exports, services, working
from payments.controc.selectors.rents import rent_lines, working_with_rent
from payments.leases import services as leases
from payments.models import LeaseRent, Schedule, ScheduleLine
from tests.factories import UserFactory
from tests.payments.controc import helpers
from tests.payments.controc.helpers import NOW, OCTOBER, SEPTEMBER, lease

pytestmark = pytest.mark.django_db


def explained(line) -> dict[str, str]:
    """What the page of a line says, label by label."""
    return {row["label"]: row["value"] for row in working.of_line(ScheduleLine.objects.get(pk=line.pk))}


def correct(made, *, by, amount="360.00", now=NOW):
    rent = LeaseRent.objects.get(lease=made)
    values = {"from_on": rent.from_on, "amount": Decimal(amount), "why": "Keyed wrongly"}
    return leases.correct_rent(rent_id=rent.pk, **values, by=by, now=now)


@pytest.mark.parametrize("has_a_name", [True, False])
def test_who_set_the_rent_of_a_signed_line_stays_whoever_corrects_it_later(has_a_name, close):
    made = lease()
    setter = LeaseRent.objects.get().set_by
    if not has_a_name:
        User.objects.filter(pk=setter.pk).update(first_name="", last_name="")
    shown = str(User.objects.get(pk=setter.pk))
    close(SEPTEMBER)
    line = ScheduleLine.objects.get()
    before = explained(line)
    correct(made, by=UserFactory(first_name="Other"), now=NOW + timedelta(days=20))
    User.objects.filter(pk=setter.pk).update(first_name="Renamed", last_name="Since")
    assert explained(line) == before
    assert before["Rent set by"] == f"{shown}, 2 Jan 2025, 09:00"


def test_a_draft_says_who_set_the_rent_that_it_was_generated_from(officer):
    made = lease()
    services.generate(month=SEPTEMBER, by=officer, now=NOW)
    correct(made, by=UserFactory(first_name="Other"), amount="350.00")
    assert explained(ScheduleLine.objects.get())["Rent set by"].startswith("Other Invented")


def test_the_pack_names_the_setter_that_the_page_names(close, leader):
    made = lease()
    setter = str(LeaseRent.objects.get().set_by)
    close(SEPTEMBER)
    correct(made, by=UserFactory(first_name="Other"))
    signed = Schedule.objects.get()
    for content in (signed.pack_xlsx.content, exports.pack(signed, services.bridge_of(signed))[1]):
        headings, row = load_workbook(BytesIO(bytes(content)))["Lines"].values
        assert dict(zip(headings, row, strict=True))["Rent set by"] == setter


def test_a_released_line_keeps_the_setter_of_the_line_that_was_held(close, officer, leader):
    made = lease()
    setter = LeaseRent.objects.get().set_by
    with audit.acting(officer):
        hold = made.holds.create(starts_on=SEPTEMBER, reason="Unsafe")
    close(SEPTEMBER)
    correct(made, by=UserFactory(first_name="Other"))
    hold.ends_on = OCTOBER
    hold.save()
    close(OCTOBER)
    released = ScheduleLine.objects.get(kind="released")
    assert explained(released)["Rent set by"].startswith(str(setter))


def test_the_lines_of_a_month_are_frozen_in_one_statement(officer, leader, django_assert_num_queries):
    for _ in range(3):
        lease()
    schedule = helpers.submitted(SEPTEMBER, by=officer)
    with django_assert_num_queries(1):
        assert rent_lines(schedule).update(working=working_with_rent()) == 3
