"""What comes to be known after the check is looked at by a person before a line is handed on or paid."""

import pytest

from bookings.models import AcademyAccount, NightlyCap, NightsConfirmed
from lewisham_ta.refusals import Refused
from payments.invoices import services
from tests.payments.invoices.factories import NOW, TENTH, THIRD, billed, booking, decide, do, load

pytestmark = pytest.mark.django_db


def nobody_there(stay, by, ends_on=TENTH):
    answer = {"was_there": False, "how": "ticked", "confirmed_by": by, "confirmed_at": NOW}
    NightsConfirmed.objects.create(booking=stay, starts_on=THIRD, ends_on=ends_on, **answer)


def suspended(stay, by):
    AcademyAccount.objects.filter(claim_ref=stay.academy_ref).update(status="suspended")


def no_account(stay, by):
    AcademyAccount.objects.filter(claim_ref=stay.academy_ref).delete()


def over_the_cap(stay, by):
    NightlyCap.objects.create(size=stay.unit.size, area="", from_on=THIRD, amount="55.00")


COMES = [
    (nobody_there, "The provider said that nobody was there: 3 Mar to 9 Mar"),
    (suspended, "Academy account .* is suspended"),
    (no_account, "The household has no Academy account"),
    (over_the_cap, "£60.00 a night is over the cap of £55.00"),
]


@pytest.mark.parametrize(("comes", "words"), COMES)
def test_a_line_that_nobody_decided_is_not_handed_on_once_somebody_has_to(comes, words, officer):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    assert (invoice.lines.get().decision, invoice.lines.get().decided_by) == ("pass", None)
    comes(stay, officer)
    with pytest.raises(Refused, match=f"Line 1: {words}.* The invoice must be checked again"):
        do(services.submit, invoice, by=officer)
    do(services.recheck, invoice, by=officer)
    assert invoice.lines.get().decision == "undecided"


@pytest.mark.parametrize(("comes", "words"), COMES)
def test_nor_is_it_paid_after_it_was_handed_on(comes, words, officer, leader):
    stay = booking()
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    do(services.submit, invoice, by=officer)
    comes(stay, officer)
    with pytest.raises(Refused, match=f"Line 1: {words}"):
        do(services.approve, invoice, by=leader)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.payment) == ("ready", None)


def test_a_person_decided_what_was_known_and_not_what_came_after(officer, leader):
    stay = booking(academy_ref="")
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    decide(invoice, "pass", reason="Claim is being made", by=officer)
    do(services.submit, invoice, by=officer)
    nobody_there(stay, officer, ends_on=THIRD.replace(day=5))
    with pytest.raises(Refused, match="Line 1: The provider said that nobody was there: 3 Mar to 4 Mar"):
        do(services.approve, invoice, by=leader)


def test_what_a_person_decided_of_nights_away_stands(officer, leader):
    stay = booking()
    nobody_there(stay, officer)
    invoice = load(stay.unit.provider, billed(stay), by=officer)
    other = type(leader).objects.create_user("another-leader")
    other.groups.set(leader.groups.all())
    decide(invoice, "pass", 1, reason="Seen there by the visiting officer", by=leader)
    do(services.submit, invoice, by=officer)
    assert do(services.approve, invoice, by=other).status == "approved"
