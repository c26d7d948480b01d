"""Two people work on the same property or lease at the same moment, on two real connections."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lewisham_ta.versions import version_of
from payments.leases import services
from payments.models import Lease, LeaseRent
from tests.at_once import at_once
from tests.factories import LeaseFactory, PayeeFactory, PropertyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_two_people_lease_the_same_property_and_one_does():
    home, payee, people = PropertyFactory(), PayeeFactory(), UserFactory.create_batch(2)

    def start(ref, by):
        return lambda: services.start_lease(
            ref=ref,
            property_id=home.pk,
            payee_id=payee.pk,
            starts_on=date(2026, 4, 15),
            ends_on=None,
            rent=Decimal("350.00"),
            per="week",
            basis="days",
            by=by,
            now=NOW,
        )

    answers = at_once(start("LSA", people[0]), start("LSB", people[1]))
    assert answers[1] == "done"
    assert answers[0] == f"Lease {Lease.objects.get().ref} holds this property from 15 Apr 2026 with no end."


def test_two_people_hand_a_lease_back_and_one_does():
    lease, people = LeaseFactory(), UserFactory.create_batch(2)
    seen = version_of(Lease.objects.get())
    answers = at_once(
        *(
            lambda by=by, day=day: services.hand_back(
                lease_id=lease.pk, keys_returned_on=day, keys_day_paid=True, seen=seen, by=by, now=NOW
            )
            for by, day in zip(people, [date(2026, 8, 20), date(2026, 8, 21)], strict=True)
        )
    )
    assert answers[0].startswith("Somebody changed this lease while you were reading it.")
    assert answers[1] == "done"


def test_two_people_set_a_rent_from_the_same_day_and_one_does():
    lease, people = LeaseFactory(), UserFactory.create_batch(2)
    answers = at_once(
        *(
            lambda by=by: services.set_rent(
                lease_id=lease.pk, from_on=date(2026, 9, 1), amount=Decimal("364.00"), reason="r", by=by, now=NOW
            )
            for by in people
        )
    )
    assert answers == ["The rent of this lease already changes on that day.", "done"]
    assert LeaseRent.objects.filter(from_on=date(2026, 9, 1)).count() == 1
