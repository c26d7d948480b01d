"""The days on which a lease holds its property: the database's DaysHeld against rules.days_held, and in examples."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lewisham_ta.dates import Period
from payments.leases import rules
from payments.models import Lease
from tests.factories import PropertyFactory

START = date(2026, 1, 1)


def terms(starts_on, ends_on=None, keys=None, paid=True):
    return {"starts_on": starts_on, "ends_on": ends_on, "keys_returned_on": keys, "keys_day_paid": paid}


@st.composite
def some_terms(draw):
    """Terms that a lease may have by itself, close enough together for two of them to clash often."""
    starts_on = START + timedelta(draw(st.integers(0, 12)))
    ends_on = draw(st.none() | st.integers(1, 8).map(lambda days: starts_on + timedelta(days)))
    keys = draw(st.none() | st.integers(0, 10).map(lambda days: starts_on + timedelta(days)))
    return terms(starts_on, ends_on, keys, draw(st.booleans()))


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_terms(), some_terms())
def test_the_database_refuses_two_leases_exactly_where_the_rule_sees_a_clash(first, second):
    held = [rules.days_held(**lease) for lease in (first, second)]
    clash = all(held) and held[0].overlap(held[1]) is not None
    with transaction.atomic():
        home = PropertyFactory()
        Lease.objects.create(ref="LSA", property=home, per="week", basis="days", **first)
        try:
            with transaction.atomic():
                Lease.objects.create(ref="LSB", property=home, per="week", basis="days", **second)
            refused_by = ""
        except IntegrityError as error:
            refused_by = error.__cause__.diag.constraint_name
        transaction.set_rollback(True)
    assert refused_by == ("lease_property_held_once" if clash else "")


def test_the_day_of_the_keys_is_held_when_it_is_paid():
    lease = terms(date(2026, 4, 15), date(2029, 4, 15), keys=date(2026, 8, 20))
    assert rules.days_held(**lease) == Period(date(2026, 4, 15), date(2026, 8, 21))


def test_the_day_of_the_keys_is_free_for_the_next_lease_when_it_is_not_paid():
    lease = terms(date(2026, 4, 15), date(2029, 4, 15), keys=date(2026, 8, 20), paid=False)
    assert rules.days_held(**lease) == Period(date(2026, 4, 15), date(2026, 8, 20))


def test_a_lease_that_holds_over_holds_the_property_only_to_its_end():
    """Its successor can be recorded; that both are paid is the anomaly DUPLICATE_PROPERTY."""
    assert rules.days_held(**terms(date(2023, 9, 1), date(2026, 9, 1))) == Period(date(2023, 9, 1), date(2026, 9, 1))


def test_keys_back_after_the_end_hold_the_property_to_the_keys():
    lease = terms(date(2023, 9, 1), date(2026, 9, 1), keys=date(2026, 9, 10))
    assert rules.days_held(**lease) == Period(date(2023, 9, 1), date(2026, 9, 11))


def test_a_lease_given_back_unpaid_on_its_first_day_never_held_the_property():
    assert rules.days_held(**terms(date(2026, 9, 1), keys=date(2026, 9, 1), paid=False)) is None


def test_a_lease_with_no_end_holds_for_ever():
    assert rules.days_held(**terms(date(2026, 9, 1))) == Period(date(2026, 9, 1))
