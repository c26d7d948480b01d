"""What can never be true of a property or a lease, tried with plain SQL, as somebody with a shell would."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from lewisham_ta.models import User
from payments.leases import models
from payments.models import Adjustment, Certificate, Hold, Lease, LeasePayee, LeaseRent, Property, RentCap, Suspension
from tests.factories import LONG_AGO, LeaseFactory, PayeeFactory, PropertyFactory, UserFactory

pytestmark = pytest.mark.django_db


def insert(model, **columns):
    """A row by plain SQL: no form, no service and no model in between."""
    names = ", ".join(columns)
    places = ", ".join(["%s"] * len(columns))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})", list(columns.values()))


def insert_property(**columns):
    row = {"ref": "P9", "uprn": "", "address": "9 Invented Street", "postcode": "SE6 9ZZ", "bedrooms": 2, "kind": ""}
    insert(Property, **row | {"address_key": "9 INVENTED STREET"} | columns)


def insert_lease(**columns):
    row = {"ref": "LS9", "starts_on": date(2026, 4, 1), "ends_on": date(2029, 4, 1), "keys_day_paid": True}
    row |= {"per": "week", "basis": "days", "cost_code": "", "property_id": columns.get("property_id") or home()}
    insert(Lease, **row | columns)


def home() -> int:
    return PropertyFactory().pk


def lease() -> int:
    """A lease from 1 April 2024 to 31 March 2029."""
    return LeaseFactory(payee=False, rent=False).pk


def insert_payee(lease_id, day):
    insert(LeasePayee, lease_id=lease_id, payee_id=PayeeFactory().pk, from_on=day, reason="")


def insert_rent(lease_id, day, amount="350.00"):
    by = User.objects.first() or UserFactory()
    insert(
        LeaseRent, lease_id=lease_id, from_on=day, amount=Decimal(amount), reason="", set_by_id=by.pk, set_at=LONG_AGO
    )


def insert_spell(model, lease_id, starts_on, ends_on=None):
    extra = {"must_act": ""} if model is Hold else {}
    insert(model, lease_id=lease_id, starts_on=starts_on, ends_on=ends_on, reason="r", **extra)


def insert_adjustment(**columns):
    row = {"month": date(2026, 10, 1), "kind": "credit", "amount": Decimal("10.00"), "narrative": "n"}
    insert(Adjustment, **row | {"lease_id": lease()} | columns)


def insert_certificate(property_id, **columns):
    row = {"kind": "gas", "issued_on": date(2026, 1, 5), "expires_on": date(2027, 1, 5)}
    insert(Certificate, property_id=property_id, **row | columns)


def insert_cap(bedrooms=2, day=date(2026, 4, 1), amount="450.00"):
    insert(RentCap, bedrooms=bedrooms, from_on=day, weekly_amount=Decimal(amount))


def twice(insert_one, *args):
    insert_one(*args)
    insert_one(*args)


def two_leases_of_one_property():
    property_id = home()
    insert_lease(property_id=property_id)
    insert_lease(property_id=property_id, ref="LS10", starts_on=date(2029, 3, 31), ends_on=None)


def overlapping(model):
    lease_id = lease()
    insert_spell(model, lease_id, date(2026, 9, 1))
    insert_spell(model, lease_id, date(2026, 10, 1), date(2026, 10, 8))


BREAKS = {
    "property_uprn_is_digits": lambda: insert_property(uprn="10001A"),
    "property_has_ref_and_address": lambda: insert_property(address=""),
    "lease_ends_after_it_starts": lambda: insert_lease(ends_on=date(2026, 4, 1)),
    "lease_keys_after_start": lambda: insert_lease(keys_returned_on=date(2026, 3, 31)),
    "lease_basis_fits_rent": lambda: insert_lease(per="month", basis="days"),
    "lease_property_held_once": two_leases_of_one_property,
    "lease_has_one_payee_a_day": lambda: twice(insert_payee, lease(), date(2026, 4, 1)),
    "rent_not_below_zero": lambda: insert_rent(lease(), date(2026, 4, 1), "-0.01"),
    "lease_has_one_rent_a_day": lambda: twice(insert_rent, lease(), date(2026, 4, 1)),
    "suspension_has_a_day": lambda: insert_spell(Suspension, lease(), date(2026, 9, 1), date(2026, 9, 1)),
    "suspension_day_once": lambda: overlapping(Suspension),
    "hold_has_a_day": lambda: insert_spell(Hold, lease(), date(2026, 9, 1), date(2026, 9, 1)),
    "hold_day_once": lambda: overlapping(Hold),
    "adjustment_month_is_first_day": lambda: insert_adjustment(month=date(2026, 10, 2)),
    "adjustment_above_zero": lambda: insert_adjustment(amount=Decimal("0.00")),
    "adjustment_kind_is_known": lambda: insert_adjustment(kind="gift"),
    "certificate_kind_is_known": lambda: insert_certificate(home(), kind="fire"),
    "certificate_expires_after_issue": lambda: insert_certificate(home(), expires_on=date(2026, 1, 5)),
    "certificate_once": lambda: twice(insert_certificate, home()),
    "rent_cap_once_a_day": lambda: twice(insert_cap),
    "rent_cap_above_zero": lambda: insert_cap(amount="0.00"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError, match=name):
        BREAKS[name]()


def test_every_constraint_of_the_room_is_broken_above():
    rooms_models = [model for model in vars(models).values() if getattr(model, "__module__", "") == models.__name__]
    named = {
        constraint.name for model in rooms_models if hasattr(model, "_meta") for constraint in model._meta.constraints
    }
    assert named == set(BREAKS)


def test_two_properties_cannot_share_a_reference():
    insert_property()
    with pytest.raises(IntegrityError, match="payments_property_ref"):
        insert_property()


def test_what_is_allowed_is_taken():
    property_id, lease_id = home(), lease()
    insert_lease(property_id=property_id)
    insert_lease(property_id=property_id, ref="LS10", starts_on=date(2029, 4, 1), ends_on=None)
    insert_spell(Suspension, lease_id, date(2026, 9, 1), date(2026, 9, 2))
    insert_spell(Suspension, lease_id, date(2026, 9, 2))
    insert_rent(lease_id, date(2024, 4, 1), "0.00")
    assert Lease.objects.filter(property_id=property_id).count() == 2
